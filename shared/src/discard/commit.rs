//! Discards that come at the same time are one write: while one is under way, those that follow wait and share the next.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::entry::{Position, Scope, Seq};
use crate::lifecycle::Lifecycle;
use crate::ports::{Appended, Catalog, PortError};

/// Discards in one write at most.
const TOGETHER: usize = 200;
/// Who asks for more than this has a write of its own, and this part of the places, in percent: the rest is left to single discards. Who
/// needs more than that has to wait until nothing else is open.
const FEW: usize = 10;
const FOR_MANY_PERCENT: usize = 75;

pub(super) struct Commits {
    catalog: Arc<dyn Catalog>,
    most_open: usize,
    waiting: Mutex<Vec<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

struct Waiting {
    scopes: Vec<Scope>,
    answer: oneshot::Sender<Result<Option<Placed>, PortError>>,
}

/// Where discards stand in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// The position of the last of them.
    pub position: Position,
    /// What is below is outdated by all that one write has committed.
    pub below: Seq,
}

impl Commits {
    pub(super) fn new(catalog: Arc<dyn Catalog>, most_open: usize) -> Self {
        Self { catalog, most_open, waiting: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// Commits discards; `None` where too many are open. Once their write has begun they are carried out though nobody waits
    /// for it any more: others may share it. Until then who gives up has discarded nothing.
    pub(super) async fn commit(self: &Arc<Self>, scopes: Vec<Scope>) -> Result<Option<Placed>, PortError> {
        let (answer, answered) = oneshot::channel();
        self.waiting().push(Waiting { scopes, answer });
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
        match self.append(&all).await {
            Ok(Appended::At(last)) => answer_all(batch, &last, all.len()),
            // What does not fit together may fit in part.
            Ok(Appended::TooManyOpen) => {
                for Waiting { scopes, answer } in batch {
                    let placed = self.append(&scopes).await.map(|appended| match appended {
                        Appended::At(position) => Some(Placed { below: position.seq, position }),
                        Appended::TooManyOpen => None,
                    });
                    let _gone = answer.send(placed);
                }
            }
            Err(cause) => {
                for waiting in batch {
                    let _gone = waiting.answer.send(Err(cause.again()));
                }
            }
        }
    }

    async fn append(&self, scopes: &[Scope]) -> Result<Appended, PortError> {
        self.catalog.append(scopes, places(scopes, self.most_open)).await
    }

    /// Those who have waited longest and still wait, as many as fit into one write.
    fn next(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting();
        waiting.retain(|one| !one.answer.is_closed());
        let mut count = 0;
        let fit = waiting.iter().take_while(|one| {
            count += one.scopes.len();
            is_few(&one.scopes) && count <= TOGETHER
        });
        let fit = fit.count().max(1).min(waiting.len());
        waiting.drain(..fit).collect()
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_few(scopes: &[Scope]) -> bool {
    scopes.len() <= FEW
}

/// How many may be open with these, where there may be `most` in all.
fn places(scopes: &[Scope], most: usize) -> usize {
    if is_few(scopes) { most } else { (most * FOR_MANY_PERCENT / 100).max(scopes.len()).min(most) }
}

/// Tells each the position of the last of its discards; `last` is that of all `count`.
fn answer_all(batch: Vec<Waiting>, last: &Position, count: usize) {
    let mut left = i64::try_from(count).unwrap_or(i64::MAX);
    for Waiting { scopes, answer, .. } in batch {
        left -= i64::try_from(scopes.len()).unwrap_or(i64::MAX);
        let position = Position { seq: Seq::new(last.seq.get() - left), ..last.clone() };
        // Whoever asked may be gone.
        let _gone = answer.send(Ok(Some(Placed { position, below: last.seq })));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use crate::backends::sqlite::SqliteCatalog;
    use crate::ports::DiscardLog as _;

    const MOST: usize = 100;

    fn commits() -> (tempfile::TempDir, Arc<SqliteCatalog>, Arc<Commits>) {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Arc::new(SqliteCatalog::open(&folder.path().join("catalog.db"), 7).unwrap());
        let commits = Arc::new(Commits::new(catalog.clone(), MOST));
        (folder, catalog, commits)
    }

    fn scopes(count: usize) -> Vec<Scope> {
        vec![Scope::Everything; count]
    }

    #[tokio::test]
    async fn who_gives_up_before_the_write_begins_has_discarded_nothing() {
        let (_folder, catalog, commits) = commits();
        let turn = commits.turn.lock().await;
        assert!(timeout(Duration::from_millis(20), commits.commit(scopes(1))).await.is_err());
        drop(turn);
        let Placed { position, below } = commits.commit(scopes(2)).await.unwrap().expect("few are open");
        assert_eq!((position.seq, below), (Seq::new(2), Seq::new(2)), "of who has waited");
        assert_eq!(catalog.ledger().await.unwrap().seq, Seq::new(2));
    }

    #[tokio::test]
    async fn many_together_leave_places_to_single_ones() {
        let (_folder, _, commits) = commits();
        let fits = async |count| commits.commit(scopes(count)).await.unwrap().is_some();
        assert!(fits(60).await && fits(15).await, "three quarters of the places");
        assert!(!fits(FEW + 1).await && fits(FEW).await && fits(10).await && fits(5).await);
        assert!(!fits(1).await, "all are taken");
    }

    #[test]
    fn who_needs_more_than_is_for_many_may_have_all_places() {
        for (count, most) in
            [(1, MOST), (FEW, MOST), (FEW + 1, 75), (75, 75), (76, 76), (MOST, MOST), (MOST + 1, MOST)]
        {
            assert_eq!(places(&scopes(count), MOST), most, "{count}");
        }
    }
}
