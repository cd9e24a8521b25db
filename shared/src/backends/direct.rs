//! Workers that are asked for renders directly, while the queue is away.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, StatusCode};
use tokio::time::Instant;
use url::Url;

use super::http::{Answer, LARGEST_PICTURE, NoAnswer, client};
use crate::config::{self, Secret};
use crate::jobs::Announcement;
use crate::jobs::direct::{DirectRender, PATH, SIGNATURE, TIME, sign};
use crate::ports::Clock;

pub use super::http::NoClient;

/// The largest answer that is read, in bytes: a picture, and what is said of it.
const LARGEST: u64 = LARGEST_PICTURE + (1 << 20);
/// How long a worker that could not be asked is asked after all others.
const RESTS: Duration = Duration::from_secs(5);
/// When a worker that has enough to do may be asked again, if it does not say.
const BUSY: Duration = Duration::from_secs(1);

/// The workers that `degraded.workers` names.
pub struct DirectWorkers {
    client: Client,
    secret: Secret,
    workers: Vec<Worker>,
    /// Who is first among equals.
    turn: AtomicUsize,
}

struct Worker {
    url: Url,
    /// How many renders it is doing for this process.
    renders: AtomicUsize,
    /// Until when it is asked last.
    rests_until: Mutex<Option<Instant>>,
}

/// Why a worker's answer is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unrendered {
    /// All that can be reached have enough to do; one of them may be asked again after this time.
    #[error("every worker has enough to do")]
    Busy(Duration),
    /// None can be asked, or the one that was asked has not answered.
    #[error("no worker has answered")]
    Unanswered,
}

/// What became of asking one worker.
enum Asked {
    Answered(Announcement),
    /// It has seen the request, and has not answered: whatever it was that ended it could end others.
    Lost,
    Busy(Duration),
    /// It has done nothing.
    Unasked,
}

impl DirectWorkers {
    /// Those that the settings name; `None` where they name none.
    ///
    /// # Errors
    /// No TLS can be set up.
    pub fn of(settings: &config::Degraded) -> Result<Option<Self>, NoClient> {
        let Some(secret) = settings.secret.clone().filter(|_| !settings.workers.is_empty()) else {
            return Ok(None);
        };
        let worker = |url: Url| Worker { url, renders: AtomicUsize::new(0), rests_until: Mutex::default() };
        let workers = settings.workers.iter().map(|base| worker(base.join(PATH))).collect();
        Ok(Some(Self {
            client: client()?,
            secret,
            workers,
            turn: AtomicUsize::new(rand::random::<u16>().into()),
        }))
    }

    /// Has a render done by one of them, within that time: the one that does fewest for this process, and the next where that cannot be
    /// asked or has enough to do.
    ///
    /// # Errors
    /// None of them has done it.
    pub async fn render(
        &self,
        order: &DirectRender,
        clock: &dyn Clock,
        within: Duration,
    ) -> Result<Announcement, Unrendered> {
        let Ok(body) = order.write() else { return Err(Unrendered::Unanswered) };
        let mut busy: Option<Duration> = None;
        for worker in self.in_turn() {
            let _renders = Rendering::at(worker);
            match self.ask(worker, body.clone(), clock, within).await {
                Asked::Answered(news) => {
                    worker.rests(None);
                    return Ok(news);
                }
                Asked::Lost => {
                    worker.rests(Some(RESTS));
                    return Err(Unrendered::Unanswered);
                }
                Asked::Busy(wait) => busy = Some(busy.map_or(wait, |known| known.min(wait))),
                Asked::Unasked => worker.rests(Some(RESTS)),
            }
        }
        Err(busy.map_or(Unrendered::Unanswered, Unrendered::Busy))
    }

    /// All of them, in the order in which they are asked.
    fn in_turn(&self) -> impl Iterator<Item = &Worker> {
        let now = Instant::now();
        let loads: Vec<Load> = self.workers.iter().map(|worker| worker.load(now)).collect();
        let order = in_turn(&loads, self.turn.fetch_add(1, Ordering::Relaxed));
        order.into_iter().filter_map(|index| self.workers.get(index))
    }

    async fn ask(&self, worker: &Worker, body: String, clock: &dyn Clock, within: Duration) -> Asked {
        let now = clock.now();
        let Some(signature) = sign(self.secret.reveal(), now, body.as_bytes()) else { return Asked::Unasked };
        let post = self
            .client
            .post(worker.url.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(TIME, now.as_millis())
            .header(SIGNATURE, signature)
            .timeout(within)
            .body(body);
        let told =
            |cause: &str| tracing::warn!(worker = %worker.url, cause, "a worker could not be asked directly");
        match Answer::to(post, LARGEST).await {
            Ok(answer) if answer.status == StatusCode::OK.as_u16() => {
                match Announcement::read(&answer.body) {
                    Ok(news) => Asked::Answered(news),
                    Err(cause) => {
                        told(&cause.to_string());
                        Asked::Lost
                    }
                }
            }
            Ok(answer) if answer.status == StatusCode::SERVICE_UNAVAILABLE.as_u16() => {
                Asked::Busy(answer.retry_after.unwrap_or(BUSY))
            }
            Ok(answer) => {
                told(&format!("it answers {}: {}", answer.status, String::from_utf8_lossy(&answer.body)));
                if answer.status < 500 { Asked::Unasked } else { Asked::Lost }
            }
            Err(cause) => {
                told(&cause.to_string());
                if cause == NoAnswer::Unconnected { Asked::Unasked } else { Asked::Lost }
            }
        }
    }
}

/// What counts when it is decided who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Load {
    rests: bool,
    renders: usize,
}

/// Indexes in the order in which they are asked: the least loaded first, equals in turns.
fn in_turn(loads: &[Load], turn: usize) -> Vec<usize> {
    let mut order: Vec<(usize, &Load)> = loads.iter().enumerate().collect();
    if let Some(first) = turn.checked_rem(order.len()) {
        order.rotate_left(first);
    }
    order.sort_by_key(|(_, load)| **load);
    order.into_iter().map(|(index, _)| index).collect()
}

impl Worker {
    fn load(&self, now: Instant) -> Load {
        let until = *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner);
        Load { rests: until.is_some_and(|until| until > now), renders: self.renders.load(Ordering::Relaxed) }
    }

    fn rests(&self, span: Option<Duration>) {
        let until = span.map(|span| Instant::now() + span);
        *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }
}

/// One render at a worker; dropped, it is over.
struct Rendering<'a>(&'a Worker);

impl<'a> Rendering<'a> {
    fn at(worker: &'a Worker) -> Self {
        worker.renders.fetch_add(1, Ordering::Relaxed);
        Self(worker)
    }
}

impl Drop for Rendering<'_> {
    fn drop(&mut self) {
        self.0.renders.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_loaded_is_asked_first_equals_in_turns_and_who_rests_last() {
        let load = |renders| Load { rests: false, renders };
        let resting = Load { rests: true, renders: 0 };
        for (loads, turn, order) in [
            (vec![], 3, vec![]),
            (vec![load(0), load(0), load(0)], 0, vec![0, 1, 2]),
            (vec![load(0), load(0), load(0)], 4, vec![1, 2, 0]),
            (vec![load(2), load(0), load(1)], 0, vec![1, 2, 0]),
            (vec![resting, load(3), load(3)], 2, vec![2, 1, 0]),
        ] {
            assert_eq!(in_turn(&loads, turn), order, "{loads:?}, turn {turn}");
        }
    }
}
