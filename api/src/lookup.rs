//! What is there for a key, and its bytes.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Method;
use futures::TryStreamExt as _;
use imcaxy_shared::entry::{Entry, Ledger, Verdict, judge};
use imcaxy_shared::jobs::Job;
use imcaxy_shared::ports::PortError;
use imcaxy_shared::request::{CacheKey, SourceId};

use crate::App;
use crate::cache_status::{CacheStatus, Tier};

/// A request that was understood and is allowed.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Addresses the answer.
    pub key: CacheKey,
    /// The sources that the request names.
    pub sources: Vec<SourceId>,
    /// Hash of their URLs, with the parameters that do not enter the key.
    pub url: SourceId,
    /// What makes the answer when there is none.
    pub job: Job,
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

/// Asks the catalog: documents and ledger at the same time.
pub(crate) async fn look_up(app: &App, asked: &Asked) -> Result<Looked, PortError> {
    // Arranged before the documents are read, so that it tells whether a rule can have slipped between the two.
    let reading = app.ledger.next();
    let find = || app.stores.catalog.find(&asked.key, &asked.sources);
    let (mut found, reading) = futures::try_join!(find(), reading)?;
    if !reading.whole {
        found = find().await?;
    }
    let verdict = judge(found.about(&asked.url), &reading.ledger, app.stores.clock.now());
    Ok(Looked { verdict, ledger: reading.ledger })
}

/// The bytes of an entry, from memory or from the store. An entry whose object is not there is forgotten, so that the
/// next step renders it again: `None`.
pub(crate) async fn open(
    app: &App,
    entry: &Entry,
    method: &Method,
) -> Result<Option<(Body, CacheStatus)>, PortError> {
    if *method == Method::HEAD {
        return Ok(Some((Body::empty(), CacheStatus::hit(Tier::Store))));
    }
    let found = if app.memory.holds(entry.size) {
        let held = app.memory.get_or_read(entry, &*app.stores.objects).await?;
        held.map(|held| (Body::from(held.bytes), CacheStatus::hit(held.tier)))
    } else {
        let object = app.stores.objects.open(&entry.object).await?;
        // Another length is another's bytes.
        object
            .filter(|object| object.length == entry.size)
            .map(|object| (Body::from_stream(object.bytes.into_stream()), CacheStatus::hit(Tier::Store)))
    };
    if found.is_none() {
        tracing::warn!(key = %entry.key, object = %entry.object, "an entry has lost its object: it is rendered again");
        app.stores.catalog.forget(&entry.key, &entry.object).await?;
    }
    Ok(found)
}
