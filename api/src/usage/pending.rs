//! What was counted and is not written down yet.

use std::collections::hash_map::Entry as Slot;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use imcaxy_shared::entry::{Day, Uses};
use imcaxy_shared::ports::UsesOnDay;
use imcaxy_shared::request::{CacheKey, SourceId};
use tokio::time::Instant;

use super::table::{Counted, Counts};

/// How long the uses of a key wait for its entry: a picture is answered before it is recorded, and its recording may fail.
const RECORDED_WITHIN: Duration = Duration::from_secs(30);

/// Numbers to be added to entries and sources, and those of this run by day.
pub(super) struct Pending {
    most: usize,
    entries: HashMap<CacheKey, Waiting>,
    sources: HashMap<SourceId, Uses>,
    /// Everything that this run has counted of the days that it remembers.
    days: HashMap<(SourceId, Day), OnDay>,
    /// The name of this run. A run ends when it is remembered no more, so that its numbers need not be kept for ever.
    run: String,
    /// Uses that found no room.
    lost: u64,
}

struct Waiting {
    uses: Uses,
    since: Instant,
}

struct OnDay {
    uses: u64,
    is_written: bool,
}

impl Pending {
    /// Nothing, with room for so many keys, and as many sources and days.
    pub(super) fn of(most: usize) -> Self {
        let (entries, sources, days) = Default::default();
        Self { most, entries, sources, days, run: new_run(), lost: 0 }
    }

    /// Takes in what was counted.
    pub(super) fn take_in(&mut self, counts: Counts, now: Instant) {
        self.lost += counts.lost;
        for (day, keys) in counts.days {
            for (key, Counted { uses, of_entry, sources }) in keys {
                if of_entry > 0 {
                    self.take_in_entry(key, Uses { count: of_entry, ..uses }, now);
                }
                for (number, source) in sources.iter().enumerate() {
                    // A request may name one twice, as its picture and as its watermark.
                    if !sources.iter().take(number).any(|before| before == source) {
                        self.take_in_source(source, uses, day);
                    }
                }
            }
        }
    }

    fn take_in_entry(&mut self, key: CacheKey, uses: Uses, now: Instant) {
        let has_room = self.entries.len() < self.most;
        match self.entries.entry(key) {
            Slot::Occupied(mut waiting) => {
                let waiting = waiting.get_mut();
                waiting.uses = waiting.uses.and(uses);
            }
            Slot::Vacant(place) if has_room => drop(place.insert(Waiting { uses, since: now })),
            Slot::Vacant(_) => self.lost += uses.count,
        }
    }

    fn take_in_source(&mut self, source: &SourceId, uses: Uses, day: Day) {
        if let Some(waiting) = self.sources.get_mut(source) {
            *waiting = waiting.and(uses);
        } else if self.sources.len() < self.most {
            self.sources.insert(source.clone(), uses);
        }
        let has_room = self.days.len() < self.most;
        match self.days.entry((source.clone(), day)) {
            Slot::Occupied(mut on_day) => {
                let on_day = on_day.get_mut();
                (on_day.uses, on_day.is_written) = (on_day.uses + uses.count, false);
            }
            Slot::Vacant(place) if has_room => {
                place.insert(OnDay { uses: uses.count, is_written: false });
            }
            Slot::Vacant(_) => {}
        }
    }

    /// What is to be added to entries.
    pub(super) fn entries(&self) -> Vec<(CacheKey, Uses)> {
        self.entries.iter().map(|(key, waiting)| (key.clone(), waiting.uses)).collect()
    }

    /// These were added, but for those of them that have no entry yet: they wait on, for a while.
    pub(super) fn added_to_entries(&mut self, added: &[(CacheKey, Uses)], absent: &[CacheKey], now: Instant) {
        let absent: HashSet<&CacheKey> = absent.iter().collect();
        for (key, _) in added {
            let waits_on = |waiting: &Waiting| now.saturating_duration_since(waiting.since) < RECORDED_WITHIN;
            if !(absent.contains(key) && self.entries.get(key).is_some_and(waits_on)) {
                self.entries.remove(key);
            }
        }
    }

    /// What is to be added to sources.
    pub(super) fn sources(&self) -> Vec<(SourceId, Uses)> {
        self.sources.iter().map(|(source, uses)| (source.clone(), *uses)).collect()
    }

    /// These were added.
    pub(super) fn added_to_sources(&mut self, added: &[(SourceId, Uses)]) {
        for (source, _) in added {
            self.sources.remove(source);
        }
    }

    /// The numbers by day that are not written down, and whose they are.
    pub(super) fn days(&self) -> (String, Vec<UsesOnDay>) {
        let unwritten = self.days.iter().filter(|(_, on_day)| !on_day.is_written);
        let days = unwritten.map(|((source, day), on_day)| UsesOnDay {
            source: source.clone(),
            day: *day,
            uses: on_day.uses,
        });
        (self.run.clone(), days.collect())
    }

