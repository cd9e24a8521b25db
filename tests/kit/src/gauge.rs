//! A gauge between Imcaxy and imaginary: it passes on what comes, unchanged, and counts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, header};

use crate::gate::{Bar, Gate};
use crate::http;
use crate::listener::Listener;

/// Stands in front of the real imaginary, on loopback. What it counts is what imaginary was asked.
#[derive(Debug)]
pub struct Gauge {
    shared: Arc<Shared>,
    listener: Listener,
}

/// A call of imaginary.
#[derive(Debug, Clone)]
pub struct Call {
    /// Its method.
    pub method: Method,
    /// Its path, with the leading slash.
    pub path: String,
    /// Its query, empty if it had none.
    pub query: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// How many bytes were sent with it.
    pub body: usize,
}

#[derive(Debug)]
struct Shared {
    imaginary: String,
    client: reqwest::Client,
    state: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    calls: Vec<Call>,
    now: usize,
    most: usize,
    bar: Option<Bar>,
    answers: Option<Bar>,
    refusal: Option<StatusCode>,
}

impl Gauge {
    /// Starts one in front of an imaginary.
    pub async fn start(imaginary_url: &str) -> Self {
        let shared = Arc::new(Shared {
            imaginary: imaginary_url.trim_end_matches('/').to_owned(),
            client: http::client(),
            state: Mutex::default(),
        });
        let router = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        Self { shared, listener: Listener::serve(router).await }
    }

    /// The base URL to be used instead of imaginary's.
    #[must_use]
    pub fn url(&self) -> &str {
        self.listener.base()
    }

    /// The calls that render or inspect a picture, in the order in which they arrived.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.shared.counts().calls.iter().filter(|call| call.is_about_a_picture()).cloned().collect()
    }

    /// How many of these calls went to a path (`/resize`).
    #[must_use]
    pub fn count(&self, path: &str) -> usize {
        self.calls().iter().filter(|call| call.path == path).count()
    }

    /// How many of these calls were under way at once, at most.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        self.shared.counts().most
    }

    /// Makes calls wait, once they are counted and before imaginary sees them, until the gate lets them through.
    pub fn hold(&self) -> Gate {
        let (gate, bar) = Gate::closed();
        self.shared.counts().bar = Some(bar);
        gate
    }

    /// Makes answers wait, once imaginary has given them and before the worker sees them, until the gate lets them
    /// through.
    pub fn hold_answers(&self) -> Gate {
        let (gate, bar) = Gate::closed();
        self.shared.counts().answers = Some(bar);
        gate
    }

    /// Answers every call with this status in imaginary's place, until [`Gauge::recover`].
    pub fn fail_with(&self, status: u16) {
        self.shared.counts().refusal = Some(StatusCode::from_u16(status).expect("a status has three digits"));
    }

    /// Passes calls on again.
    pub fn recover(&self) {
        self.shared.counts().refusal = None;
    }
}

impl Call {
    fn is_about_a_picture(&self) -> bool {
        !matches!(self.path.as_str(), "/" | "/health" | "/form")
    }
}

impl Shared {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return refusal(StatusCode::BAD_REQUEST, "the body ended early");
    };
    let call = Call {
        method: head.method.clone(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.clone(),
        body: body.len(),
    };
    // Whoever asks how it is, or which one, is neither counted nor held.
    let about_a_picture = call.is_about_a_picture();
    let _under_way = about_a_picture.then(|| UnderWay::begin(&shared));
    let (bar, refused) = {
        let mut counts = shared.counts();
        counts.calls.push(call);
        (counts.bar.clone().filter(|_| about_a_picture), counts.refusal)
    };
    if let Some(bar) = bar {
        bar.pass().await;
    }
    if let Some(status) = refused {
        return refusal(status, "refused, as the test wants it");
    }
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
    let sent = shared
        .client
        .request(head.method, format!("{}{target}", shared.imaginary))
        .headers(end_to_end(head.headers))
        .body(body)
        .send()
        .await;
    let response = match sent {
        Ok(answer) => pass_on(answer).await,
        Err(error) => refusal(StatusCode::BAD_GATEWAY, &format!("imaginary did not answer: {error}")),
    };
    let bar = shared.counts().answers.clone().filter(|_| about_a_picture);
    if let Some(bar) = bar {
        bar.pass().await;
    }
    response
}

async fn pass_on(answer: reqwest::Response) -> Response<Body> {
    let status = answer.status();
    let headers = end_to_end(answer.headers().clone());
    match answer.bytes().await {
        Ok(bytes) => {
            let mut response = Response::new(Body::from(bytes));
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            response
        }
        Err(error) => refusal(StatusCode::BAD_GATEWAY, &format!("imaginary's answer ended early: {error}")),
    }
}

/// The headers that are not about one connection or one way of sending.
fn end_to_end(mut headers: HeaderMap) -> HeaderMap {
    for name in [header::HOST, header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH] {
        headers.remove(name);
    }
    headers
}

fn refusal(status: StatusCode, message: &str) -> Response<Body> {
    let body = format!("{{\"message\":\"{message}\",\"status\":{}}}", status.as_u16());
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

/// Counts a call as under way until it is answered or given up.
struct UnderWay<'a>(&'a Shared);

impl<'a> UnderWay<'a> {
    fn begin(shared: &'a Shared) -> Self {
        let mut counts = shared.counts();
        counts.now += 1;
        counts.most = counts.most.max(counts.now);
        Self(shared)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.counts().now -= 1;
    }
}
