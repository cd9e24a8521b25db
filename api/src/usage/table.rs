//! The numbers in memory that requests add to.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use imcaxy_shared::entry::{Day, SourceRef, Uses};
use imcaxy_shared::request::{CacheKey, SourceId};
use imcaxy_shared::time::Timestamp;

/// Uses by key. The lock is held for one look into a map.
pub(super) struct Table {
    most: usize,
    counts: Mutex<Counts>,
}

/// What was counted.
#[derive(Default)]
pub(super) struct Counts {
    /// Day by day, the current one last.
    pub days: Vec<(Day, HashMap<CacheKey, Counted>)>,
    /// Uses that found no room.
    pub lost: u64,
    keys: usize,
}

/// The uses of one key on one day.
#[derive(Debug)]
pub(super) struct Counted {
    pub uses: Uses,
    /// How many of them were of a picture that is kept, so that there is an entry, or will be.
    pub of_entry: u64,
    /// The sources that its requests name: the same for all of them.
    pub sources: Box<[SourceId]>,
}

impl Table {
    /// One with room for so many keys.
    pub(super) fn of(most: usize) -> Self {
        Self { most, counts: Mutex::default() }
    }

    /// Counts one use.
    pub(super) fn count(&self, key: &CacheKey, sources: &[SourceRef], is_kept: bool, at: Timestamp) {
        let mut counts = self.lock();
        let Counts { days, lost, keys } = &mut *counts;
        // A clock that steps back does not begin an earlier day anew.
        if days.last().is_none_or(|(day, _)| *day < Day::of(at)) {
            days.push((Day::of(at), HashMap::new()));
        }
        let Some((_, today)) = days.last_mut() else { return };
        let (one, of_entry) = (Uses::one(at), u64::from(is_kept));
        if let Some(counted) = today.get_mut(key) {
            (counted.uses, counted.of_entry) = (counted.uses.and(one), counted.of_entry + of_entry);
        } else if *keys < self.most {
            *keys += 1;
            let sources = sources.iter().map(|source| source.id.clone()).collect();
            today.insert(key.clone(), Counted { uses: one, of_entry, sources });
        } else {
            *lost += 1;
        }
    }

    /// Takes what was counted since the last time.
    pub(super) fn take(&self) -> Counts {
        mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use imcaxy_shared::testing::build;

    const NOON: Timestamp = Timestamp::from_millis(12 * 3600 * 1000);

    fn key(number: u32) -> CacheKey {
        build::key("http://a.test/1.jpg", number)
    }

    fn table(most: usize, used: &[(u32, Timestamp)]) -> Table {
        let table = Table::of(most);
        let sources = [build::source_ref("http://a.test/1.jpg")];
        used.iter().for_each(|(number, at)| table.count(&key(*number), &sources, true, *at));
        table
    }

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_millis(NOON.as_millis() + hours * 3600 * 1000)
    }

    #[test]
    fn uses_are_counted_by_key_and_day_and_taken_once() {
        let table = table(9, &[(1, at(0)), (2, at(1)), (1, at(2)), (1, at(13)), (1, at(11)), (1, at(14))]);
        let taken = table.take();
        let counted = |day: usize, number| taken.days[day].1.get(&key(number)).map(|counted| counted.uses);
        assert_eq!(taken.days.iter().map(|(day, _)| day.number()).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(counted(0, 1), Some(Uses { count: 2, last: at(2) }));
        assert_eq!(counted(0, 2), Some(Uses::one(at(1))));
        assert_eq!(counted(1, 1), Some(Uses { count: 3, last: at(14) }), "a clock stepped back meanwhile");
        assert!(table.take().days.is_empty());
    }

    #[test]
    fn keys_for_which_there_is_no_room_are_lost_and_those_that_are_there_go_on() {
        let table = table(2, &[(1, at(0)), (2, at(0)), (3, at(0)), (3, at(0)), (1, at(0))]);
        let taken = table.take();
        assert_eq!((taken.lost, taken.days[0].1[&key(1)].uses.count), (2, 2));
        table.count(&key(3), &[], true, at(0));
        assert_eq!(table.take().lost, 0, "there is room again");
    }

    /// What a hit pays. Run it alone, optimised: `cargo test --release -p imcaxy-api -- --ignored --nocapture`.
    #[test]
    #[ignore = "it measures"]
    fn a_hit_pays_little_for_being_counted() {
        use std::time::Instant;

        const THREADS: u32 = 2;
        const HITS: u32 = 2_000_000;
        for keys in [1_u32, 1_000, 50_000] {
            let table = Table::of(100_000);
            let names: Vec<CacheKey> = (0..keys).map(|number| key(number + 1)).collect();
            let sources = [build::source_ref("http://a.test/1.jpg")];
            let began = Instant::now();
            std::thread::scope(|scope| {
                for thread in 0..THREADS {
                    let (table, names, sources) = (&table, &names, &sources);
                    scope.spawn(move || {
                        for hit in 0..HITS {
                            let name = hit.wrapping_mul(2_654_435_761).wrapping_add(thread) % keys;
                            table.count(&names[name as usize], sources, true, NOON);
                        }
                    });
                }
            });
            let spent = began.elapsed() * THREADS / (THREADS * HITS);
            println!("{keys} keys, {THREADS} threads: {spent:?} a hit and thread");
        }
    }
}
