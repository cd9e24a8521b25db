//! The blocks that a process knows.
//!
//! A change of the list is written first, then told by the ledger. So who reads the list after it has read the ledger has all changes that the
//! ledger tells of, and a replica that follows the ledger here, before it says that it has applied it, refuses what was blocked from the
//! acknowledgement on.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use tokio::time::timeout;

use crate::entry::{BlockList, BlockTarget, Ledger, MadeFrom, Position, Seq, SourceRef};
use crate::lifecycle::Lifecycle;
use crate::ports::{Blocks, PortError};

/// Blocks that are read together, and how long that may take.
const PAGE: usize = 1000;
const PAGE_TIME: Duration = Duration::from_secs(5);

/// The list, as it was at some position of the ledger or later.
pub struct KnownBlocks {
    list: Arc<List>,
    /// The load that began last.
    load: Mutex<Option<Load>>,
}

struct List {
    blocks: Arc<dyn Blocks>,
    known: RwLock<Option<Known>>,
}

struct Known {
    at: Position,
    list: Arc<BlockList>,
}

/// A read of the whole list, for all who want it. It goes on when nobody waits for it any more.
#[derive(Clone)]
struct Load {
    /// Where the ledger was before it began: it brings all that was changed up to there.
    at: Position,
    read: Shared<BoxFuture<'static, Result<(), Arc<PortError>>>>,
}

impl KnownBlocks {
    /// Nothing is read yet.
    #[must_use]
    pub fn of(blocks: Arc<dyn Blocks>) -> Self {
        let list = List { blocks, known: RwLock::new(None) };
        Self { list: Arc::new(list), load: Mutex::default() }
    }

    /// Has the list read again if it was changed after it was read last, as far as this state of the ledger tells. One read is under way
    /// at a time, however many ask; who gives up waiting finds it further on the next time.
    ///
    /// # Errors
    /// It cannot be read; what was known stays.
    pub async fn follow(&self, ledger: &Ledger) -> Result<(), PortError> {
        let changed = Position { seq: ledger.blocks_at, ..ledger.position() };
        while !self.list.is_known_at(&changed) {
            let Load { at, read } = self.load(ledger.position());
            read.await.map_err(|cause| cause.again())?;
            if at.covers(&changed) {
                break;
            }
        }
        self.list.reaches(ledger.position());
        Ok(())
    }

    /// Whether something may have been blocked up to this position of the ledger that is not known here.
    pub fn is_behind(&self, seq: Seq) -> bool {
        self.list.known().as_ref().is_none_or(|known| known.at.seq < seq)
    }

    /// The first of these that is refused, as far as is known.
    pub fn against<'a>(&self, sources: impl IntoIterator<Item = &'a SourceRef>) -> Option<&'a SourceRef> {
        let list = self.list.known().as_ref().map(|known| Arc::clone(&known.list))?;
        sources.into_iter().find(|source| list.covers(&source.url))
    }

    /// The same of what an entry was made from, redirects among them.
    pub fn against_made_from<'a>(&self, made: &'a [MadeFrom]) -> Option<&'a MadeFrom> {
        let list = self.list.known().as_ref().map(|known| Arc::clone(&known.list))?;
        made.iter().find(|made| list.covers(&made.url))
    }

    /// The load that is under way, or a new one, which begins with the ledger at `at`.
    fn load(&self, at: Position) -> Load {
        let mut last = self.load.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some(load) if load.read.peek().is_none() => load.clone(),
            _ => {
                let read = Arc::clone(&self.list).read(at.clone()).boxed().shared();
                Lifecycle::spawn_detached(read.clone().map(drop));
                last.insert(Load { at, read }).clone()
            }
        }
    }
}

impl List {
    fn is_known_at(&self, position: &Position) -> bool {
        self.known().as_ref().is_some_and(|known| known.at.covers(position))
    }

    /// Nothing was changed between the last load and here.
    fn reaches(&self, position: Position) {
        let is_ahead = |known: &Known| position.is_ahead_of(&known.at);
        if self.known().as_ref().is_some_and(is_ahead) {
            let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
            // Another may have said more meanwhile.
            if let Some(known) = known.as_mut().filter(|known| is_ahead(known)) {
                known.at = position;
            }
        }
    }

