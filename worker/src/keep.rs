//! Sources that are being fetched, or were lately, for the jobs that may share them.
//!
//! A fetch may be shared by the jobs to which it is as good as one of their own: its stamp is what they want at least, and the ledger that
//! they have read tells of no discard above it, of the source or of a hop. The documents tell when the digest is accepted. That a source has
//! more bytes than one of them reads of it says nothing to those who read more.

use std::sync::Arc;
use std::time::Duration;

use imcaxy_shared::entry::{Ledger, Seq, Subject};
use imcaxy_shared::request::SourceUrl;
use moka::future::Cache;
use moka::policy::EvictionPolicy;
use tokio::time::Instant;

use crate::fetch::{Fetched, Target, Unfetched};

/// What is kept, by the exact URL that was fetched.
pub(crate) struct Keep {
    fetched: Cache<String, Fetched>,
    keeps: bool,
}

/// What a job can use.
#[derive(Clone, Copy)]
pub(crate) struct Needs<'a> {
    /// The smallest stamp that will do.
    pub want: Seq,
    /// What was fetched before will not do.
    pub after: Option<Instant>,
    /// The ledger as the job has read it; what it fetches itself has its position for a stamp.
    pub ledger: &'a Ledger,
}

impl Keep {
    /// Keeps for so long, and so many bytes at most; those who ask while a fetch is under way share it in any case.
    /// What its origin does not want kept is not.
    pub(crate) fn new(keep: Duration, bytes: u64) -> Self {
        let weight = |url: &String, fetched: &Fetched| {
            u32::try_from(url.len() + fetched.bytes.len()).unwrap_or(u32::MAX)
        };
        let fetched = Cache::builder()
            .max_capacity(bytes)
            .weigher(weight)
            .eviction_policy(EvictionPolicy::lru())
            .time_to_live(keep)
            .build();
        Self { fetched, keeps: !keep.is_zero() }
    }

    /// What was fetched of `target`, by `fetch` if by nobody else.
    ///
    /// # Errors
    /// Those of the fetch, which are told to all who share it, and kept for nobody.
    pub(crate) async fn get<F>(
        &self,
        target: Target<'_>,
        needs: Needs<'_>,
        fetch: impl Fn() -> F,
    ) -> Result<Fetched, Arc<Unfetched>>
    where
        F: Future<Output = Result<Fetched, Unfetched>>,
    {
        let url = target.url.as_str();
        // Ends: a fetch of its own will do, and whoever finds one that will not has it replaced.
        loop {
            match self.fetched.entry_by_ref(url).or_try_insert_with(fetch()).await {
                Ok(entry) => {
                    let own = entry.is_fresh();
                    let fetched = entry.into_value();
                    let good = needs.fit(fetched.stamp, &fetched.hops)
                        && needs.after.is_none_or(|after| fetched.ended > after);
                    if !good || (own && (!self.keeps || fetched.private)) {
                        self.fetched.invalidate(url).await;
                    }
                    if good || own {
                        return Ok(fetched);
                    }
                }
                Err(unfetched)
                    if needs.fit(unfetched.stamp, &unfetched.hops) && !unfetched.may_fit_in(target.bound) =>
                {
                    return Err(unfetched);
                }
                Err(_) => {}
            }
        }
    }

    /// Has the next one who asks for `url` fetch it.
    pub(crate) async fn forget(&self, url: &SourceUrl) {
        self.fetched.invalidate(url.as_str()).await;
    }
}

