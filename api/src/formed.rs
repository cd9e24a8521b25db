//! A picture in the form that was asked for: whole, a part of it, or why neither.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderValue,
};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};

use crate::conditional::Form;
use crate::error::{Code, Refused};
use crate::headers::insert;

/// The answer with what is in `body`, of a picture of `size` bytes. `describe` sets what a 304 says as well as a 200.
pub(crate) fn formed(
    form: Form,
    body: Body,
    size: u64,
    content_type: &str,
    describe: impl FnOnce(&mut HeaderMap),
) -> Response {
    let picture = |status, length: u64| {
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        insert(headers, CONTENT_TYPE, content_type.to_owned());
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        response
    };
    let mut response = match form {
        Form::Whole => described(picture(StatusCode::OK, size), describe),
        Form::Part(part) => {
            let response = picture(StatusCode::PARTIAL_CONTENT, part.end - part.start);
            let range = format!("bytes {}-{}/{size}", part.start, part.end - 1);
            described(with(response, CONTENT_RANGE, range), describe)
        }
        Form::NotModified => described(StatusCode::NOT_MODIFIED.into_response(), describe),
        // These two are errors, without a validator that a client might take for the picture's.
        Form::PreconditionFailed => {
            let message = "the picture is not the one that the request is about";
            Refused::new(Code::PreconditionFailed, message).into_response()
        }
        Form::Beyond => {
            let message = format!("the picture ends before the range begins: it has {size} bytes");
            let refused = Refused::new(Code::RangeNotSatisfiable, message).into_response();
            with(refused, CONTENT_RANGE, format!("bytes */{size}"))
        }
    };
    response.headers_mut().insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    response
}

fn described(mut response: Response, describe: impl FnOnce(&mut HeaderMap)) -> Response {
    describe(response.headers_mut());
    response
}

fn with(mut response: Response, name: HeaderName, value: String) -> Response {
    insert(response.headers_mut(), name, value);
    response
}
