//! Entries as the catalog confirmed them last: what may be answered under the lease without asking it, and while it is away.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::http::request::Parts;
use imcaxy_shared::entry::{Entry, Ledger, Scope, Seq};
use imcaxy_shared::ports::{PortError, Trouble};
use imcaxy_shared::request::CacheKey;
use imcaxy_shared::time::Timestamp;
use moka::sync::Cache;
use tokio::time::Instant;

use crate::App;
use crate::error::Refused;
use crate::lease;
use crate::lookup::Asked;
use crate::renewal;
use crate::reply::Answer;
use crate::serve;

/// What an entry takes beside its texts, in bytes.
const OVERHEAD: usize = 512;
/// So often the catalog is asked about an entry all the same: a store that has lost something tells it in no other way.
const ASKED_AGAIN: Duration = Duration::from_secs(60);
/// An entry that was confirmed so lately is not written down once more.
const LATELY: Duration = Duration::from_secs(1);

/// Entries by key, bounded by their size.
pub(crate) struct Confirmed {
    entries: Cache<CacheKey, Arc<Known>>,
}

/// An entry and when it was known to count.
#[derive(Debug)]
struct Known {
    entry: Entry,
    /// The ledger and its position by which it counted last.
    incarnation: String,
    seq: AtomicI64,
    /// When it was asked about, by both clocks: one may stand still in suspend, the other may step.
    asked: Instant,
    asked_at: Timestamp,
}

/// When a look-up began.
#[derive(Clone, Copy)]
pub(crate) struct Began {
    pub asked: Instant,
    pub asked_at: Timestamp,
}

impl Began {
    pub(crate) fn now(app: &App) -> Self {
        Self { asked: Instant::now(), asked_at: app.stores.clock.now() }
    }
}

impl Confirmed {
    /// Entries that take `capacity` bytes together.
    pub(crate) fn new(capacity: u64) -> Self {
        let weight = |_: &CacheKey, known: &Arc<Known>| u32::try_from(known.weight()).unwrap_or(u32::MAX);
        Self { entries: Cache::builder().max_capacity(capacity).weigher(weight).build() }
    }

    /// Whether there is an entry of `key`.
    pub(crate) fn has(&self, key: &CacheKey) -> bool {
        self.entries.contains_key(key)
    }

    /// The entry of `key` as it was confirmed last, whether or not it still counts.
    pub(crate) fn last(&self, key: &CacheKey) -> Option<Entry> {
        self.entries.get(key).map(|known| known.entry.clone())
    }

    /// `entry` counted by a ledger at `seq` when the look-up began.
    pub(crate) fn confirm(&self, entry: &Entry, incarnation: &str, seq: Seq, began: Began) {
        let lately = self.entries.get(&entry.key).is_some_and(|known| {
            known.entry.object == entry.object
                && known.entry.renewed_at == entry.renewed_at
                && began.asked.saturating_duration_since(known.asked) < LATELY
        });
        if !lately {
            let Began { asked, asked_at } = began;
            let (entry, incarnation) = (entry.clone(), incarnation.to_owned());
            let known = Known { entry, incarnation, seq: AtomicI64::new(seq.get()), asked, asked_at };
            self.entries.insert(known.entry.key.clone(), Arc::new(known));
        }
    }

    /// The entry of `key`, if it counts by the last state of the ledger that was read here. Under the [lease] that is as good as
    /// asking the catalog: nothing but a discard makes an entry not count.
    pub(crate) fn under_lease(&self, key: &CacheKey, ledger: &Ledger) -> Option<Entry> {
        let known = self.entries.get(key)?;
        let lately = known.asked.elapsed() < ASKED_AGAIN;
        (lately && known.counts_by(ledger)).then(|| known.entry.clone())
    }

    /// The entry of `key`, if there was one, does not count.
    pub(crate) fn forget(&self, key: &CacheKey) {
        self.entries.invalidate(key);
    }
}

impl Known {
    fn weight(&self) -> usize {
        let params = self.entry.params.iter().map(|(name, value)| name.len() + value.len());
        let sources = self.entry.sources.iter().map(|source| source.url.len() + OVERHEAD);
        OVERHEAD + params.chain(sources).sum::<usize>()
    }

    /// How long ago it was asked about, by the clock that says more.
    fn age(&self, now: Timestamp) -> Duration {
        self.asked.elapsed().max(now.since(self.asked_at))
    }

    /// Whether it still counts by the last state of the ledger that was read here. One that does is next looked at from there on.
    fn counts_by(&self, ledger: &Ledger) -> bool {
        let seen = Seq::new(self.seq.load(Ordering::Relaxed));
        let counts = ledger.upholds(&self.entry, &self.incarnation, seen);
        if counts {
            self.seq.fetch_max(ledger.seq.get(), Ordering::Relaxed);
        }
        counts
    }
}