impl Needs<'_> {
    /// Whether what was fetched from these sources will do.
    fn fit<'a>(&self, stamp: Seq, hops: impl IntoIterator<Item = impl Into<Subject<'a>>>) -> bool {
        stamp >= self.want && stamp >= self.ledger.newest_against(hops)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use bytes::Bytes;
    use futures::future::join_all;
    use imcaxy_shared::entry::{Rule, Scope, Validator};
    use imcaxy_shared::jobs::{Failure, FailureCode};
    use imcaxy_shared::testing::build;
    use tokio::sync::Semaphore;

    use super::*;
    use crate::origin::{Bound, Kind, Media, Picture, Raster};

    const URL: &str = "http://a.test/1.jpg";
    const SMALL: Bound = Bound::Imaginary(1000);
    const LARGE: Bound = Bound::Setting(1 << 20);
    const TOO_LARGE: FailureCode = FailureCode::SourceTooLarge;

    /// Counts fetches, which end when they may.
    struct Origin {
        fetches: AtomicUsize,
        may_end: Semaphore,
        fails: Option<FailureCode>,
        private: bool,
    }

    impl Origin {
        fn new() -> Self {
            Self {
                fetches: AtomicUsize::new(0),
                may_end: Semaphore::new(Semaphore::MAX_PERMITS),
                fails: None,
                private: false,
            }
        }

        /// One whose fetches do not end yet.
        fn closed() -> Self {
            Self { may_end: Semaphore::new(0), ..Self::new() }
        }

        async fn fetch(&self, stamp: Seq, bound: Bound) -> Result<Fetched, Unfetched> {
            self.fetches.fetch_add(1, Ordering::SeqCst);
            drop(self.may_end.acquire().await);
            // What it has fits in the larger of the two bounds alone.
            if let Some(code) = self.fails.filter(|code| *code != TOO_LARGE || bound == SMALL) {
                let (failure, hops) = (Failure::new(code, "so it is"), vec![build::source_ref(URL)]);
                return Err(Unfetched { failure, hops, stamp, bound });
            }
            let (bytes, hops) = (Bytes::from_static(build::BYTES), vec![build::made_from(URL)]);
            let private = self.private;
            Ok(Fetched {
                bytes,
                picture: Picture {
                    media: Media { name: "image/jpeg", kind: Kind::Raster(Raster::Jpeg) },
                    extent: None,
                    turned: false,
                },
                hops,
                validators: vec![Validator::default()],
                private,
                stamp,
                ended: Instant::now(),
            })
        }

        fn count(&self) -> usize {
            self.fetches.load(Ordering::SeqCst)
        }
    }

    /// A ledger at `seq` whose newest discard of the source is at `discarded`.
    fn ledger(seq: i64, discarded: i64) -> Ledger {
        let at = Seq::new(discarded);
        let rule = Rule { at, below: at, scope: Scope::Source(build::source_ref(URL).id), open: false };
        Ledger { seq: Seq::new(seq), ..build::ledger(vec![rule]) }
    }

    async fn get(
        keep: &Keep,
        origin: &Origin,
        want: i64,
        ledger: &Ledger,
    ) -> Result<Fetched, Arc<Unfetched>> {
        get_within(LARGE, keep, origin, Needs { want: Seq::new(want), after: None, ledger }).await
    }

    async fn get_within(
        bound: Bound,
        keep: &Keep,
        origin: &Origin,
        needs: Needs<'_>,
    ) -> Result<Fetched, Arc<Unfetched>> {
        let (url, source) = (URL.parse().unwrap(), build::source_ref(URL));
        let target = Target { url: &url, source: &source, bound };
        keep.get(target, needs, || origin.fetch(needs.ledger.seq, bound)).await
    }

    fn keep() -> Keep {
        Keep::new(Duration::from_secs(3600), 1 << 20)
    }

    #[tokio::test]
    async fn a_fetch_is_shared_by_those_to_whom_it_is_as_good_as_their_own() {
        for (want, seq, discarded, shared) in [
            (0, 5, 0, true),
            (0, 9, 0, true),
            (5, 9, 5, true),
            (6, 9, 0, false),
            (0, 9, 6, false),
            (0, 3, 0, true),
        ] {
            let (keep, origin) = (keep(), Origin::new());
            assert_eq!(get(&keep, &origin, 0, &ledger(5, 0)).await.unwrap().stamp, Seq::new(5));
            let got = get(&keep, &origin, want, &ledger(seq, discarded)).await.unwrap();
            let case = format!("want {want}, at {seq}, discarded at {discarded}");
            assert_eq!(got.stamp, Seq::new(if shared { 5 } else { seq }), "{case}");
            assert_eq!(origin.count(), if shared { 1 } else { 2 }, "{case}");
        }
    }

    #[tokio::test]
    async fn many_at_once_are_one_fetch_even_where_nothing_is_kept() {
        for (keep, again) in [
            (keep(), 1),
            (Keep::new(Duration::ZERO, 1 << 20), 2),
            (Keep::new(Duration::from_secs(3600), 0), 2),
        ] {
            let origin = Origin::closed();
            let ledger = ledger(5, 0);
            let all = join_all((0..20).map(|_| get(&keep, &origin, 0, &ledger)));
            let opens = async {
                tokio::task::yield_now().await;
                origin.may_end.close();
            };
            let (all, ()) = tokio::join!(all, opens);
            assert!(all.iter().all(Result::is_ok));
            assert_eq!(origin.count(), 1);
            keep.fetched.run_pending_tasks().await;
            get(&keep, &origin, 0, &ledger).await.unwrap();
            assert_eq!(origin.count(), again);
        }
    }

    #[tokio::test]
    async fn who_joins_a_fetch_that_is_too_old_fetches_after_it() {
        let origin = Origin::closed();
        let keep = keep();
        let (before, after) = (ledger(5, 0), ledger(7, 7));
        let opens = async {
            tokio::task::yield_now().await;
            origin.may_end.close();
        };
        let (old, new, ()) =
            tokio::join!(get(&keep, &origin, 0, &before), get(&keep, &origin, 0, &after), opens);
        assert_eq!((old.unwrap().stamp, new.unwrap().stamp), (Seq::new(5), Seq::new(7)));
        assert_eq!(origin.count(), 2);
    }

    #[tokio::test]
    async fn what_is_private_is_not_kept() {
        let (keep, ledger) = (keep(), ledger(5, 0));
        let origin = Origin { private: true, ..Origin::new() };
        for fetches in 1..3 {
            assert!(get(&keep, &origin, 0, &ledger).await.unwrap().private);
            assert_eq!(origin.count(), fetches);
        }
    }

    #[tokio::test]
    async fn what_was_fetched_before_is_not_for_those_who_need_it_newer() {
        let (keep, origin, ledger) = (keep(), Origin::new(), ledger(5, 0));
        let first = get(&keep, &origin, 0, &ledger).await.unwrap().ended;
        let after = async |after| {
            let needs = Needs { want: Seq::ZERO, after: Some(after), ledger: &ledger };
            get_within(LARGE, &keep, &origin, needs).await.unwrap()
        };
        after(first.checked_sub(Duration::from_millis(1)).unwrap()).await;
        assert_eq!(origin.count(), 1);
        let second = after(first).await.ended;
        assert!(second > first && origin.count() == 2);
        after(first).await;
        assert_eq!(origin.count(), 2, "the new one is kept");
    }

    #[tokio::test]
    async fn what_is_forgotten_is_fetched_again() {
        let (keep, origin, ledger) = (keep(), Origin::new(), ledger(5, 0));
        for fetches in 1..3 {
            get(&keep, &origin, 0, &ledger).await.unwrap();
            assert_eq!(origin.count(), fetches);
            keep.forget(&URL.parse().unwrap()).await;
        }
    }

    #[tokio::test]
    async fn what_is_too_large_for_one_is_fetched_for_those_who_read_more() {
        let (keep, ledger) = (keep(), ledger(5, 0));
        let origin = Origin { fails: Some(TOO_LARGE), ..Origin::closed() };
        let get = |bound| {
            get_within(bound, &keep, &origin, Needs { want: Seq::ZERO, after: None, ledger: &ledger })
        };
        let opens = async {
            tokio::task::yield_now().await;
            origin.may_end.close();
        };
        let (first, joined, larger, ()) = tokio::join!(get(SMALL), get(SMALL), get(LARGE), opens);
        assert!(first.is_err() && joined.is_err() && larger.is_ok());
        assert_eq!(origin.count(), 2);
        assert!(get(SMALL).await.is_ok(), "what is there already is refused by who looks at it");
        assert_eq!(origin.count(), 2);
    }

    #[tokio::test]
    async fn an_error_is_told_to_those_who_share_it_and_to_nobody_later() {
        let (keep, ledger) = (keep(), ledger(5, 0));
        let origin = Origin { fails: Some(FailureCode::SourceFailed), ..Origin::closed() };
        let all = join_all((0..20).map(|_| get(&keep, &origin, 0, &ledger)));
        let opens = async {
            tokio::task::yield_now().await;
            origin.may_end.close();
        };
        let (all, ()) = tokio::join!(all, opens);
        assert!(all.iter().all(Result::is_err));
        assert_eq!(origin.count(), 1);
        assert!(get(&keep, &origin, 0, &ledger).await.is_err());
        assert_eq!(origin.count(), 2);
    }
}
