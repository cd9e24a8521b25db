//! Entries, sources and the ledger.

use async_trait::async_trait;
use futures::future::try_join_all;
use mongodb::bson::{Document, doc};
use mongodb::options::ReturnDocument;

use super::documents::date;
use super::operation::{all, insert_new, run};
use super::tally::Tally;
use super::{MongoCatalog, changes, checks, documents, made, next, scopes};
use crate::entry::{
    Change, Digest, DigestVerdict, Entry, Found, Learnt, NextPicture, ObjectName, Preparing,
    RememberedFailure, Scope, Seq, Source, SourceRef, Stamped, Validator,
};
use crate::ports::{Catalog, Made, PortError, Prepared, Recorded, SourcesPage};
use crate::request::{CacheKey, SourceId};
use crate::time::Timestamp;

impl MongoCatalog {
    async fn read_sources(&self, ids: &[&SourceId]) -> Result<Vec<Source>, PortError> {
        self.find_sources(ids).await?.into_iter().map(documents::read).collect()
    }

    async fn find_sources(&self, ids: &[&SourceId]) -> Result<Vec<Document>, PortError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
        all(self.sources.find(doc! { "_id": { "$in": ids } })).await
    }

    /// The documents of those of `ids` that are not among what was found.
    async fn missing(
        &self,
        found: &Found,
        ids: impl Iterator<Item = &SourceId>,
    ) -> Result<Vec<Source>, PortError> {
        let read = |id: &&SourceId| {
            found.asked.iter().any(|one| one.id == **id) || found.sources.iter().any(|one| one.id == **id)
        };
        self.read_sources(&ids.filter(|id| !read(id)).collect::<Vec<_>>()).await
    }

    async fn failure(&self, key: &CacheKey) -> Result<Option<RememberedFailure>, PortError> {
        let found = run(self.failures.find_one(doc! { "_id": key.as_str() })).await?;
        // One that cannot be read, such as a newer version's, is no reason to refuse: it is rendered once more.
        Ok(found.and_then(|found| documents::read(found).ok()))
    }
}

#[async_trait]
impl Catalog for MongoCatalog {
    async fn find(&self, key: &CacheKey, asked: &[SourceRef]) -> Result<Found, PortError> {
        let expected: Vec<&SourceId> = asked.iter().map(|source| &source.id).collect();
        let (entry, sources) = futures::try_join!(self.entry(key), self.read_sources(&expected))?;
        let mut found = Found { asked: asked.to_vec(), entry, failure: None, sources };
        // Redirects make sources that a request does not name.
        let redirects = found.made_from().map(|source| &source.id);
        let redirects = self.missing(&found, redirects).await?;
        found.sources.extend(redirects);
        // A hit does not pay for the memory of failures.
        if found.stands() { Ok(found) } else { self.with_failure(key, found).await }
    }

    async fn with_failure(&self, key: &CacheKey, mut found: Found) -> Result<Found, PortError> {
        found.failure = self.failure(key).await?;
        let redirects = found.failure.iter().flat_map(|failed| &failed.sources).map(|source| &source.id);
        let redirects = self.missing(&found, redirects).await?;
        found.sources.extend(redirects);
        Ok(found)
    }

    async fn sources_about(
        &self,
        scope: &Scope,
        after: Option<&SourceId>,
        most: usize,
    ) -> Result<SourcesPage, PortError> {
        scopes::page(&self.sources, scope, after, most).await
    }

    async fn known_sources(&self, ids: &[SourceId]) -> Result<SourcesPage, PortError> {
        let found = self.find_sources(&ids.iter().collect::<Vec<_>>()).await?;
        Ok(documents::readable(found)?.told("sources").all())
    }

    async fn made_before(
        &self,
        sources: &[SourceId],
        below: Seq,
        most: usize,
    ) -> Result<Vec<Made>, PortError> {
        made::before(&self.entries, sources, below, most).await
    }

    async fn outdate(&self, sources: &[SourceId], below: Seq, now: Timestamp) -> Result<(), PortError> {
        // Never an upsert: a source that nobody has seen has no document. What is no number is no discard that would be newer.
        let ids: Vec<&str> = sources.iter().map(SourceId::as_str).collect();
        let older = doc! { "_id": { "$in": &ids }, "discarded": { "$not": { "$gte": below.get() } } };
        let outdated = doc! { "$set": { "discarded": below.get(), "discarded_at": date(now) } };
        run(self.sources.update_many(older, outdated)).await?;
        next::switch(&self.sources, &ids).await
    }

    async fn admit(
        &self,
        source: &SourceRef,
        host: &str,
        stamp: Seq,
        now: Timestamp,
    ) -> Result<bool, PortError> {
        let new = documents::write(&Source::new(source.clone(), host, stamp, now))?;
        insert_new(&self.sources, new).await
    }