    /// These were written down.
    pub(super) fn noted_days(&mut self, noted: &[UsesOnDay]) {
        for UsesOnDay { source, day, .. } in noted {
            if let Some(on_day) = self.days.get_mut(&(source.clone(), *day)) {
                on_day.is_written = true;
            }
        }
    }

    /// Begins another run when all of this one is written down and it is long enough: so many sources, or another day. What is
    /// counted from then on has numbers of its own, which readers add.
    pub(super) fn turn_page(&mut self, today: Day) {
        let is_old = self.days.keys().any(|(_, day)| *day < today);
        let is_long = self.days.len() > self.most / 2;
        if (is_old || is_long) && self.days.values().all(|on_day| on_day.is_written) {
            self.days.clear();
            self.run = new_run();
        }
    }

    /// How many uses found no room since this was asked last.
    pub(super) fn lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    /// How many uses wait to be added to entries.
    pub(super) fn waiting(&self) -> u64 {
        self.entries.values().map(|waiting| waiting.uses.count).sum()
    }
}

fn new_run() -> String {
    format!("{:016x}", rand::random::<u64>())
}

#[cfg(test)]
mod tests {
    use super::super::table::Table;
    use super::*;
    use imcaxy_shared::testing::build;
    use imcaxy_shared::time::Timestamp;

    const URL: &str = "http://a.test/1.jpg";
    const DAY: i64 = 24 * 3600 * 1000;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_millis(day * DAY + 5)
    }

    fn counts(used: &[(u32, i64)]) -> Counts {
        let (table, source) = (Table::of(100), build::source_ref(URL));
        for (width, day) in used {
            table.count(&build::key(URL, *width), &[source.clone(), source.clone()], *width < 9, at(*day));
        }
        table.take()
    }

    fn pending(used: &[(u32, i64)]) -> Pending {
        let mut pending = Pending::of(100);
        pending.take_in(counts(used), Instant::now());
        pending
    }

    fn days(pending: &Pending) -> Vec<(i64, u64)> {
        let mut days: Vec<_> = pending.days().1.iter().map(|one| (one.day.number(), one.uses)).collect();
        days.sort_unstable();
        days
    }

    #[tokio::test]
    async fn a_source_has_the_uses_of_all_its_variants_and_one_for_a_request_that_names_it_twice() {
        let pending = pending(&[(1, 0), (1, 0), (2, 0), (1, 1)]);
        assert_eq!(pending.entries().len(), 2);
        assert_eq!(pending.sources(), [(build::source_ref(URL).id, Uses { count: 4, last: at(1) })]);
        assert_eq!(days(&pending), [(0, 3), (1, 1)]);
        assert_eq!(pending.waiting(), 4);
    }

    #[tokio::test]
    async fn a_picture_that_is_not_kept_is_a_use_of_its_source() {
        let pending = pending(&[(1, 0), (9, 0)]);
        assert_eq!(pending.entries(), [(build::key(URL, 1), Uses::one(at(0)))]);
        assert_eq!(pending.sources()[0].1.count, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_no_entry_yet_waits_for_a_while() {
        let mut pending = pending(&[(1, 0), (2, 0)]);
        let absent = [build::key(URL, 1)];
        for (passed, waiting) in [(0, 1), (29, 1), (30, 0)] {
            tokio::time::advance(Duration::from_secs(passed)).await;
            let added = pending.entries();
            pending.added_to_entries(&added, &absent, Instant::now());
            assert_eq!(pending.entries().len(), waiting, "{passed}");
            if passed == 29 {
                tokio::time::advance(Duration::from_secs(1)).await;
            }
        }
    }

    #[tokio::test]
    async fn days_are_told_with_all_that_the_run_has_counted_until_another_begins() {
        let mut pending = pending(&[(1, 7)]);
        let write = |pending: &mut Pending| {
            let (run, unwritten) = pending.days();
            pending.noted_days(&unwritten);
            run
        };
        let first = write(&mut pending);
        assert_eq!(days(&pending), []);
        pending.take_in(counts(&[(2, 7)]), Instant::now());
        assert_eq!(days(&pending), [(7, 2)]);
        pending.turn_page(Day::from_number(8));
        assert_eq!(pending.days().0, first, "it is not written down yet");
        write(&mut pending);
        pending.turn_page(Day::from_number(7));
        assert_eq!(pending.days().0, first, "it goes on");
        pending.turn_page(Day::from_number(8));
        pending.take_in(counts(&[(2, 7)]), Instant::now());
        assert_eq!(days(&pending), [(7, 1)]);
        assert_ne!(pending.days().0, first);
    }

    #[tokio::test]
    async fn what_finds_no_room_is_lost() {
        let mut pending = Pending::of(1);
        pending.take_in(counts(&[(1, 0), (1, 0)]), Instant::now());
        pending.take_in(counts(&[(1, 0), (2, 0), (2, 0)]), Instant::now());
        let lost = pending.lost();
        assert!((lost, pending.waiting()) == (2, 3) || (lost, pending.waiting()) == (1, 4), "{lost}");
        assert_eq!(pending.lost(), 0);
    }
}
