//! Reads of the ledger, shared by the look-ups that may share them.
//!
//! A look-up needs the ledger as it was read after the look-up began, else it could miss a discard that ended before. One read
//! is under way at a time; who arrives meanwhile waits for the next one, with all who arrive until that begins. So look-ups
//! cost the catalog two reads for as long as one read takes, however many they are.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use imcaxy_shared::entry::Ledger;
use imcaxy_shared::ports::{Catalog, Clock, PortError};
use imcaxy_shared::time::Timestamp;
use tokio::time::Instant;

/// Reads the ledger of one catalog.
pub(crate) struct LedgerReads {
    read: Arc<Read>,
    clock: Arc<dyn Clock>,
    /// Held by the read that is under way.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// The read that was arranged last. It is carried out by those who wait for it: nobody waiting, it is given up, and the
    /// next to arrive takes its place.
    latest: Mutex<Option<Arranged>>,
    /// What the last read that ended has found.
    heard: Arc<Mutex<Option<Heard>>>,
}

/// A state of the ledger.
#[derive(Clone)]
pub(crate) struct Heard {
    pub ledger: Arc<Ledger>,
    /// When its read began, by both clocks: it tells every discard that ended before.
    pub read: Instant,
    pub read_at: Timestamp,
}

impl Heard {
    /// How long ago it was read, by the clock that says more: one may stand still in suspend, the other may step.
    pub(crate) fn age(&self, now: Timestamp) -> Duration {
        self.read.elapsed().max(now.since(self.read_at))
    }
}

/// Reads the ledger, given what is known of it.
type Read = dyn Fn(Option<Arc<Ledger>>) -> BoxFuture<'static, Result<Arc<Ledger>, PortError>> + Send + Sync;

/// What a look-up learns.
#[derive(Debug)]
pub(crate) struct Reading {
    pub ledger: Arc<Ledger>,
    /// Whether no rule was dropped from the ledger since the look-up began. Else the documents must be read once more: a rule may
    /// have been written into them after they were read, and dropped before the ledger was.
    pub whole: bool,
}

#[derive(Clone)]
struct Arranged {
    began: Arc<AtomicBool>,
    read: Shared<BoxFuture<'static, Result<Arc<Ledger>, Arc<PortError>>>>,
}

impl LedgerReads {
    /// Reads the ledger of `catalog`.
    pub(crate) fn of(catalog: Arc<dyn Catalog>, clock: Arc<dyn Clock>) -> Self {
        Self::by(clock, move |known| {
            let catalog = Arc::clone(&catalog);
            let read = async move {
                match known {
                    Some(known) => catalog.ledger_since(&known).await,
                    None => catalog.ledger().await.map(Arc::new),
                }
            };
            read.boxed()
        })
    }

    fn by<F>(clock: Arc<dyn Clock>, read: F) -> Self
    where
        F: Fn(Option<Arc<Ledger>>) -> BoxFuture<'static, Result<Arc<Ledger>, PortError>>
            + Send
            + Sync
            + 'static,
    {
        Self {
            read: Arc::new(read),
            clock,
            turn: Arc::default(),
            latest: Mutex::default(),
            heard: Arc::default(),
        }
    }

    /// What the last read that ended has found.
    pub(crate) fn known(&self) -> Option<Arc<Ledger>> {
        self.heard().map(|heard| heard.ledger)
    }

    /// The same, and when it began.
    pub(crate) fn heard(&self) -> Option<Heard> {
        lock(&self.heard).clone()
    }

    /// Arranges a read that begins after this call; what is read besides must begin after it, too.
    ///
    /// # Errors
    /// The catalog cannot be reached.
    pub(crate) fn next(&self) -> impl Future<Output = Result<Reading, PortError>> + Send + use<> {
        let before = self.known().map(|known| known.trims);
        let arranged = self.join();
        async move {
            let ledger = arranged.read.await.map_err(|cause| cause.again())?;
            let whole = before == Some(ledger.trims);
            Ok(Reading { ledger, whole })
        }
    }

    /// The next read that has not begun.
    fn join(&self) -> Arranged {
        let mut latest = lock(&self.latest);
        match &*latest {
            // One that begins at this very moment has begun after the call all the same.
            Some(arranged) if !arranged.began.load(Ordering::SeqCst) => arranged.clone(),
            _ => latest.insert(self.arrange()).clone(),
        }
    }

    fn arrange(&self) -> Arranged {
        let began = Arc::<AtomicBool>::default();
        let (reader, turn, clock) = (Arc::clone(&self.read), Arc::clone(&self.turn), Arc::clone(&self.clock));
        let (begins, heard) = (Arc::clone(&began), Arc::clone(&self.heard));
        let read = async move {
            let _turn = turn.lock_owned().await;
            begins.store(true, Ordering::SeqCst);
            let before = lock(&heard).clone().map(|heard| heard.ledger);
            let (read_at, read) = (clock.now(), Instant::now());
            let ledger = reader(before.clone()).await.map_err(Arc::new)?;
            if before.is_some_and(|before| before.position().is_ahead_of(&ledger.position())) {
                return Err(Arc::new(PortError::unavailable(
                    "catalog",
                    "an old state of the ledger was read",
                )));
            }
            *lock(&heard) = Some(Heard { ledger: Arc::clone(&ledger), read, read_at });
            Ok(ledger)
        };
        Arranged { began, read: read.boxed().shared() }
    }
}

