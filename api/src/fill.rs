//! A miss as a request lives through it: a seat on the flight of its key, until something lands that it can use.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use imcaxy_shared::entry::{Entry, Ledger, Seq};
use imcaxy_shared::jobs::{Timings, Unkept};
use tokio::time::{Instant, sleep, timeout_at};

use crate::App;
use crate::cache_status::{CacheStatus, Came, Forward, Tier};
use crate::error::Refused;
use crate::flight::{Landed, Outcome, fly};
use crate::lookup::Asked;

/// The pause before a seat is taken again when a flight has ended without landing.
const PAUSE: Duration = Duration::from_millis(100);

/// A picture that a request waited for.
pub(crate) struct Filled {
    pub entry: Arc<Entry>,
    /// The bytes, when they came with the news.
    pub body: Option<Bytes>,
    pub status: CacheStatus,
    /// What the parts of the job took.
    pub took: Timings,
    /// Why it is not kept, if it is not.
    pub unkept: Option<Unkept>,
}

/// Waits for the picture that `asked` names, with every other request for it. `want` and `ledger` are from the request's own
/// look-up: nothing with a smaller stamp, or that was outdated by then, will do.
///
/// # Errors
/// Every refusal and failure, and that `until` has come.
pub(crate) async fn fill(
    app: &Arc<App>,
    asked: &Asked,
    want: Seq,
    ledger: &Ledger,
    until: Instant,
) -> Result<Filled, Refused> {
    let _place = app.waiting.enter()?;
    let waiting = wait(app, asked, want, ledger);
    timeout_at(until, waiting).await.unwrap_or_else(|_| Err(Refused::deadline()))
}

async fn wait(app: &Arc<App>, asked: &Asked, mut want: Seq, ledger: &Ledger) -> Result<Filled, Refused> {
    loop {
        let (seat, flight) = app.flights.join(&asked.key, want);
        let leads = flight.is_some();
        if let Some(flight) = flight {
            // The flight outlives the request that began it: others may have joined.
            app.lifecycle.spawn(fly(Arc::clone(app), flight, asked.clone()));
        }
        let Some(landed) = seat.landed().await else {
            sleep(PAUSE).await;
            continue;
        };
        match landed.outcome.fits(asked, want, ledger) {
            Fit::Good => return landed.filled(leads),
            // Asked again at once, with this request's URL if nobody else is first: whoever pauses here is always second.
            Fit::OtherUrl => {}
            Fit::Outdated(newest) => want = newest,
        }
    }
}

/// Whether a request can use what landed.
#[derive(Debug, PartialEq, Eq)]
enum Fit {
    Good,
    /// It failed with a URL that is not this request's.
    OtherUrl,
    /// A discard that the request's look-up saw is above its stamp, or may have been: only what is at least as new as that will do.
    Outdated(Seq),
}

impl Outcome {
    fn fits(&self, asked: &Asked, want: Seq, ledger: &Ledger) -> Fit {
        let (url, stamp, sources) = match self {
            Self::Found(entry)
            | Self::Stored(entry)
            | Self::Rendered(entry, _)
            | Self::Unkept(entry, _, _) => (None, entry.stamp, entry.source_refs()),
            Self::Failed { failure, stamp, sources } => (failure.url.as_ref(), *stamp, sources.clone()),
            Self::Remembered(failed) => (failed.failure.url.as_ref(), failed.stamp, failed.sources.clone()),
            Self::Overloaded(_) | Self::Busy(_) | Self::Unavailable => return Fit::Good,
        };
        if url.is_some_and(|url| *url != asked.url) {
            return Fit::OtherUrl;
        }
        let newest = ledger.newest_against(&sources).max(want);
        // The documents of the sources that it names are in `want`; of others, such as hops of redirects, the ledger alone tells.
        let unseen = sources.iter().any(|source| !asked.sources.contains(source));
        match () {
            () if newest > stamp => Fit::Outdated(newest),
            () if unseen && stamp < ledger.seq && !ledger.tells_all_since(stamp) => Fit::Outdated(ledger.seq),
            () => Fit::Good,
        }
    }
}

