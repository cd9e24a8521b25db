//! Every refusal and failure as an answer: the one place where codes meet statuses.

use std::time::Duration;

use axum::Json;
use axum::http::header::{ALLOW, CACHE_CONTROL, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use imcaxy_shared::entry::{Failure, FailureCode, RememberedFailure};
use imcaxy_shared::ports::{Overload, PACE_SPAN, PortError, Trouble};
use imcaxy_shared::request::{Refusal, RefusalCode};
use serde_json::{Value, json};

use crate::cache_status::{CacheStatus, Came, Forward, Tier};
use crate::headers;

/// No scheme is registered for keys in a header of their own; servers that have them call it so.
const API_KEY_SCHEME: &str = "ApiKey realm=\"images\"";
/// When a store that is away may be asked for again.
const STORE_BACK: Duration = Duration::from_secs(2);

/// Why a request is not answered with what it asked for.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    code: Code,
    message: String,
    /// How the caches are told: what stood between request and picture.
    how: How,
    /// Whether the request asked for `type=auto`, so that the answer depends on `Accept`.
    negotiated: bool,
    /// When a 503 may be asked for again.
    retry_after: Duration,
    /// What a 405 allows, where no route knows it better.
    allow: Option<&'static str>,
}

/// What stood between the request and a picture.
#[derive(Clone, Copy, Debug)]
enum How {
    Refused,
    Missed,
    /// A failure was remembered.
    Remembered,
}

/// Codes of answers that are no pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    Request(RefusalCode),
    Job(FailureCode),
    MethodNotAllowed,
    UriTooLong,
    PreconditionFailed,
    RangeNotSatisfiable,
    Deadline,
    Unavailable,
    Overloaded,
    BadKey,
    OriginForbidden,
    BadSignature,
    Unauthorized,
    Forbidden,
    NotFound,
    Conflict,
    BadQuery,
}

impl Code {
    pub(crate) fn status_and_name(self) -> (StatusCode, &'static str) {
        use RefusalCode as R;
        use StatusCode as S;
        match self {
            Self::Request(R::UnknownOperation) => (S::NOT_FOUND, "unknown_operation"),
            Self::Request(R::BadParameter) | Self::BadQuery => (S::BAD_REQUEST, "bad_parameter"),
            Self::Request(R::MissingUrl) => (S::BAD_REQUEST, "missing_url"),
            Self::Request(R::LocalFile) => (S::BAD_REQUEST, "local_file"),
            Self::Request(R::BadUrl) => (S::BAD_REQUEST, "bad_url"),
            Self::Request(R::BadOperations) => (S::BAD_REQUEST, "bad_operations"),
            Self::Job(code) => (status_of(code), code.name()),
            Self::Unavailable => (S::SERVICE_UNAVAILABLE, "unavailable"),
            Self::Overloaded => (S::SERVICE_UNAVAILABLE, "overloaded"),
            Self::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::UriTooLong => (S::URI_TOO_LONG, "uri_too_long"),
            Self::PreconditionFailed => (S::PRECONDITION_FAILED, "precondition_failed"),
            Self::RangeNotSatisfiable => (S::RANGE_NOT_SATISFIABLE, "range_not_satisfiable"),
            Self::Deadline => (S::GATEWAY_TIMEOUT, "deadline"),
            Self::BadKey => (S::UNAUTHORIZED, "bad_key"),
            Self::OriginForbidden => (S::FORBIDDEN, "origin_forbidden"),
            Self::BadSignature => (S::FORBIDDEN, "bad_signature"),
            Self::Unauthorized => (S::UNAUTHORIZED, "unauthorized"),
            Self::Forbidden => (S::FORBIDDEN, "forbidden"),
            Self::NotFound => (S::NOT_FOUND, "not_found"),
            Self::Conflict => (S::CONFLICT, "conflict"),
        }
    }
}

/// What a failed job is answered with.
fn status_of(code: FailureCode) -> StatusCode {
    use FailureCode as F;
    use StatusCode as S;
    match code {
        F::SourceForbidden | F::SourceBlocked => S::FORBIDDEN,
        F::SourceGone => S::NOT_FOUND,
        F::SourceTooLarge | F::TooManyPixels | F::TooManyFrames => S::PAYLOAD_TOO_LARGE,
        F::UnsupportedType => S::UNSUPPORTED_MEDIA_TYPE,
        F::NotAnImage => S::UNPROCESSABLE_ENTITY,
        F::BadParameter => S::BAD_REQUEST,
        F::ImaginaryRefused(status) => S::from_u16(status).unwrap_or(S::BAD_REQUEST),
        F::NotImplemented | F::WatermarkUnreachable => S::NOT_IMPLEMENTED,
        F::SourceFailed | F::ImaginaryFailed => S::BAD_GATEWAY,
        F::Internal => S::INTERNAL_SERVER_ERROR,
        F::Unavailable => S::SERVICE_UNAVAILABLE,
    }
}

