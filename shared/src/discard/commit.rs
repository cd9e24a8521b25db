//! Discards that come at the same time are one write: while one is under way, those that follow wait and share the next.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::entry::{Position, Scope, Seq};
use crate::lifecycle::Lifecycle;
use crate::ports::{Appended, Catalog, PortError};

/// Discards in one write at most; one that asks for more has a write of its own.
const TOGETHER: usize = 200;

pub(super) struct Commits {
    catalog: Arc<dyn Catalog>,
    most_open: usize,
    waiting: Mutex<Vec<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

struct Waiting {
    scopes: Vec<Scope>,
    for_blocks: bool,
    answer: oneshot::Sender<Result<Appended, PortError>>,
}

impl Commits {
    pub(super) fn new(catalog: Arc<dyn Catalog>, most_open: usize) -> Self {
        Self { catalog, most_open, waiting: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// Commits discards; the position is that of the last of these. They are carried out though nobody waits for it any more: others may
    /// share the write.
    pub(super) async fn commit(
        self: &Arc<Self>,
        scopes: Vec<Scope>,
        for_blocks: bool,
    ) -> Result<Appended, PortError> {
        let (answer, answered) = oneshot::channel();
        self.waiting().push(Waiting { scopes, for_blocks, answer });
        // Each brings a turn along; who finds that another has taken its discards has nothing to do.
        let own = Arc::clone(self);
        Lifecycle::spawn_detached(async move { own.take_turn().await });
        answered.await.unwrap_or_else(|_| Err(PortError::unavailable("catalog", "a commit was given up")))
    }

    async fn take_turn(&self) {
        let _turn = self.turn.lock().await;
        let batch = self.next();
        if batch.is_empty() {
            return;
        }
        let all: Vec<Scope> = batch.iter().flat_map(|waiting| waiting.scopes.clone()).collect();
        let for_blocks = batch.iter().any(|waiting| waiting.for_blocks);
        match self.append(&all, for_blocks).await {
            Ok(Appended::At(last)) => answer_all(batch, &last, all.len()),
            // What does not fit together may fit in part.
            Ok(Appended::TooManyOpen) => {
                for Waiting { scopes, for_blocks, answer } in batch {
                    let _gone = answer.send(self.append(&scopes, for_blocks).await);
                }
            }
            Err(cause) => {
                for waiting in batch {
                    let _gone = waiting.answer.send(Err(cause.again()));
                }
            }
        }
    }

    async fn append(&self, scopes: &[Scope], for_blocks: bool) -> Result<Appended, PortError> {
        if for_blocks {
            self.catalog.append_for_blocks(scopes, self.most_open).await
        } else {
            self.catalog.append(scopes, self.most_open).await
        }
    }

    /// Those who have waited longest, as many as fit into one write.
    fn next(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting();
        let mut count = 0;
        let fit = waiting.iter().take_while(|one| {
            count += one.scopes.len();
            count <= TOGETHER
        });
        let fit = fit.count().max(1).min(waiting.len());
        waiting.drain(..fit).collect()
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells each the position of the last of its discards; `last` is that of all `count`.
fn answer_all(batch: Vec<Waiting>, last: &Position, count: usize) {
    let mut left = i64::try_from(count).unwrap_or(i64::MAX);
    for Waiting { scopes, answer, .. } in batch {
        left -= i64::try_from(scopes.len()).unwrap_or(i64::MAX);
        let position = Position { seq: Seq::new(last.seq.get() - left), ..last.clone() };
        // Whoever asked may be gone.
        let _gone = answer.send(Ok(Appended::At(position)));
    }
}
