//! What every fault test tells: what broke, what it cost and how long it took.

use std::time::Instant;

use imcaxy_testkit::http::begin;
use imcaxy_testkit::{System, progress};
use reqwest::{Method, Response};
use tokio::task::JoinHandle;

use crate::harness::{Answer, Stack, until, waiting_requests};

/// Requests that wait while something breaks.
pub struct Story {
    fault: &'static str,
    path: String,
    waiting: Vec<JoinHandle<Response>>,
    broke: Instant,
}

impl Story {
    /// Each replica is asked for `path`, several times.
    pub fn begins(fault: &'static str, system: &System, path: &str) -> Self {
        let waiting =
            (0..4).map(|number| begin(system.request(Method::GET, number % system.apis.len(), path)));
        Self { fault, path: path.to_owned(), waiting: waiting.collect(), broke: Instant::now() }
    }

    /// Waits until each of its requests waits, and `others`.
    pub async fn all_wait_and(&self, others: usize, system: &System) {
        let all = (self.waiting.len() + others) as u64;
        until("all wait", async || waiting_requests(system).await == all).await;
    }

    /// The fault happens now: what follows is how long it keeps people waiting.
    pub fn breaks(&mut self) {
        self.broke = Instant::now();
    }

    /// All are served, one and the same picture; imaginary was called so often.
    pub async fn ends_well(self, system: &System, calls: usize) -> Answer {
        let mut answers = Vec::new();
        for waiting in self.waiting {
            let answer = match waiting.await {
                Ok(answer) => Answer::of(answer).await,
                // With the one process its clients are cut off, too.
                Err(_) if system.stack() == Stack::Embedded => Answer::get(system, 0, &self.path).await,
                Err(unanswered) => panic!("{unanswered}"),
            };
            answers.push(answer.picture());
        }
        tell(self.fault, system.gauge.calls().len(), self.broke);
        let first = answers.swap_remove(0);
        assert!(answers.iter().all(|answer| answer.body == first.body), "all get one picture");
        assert_eq!(system.gauge.calls().len(), calls, "{}: calls of imaginary", self.fault);
        first
    }

    /// All are told that there is no picture.
    pub async fn ends_refused(self, system: &System, calls: usize) {
        for waiting in self.waiting {
            let answer = Answer::to(waiting).await;
            answer.refused(500, "internal");
        }
        tell(self.fault, system.gauge.calls().len(), self.broke);
        assert_eq!(system.gauge.calls().len(), calls, "{}: calls of imaginary", self.fault);
    }
}

/// A row of docs/measurements.md, faults.
pub fn tell(fault: &str, calls: usize, broke: Instant) {
    progress::say(&format!("| {fault} | {calls} | {:.1} |", broke.elapsed().as_secs_f64()));
}
