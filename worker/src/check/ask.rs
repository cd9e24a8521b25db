//! Asking about one source, through its redirects.

use std::time::Duration;

use imcaxy_shared::entry::{Digest, Source, SourceRef, Standing, Validator};
use imcaxy_shared::jobs::{Failure, FailureCode};
use imcaxy_shared::ports::PortError;
use imcaxy_shared::request::SourceUrl;
use tokio::time::{Instant, timeout, timeout_at};

use super::{Behalf, Round};
use crate::origin::Told;

/// What was found.
pub(super) enum Found {
    /// The bytes that it had.
    Same,
    /// Bytes with this digest.
    Other(Digest),
    /// There is no such source.
    Absent,
    /// Nothing that says anything, and why.
    Nothing(String),
    /// Nobody answered, and why.
    Silence(String),
    /// There is nothing to ask about: it has no bytes that count, or nothing is made of it.
    Bare,
    /// It was fetched with parameters that nobody knows any more.
    Unaskable,
    /// It may not be asked.
    Refused,
    /// Its turn has not come in time.
    Late,
}

/// Asks about a source. What is not changed at the end of redirects has the digest that its own document holds, which
/// need not be that of who redirects to it.
pub(super) async fn ask(round: Round<'_>, source: &Source) -> Result<Found, PortError> {
    let Round { parts, ledger, .. } = round;
    let Ok(mut url) = source.url.parse::<SourceUrl>() else { return Ok(Found::Refused) };
    let mut hop = SourceRef::from(source);
    if parts.blocks.against([&hop]).is_some() {
        return Ok(Found::Refused);
    }
    let Some(standing) = source.standing(ledger.newest_against([source])) else { return Ok(Found::Bare) };
    // How many variants there are is counted after they are kept, and a crash may come between.
    if source.variants == 0 && !parts.catalog.is_used(&source.id).await? {
        return Ok(Found::Bare);
    }
    if parts.samples.named(&url).is_some() {
        return Ok(Found::Same);
    }
    if !standing.can_be_asked_about(&parts.ignored) {
        return Ok(Found::Unaskable);
    }
    let mut known = Some(Version::of(standing));
    let mut left = parts.source_timeout;
    for _ in 0..=parts.max_redirects {
        let validator = known.as_ref().and_then(|known| known.condition(round.behalf));
        let Some((told, took)) = ask_hop(round, &url, validator, left).await else { return Ok(Found::Late) };
        left = left.saturating_sub(took);
        let next = match told {
            Told::Unchanged => {
                return Ok(known.map_or_else(not_modified, |known| beside(standing, known.digest)));
            }
            Told::Bytes(digest) => return Ok(beside(standing, digest)),
            Told::Absent => return Ok(Found::Absent),
            Told::Nothing(failure) => return Ok(tell(source, failure, Found::Nothing)),
            Told::Silence(failure) => return Ok(tell(source, failure, Found::Silence)),
            Told::Moved(next) => next,
        };
        hop = SourceRef::of(&next, &parts.ignored);
        if parts.blocks.against([&hop]).is_some() {
            return Ok(Found::Nothing("the source redirects to what is blocked".to_owned()));
        }
        let document = parts.catalog.known_sources(std::slice::from_ref(&hop.id)).await?;
        let standing =
            document.sources.first().and_then(|document| document.standing(ledger.newest_against([&hop])));
        known = standing.map(Version::of);
        url = next;
    }
    Ok(Found::Nothing(format!("the source redirects more than {} times", parts.max_redirects)))
}

/// What is known of a version.
struct Version {
    digest: Digest,
    validator: Option<Validator>,
}

impl Version {
    fn of(standing: Standing<'_>) -> Self {
        Self { digest: standing.digest.clone(), validator: standing.validator.cloned() }
    }

    /// By what it is asked about. A date says nothing of an older file that was put back: who has changed something is not put off with it.
    fn condition(&self, behalf: Behalf) -> Option<&Validator> {
        self.validator.as_ref().filter(|known| behalf == Behalf::Scan || known.etag.is_some())
    }
}

/// Bytes beside those that a source has.
fn beside(standing: Standing<'_>, digest: Digest) -> Found {
    if digest == *standing.digest { Found::Same } else { Found::Other(digest) }
}

/// One request, and what it took. Waiting for the turn takes no time of the origin's, and ends when it is time to stop.
async fn ask_hop(
    round: Round<'_>,
    url: &SourceUrl,
    known: Option<&Validator>,
    left: Duration,
) -> Option<(Told, Duration)> {
    let Round { parts, spell, .. } = round;
    let asked = async {
        let _place = timeout_at(spell.until(), parts.places.place(url.host())).await.ok()?;
        let began = Instant::now();
        let told = timeout(left, parts.origin.ask(url, known, parts.bounds.picture)).await;
        Some((told.unwrap_or_else(|_| Told::Silence(slow())), began.elapsed()))
    };
    parts.turns.take(url.host(), spell.until(), asked).await?
}

fn tell(source: &Source, failure: Failure, found: impl FnOnce(String) -> Found) -> Found {
    tracing::debug!(source = source.url, cause = failure.message, "a source could not be checked");
    found(failure.message)
}

fn not_modified() -> Found {
    Found::Nothing("the source answered 304, though it was not asked about a version".to_owned())
}

fn slow() -> Failure {
    Failure::new(FailureCode::SourceFailed, "the source took longer than sources.timeout")
}