impl Landed {
    fn filled(self, leads: bool) -> Result<Filled, Refused> {
        let caused = leads && self.caused;
        let missed =
            |stored| CacheStatus::miss(if caused { Came::Rendered { stored } } else { Came::Collapsed });
        match self.outcome {
            Outcome::Found(entry) => {
                let (status, took) = (CacheStatus::hit(Tier::Store), Timings::default());
                Ok(Filled { entry, body: None, status, took, unkept: None })
            }
            Outcome::Stored(entry) => {
                // Found by looking, it has told one part itself.
                let took = Timings { imaginary: self.took.imaginary.or(Some(entry.render_ms)), ..self.took };
                Ok(Filled { entry, body: None, status: missed(true), took, unkept: None })
            }
            Outcome::Rendered(entry, bytes) => {
                let (status, took) = (missed(false), self.took);
                Ok(Filled { entry, body: Some(bytes), status, took, unkept: None })
            }
            Outcome::Unkept(entry, why, body) => {
                let status = CacheStatus::Forwarded { why: Forward::Bypass, came: Came::Detail(why.name()) };
                Ok(Filled { entry, body, status, took: self.took, unkept: Some(why) })
            }
            Outcome::Failed { failure, .. } => Err(failure.into()),
            Outcome::Remembered(failed) => Err(Refused::remembered(*failed)),
            Outcome::Overloaded(overload) => Err(overload.into()),
            Outcome::Busy(wait) => {
                let message =
                    "the queue is away, and the workers that are asked without it have enough to do";
                Err(Refused::overloaded(message, Some(wait)))
            }
            Outcome::Unavailable => Err(Refused::unavailable("the queue or a store is away")),
        }
    }
}

#[cfg(test)]
mod tests {
    use imcaxy_shared::entry::{Rule, Scope};
    use imcaxy_shared::jobs::JobKind;
    use imcaxy_shared::testing::build;

    use super::*;

    const URL: &str = "http://a.test/1.jpg";
    const HOP: &str = "http://a.test/hop.jpg";
    const OTHER: &str = "http://a.test/2.jpg";

    fn asked() -> Asked {
        let job = build::render_job(URL, 300);
        let JobKind::Render(render) = &job.kind else { unreachable!() };
        let (key, url) = (render.key.clone(), render.url_id());
        let sources = vec![build::source_ref(URL)];
        Asked { key, sources, url, job, control: String::new(), negotiated: false }
    }

    /// A ledger with discards of these sources at these positions.
    fn ledger(rules: &[(&str, i64)]) -> Ledger {
        let rule = |(url, at): &(&str, i64)| {
            let scope = Scope::Source(build::source_ref(url).id);
            Rule { at: Seq::new(*at), below: Seq::new(*at), scope, open: false }
        };
        build::ledger(rules.iter().map(rule).collect())
    }

    /// An entry from the source that is asked for, with a redirect or not.
    fn landed(stamp: i64, hop: bool) -> Outcome {
        let mut entry = build::entry(URL, Seq::new(stamp));
        if hop {
            entry.sources.push(build::made_from(HOP));
        }
        Outcome::Found(Arc::new(entry))
    }

    #[test]
    fn what_landed_fits_when_no_discard_that_the_look_up_saw_or_may_have_missed_outdates_it() {
        let outdated = |seq| Fit::Outdated(Seq::new(seq));
        for (stamp, hop, want, rules, fit) in [
            (3, false, 0, &[(OTHER, 4), (OTHER, 5)][..], Fit::Good),
            (3, true, 0, &[(OTHER, 4), (OTHER, 5)], Fit::Good),
            (3, true, 0, &[(HOP, 4), (OTHER, 5)], outdated(4)),
            (3, false, 4, &[(OTHER, 4)], outdated(4)),
            // A rule was dropped that may have been about the hop; those about the source have been seen in its document.
            (3, true, 0, &[(OTHER, 5)], outdated(5)),
            (3, false, 0, &[(OTHER, 5)], Fit::Good),
            (5, true, 0, &[(OTHER, 5)], Fit::Good),
            // Newer than what the look-up saw.
            (6, true, 0, &[(OTHER, 5)], Fit::Good),
        ] {
            let found = landed(stamp, hop).fits(&asked(), Seq::new(want), &ledger(rules));
            assert_eq!(found, fit, "{stamp} {hop} {want} {rules:?}");
        }
    }
}
