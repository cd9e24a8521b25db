//! A miss as a request lives through it: a seat on the flight of its key, until something lands that it can use.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use imcaxy_shared::entry::{Entry, Ledger, Seq, SourceRef};
use imcaxy_shared::jobs::{Timings, Unkept};
use imcaxy_shared::time::Timestamp;
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
            Fit::Good => return landed.filled(leads, app.stores.clock.now()),
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
    /// A discard that the request's look-up saw is above its stamp: only what is at least as new as that will do.
    Outdated(Seq),
}

impl Outcome {
    fn fits(&self, asked: &Asked, want: Seq, ledger: &Ledger) -> Fit {
        let against = |sources: &[SourceRef]| ledger.newest_against(sources.iter().map(|source| &source.id));
        let (url, stamp, newest) = match self {
            Self::Found(entry)
            | Self::Stored(entry)
            | Self::Rendered(entry, _)
            | Self::Unkept(entry, _, _) => {
                let sources = entry.sources.iter().map(|source| &source.id);
                (None, entry.stamp, ledger.newest_against(sources))
            }
            Self::Failed { failure, stamp, sources } => (failure.url.as_ref(), *stamp, against(sources)),
            Self::Remembered(failed) => (failed.failure.url.as_ref(), failed.stamp, against(&failed.sources)),
            Self::Overloaded(_) | Self::Busy(_) | Self::Unavailable => return Fit::Good,
        };
        if url.is_some_and(|url| *url != asked.url) {
            return Fit::OtherUrl;
        }
        let newest = newest.max(want);
        if newest > stamp { Fit::Outdated(newest) } else { Fit::Good }
    }
}

impl Landed {
    fn filled(self, leads: bool, now: Timestamp) -> Result<Filled, Refused> {
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
            Outcome::Remembered(failed) => Err(Refused::remembered(*failed, now)),
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