    fn known(&self) -> std::sync::RwLockReadGuard<'_, Option<Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads all of it, page by page; the ledger was at `at` before.
    async fn read(self: Arc<Self>, at: Position) -> Result<(), Arc<PortError>> {
        let late = |_| Err(PortError::unavailable("catalog", "the list of blocks has no answer in time"));
        let mut targets: Vec<BlockTarget> = Vec::new();
        let mut after = None;
        loop {
            let page = timeout(PAGE_TIME, self.blocks.blocks(after.as_ref(), PAGE)).await;
            let page = page.unwrap_or_else(late).map_err(Arc::new)?;
            targets.extend(page.blocks.into_iter().map(|block| block.target));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let list = Arc::new(BlockList::of(targets));
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Known { at, list });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use tokio::sync::Semaphore;

    use super::*;
    use crate::entry::Block;
    use crate::ports::{BlockPage, BlockPlace};
    use crate::testing::build;
    use crate::time::Timestamp;

    /// A list of hosts, each read of which waits until the test lets it through.
    struct Slow {
        hosts: Mutex<Vec<&'static str>>,
        begun: AtomicUsize,
        gate: Semaphore,
    }

    #[async_trait]
    impl Blocks for Slow {
        async fn block(&self, _: &[Block]) -> Result<(), PortError> {
            Err(PortError::unavailable("test", "it is read only"))
        }

        async fn unblock(&self, _: &BlockTarget) -> Result<Option<Block>, PortError> {
            Err(PortError::unavailable("test", "it is read only"))
        }

        async fn count_besides(&self, _: &[BlockTarget]) -> Result<usize, PortError> {
            Err(PortError::unavailable("test", "it is not counted"))
        }

        async fn blocks(&self, _: Option<&BlockPlace>, _: usize) -> Result<BlockPage, PortError> {
            self.begun.fetch_add(1, Ordering::SeqCst);
            self.gate.acquire().await.expect("it stays open").forget();
            let block = |host: &&str| Block {
                target: BlockTarget::from_store("host", host).expect("a host"),
                at: Timestamp::from_millis(0),
                by: "ci".to_owned(),
            };
            let blocks = self.hosts.lock().expect("a list").iter().map(block).collect();
            Ok(BlockPage { blocks, next: None })
        }
    }

    fn slow(hosts: &[&'static str]) -> (Arc<Slow>, Arc<KnownBlocks>) {
        let (hosts, begun) = (Mutex::new(hosts.to_vec()), AtomicUsize::new(0));
        let slow = Arc::new(Slow { hosts, begun, gate: Semaphore::new(0) });
        (Arc::clone(&slow), Arc::new(KnownBlocks::of(slow)))
    }

    fn ledger(seq: i64, blocks_at: i64) -> Ledger {
        Ledger { seq: Seq::new(seq), blocks_at: Seq::new(blocks_at), ..build::ledger(vec![]) }
    }

    fn refuses(known: &KnownBlocks, host: &str) -> bool {
        known.against([&build::source_ref(&format!("http://{host}/1.jpg"))]).is_some()
    }

    #[tokio::test]
    async fn one_load_is_for_all_who_wait_and_goes_on_when_they_give_up() {
        let (slow, known) = slow(&["a.test"]);
        let moment = Duration::from_millis(20);
        let ledger = ledger(3, 2);
        let all = (0..20).map(|_| timeout(moment, known.follow(&ledger)));
        assert!(futures::future::join_all(all).await.iter().all(Result::is_err), "nobody waits for ever");
        assert!(!refuses(&known, "a.test"));
        slow.gate.add_permits(1);
        known.follow(&ledger).await.expect("it is read");
        assert!(refuses(&known, "a.test") && !refuses(&known, "b.test"));
        known.follow(&ledger).await.expect("nothing is new");
        assert_eq!(slow.begun.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn what_was_changed_after_a_load_began_is_read_by_the_next() {
        let (slow, known) = slow(&["a.test"]);
        let (old, new) = (ledger(3, 2), ledger(5, 5));
        assert!(timeout(Duration::from_millis(20), known.follow(&old)).await.is_err());
        slow.gate.add_permits(2);
        *slow.hosts.lock().unwrap() = vec!["b.test"];
        known.follow(&new).await.expect("it is read");
        assert_eq!(slow.begun.load(Ordering::SeqCst), 2, "the one that was under way, and one of its own");
        assert!(refuses(&known, "b.test") && !refuses(&known, "a.test"));
    }

    #[tokio::test]
    async fn who_follows_a_ledger_that_tells_no_change_is_not_behind_it() {
        let (slow, known) = slow(&["a.test"]);
        assert!(known.is_behind(Seq::ZERO));
        slow.gate.add_permits(1);
        known.follow(&ledger(3, 2)).await.expect("it is read");
        assert!(!known.is_behind(Seq::new(3)) && known.is_behind(Seq::new(4)));
        known.follow(&ledger(7, 2)).await.expect("nothing is new");
        assert!(!known.is_behind(Seq::new(7)) && refuses(&known, "a.test"));
        assert_eq!(slow.begun.load(Ordering::SeqCst), 1);
    }
}
