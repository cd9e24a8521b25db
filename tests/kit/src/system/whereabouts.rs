//! Which process does what.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::Value;

use super::{Stack, System};

/// A job that is asked for is taken sooner, or never.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(10);

impl System {
    /// Waits until a worker runs the job of a cache key, or of any variant of a source's URL, and answers its place in
    /// [`System::workers`]. No such worker within half a minute fails the test.
    pub async fn worker_running(&self, key_or_url: &str) -> usize {
        let looking = async {
            loop {
                if let Some(worker) = self.worker_running_now(key_or_url).await {
                    return worker;
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, looking).await;
        found.unwrap_or_else(|_| panic!("no worker runs the job of {key_or_url}"))
    }

    async fn worker_running_now(&self, key_or_url: &str) -> Option<usize> {
        let jobs = self.jobs_in_flight().await;
        let id = jobs.iter().find_map(|job| {
            let says = |name: &str| job.get(name).and_then(Value::as_str);
            let is_it = [says("key"), says("url")].contains(&Some(key_or_url));
            if is_it && says("state") == Some("running") { says("worker") } else { None }
        })?;
        if self.stack() == Stack::Embedded {
            return Some(0);
        }
        self.workers.iter().position(|worker| {
            worker.log().lines().any(|line| line.contains("taking jobs") && line.contains(id))
        })
    }

    /// The jobs that still live after half a minute.
    pub(super) async fn jobs_that_do_not_end(&self) -> Vec<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let jobs = self.jobs_in_flight().await;
            if jobs.is_empty() || Instant::now() > deadline {
                return jobs.iter().map(|job| format!("a job that lives: {job}")).collect();
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// What the first API that answers says; an API may be away, as the test wants it.
    async fn jobs_in_flight(&self) -> Vec<Value> {
        for api in 0..self.apis.len() {
            let asked = self.admin(Method::GET, api, "/api/v1/in-flight?limit=1000").send().await;
            let Ok(Ok(answer)) =
                async { Ok::<_, reqwest::Error>(asked?.error_for_status()?.bytes().await) }.await
            else {
                continue;
            };
            let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
            return answer.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        }
        Vec::new()
    }
}
