//! The catalog port: which of the steps are writes, and which are read beside them.

use async_trait::async_trait;
use rusqlite::Connection;

use super::{Answer, SqliteCatalog, checks, entries, failures, sources};
use crate::backends::readable::MOST_LOOKS;
use crate::entry::{
    Change, Digest, DigestVerdict, Entry, Found, Learnt, NextPicture, ObjectName, Preparing,
    RememberedFailure, Scope, Seq, Source, SourceRef, Stamped, Validator,
};
use crate::ports::{Catalog, Made, PortError, Prepared, Recorded, SourcesPage};
use crate::request::{CacheKey, SourceId};
use crate::time::Timestamp;

#[async_trait]
impl Catalog for SqliteCatalog {
    async fn find(&self, key: &CacheKey, asked: &[SourceRef]) -> Result<Found, PortError> {
        let (key, asked) = (key.clone(), asked.to_vec());
        self.readers.read(move |connection| find(connection, &key, asked)).await
    }

    async fn with_failure(&self, key: &CacheKey, found: Found) -> Result<Found, PortError> {
        let key = key.clone();
        self.readers.read(move |connection| with_failure(connection, &key, found)).await
    }

    async fn sources_about(
        &self,
        scope: &Scope,
        after: Option<&SourceId>,
        most: usize,
    ) -> Result<SourcesPage, PortError> {
        let (scope, after) = (scope.clone(), after.cloned());
        self.readers.read(move |connection| sources::about(connection, &scope, after.as_ref(), most)).await
    }

    async fn known_sources(&self, ids: &[SourceId]) -> Result<SourcesPage, PortError> {
        let ids = ids.to_vec();
        self.readers.read(move |connection| sources::known(connection, &ids)).await
    }

    async fn made_before(
        &self,
        sources: &[SourceId],
        below: Seq,
        most: usize,
    ) -> Result<Vec<Made>, PortError> {
        let sources = sources.to_vec();
        let made = move |connection: &Connection| entries::made_before(connection, &sources, below, most);
        self.readers.read(made).await
    }

    async fn outdate(&self, sources: &[SourceId], below: Seq, now: Timestamp) -> Result<(), PortError> {
        let ids = sources.to_vec();
        self.writer.write(move |connection| sources::outdate(connection, &ids, below, now)).await
    }

    async fn is_used(&self, source: &SourceId) -> Result<bool, PortError> {
        let source = source.clone();
        self.readers.read(move |connection| entries::is_made_from(connection, &source)).await
    }

    async fn admit(
        &self,
        source: &SourceRef,
        host: &str,
        stamp: Seq,
        now: Timestamp,
    ) -> Result<bool, PortError> {
        let (source, host) = (source.clone(), host.to_owned());
        self.writer.write(move |connection| sources::admit(connection, &source, &host, stamp, now)).await
    }

    async fn accept_digest(
        &self,
        source: &SourceId,
        digest: &Digest,
        validator: &Validator,
        stamp: Seq,
        now: Timestamp,
        next_check_at: Timestamp,
    ) -> Result<DigestVerdict, PortError> {
        let (source, validator) = (source.clone(), validator.clone());
        let fetched = Stamped { value: digest.clone(), stamp };
        let accept = move |connection: &Connection| {
            sources::accept_digest(connection, &source, &fetched, &validator, now, next_check_at)
        };
        self.writer.write(accept).await
    }

    async fn prepare_bytes(
        &self,
        source: &SourceId,
        digest: &Digest,
        validator: &Validator,
        since: Seq,
        stamp: Seq,
        now: Timestamp,
    ) -> Result<Preparing, PortError> {
        let (source, validator) = (source.clone(), validator.clone());
        let fetched = Stamped { value: digest.clone(), stamp };
        let prepare = move |connection: &Connection| {
            sources::prepare_bytes(connection, &source, &fetched, &validator, since, now)
        };
        self.writer.write(prepare).await
    }

    async fn due(&self, now: Timestamp, horizon: Timestamp, limit: usize) -> Result<Vec<Source>, PortError> {
        let mut looks = 1;
        loop {
            let page = self.readers.read(move |connection| checks::due(connection, now, horizon, limit));
            let page = page.await?.told("sources");
            if page.left_out.is_empty() {
                return Ok(page.items);
            }
            let left_out = page.left_out;
            let leave =
                move |connection: &Connection| checks::leave_alone(connection, &left_out, now, horizon);
            // What is left alone gives its place to others.
            if !self.writer.write(leave).await? || looks == MOST_LOOKS {
                return Ok(page.items);
            }
            looks += 1;
        }
    }

