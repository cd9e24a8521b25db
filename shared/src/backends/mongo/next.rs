//! What waits for a switch, and steps on a source that are decided from the whole of its document.

use mongodb::Collection;
use mongodb::bson::{Bson, Document, doc};

use super::documents::{self, date};
use super::operation::{all, run};
use super::{MongoCatalog, entries};
use crate::entry::{Digest, Entry, NextPicture, Source, Stamped};
use crate::ports::{Catalog as _, PortError, Prepared};
use crate::request::{CacheKey, SourceId};

/// Decides about the bytes of a source, by compare-and-set: what decides is its newest discard, its digest and what waits. `None` where it has
/// no document.
pub(super) async fn decide<T>(
    sources: &Collection<Document>,
    id: &SourceId,
    step: impl Fn(&mut Source) -> T,
) -> Result<Option<T>, PortError> {
    loop {
        let Some(found) = run(sources.find_one(doc! { "_id": id.as_str() })).await? else { return Ok(None) };
        let before: Source = documents::read(found)?;
        let mut after = before.clone();
        let answer = step(&mut after);
        if after == before || run(sources.update_one(seen(&before), facts(&after)?)).await?.matched_count == 1
        {
            return Ok(Some(answer));
        }
    }
}

/// Has those take up what waits that were discarded since they had something else.
pub(super) async fn switch(sources: &Collection<Document>, ids: &[&str]) -> Result<(), PortError> {
    let waiting = doc! { "_id": { "$in": ids }, "next": { "$exists": true } };
    for found in all(sources.find(waiting)).await? {
        // Of one that cannot be read what waits counts as well, since it is discarded: who can read it takes it up.
        if let Ok(source) = documents::read::<Source>(found) {
            decide(sources, &source.id, Source::switch).await?;
        }
    }
    Ok(())
}

impl MongoCatalog {
    /// Has a rendering wait, by compare-and-set, as [`Found::awaiting`](crate::entry::Found::awaiting) decides.
    pub(super) async fn await_switch(
        &self,
        key: &CacheKey,
        next: &NextPicture,
    ) -> Result<Prepared, PortError> {
        loop {
            let found = self.find(key, &[]).await?;
            let Some(seen) = &found.entry else { return Ok(Prepared::Useless) };
            let Some((entry, replaced)) = found.awaiting(next) else { return Ok(Prepared::Useless) };
            let mut as_seen = doc! { "_id": key.as_str(), "object": seen.object.as_str() };
            match &seen.next {
                Some(waits) => as_seen.insert("next.object", waits.object.as_str()),
                None => as_seen.insert("next", doc! { "$exists": false }),
            };
            let takes_its_place = entry.object != seen.object;
            let update = if takes_its_place {
                // What is counted is left as it is by then.
                let new = Entry { uses: 0, last_used_at: None, ..entry };
                entries::in_place(&new, &documents::write(&new)?, false)
            } else {
                doc! { "$set": { "next": documents::part(next)? } }
            };
            if run(self.entries.update_one(as_seen, update)).await?.matched_count == 0 {
                continue;
            }
            if takes_its_place {
                self.tally_of(found.made_from()).await;
            }
            return Ok(Prepared::Kept { replaced });
        }
    }

    /// Makes what waits in the place of an entry the entry; answers what was replaced, `None` where it is not as it was seen.
    pub(super) async fn switch_entry(&self, seen: &Entry) -> Result<Option<Entry>, PortError> {
        let Some(switched) = seen.switched() else { return Ok(None) };
        let as_seen = doc! {
            "_id": seen.key.as_str(),
            "object": seen.object.as_str(),
            "next.object": switched.object.as_str(),
        };
        // What is counted is left as it is by then.
        let new = Entry { uses: 0, last_used_at: None, ..switched };
        let update = entries::in_place(&new, &documents::write(&new)?, true);
        let before = run(self.entries.find_one_and_update(as_seen, update)).await?;
        before.map(documents::read).transpose()
    }
}

fn seen(source: &Source) -> Document {
    let mut seen = doc! { "_id": source.id.as_str(), "discarded": source.discarded.get() };
    let next = source.next.as_ref().map(|next| &next.digest);
    for (name, under, fact) in [("digest", "digest", source.digest.as_ref()), ("next", "next.digest", next)] {
        match fact {
            Some(Stamped::<Digest> { value, stamp }) => {
                seen.insert(format!("{under}.value"), value.as_str());
                seen.insert(format!("{under}.stamp"), stamp.get());
            }
            None => drop(seen.insert(name, doc! { "$exists": false })),
        }
    }
    seen
}

fn facts(source: &Source) -> Result<Document, PortError> {
    let mut set = Document::new();
    let mut unset = Document::new();
    let mut put = |name: &str, fact: Option<Document>| match fact {
        Some(fact) => drop(set.insert(name, fact)),
        None => drop(unset.insert(name, Bson::from(""))),
    };
    put("digest", source.digest.as_ref().map(documents::part).transpose()?);
    put("validator", source.validator.as_ref().map(documents::part).transpose()?);
    put("next", source.next.as_ref().map(documents::part).transpose()?);
    if let Some(checked_at) = source.checked_at {
        set.insert("checked_at", date(checked_at));
    }
    let mut update = doc! { "$set": set };
    if !unset.is_empty() {
        update.insert("$unset", unset);
    }
    Ok(update)
}