/// Answers, while the catalog is away, with what it confirmed last, less the discards that this process has heard of.
///
/// # Errors
/// The catalog's, where there is nothing that may be answered.
pub(crate) async fn answer(
    app: &App,
    http: &Parts,
    asked: &Asked,
    cause: PortError,
) -> Result<Answer, Refused> {
    let known = app.confirmed.entries.get(&asked.key).filter(|_| cause.trouble() == Trouble::Unavailable);
    let (Some(known), Some(heard)) = (known, app.ledger.heard()) else { return Err(cause.into()) };
    let now = app.stores.clock.now();
    // Under the lease it was confirmed by each read of the ledger.
    let age = known.age(now).min(heard.age(now));
    let Some(past) = app.rules.ages.unconfirmed(&known.entry, age, now) else {
        return Err(cause.into());
    };
    // It may be back by now; then it was read a moment ago.
    let away = app.catalog.away_since().unwrap_or_else(Instant::now);
    let rumoured = || {
        let about_it = |scope: &Scope| known.entry.sources.iter().any(|source| scope.matches(source));
        app.lease.is_rumoured(&heard.ledger, about_it)
    };
    if !lease::was_held(heard.read, away) || !known.counts_by(&heard.ledger) || rumoured() {
        return Err(cause.into());
    }
    serve::admit_made(app, &known.entry)?;
    let answer = renewal::answer_if_there(app, http, asked, &known.entry, past).await;
    answer.ok_or_else(|| cause.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use imcaxy_shared::entry::Rule;
    use imcaxy_shared::testing::build;

    const URL: &str = "http://a.test/1.jpg";

    fn known(stamp: i64, seq: i64) -> Known {
        Known {
            entry: build::entry(URL, Seq::new(stamp)),
            incarnation: build::ledger(vec![]).incarnation,
            seq: AtomicI64::new(seq),
            asked: Instant::now(),
            asked_at: Timestamp::from_millis(1_000),
        }
    }

    fn ledger(rules: &[(&str, i64)]) -> Ledger {
        let rule = |(url, at): &(&str, i64)| {
            let scope = Scope::Source(build::source_ref(url).id);
            Rule { at: Seq::new(*at), below: Seq::new(*at), scope, open: false }
        };
        build::ledger(rules.iter().map(rule).collect())
    }

    #[test]
    fn what_was_confirmed_counts_until_a_discard_is_heard_of_or_may_have_been_missed() {
        let other = "http://a.test/2.jpg";
        let counts = |rules: &[(&str, i64)]| known(1, 3).counts_by(&ledger(rules));
        assert!(counts(&[(other, 3)]), "nothing has happened");
        assert!(counts(&[(other, 4), (other, 5)]), "to others");
        assert!(!counts(&[(other, 4), (URL, 5)]), "it was discarded");
        assert!(!counts(&[(other, 5)]), "what was at 4 is not known");
        assert!(!counts(&[(other, 2)]), "an older state");
        let restored = Ledger { incarnation: "another".to_owned(), ..ledger(&[(other, 3)]) };
        assert!(!known(1, 3).counts_by(&restored));
    }

    #[test]
    fn what_counted_is_next_looked_at_from_there_on() {
        let (other, known) = ("http://a.test/2.jpg", known(1, 3));
        assert!(known.counts_by(&ledger(&[(other, 4), (other, 5)])));
        assert!(known.counts_by(&ledger(&[(other, 6)])), "what was at 4 and 5 is known");
        assert!(!known.counts_by(&ledger(&[(URL, 7)])));
    }

    #[test]
    fn an_entry_is_as_old_as_the_clock_says_that_says_more() {
        let age = |now| known(0, 0).age(Timestamp::from_millis(now));
        assert!(age(0) < Duration::from_millis(900), "a clock that stepped back");
        assert_eq!(age(8_000), Duration::from_secs(7));
    }

    #[test]
    fn an_entry_that_was_confirmed_a_moment_ago_is_not_written_again_unless_it_is_another() {
        let (confirmed, known) = (Confirmed::new(1 << 20), known(1, 3));
        let seq = || confirmed.entries.get(&known.entry.key).expect("an entry").seq.load(Ordering::Relaxed);
        let confirm = |entry: &Entry, seq, after| {
            let began = Began { asked: known.asked + after, asked_at: known.asked_at };
            confirmed.confirm(entry, "x", Seq::new(seq), began);
        };
        confirm(&known.entry, 3, Duration::ZERO);
        confirm(&known.entry, 4, LATELY / 2);
        assert_eq!(seq(), 3);
        confirm(&known.entry, 5, LATELY);
        assert_eq!(seq(), 5);
        confirm(&build::entry(URL, Seq::new(1)), 6, LATELY);
        assert_eq!(seq(), 6, "it names another object");
    }

    #[test]
    fn what_is_forgotten_is_not_there() {
        let (confirmed, known) = (Confirmed::new(1 << 20), known(1, 3));
        let began = Began { asked: known.asked, asked_at: known.asked_at };
        confirmed.confirm(&known.entry, "x", Seq::new(3), began);
        assert!(confirmed.has(&known.entry.key));
        confirmed.forget(&known.entry.key);
        assert!(!confirmed.has(&known.entry.key));
    }
}