    async fn is_used(&self, source: &SourceId) -> Result<bool, PortError> {
        let one = self.entries.find_one(doc! { "sources.id": source.as_str() }).projection(doc! { "_id": 1 });
        Ok(run(one).await?.is_some())
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
        let fetched = Stamped { value: digest.clone(), stamp };
        let acceptable = doc! {
            "_id": source.as_str(),
            "discarded": { "$lte": stamp.get() },
            "next": { "$exists": false },
            "$or": [
                { "digest": { "$exists": false } },
                { "digest.value": digest.as_str() },
                { "$expr": { "$lt": ["$digest.stamp", "$discarded"] } },
            ],
        };
        let facts = doc! {
            "$set": {
                "digest.value": digest.as_str(),
                "validator.value": documents::part(validator)?,
                "checked_at": date(now),
                "next_check_at": date(next_check_at),
            },
            "$unset": checks::not_served(),
            // Equal bytes were there at the newer of two stamps; those that are outdated have a smaller one.
            "$max": { "digest.stamp": stamp.get(), "validator.stamp": stamp.get() },
        };
        if run(self.sources.update_one(acceptable, facts)).await?.matched_count == 1 {
            return Ok(DigestVerdict::Accepted);
        }
        let decided = next::decide(&self.sources, source, |known| known.accept(&fetched, validator, now));
        let decided = decided.await?.unwrap_or(DigestVerdict::Differs);
        if decided == DigestVerdict::Accepted {
            checks::plan(&self.sources, source, next_check_at).await?;
        }
        Ok(decided)
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
        let fetched = Stamped { value: digest.clone(), stamp };
        let prepare = |known: &mut Source| known.prepare(&fetched, validator, since, now);
        let decided = next::decide(&self.sources, source, prepare).await?.unwrap_or(Preparing::TooLate);
        if decided != Preparing::TooLate {
            checks::serves(&self.sources, source).await?;
        }
        Ok(decided)
    }

    async fn due(&self, now: Timestamp, horizon: Timestamp, most: usize) -> Result<Vec<Source>, PortError> {
        checks::due(&self.sources, now, horizon, most).await
    }

    async fn is_due(&self, now: Timestamp, horizon: Timestamp) -> Result<bool, PortError> {
        checks::is_due(&self.sources, now, horizon).await
    }

    async fn checked(&self, seen: &Source, learnt: &Learnt) -> Result<bool, PortError> {
        checks::write(&self.sources, seen, learnt).await
    }

    async fn note_change(
        &self,
        source: &SourceId,
        digest: &Digest,
        stamp: Seq,
        now: Timestamp,
    ) -> Result<Change, PortError> {
        changes::note(&self.sources, source, digest, stamp, now).await
    }

    async fn mark_unsteady(&self, source: &SourceId, now: Timestamp) -> Result<(), PortError> {
        changes::mark_unsteady(&self.sources, source, now).await
    }

    async fn record(&self, entry: &Entry) -> Result<Recorded, PortError> {
        self.keep(entry).await
    }

    async fn prepare(&self, key: &CacheKey, next: &NextPicture) -> Result<Prepared, PortError> {
        self.await_switch(key, next).await
    }

    async fn renew(
        &self,
        key: &CacheKey,
        object: &ObjectName,
        now: Timestamp,
    ) -> Result<Option<Entry>, PortError> {
        let seen = doc! { "_id": key.as_str(), "object": object.as_str() };
        let renewed = self.entries.find_one_and_update(seen, doc! { "$set": { "renewed_at": date(now) } });
        let renewed = run(renewed.return_document(ReturnDocument::After)).await?;
        renewed.map(documents::read).transpose()
    }

    async fn forget(&self, key: &CacheKey, object: &ObjectName) -> Result<(), PortError> {
        self.remove(key, object).await
    }

    async fn remember(&self, failed: &RememberedFailure) -> Result<(), PortError> {
        let document = documents::write(failed)?;
        let as_old = doc! { "_id": failed.key.as_str(), "stamp": { "$lte": failed.stamp.get() } };
        let newer = doc! { "$gt": failed.stamp.get() };
        loop {
            if run(self.failures.replace_one(as_old.clone(), document.clone())).await?.matched_count == 1
                || insert_new(&self.failures, document.clone()).await?
            {
                return Ok(());
            }
            // One is there that is newer, or it came and went meanwhile.
            let there = self.failures.find_one(doc! { "_id": failed.key.as_str(), "stamp": newer.clone() });
            if run(there).await?.is_some() {
                return Ok(());
            }
        }
    }

    async fn forget_failures(&self, over: Timestamp, now: Timestamp) -> Result<u64, PortError> {
        let mut removed = 0;
        // What has not happened yet is not over either, and is found by the same index.
        let ahead = doc! { "until": { "$gt": date(now) }, "at": { "$gt": date(now) } };
        for which in [doc! { "until": { "$lte": date(over) } }, ahead] {
            removed += run(self.failures.delete_many(which)).await?.deleted_count;
        }
        Ok(removed)
    }

    async fn unused_sources(
        &self,
        after: Option<&SourceId>,
        before: Timestamp,
        most: usize,
    ) -> Result<(Vec<SourceId>, Option<SourceId>), PortError> {
        let after = after.map_or_else(|| doc! {}, |id| doc! { "_id": { "$gt": id.as_str() } });
        let SourcesPage { sources, next, .. } = scopes::read_page(&self.sources, after, most).await?;
        let old = sources.into_iter().filter(|source| source.created_at < before);
        let looked = try_join_all(old.map(async |Source { id, variants, bytes, .. }| {
            let known = Tally { variants, bytes };
            let mut counted = self.count(&id).await?;
            if counted != known {
                counted = self.tally(&id).await?;
            }
            Ok::<_, PortError>((counted.variants == 0).then_some(id))
        }));
        Ok((looked.await?.into_iter().flatten().collect(), next))
    }

    async fn remove_source(&self, source: &SourceId) -> Result<(), PortError> {
        run(self.sources.delete_one(doc! { "_id": source.as_str() })).await?;
        Ok(())
    }

    async fn ping(&self) -> Result<(), PortError> {
        run(self.database.run_command(doc! { "ping": 1 })).await?;
        Ok(())
    }
}
