//! What is there for a key.

use std::sync::Arc;
use std::time::Duration;

use imcaxy_shared::entry::{Age, Entry, Found, Ledger, SourceRef, Verdict, judge};
use imcaxy_shared::jobs::Job;
use imcaxy_shared::ports::PortError;
use imcaxy_shared::request::{CacheKey, SourceId};

use crate::App;
use crate::blocked;
use crate::confirmed::Began;

/// How long a request that can be answered in no other way waits for a catalog that is away.
const PATIENCE: Duration = Duration::from_secs(1);

/// A request that was understood and is allowed.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Addresses the answer.
    pub key: CacheKey,
    /// The sources that the request names.
    pub sources: Vec<SourceRef>,
    /// Hash of their URLs, with the parameters that do not enter the key.
    pub url: SourceId,
    /// What makes the answer when there is none.
    pub job: Job,
    /// `Cache-Control` of the picture, by its source.
    pub control: String,
    /// Whether `type=auto` was asked.
    pub negotiated: bool,
}

/// What a look-up came to.
#[derive(Clone, Debug)]
pub(crate) struct Looked {
    pub verdict: Verdict,
    /// The ledger that it was judged by, read after the look-up began.
    pub ledger: Arc<Ledger>,
}

/// Answers what is known where the lease is held; else asks the catalog, and remembers what it confirms. Who can answer without it does
/// not wait for one that is away.
///
/// # Errors
/// It is away, or holds what cannot be read.
pub(crate) async fn look_up(app: &Arc<App>, asked: &Asked) -> Result<Looked, PortError> {
    if let Some(looked) = under_lease(app, asked) {
        return Ok(looked);
    }
    let began = Began::now(app);
    let patience = if app.confirmed.has(&asked.key) { Duration::ZERO } else { PATIENCE };
    let looked = match app.catalog.ask(patience, ask(app, asked)).await {
        Ok(looked) => blocked::follow(app, &looked.ledger).await.map(|()| looked),
        Err(cause) => Err(cause),
    };
    match looked.as_ref().map(|looked| (&looked.verdict, &looked.ledger)) {
        Ok((Verdict::Fresh(entry), ledger)) => {
            app.confirmed.confirm(entry, &ledger.incarnation, ledger.seq, began);
        }
        Ok((Verdict::Stale(stale), ledger)) => {
            app.confirmed.confirm(&stale.entry, &ledger.incarnation, ledger.seq, began);
        }
        Ok((Verdict::Refused(_) | Verdict::Miss { .. }, _)) => app.confirmed.forget(&asked.key),
        Err(_) => {}
    }
    looked
}

/// What needs no question: an entry that is young enough, and that no discard outdates that this process has read of.
fn under_lease(app: &App, asked: &Asked) -> Option<Looked> {
    // Asked first: the ledger is as new as the lease demands from then on.
    let held = app.lease.is_held(&*app.stores.clock);
    let ledger = app.ledger.known().filter(|_| held)?;
    let entry = app.confirmed.under_lease(&asked.key, &ledger)?;
    let is_young = matches!(app.rules.ages.of(&entry, app.stores.clock.now()), Age::Fresh(_));
    is_young.then(|| Looked { verdict: Verdict::Fresh(Box::new(entry)), ledger })
}

/// The same look, of which nothing remains: it confirms nothing and forgets nothing. Who looks so does not wait for a catalog that is
/// away.
///
/// # Errors
/// It is away, or holds what cannot be read.
pub(crate) async fn see(app: &Arc<App>, asked: &Asked) -> Result<Read, PortError> {
    let read = app.catalog.ask(Duration::ZERO, read(app, asked)).await?;
    blocked::follow(app, &read.ledger).await?;
    Ok(read)
}

/// What was read for a key.
pub(crate) struct Read {
    pub found: Found,
    /// Read after the look-up began.
    pub ledger: Arc<Ledger>,
}

async fn ask(app: &App, asked: &Asked) -> Result<Looked, PortError> {
    let Read { found, ledger } = read(app, asked).await?;
    let verdict = judge(found, &ledger, &app.rules.ages, app.stores.clock.now());
    Ok(Looked { verdict, ledger })
}

/// Documents and ledger at the same time.
async fn read(app: &App, asked: &Asked) -> Result<Read, PortError> {
    // Arranged before the documents are read, so that it tells whether a rule can have slipped between the two.
    let reading = app.ledger.next();
    let find = || app.stores.catalog.find(&asked.key, &asked.sources);
    let (mut found, reading) = futures::try_join!(find(), reading)?;
    if !reading.whole {
        found = find().await?;
    }
    let (ages, now) = (&app.rules.ages, app.stores.clock.now());
    let too_old = |entry: &Entry| matches!(ages.of(entry, now), Age::Past(_));
    // What became of its renewal is asked of an entry that is too old only, and was read with one that does not stand.
    if found.stands() && found.entry.as_ref().is_some_and(too_old) {
        found = app.stores.catalog.with_failure(&asked.key, found).await?;
    }
    Ok(Read { found: found.about(&asked.url), ledger: reading.ledger })
}
