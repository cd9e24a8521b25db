//! The lives of the roles of a process, and how they end.

use std::time::Duration;

use imcaxy_shared::lifecycle::Lifecycle;

/// How long it may take to write down what was counted.
const BOOKS_PATIENCE: Duration = Duration::from_secs(10);
/// How long a worker may take to end its jobs: its own drain, and what ending them takes.
const WORKER_PATIENCE: Duration = Duration::from_secs(40);

/// The roles end in the order in which work flows: who asks for jobs first, who does them last, so that a request that is
/// being answered still finds a worker.
#[derive(Default)]
pub(crate) struct Lives {
    /// Listeners and the scheduler.
    pub front: Lifecycle,
    /// What writes down how much was answered, after the last answer.
    pub books: Lifecycle,
    /// The worker.
    pub back: Lifecycle,
}

impl Lives {
    /// Ends the roles, `patience` for those in front to answer what they have begun.
    pub async fn end(&self, patience: Duration) {
        for (part, patience) in
            [(&self.front, patience), (&self.books, BOOKS_PATIENCE), (&self.back, WORKER_PATIENCE)]
        {
            part.stop();
            if !part.join(patience).await {
                tracing::warn!("some work did not end in time and is given up");
            }
        }
    }
}