/// What a mutex holds, whoever panicked while holding it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::channel::oneshot;
    use imcaxy_shared::entry::Seq;
    use imcaxy_shared::ports::SystemClock;
    use imcaxy_shared::testing::build;

    type Answer = oneshot::Sender<Result<Arc<Ledger>, PortError>>;

    /// Reads that end when the test says so.
    fn by_hand() -> (LedgerReads, Arc<Mutex<Vec<Answer>>>) {
        let begun: Arc<Mutex<Vec<Answer>>> = Arc::default();
        let reads = Arc::clone(&begun);
        let reads = LedgerReads::by(Arc::new(SystemClock), move |_| {
            let (answer, answered) = oneshot::channel();
            reads.lock().unwrap().push(answer);
            async { answered.await.unwrap_or_else(|gone| Err(PortError::unavailable("test", gone))) }.boxed()
        });
        (reads, begun)
    }

    fn ledger(seq: i64, trims: i64) -> Ledger {
        Ledger { seq: Seq::new(seq), trims, ..build::ledger(vec![]) }
    }

    fn answer(begun: &Mutex<Vec<Answer>>, ledger: Ledger) {
        begun.lock().unwrap().remove(0).send(Ok(Arc::new(ledger))).expect("somebody waits");
    }

    /// Polls once; what is waited for cannot have happened.
    async fn is_pending(future: &mut (impl Future + Unpin)) -> bool {
        futures::poll!(future).is_pending()
    }

    #[tokio::test]
    async fn who_arrives_while_a_read_is_under_way_shares_the_next_one() {
        let (reads, begun) = by_hand();
        let (mut first, mut twin) = (Box::pin(reads.next()), Box::pin(reads.next()));
        assert!(is_pending(&mut first).await && is_pending(&mut twin).await);
        assert_eq!(begun.lock().unwrap().len(), 1, "who began before the read shares it");
        let (mut late, mut later) = (Box::pin(reads.next()), Box::pin(reads.next()));
        assert!(is_pending(&mut late).await && is_pending(&mut later).await);
        assert_eq!(begun.lock().unwrap().len(), 1, "one at a time");
        answer(&begun, ledger(1, 0));
        assert_eq!(first.await.unwrap().ledger.seq, Seq::new(1));
        assert_eq!(twin.await.unwrap().ledger.seq, Seq::new(1));
        assert!(is_pending(&mut late).await && is_pending(&mut later).await, "that was too early for them");
        assert_eq!(begun.lock().unwrap().len(), 1);
        answer(&begun, ledger(2, 0));
        assert_eq!(late.await.unwrap().ledger.seq, Seq::new(2));
        assert_eq!(later.await.unwrap().ledger.seq, Seq::new(2));
    }

    #[tokio::test]
    async fn nothing_is_shared_with_a_read_that_has_ended() {
        let (reads, begun) = by_hand();
        for seq in 1..4 {
            let mut reading = Box::pin(reads.next());
            assert!(is_pending(&mut reading).await);
            let under_way = Instant::now();
            answer(&begun, ledger(seq, 0));
            assert_eq!(reading.await.unwrap().ledger.seq, Seq::new(seq));
            let heard = reads.heard().expect("a state");
            assert!(
                heard.ledger.seq == Seq::new(seq) && heard.read <= under_way,
                "it counts from its beginning"
            );
        }
    }

    #[tokio::test]
    async fn a_read_that_all_have_left_holds_up_nobody() {
        let (reads, begun) = by_hand();
        let mut first = Box::pin(reads.next());
        assert!(is_pending(&mut first).await);
        let mut second = Box::pin(reads.next());
        assert!(is_pending(&mut second).await);
        drop((first, second));
        let mut third = Box::pin(reads.next());
        assert!(is_pending(&mut third).await);
        let given_up = begun.lock().unwrap().remove(0);
        assert!(given_up.is_canceled());
        answer(&begun, ledger(3, 0));
        assert_eq!(third.await.unwrap().ledger.seq, Seq::new(3));
    }

    #[tokio::test]
    async fn all_who_wait_are_told_of_a_failure_and_the_next_read_is_another() {
        let (reads, begun) = by_hand();
        let (mut first, mut twin) = (Box::pin(reads.next()), Box::pin(reads.next()));
        assert!(is_pending(&mut first).await && is_pending(&mut twin).await);
        begun.lock().unwrap().clear();
        assert!(first.await.is_err() && twin.await.is_err());
        let mut next = Box::pin(reads.next());
        assert!(is_pending(&mut next).await);
        answer(&begun, ledger(1, 0));
        assert!(next.await.is_ok());
    }

    #[tokio::test]
    async fn a_reading_is_whole_when_nothing_was_dropped_since_it_was_arranged() {
        let (reads, begun) = by_hand();
        for (trims, whole) in [(0, false), (0, true), (1, false), (1, true), (1, true), (3, false)] {
            let mut reading = Box::pin(reads.next());
            assert!(is_pending(&mut reading).await);
            answer(&begun, ledger(1, trims));
            assert_eq!(reading.await.unwrap().whole, whole, "after {trims}");
        }
    }
}