impl Refused {
    /// A refusal before any job was asked for.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            how: How::Refused,
            negotiated: false,
            retry_after: STORE_BACK,
            allow: None,
        }
    }

    /// A method in which pictures cannot be asked for.
    pub(crate) fn method(method: &Method) -> Self {
        let message = format!("method {method} is not allowed; GET and HEAD are");
        Self { allow: Some("GET, HEAD"), ..Self::new(Code::MethodNotAllowed, message) }
    }

    /// There is nothing at this path.
    pub(crate) fn no_such_call() -> Self {
        Self::new(Code::NotFound, "there is no such call")
    }

    /// A failure that is remembered.
    pub(crate) fn remembered(failed: RememberedFailure) -> Self {
        Self { how: How::Remembered, ..Self::from(failed.failure) }
    }

    /// There is enough to do; `wait` is how long it would take now. Where that is not known, the pace is in [`PACE_SPAN`].
    pub(crate) fn overloaded(message: impl Into<String>, wait: Option<Duration>) -> Self {
        let retry_after = wait.unwrap_or(PACE_SPAN);
        Self { how: How::Missed, retry_after, ..Self::new(Code::Overloaded, message) }
    }

    /// The queue or a store that a render needs is away.
    pub(crate) fn unavailable(message: &str) -> Self {
        Self { how: How::Missed, ..Self::new(Code::Unavailable, message) }
    }

    /// No job answered within `requests.wait`.
    pub(crate) fn deadline() -> Self {
        let message = "the picture was not rendered in time; ask again, it may be there by then";
        Self { how: How::Missed, ..Self::new(Code::Deadline, message) }
    }

    /// What a client is told.
    pub(crate) fn told(&self) -> Value {
        let (status, code) = self.code.status_and_name();
        json!({ "status": status.as_u16(), "message": self.message, "code": code })
    }

    /// Whether it says that there is no picture now, and not that there is none.
    pub(crate) const fn is_passing(&self) -> bool {
        match self.code {
            Code::Job(code) => code.is_passing(),
            Code::Unavailable | Code::Overloaded | Code::Deadline => true,
            _ => false,
        }
    }

    /// The same, for a request whose answer depends on `Accept`.
    pub(crate) const fn negotiated(mut self, negotiated: bool) -> Self {
        self.negotiated = negotiated;
        self
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::new(Code::Request(refusal.code), refusal.message)
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self { how: How::Missed, ..Self::new(Code::Job(failure.code), failure.message) }
    }
}

impl From<Overload> for Refused {
    fn from(overload: Overload) -> Self {
        match overload {
            Overload::Full => Self::overloaded("the queue's store is full", None),
            Overload::Deep { depth, wait: None } => {
                Self::overloaded(format!("renders that wait already: {depth}"), None)
            }
            Overload::Deep { depth, wait: Some(wait) } => {
                let seconds = whole_seconds(wait);
                let message = format!("renders that wait already: {depth}; one more would wait {seconds} s");
                Self::overloaded(message, Some(wait))
            }
        }
    }
}

impl From<PortError> for Refused {
    fn from(cause: PortError) -> Self {
        match cause.trouble() {
            Trouble::Unavailable => {
                tracing::warn!(%cause, "a request met a store that is away");
                Self::new(Code::Unavailable, "a store is away")
            }
            Trouble::Unusable => {
                tracing::error!(%cause, "a request met what a store should not hold");
                Self::new(Code::Job(FailureCode::Internal), "a store holds what cannot be read")
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, code) = self.code.status_and_name();
        let mut response = (status, Json(self.told())).into_response();
        let came = Came::Detail(code);
        let cache_status = match self.how {
            How::Refused => CacheStatus::Forwarded { why: Forward::Bypass, came },
            How::Missed => CacheStatus::miss(came),
            How::Remembered => CacheStatus::hit(Tier::Negative),
        };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers::insert(headers, headers::CACHE_STATUS, cache_status.to_string());
        headers::insert_safety(headers);
        if self.negotiated {
            headers.insert(VARY, HeaderValue::from_static("Accept"));
        }
        if let Some(methods) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(methods));
        }
        match status {
            StatusCode::UNAUTHORIZED => {
                let scheme = if self.code == Code::BadKey { API_KEY_SCHEME } else { "Bearer" };
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                drop(headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(self.retry_after))))
            }
            _ => {}
        }
        response
    }
}

/// At least one: what is told to come back at once comes back in vain.
fn whole_seconds(span: Duration) -> u64 {
    (u64::try_from(span.as_millis()).unwrap_or(u64::MAX).div_ceil(1000)).max(1)
}
