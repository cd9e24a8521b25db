//! Uses: added to entries and sources, many in one command, and by day in documents of their own, `{ _id: source/day/run, source,
//! day, uses }`.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use mongodb::bson::{Bson, Document, doc};

use super::MongoCatalog;
use super::documents::{VERSION, date, limit};
use super::operation::{all, run, unavailable_for, unusable};
use crate::entry::{Day, Uses};
use crate::ports::{PortError, UsageLog, UsesOnDay};
use crate::request::{CacheKey, SourceId};

#[async_trait]
impl UsageLog for MongoCatalog {
    async fn add_to_entries(&self, uses: &[(CacheKey, Uses)]) -> Result<Vec<CacheKey>, PortError> {
        // Asked before: an entry that comes meanwhile is told as absent, and not as counted.
        let keys: Vec<&str> = uses.iter().map(|(key, _)| key.as_str()).collect();
        let there = self.entries.find(doc! { "_id": { "$in": keys } }).projection(doc! { "_id": 1 });
        let there = all(there).await?;
        let there: BTreeSet<&str> = there.iter().filter_map(|entry| entry.get_str("_id").ok()).collect();
        let (counted, absent): (Vec<_>, Vec<_>) =
            uses.iter().partition(|(key, _)| there.contains(key.as_str()));
        let added = counted.into_iter().map(|(key, uses)| added(key.as_str(), *uses));
        self.update("entries", added.collect()).await?;
        Ok(absent.into_iter().map(|(key, _)| key.clone()).collect())
    }

    async fn add_to_sources(&self, uses: &[(SourceId, Uses)]) -> Result<(), PortError> {
        self.update("sources", uses.iter().map(|(source, uses)| added(source.as_str(), *uses)).collect())
            .await
    }

    async fn note_days(&self, run: &str, days: &[UsesOnDay]) -> Result<(), PortError> {
        self.update("usage", days.iter().map(|on_day| noted(run, on_day)).collect()).await
    }

    async fn days(&self, source: &SourceId, since: Day) -> Result<Vec<(Day, u64)>, PortError> {
        let filter = doc! { "source": source.as_str(), "day": { "$gte": since.number() } };
        let mut days = BTreeMap::new();
        for found in all(self.usage.find(filter)).await? {
            let day = Day::from_number(found.get_i64("day").map_err(unusable)?);
            let uses: u64 = found.get_i64("uses").map_err(unusable)?.try_into().map_err(unusable)?;
            *days.entry(day).or_default() += uses;
        }
        Ok(days.into_iter().collect())
    }

    async fn forget_days(&self, before: Day, most: usize) -> Result<u64, PortError> {
        if most == 0 {
            return Ok(0);
        }
        let over = doc! { "day": { "$lt": before.number() } };
        let found = all(self.usage.find(over).projection(doc! { "_id": 1 }).limit(limit(most))).await?;
        let ids: Vec<Bson> = found.into_iter().filter_map(|mut one| one.remove("_id")).collect();
        Ok(run(self.usage.delete_many(doc! { "_id": { "$in": ids } })).await?.deleted_count)
    }
}

impl MongoCatalog {
    /// Carries out many updates of one collection by one command. The driver's own bulk writes need MongoDB 8.
    async fn update(&self, collection: &str, updates: Vec<Document>) -> Result<(), PortError> {
        if updates.is_empty() {
            return Ok(());
        }
        let command = doc! {
            "update": collection,
            "updates": updates,
            "ordered": false,
            "writeConcern": { "w": "majority" },
        };
        let answer = run(self.database.run_command(command)).await?;
        // Of a command with several statements each may fail by itself, which the driver does not look for.
        match ["writeErrors", "writeConcernError"].into_iter().find_map(|field| answer.get(field)) {
            None => Ok(()),
            Some(failed) => Err(unavailable_for(failed)),
        }
    }
}

fn added(id: &str, uses: Uses) -> Document {
    doc! {
        "q": { "_id": id },
        "u": { "$inc": { "uses": uses.stored() }, "$max": { "last_used_at": date(uses.last) } },
    }
}

/// A number that only grows, set and not added: written twice, or late, it changes nothing.
fn noted(run: &str, UsesOnDay { source, day, uses }: &UsesOnDay) -> Document {
    let uses = i64::try_from(*uses).unwrap_or(i64::MAX);
    doc! {
        "q": { "_id": format!("{source}/{}/{run}", day.number()) },
        "u": {
            "$setOnInsert": { "v": VERSION, "source": source.as_str(), "day": day.number() },
            "$max": { "uses": uses },
        },
        "upsert": true,
    }
}
