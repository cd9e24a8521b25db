//! The one thing that is faked: an image host with knobs.

mod answer;
mod behaviour;
mod seen;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;

use crate::gate::{Bar, Gate};
use crate::listener::Listener;

pub use behaviour::Behaviour;
pub use seen::Seen;

/// An image host on loopback. Without further ado it serves each [`Photo`](crate::Photo) under its name, as a plain
/// file server would: with `ETag`, `Last-Modified` and 304; everything else is 404. It is told otherwise path by
/// path, at any time.
#[derive(Debug)]
pub struct Origin {
    shared: Arc<Shared>,
    listener: Listener,
}

#[derive(Debug, Default)]
struct Shared {
    paths: Mutex<HashMap<String, PathState>>,
    seen: Mutex<Vec<Seen>>,
}

/// What is known of one path.
#[derive(Debug, Clone, Default)]
struct PathState {
    behaviour: Behaviour,
    replaced: u32,
    bar: Option<Bar>,
}

impl Origin {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let shared = Arc::<Shared>::default();
        let router = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        Self { shared, listener: Listener::serve(router).await }
    }

    /// The URL of a path; the name of a photograph is one.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        self.listener.url(path)
    }

    /// Sets how a path behaves from now on. Other bytes than before come with a later `Last-Modified`.
    pub fn behave(&self, path: &str, behaviour: Behaviour) {
        let mut paths = self.shared.paths();
        let state = paths.entry(key(path)).or_default();
        if (&state.behaviour.body, &state.behaviour.turns) != (&behaviour.body, &behaviour.turns) {
            state.replaced += 1;
        }
        state.behaviour = behaviour;
    }

    /// Makes requests of a path wait, once they are counted and before anything is answered, until the gate lets them
    /// through.
    pub fn hold(&self, path: &str) -> Gate {
        let (gate, bar) = Gate::closed();
        self.shared.paths().entry(key(path)).or_default().bar = Some(bar);
        gate
    }

    /// How many requests of a path have arrived, whatever their method.
    #[must_use]
    pub fn count(&self, path: &str) -> usize {
        self.requests(path).len()
    }

    /// How many requests of a path asked whether something had changed.
    #[must_use]
    pub fn conditional(&self, path: &str) -> usize {
        self.requests(path).iter().filter(|seen| seen.is_conditional()).count()
    }

    /// The requests of a path in the order in which they arrived.
    #[must_use]
    pub fn requests(&self, path: &str) -> Vec<Seen> {
        let path = key(path);
        self.shared.seen().iter().filter(|seen| seen.path == path).cloned().collect()
    }

    /// Forgets the requests that have arrived: there may be a great many.
    pub fn forget(&self) {
        self.shared.seen().clear();
    }

    /// All requests in the order in which they arrived.
    #[must_use]
    pub fn all_requests(&self) -> Vec<Seen> {
        self.shared.seen().clone()
    }
}

impl Shared {
    fn paths(&self) -> MutexGuard<'_, HashMap<String, PathState>> {
        self.paths.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Paths are compared without their leading slash and their query.
fn key(path: &str) -> String {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    path.trim_start_matches('/').to_owned()
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let seen = Seen::of(&request);
    let path = seen.path.clone();
    let turn = {
        let mut all = shared.seen();
        all.push(seen);
        all.iter().filter(|seen| seen.path == path).count() - 1
    };
    let bar = shared.paths().get(&path).and_then(|state| state.bar.clone());
    if let Some(bar) = bar {
        bar.pass().await;
    }
    // Read after the wait: what a test sets while a request is held is what that request is answered with.
    let state = shared.paths().get(&path).cloned().unwrap_or_default();
    answer::answer(&path, &state.behaviour.at_turn(turn), state.replaced, request.headers()).await
}
