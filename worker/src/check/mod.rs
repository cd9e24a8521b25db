//! Asking origins whether sources have changed, politely: each host is asked about one source after the other, and several hosts at the same
//! time.

mod ask;
mod conclude;
mod scan;
mod silences;
mod turns;

use std::collections::HashMap;

use futures::future::join_all;
use futures::{StreamExt as _, stream};
use imcaxy_shared::entry::{Ledger, Source};
use imcaxy_shared::ports::{FailedSource, PortError, Tally};

use crate::Parts;
use crate::outcomes::{Outcome, Outcomes};
use crate::spell::Spell;
use ask::{Found, ask};
use conclude::conclude;
pub(crate) use scan::check_due;
pub(crate) use silences::Silences;
pub(crate) use turns::Turns;

/// Hosts that are asked at the same time.
const HOSTS: usize = 16;

/// On whose behalf sources are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behalf {
    /// It was time: a source that changes at every check is discarded once a minute at most.
    Scan,
    /// Somebody asked for all of a place, and is told when nobody answers any more with what was made of what has changed.
    Selection,
    /// The same of these sources, one by one.
    Named,
}

/// What became of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// It has the bytes that it had.
    Unchanged,
    /// It has others; whether it was discarded for that.
    Changed { discarded: bool },
    /// There is no such source; whether it was discarded for that.
    Absent { discarded: bool },
    /// It could not be found out.
    Failed(FailedSource),
    /// It could not be asked about, or there was nothing to ask about, and it was discarded for that.
    Discarded,
    /// There is nothing to ask about: it has no bytes that count, nothing is made of it, or it is refused.
    Left,
    /// There was no time for it, or no room for its discard: it is to be checked again.
    NotYet,
}

impl Outcome for Came {
    const NOT_YET: Self = Self::NotYet;
}

/// What became of sources that were checked together.
pub(crate) type Checked = Outcomes<Came>;

/// Checks sources until all are or it is time to stop. Where it breaks off, what came of some is told all the same.
///
/// The order of writes for a source that has changed, and what a crash after each leaves: a note of the change, which who finds it next takes
/// for another's until a minute has passed; the discard, which counts: the source is due still, and has no bytes that count; what was learnt.
///
/// # Errors
/// The catalog cannot be reached, and nothing is checked.
pub(crate) async fn check(
    parts: &Parts,
    sources: Vec<Source>,
    behalf: Behalf,
    silences: &Silences,
    spell: &Spell,
) -> Result<Checked, PortError> {
    let ledger = parts.catalog.ledger().await?;
    parts.blocks.follow(&ledger).await?;
    let mut hosts: HashMap<String, Vec<Source>> = HashMap::new();
    for source in sources {
        hosts.entry(source.host.clone()).or_default().push(source);
    }
    let round = Round { parts, ledger: &ledger, behalf, silences, spell };
    let checked = stream::iter(hosts.into_values().map(|sources| round.check_host(sources)));
    Ok(checked.buffer_unordered(HOSTS).fold(Checked::default(), async |all, host| all.and(host)).await)
}

/// What holds for all that are checked together.
#[derive(Clone, Copy)]
struct Round<'a> {
    parts: &'a Parts,
    /// Read before anything is asked.
    ledger: &'a Ledger,
    behalf: Behalf,
    silences: &'a Silences,
    spell: &'a Spell,
}

impl Round<'_> {
    async fn check_host(self, sources: Vec<Source>) -> Checked {
        let (mut checked, mut found) = (Checked::default(), Vec::new());
        for source in sources {
            if checked.broke.is_some() || self.spell.is_over() {
                checked.add(source.id, Ok(Came::NotYet));
                continue;
            }
            match self.ask(&source).await {
                Ok(told) => found.push((source, told)),
                Err(cause) => checked.add(source.id, Err(cause)),
            }
        }
        // Discards that are due together are committed, and waited for, together.
        let concluded = found.into_iter().map(async |(source, told)| {
            let came = conclude(self, &source, told).await;
            (source.id, came)
        });
        for (source, came) in join_all(concluded).await {
            checked.add(source, came);
        }
        checked
    }

    async fn ask(self, source: &Source) -> Result<Found, PortError> {
        if !self.silences.allow(&source.host) {
            return Ok(Found::Silence(
                "its host has been silent too often in a row to be asked again now".to_owned(),
            ));
        }
        let found = ask(self, source).await?;
        match found {
            Found::Bare | Found::Unaskable | Found::Refused | Found::Late => {}
            Found::Silence(_) => self.silences.note(&source.host, false),
            _ => self.silences.note(&source.host, true),
        }
        Ok(found)
    }
}

/// Adds up what became of sources.
pub(crate) fn count<'a>(tally: &mut Tally, came: impl IntoIterator<Item = &'a Came>) {
    let Tally { counts, failures } = tally;
    for came in came {
        counts.checked += u64::from(!matches!(came, Came::Discarded | Came::Left | Came::NotYet));
        match came {
            Came::Unchanged => counts.unchanged += 1,
            Came::Changed { discarded } => {
                counts.changed += 1;
                counts.discarded += u64::from(*discarded);
            }
            Came::Absent { discarded } => {
                counts.gone += 1;
                counts.discarded += u64::from(*discarded);
            }
            Came::Failed(failed) => {
                counts.failed += 1;
                failures.add(failed.clone());
            }
            Came::Discarded => counts.discarded += 1,
            Came::Left | Came::NotYet => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use imcaxy_shared::ports::Counts;
    use imcaxy_shared::testing::build;

    use super::*;

    #[test]
    fn what_came_of_some_is_told_where_others_break_off() {
        let [one, other, third] =
            [1, 2, 3].map(|number| build::source_ref(&format!("http://{number}.test/")).id);
        let (mut checked, mut host) = (Checked::default(), Checked::default());
        checked.add(one.clone(), Ok(Came::Unchanged));
        host.add(other.clone(), Ok(Came::Changed { discarded: true }));
        host.add(third.clone(), Err(PortError::unavailable("a store", "it is away")));
        let all = checked.and(host);
        let expected =
            [(one, Came::Unchanged), (other, Came::Changed { discarded: true }), (third, Came::NotYet)];
        assert_eq!((all.came, all.broke.is_some()), (expected.to_vec(), true));
    }

    #[test]
    fn what_came_of_sources_adds_up() {
        let counts = Counts { checked: 1, unchanged: 1, ..Counts::default() };
        let mut tally = Tally { counts, ..Tally::default() };
        let failed = FailedSource::new("http://a.test/", "it is away");
        count(
            &mut tally,
            &[
                Came::Unchanged,
                Came::Changed { discarded: true },
                Came::Changed { discarded: false },
                Came::Absent { discarded: false },
                Came::Absent { discarded: true },
                Came::Failed(failed.clone()),
                Came::Discarded,
                Came::Left,
                Came::NotYet,
            ],
        );
        let expected = Counts { checked: 7, changed: 2, gone: 2, failed: 1, unchanged: 2, discarded: 3 };
        assert_eq!((tally.counts, tally.failures.iter().collect()), (expected, vec![&failed]));
    }
}
