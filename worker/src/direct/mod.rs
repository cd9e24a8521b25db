//! Renders that an API asks for without the queue, while that is away: signed, so many at once, and not kept.

mod render;

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use imcaxy_shared::config::{self, Secret};
use imcaxy_shared::jobs::direct::{DirectRender, LARGEST, SIGNATURE, Signed, TIME};
use imcaxy_shared::lifecycle::Lifecycle;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use crate::Parts;
use render::render;

/// How long the body of a request may take.
const READ: Duration = Duration::from_secs(5);
/// The seconds after which who was sent away may ask again.
const AGAIN: HeaderValue = HeaderValue::from_static("1");

/// Where renders are asked for directly.
pub(crate) struct Desk {
    secret: Secret,
    places: Semaphore,
    parts: Arc<Parts>,
    lifecycle: Lifecycle,
}

/// Why a request is sent away.
#[derive(Debug, PartialEq, Eq)]
enum Refused {
    /// It is asked in another way.
    Method,
    /// It is not signed by who may ask.
    Unsigned(String),
    /// It is not understood.
    Unreadable(String),
    /// There is enough to do, or an end in sight.
    Busy,
    /// It was not brought to its end.
    Broken,
}

impl Desk {
    /// The desk of a worker with these settings; `None` where they have no secret.
    pub(crate) fn of(settings: &config::Degraded, parts: &Arc<Parts>, lifecycle: &Lifecycle) -> Option<Self> {
        let secret = settings.secret.clone()?;
        let places = Semaphore::new(settings.concurrency.min(Semaphore::MAX_PERMITS));
        Some(Self { secret, places, parts: Arc::clone(parts), lifecycle: lifecycle.clone() })
    }

    /// Answers one request. Dropped, because whoever asked is gone, it ends the render.
    pub(crate) async fn answer(self: Arc<Self>, request: Request<Body>) -> Response<Body> {
        match self.serve(request).await {
            Ok(news) => response(StatusCode::OK, "application/octet-stream", news),
            Err(refused) => refused.answer(),
        }
    }

    async fn serve(self: Arc<Self>, request: Request<Body>) -> Result<Bytes, Refused> {
        let (head, body) = request.into_parts();
        if head.method != Method::POST {
            return Err(Refused::Method);
        }
        let signed = self.signed(&head.headers)?;
        let unread =
            || Refused::Unreadable(format!("a body of at most {LARGEST} bytes is needed, within 5 s"));
        let read = timeout(READ, to_bytes(body, LARGEST)).await;
        let body = read.ok().and_then(Result::ok).ok_or_else(unread)?;
        signed.is_of(self.secret.reveal(), &body).map_err(|cause| Refused::Unsigned(cause.to_string()))?;
        let (stamp, job) =
            DirectRender::read(&body).map_err(|cause| Refused::Unreadable(cause.to_string()))?;
        if self.lifecycle.is_stopping() {
            return Err(Refused::Busy);
        }
        let desk = Arc::clone(&self);
        let _place = self.places.try_acquire().map_err(|_| Refused::Busy)?;
        // On a task that the end of the process waits for.
        let rendering = self.lifecycle.spawn(async move { render(&desk.parts, stamp, &job).await });
        let news = AbortOnDropHandle::new(rendering).await.map_err(|_| Refused::Broken)?;
        news.write().map_err(|_| Refused::Broken)
    }

    fn signed(&self, headers: &HeaderMap) -> Result<Signed, Refused> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        Signed::read(text(TIME), text(SIGNATURE), self.parts.clock.now())
            .map_err(|cause| Refused::Unsigned(cause.to_string()))
    }
}

impl Refused {
    fn answer(self) -> Response<Body> {
        let said = |status, said: String| response(status, "text/plain; charset=utf-8", said);
        match self {
            Self::Method => said(StatusCode::METHOD_NOT_ALLOWED, "POST is allowed".to_owned()),
            Self::Unsigned(why) => {
                tracing::warn!(why, "a direct render was asked for without a signature that fits");
                said(StatusCode::UNAUTHORIZED, why)
            }
            Self::Unreadable(why) => said(StatusCode::BAD_REQUEST, why),
            Self::Busy => {
                let mut busy = said(StatusCode::SERVICE_UNAVAILABLE, "there is enough to do".to_owned());
                busy.headers_mut().insert(RETRY_AFTER, AGAIN);
                busy
            }
            Self::Broken => {
                said(StatusCode::INTERNAL_SERVER_ERROR, "the render did not come to its end".to_owned())
            }
        }
    }
}

fn response(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
