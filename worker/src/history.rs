//! Writing down what has ended, beside the way of the jobs: a history that is away costs its own lines and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use imcaxy_shared::backoff::Backoff;
use imcaxy_shared::lifecycle::Lifecycle;
use imcaxy_shared::ports::{EndedJob, JobHistory};
use tokio::sync::mpsc;
use tokio::time::sleep;

/// Ended jobs that wait to be written down; beyond it they are lost to the history.
const UNWRITTEN: usize = 4096;
/// Written down at once.
const BATCH: usize = 256;
/// How often a batch is tried.
const MOST_TRIES: u32 = 4;
/// The pauses between these tries.
const BACKOFF: Backoff = Backoff { first: Duration::from_millis(200), longest: Duration::from_secs(2) };

/// Takes what has ended, and never waits.
pub(crate) struct Chronicle {
    unwritten: mpsc::Sender<EndedJob>,
    lost: Arc<AtomicU64>,
}

impl Chronicle {
    /// Starts the task that writes; shutdown waits for it, and it ends when this is dropped and all is written.
    pub(crate) fn start(history: Arc<dyn JobHistory>, lifecycle: &Lifecycle) -> Self {
        let (unwritten, mut ended) = mpsc::channel(UNWRITTEN);
        let lost = Arc::<AtomicU64>::default();
        let losses = Arc::clone(&lost);
        lifecycle.spawn(async move {
            let mut batch = Vec::with_capacity(BATCH);
            while ended.recv_many(&mut batch, BATCH).await > 0 {
                if !write(&*history, &batch).await {
                    count(&losses, batch.len());
                }
                batch.clear();
            }
        });
        Self { unwritten, lost }
    }

    /// Has a life written down.
    pub(crate) fn record(&self, ended: EndedJob) {
        if self.unwritten.try_send(ended).is_err() {
            count(&self.lost, 1);
        }
    }
}

/// Answers whether it is written.
async fn write(history: &dyn JobHistory, batch: &[EndedJob]) -> bool {
    for errors in 0..MOST_TRIES {
        match history.record(batch).await {
            Ok(()) => return true,
            Err(cause) => tracing::debug!(%cause, "the history could not be written"),
        }
        sleep(BACKOFF.after(errors)).await;
    }
    false
}

fn count(lost: &AtomicU64, jobs: usize) {
    let jobs = jobs as u64;
    let all = lost.fetch_add(jobs, Ordering::Relaxed) + jobs;
    tracing::warn!(jobs, all, "ended jobs are lost to the history");
}
