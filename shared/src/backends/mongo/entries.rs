//! How entries come and go.

use mongodb::bson::{Bson, Document, doc};

use super::operation::{insert_new, run, unusable};
use super::{MongoCatalog, documents};
use crate::entry::{Entry, MadeFrom, ObjectName};
use crate::ports::{PortError, Recorded};
use crate::request::CacheKey;

/// What of an entry is counted, and stays when the variant is rendered again.
const COUNTED: [&str; 2] = ["uses", "last_used_at"];
/// What not every entry has.
const OPTIONAL: [&str; 2] = ["renewed_at", "renderer"];
/// What waits in the place of an entry.
const NEXT: &str = "next";

impl MongoCatalog {
    pub(super) async fn entry(&self, key: &CacheKey) -> Result<Option<Entry>, PortError> {
        let found = run(self.entries.find_one(doc! { "_id": key.as_str() })).await?;
        found.map(documents::read).transpose()
    }

    /// Keeps an entry, unless one is there that is as good.
    pub(super) async fn keep(&self, entry: &Entry) -> Result<Recorded, PortError> {
        let document = documents::write(entry)?;
        let sources = document.get_array("sources").map_err(unusable)?.clone();
        // What does not stay (`Entry::stays_before`).
        let worse = doc! {
            "_id": entry.key.as_str(),
            "$or": [
                { "stamp": { "$lt": entry.stamp.get() } },
                { "stamp": entry.stamp.get(), "sources": { "$ne": sources } },
            ],
        };
        // What waits and is no newer goes with what it was to replace (`Entry::still_waiting`).
        let mut both = worse.clone();
        both.insert("next.stamp", doc! { "$lte": entry.stamp.get() });
        let steps = [(both, in_place(entry, &document, true)), (worse, in_place(entry, &document, false))];
        loop {
            for (which, new) in &steps {
                let replace = self.entries.find_one_and_update(which.clone(), new.clone());
                if let Some(replaced) = run(replace).await? {
                    let replaced: Entry = documents::read(replaced)?;
                    self.tally_of(entry.sources.iter().chain(&replaced.sources)).await;
                    return Ok(Recorded::Kept { replaced: entry.replacing(replaced) });
                }
            }
            if insert_new(&self.entries, document.clone()).await? {
                self.tally_of(entry.sources.iter()).await;
                return Ok(Recorded::Kept { replaced: Vec::new() });
            }
            // One is there that is as good, or it came and went meanwhile.
            match self.entry(&entry.key).await? {
                Some(there) if there.stamp >= entry.stamp => return Ok(Recorded::Stays(Box::new(there))),
                _ => {}
            }
        }
    }

    /// Removes what is known of an object: an entry that still names it and in whose place nothing waits, or what waits; else what waits takes
    /// its place.
    pub(super) async fn remove(&self, key: &CacheKey, object: &ObjectName) -> Result<(), PortError> {
        let named = doc! { "_id": key.as_str(), "object": object.as_str() };
        let mut alone = named.clone();
        alone.insert(NEXT, doc! { "$exists": false });
        loop {
            if let Some(removed) = run(self.entries.find_one_and_delete(alone.clone())).await? {
                // Where it cannot be read, housekeeping tells its sources.
                if let Ok(removed) = documents::read::<Entry>(removed) {
                    self.tally_of(removed.sources.iter()).await;
                }
                return Ok(());
            }
            let waiting = doc! { "_id": key.as_str(), "next.object": object.as_str() };
            run(self.entries.update_one(waiting, doc! { "$unset": { NEXT: "" } })).await?;
            let Some(there) = run(self.entries.find_one(named.clone())).await? else { return Ok(()) };
            let there: Entry = match documents::read(there) {
                Ok(there) => there,
                // Nobody knows what waits in its place.
                Err(_) => {
                    run(self.entries.delete_one(named)).await?;
                    return Ok(());
                }
            };
            if let Some(replaced) = self.switch_entry(&there).await? {
                let next = there.next.iter().flat_map(|next| &next.sources);
                self.tally_of(replaced.sources.iter().chain(next)).await;
                return Ok(());
            }
        }
    }

    /// The entry is written by now, and counts. A source that is not told of it is told by the next one, or by housekeeping.
    pub(super) async fn tally_of(&self, sources: impl Iterator<Item = &MadeFrom>) {
        let mut ids: Vec<_> = sources.map(|source| &source.id).collect();
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            if let Err(cause) = self.tally(id).await {
                tracing::warn!(source = %id, %cause, "it is not written down how many variants a source has");
            }
        }
    }
}

/// An update that makes the entry of its key this one, and goes on counting: what is counted meanwhile is not lost. Nothing waits in its place
/// any more, or what does goes on.
pub(super) fn in_place(entry: &Entry, document: &Document, drops_next: bool) -> Document {
    let mut set = document.clone();
    set.remove("_id");
    for counted in COUNTED {
        set.remove(counted);
    }
    let next = drops_next.then_some(NEXT);
    let absent = OPTIONAL.into_iter().chain(next).filter(|field| !set.contains_key(*field));
    let unset: Document = absent.map(|field| (field.to_owned(), Bson::from(""))).collect();
    let mut update = doc! { "$set": set };
    if !unset.is_empty() {
        update.insert("$unset", unset);
    }
    if let (Some(uses), true) = (document.get("uses"), entry.uses > 0) {
        update.insert("$inc", doc! { "uses": uses.clone() });
    }
    if let Some(last) = document.get("last_used_at") {
        update.insert("$max", doc! { "last_used_at": last.clone() });
    }
    update
}
