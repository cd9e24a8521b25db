//! What follows from what was found: a discard perhaps, and what was learnt is written down.

use std::time::Duration;

use imcaxy_shared::entry::{Answered, Change, Consequence, Digest, Learnt, Seq, Source, Stamped, UNSTEADY};
use imcaxy_shared::ports::{FailedSource, PortError};
use tokio::time::sleep;

use super::{Behalf, Came, Found, Round};
use crate::discarded;

/// Between two tries to discard where too many discards are open.
const ROOM: Duration = Duration::from_millis(500);
/// Why what was fetched with parameters that nobody knows any more is not asked about.
const UNASKABLE: &str = "the source was fetched with parameters that sources.ignore_query leaves out, and cannot be asked about without";

/// Draws the conclusion.
pub(super) async fn conclude(round: Round<'_>, source: &Source, found: Found) -> Result<Came, PortError> {
    let parts = round.parts;
    let (answered, digest, cause) = match found {
        Found::Late => return Ok(Came::NotYet),
        Found::Bare | Found::Unaskable | Found::Refused => return unasked(round, source, &found).await,
        Found::Same => (Answered::Same, None, None),
        Found::Other(digest) => (Answered::Other, Some(digest), None),
        Found::Absent => (Answered::Absent, None, None),
        Found::Nothing(cause) | Found::Silence(cause) => (Answered::Nothing, None, Some(cause)),
    };
    let now = parts.clock.now();
    let stamp = round.ledger.seq;
    let (mut learnt, consequence) =
        source.after_check(answered, stamp, now, &parts.rhythm, rand::random::<f64>());
    let discarded = match (consequence, digest) {
        (Consequence::Discard, Some(digest)) => changed(round, source, digest, &mut learnt).await?,
        (Consequence::Gone, _) => gone(round, source, &mut learnt).await?,
        _ => Discarded::No,
    };
    if discarded == Discarded::NoRoom {
        // It stays due in a call; a scan comes back to it.
        if round.behalf == Behalf::Scan {
            parts.catalog.checked(source, &source.postponed(now.plus(UNSTEADY))).await?;
        }
        return Ok(Came::NotYet);
    }
    let discarded = discarded == Discarded::Yes;
    match parts.catalog.checked(source, &learnt).await {
        // That it was discarded counts, and would not be told if it were checked once more.
        Err(cause) if discarded => {
            tracing::warn!(source = source.url, %cause, "what a check has taught could not be written down")
        }
        written => {
            written?;
        }
    }
    Ok(match answered {
        Answered::Same => Came::Unchanged,
        Answered::Other => Came::Changed { discarded },
        Answered::Absent => Came::Absent { discarded },
        Answered::Nothing => Came::Failed(FailedSource::new(&source.url, cause.unwrap_or_default())),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Discarded {
    Yes,
    /// Not by this check.
    No,
    /// Too many discards are open.
    NoRoom,
}

/// Of who was not asked nothing is known. Who names a source wants nothing answered of what was remembered of it, failures neither; who names
/// many is told of those that cannot be asked, and keeps their pictures.
async fn unasked(round: Round<'_>, source: &Source, found: &Found) -> Result<Came, PortError> {
    match (round.behalf, found) {
        (Behalf::Named, Found::Bare | Found::Unaskable) => {
            Ok(discard(round, source).await?.map_or(Came::NotYet, |_| Came::Discarded))
        }
        (Behalf::Selection, Found::Unaskable) => Ok(Came::Failed(FailedSource::new(&source.url, UNASKABLE))),
        _ => leave(round, source).await,
    }
}

/// Nothing is to be learnt of it before it is fetched again, which plans the next check.
async fn leave(round: Round<'_>, source: &Source) -> Result<Came, PortError> {
    let Round { parts, behalf, .. } = round;
    if behalf == Behalf::Scan {
        let later = parts.rhythm.last_check(parts.clock.now(), rand::random::<f64>());
        parts.catalog.checked(source, &source.postponed(later)).await?;
    }
    Ok(Came::Left)
}

/// Discards what has changed. Of several who find one change by themselves one does, and once a minute at most; who was asked to does at once.
async fn changed(
    round: Round<'_>,
    source: &Source,
    digest: Digest,
    learnt: &mut Learnt,
) -> Result<Discarded, PortError> {
    let Round { parts, ledger, behalf, .. } = round;
    let now = parts.clock.now();
    if behalf == Behalf::Scan {
        match parts.catalog.note_change(&source.id, &digest, ledger.seq, now).await? {
            Change::Found => {}
            Change::Over => return Ok(Discarded::No),
            // Who was told of it may have been broken off before the discard.
            Change::Known | Change::Unsteady => {
                learnt.next_check_at = now.plus(UNSTEADY);
                return Ok(Discarded::No);
            }
        }
    }
    tracing::info!(source = source.url, "a source has changed");
    learnt.changed = Some((now, digest));
    Ok(discard(round, source).await?.map_or(Discarded::NoRoom, |_| Discarded::Yes))
}

/// Discards what is gone, and has that remembered: it was learnt before the discard, and not outdated by it.
async fn gone(round: Round<'_>, source: &Source, learnt: &mut Learnt) -> Result<Discarded, PortError> {
    tracing::info!(source = source.url, "a source is gone");
    let Some(stamp) = discard(round, source).await? else { return Ok(Discarded::NoRoom) };
    learnt.checks = learnt.checks.take().map(|known| Stamped { stamp, ..known });
    Ok(Discarded::Yes)
}

/// Waits for room while there is time.
async fn discard(round: Round<'_>, source: &Source) -> Result<Option<Seq>, PortError> {
    loop {
        let at = discarded::discard(round.parts, &source.id).await?;
        if at.is_some() || round.spell.is_over_in(ROOM) {
            return Ok(at);
        }
        sleep(ROOM).await;
    }
}