    async fn is_due(&self, now: Timestamp, horizon: Timestamp) -> Result<bool, PortError> {
        self.readers.read(move |connection| checks::is_due(connection, now, horizon)).await
    }

    async fn checked(&self, seen: &Source, learnt: &Learnt) -> Result<bool, PortError> {
        let (source, planned, learnt) = (seen.id.clone(), seen.next_check_at, learnt.clone());
        self.writer.write(move |connection| checks::write(connection, &source, planned, &learnt)).await
    }

    async fn note_change(
        &self,
        source: &SourceId,
        digest: &Digest,
        stamp: Seq,
        now: Timestamp,
    ) -> Result<Change, PortError> {
        let (source, fetched) = (source.clone(), Stamped { value: digest.clone(), stamp });
        self.writer.write(move |connection| sources::note_change(connection, &source, &fetched, now)).await
    }

    async fn mark_unsteady(&self, source: &SourceId, now: Timestamp) -> Result<(), PortError> {
        let source = source.clone();
        self.writer.write(move |connection| sources::mark_unsteady(connection, &source, now)).await
    }

    async fn record(&self, entry: &Entry) -> Result<Recorded, PortError> {
        let entry = entry.clone();
        self.writer.write(move |connection| entries::record(connection, &entry)).await
    }

    async fn prepare(&self, key: &CacheKey, next: &NextPicture) -> Result<Prepared, PortError> {
        let (key, next) = (key.clone(), next.clone());
        let prepare = move |connection: &Connection| {
            entries::prepare(connection, &find(connection, &key, Vec::new())?, &next)
        };
        self.writer.write(prepare).await
    }

    async fn renew(
        &self,
        key: &CacheKey,
        object: &ObjectName,
        now: Timestamp,
    ) -> Result<Option<Entry>, PortError> {
        let (key, object) = (key.clone(), object.clone());
        self.writer.write(move |connection| entries::renew(connection, &key, &object, now)).await
    }

    async fn forget(&self, key: &CacheKey, object: &ObjectName) -> Result<(), PortError> {
        let (key, object) = (key.clone(), object.clone());
        self.writer.write(move |connection| entries::forget(connection, &key, &object)).await
    }

    async fn remember(&self, failed: &RememberedFailure) -> Result<(), PortError> {
        let failed = failed.clone();
        self.writer.write(move |connection| failures::remember(connection, &failed)).await
    }

    async fn forget_failures(&self, over: Timestamp, now: Timestamp) -> Result<u64, PortError> {
        self.writer.write(move |connection| failures::forget(connection, over, now)).await
    }

    async fn unused_sources(
        &self,
        after: Option<&SourceId>,
        before: Timestamp,
        limit: usize,
    ) -> Result<(Vec<SourceId>, Option<SourceId>), PortError> {
        let after = after.cloned();
        self.readers.read(move |connection| sources::unused(connection, after.as_ref(), before, limit)).await
    }

    async fn remove_source(&self, source: &SourceId) -> Result<(), PortError> {
        let source = source.clone();
        self.writer.write(move |connection| sources::remove(connection, &source)).await
    }

    async fn ping(&self) -> Result<(), PortError> {
        self.readers.read(|connection| Ok(connection.query_row("SELECT 1", [], |_| Ok(()))?)).await
    }
}

fn find(connection: &Connection, key: &CacheKey, asked: Vec<SourceRef>) -> Answer<Found> {
    let entry = entries::get(connection, key)?;
    let mut found = Found { asked, entry, failure: None, sources: Vec::new() };
    let redirects = found.made_from().map(|source| source.id.clone());
    let named: Vec<SourceId> = found.asked.iter().map(|source| source.id.clone()).chain(redirects).collect();
    add_sources(connection, &mut found, named)?;
    // A hit does not pay for the memory of failures.
    if found.stands() { Ok(found) } else { with_failure(connection, key, found) }
}

fn with_failure(connection: &Connection, key: &CacheKey, mut found: Found) -> Answer<Found> {
    found.failure = failures::get(connection, key)?;
    let redirects = found.failure.iter().flat_map(|failed| &failed.sources).map(|source| source.id.clone());
    let redirects: Vec<SourceId> = redirects.collect();
    add_sources(connection, &mut found, redirects)?;
    Ok(found)
}

/// Adds the documents of those sources that are not among what was found.
fn add_sources(connection: &Connection, found: &mut Found, ids: Vec<SourceId>) -> Answer<()> {
    for id in ids {
        if found.sources.iter().any(|known| known.id == id) {
            continue;
        }
        found.sources.extend(sources::get(connection, &id)?);
    }
    Ok(())
}
