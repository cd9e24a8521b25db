//! Ticks of the periodic jobs: a document a schedule, moved on by compare-and-set.

use std::time::Duration;

use async_trait::async_trait;
use mongodb::bson::doc;

use super::MongoCatalog;
use super::documents::{VERSION, date, instant};
use super::operation::{insert_new, run, unusable};
use crate::ports::{ClaimedTick, PortError, Tick, Ticks};
use crate::time::Timestamp;

#[async_trait]
impl Ticks for MongoCatalog {
    async fn claim(
        &self,
        name: &str,
        interval: Duration,
        grace: Duration,
        now: Timestamp,
    ) -> Result<Option<Tick>, PortError> {
        let Some(last) = run(self.schedule.find_one(doc! { "_id": name })).await? else {
            let first = doc! { "_id": name, "v": VERSION, "tick": date(now), "claimed_at": date(now), "settled": false };
            return Ok(insert_new(&self.schedule, first).await?.then_some(Tick(now)));
        };
        let last = ClaimedTick {
            tick: Tick(instant(&last, "tick")?),
            claimed_at: instant(&last, "claimed_at")?,
            settled: last.get_bool("settled").map_err(unusable)?,
        };
        let Some(next) = Tick::due(Some(&last), interval, grace, now) else { return Ok(None) };
        let ClaimedTick { tick, claimed_at, settled } = last;
        let seen =
            doc! { "_id": name, "tick": date(tick.0), "claimed_at": date(claimed_at), "settled": settled };
        let claimed = doc! { "$set": { "tick": date(next.0), "claimed_at": date(now), "settled": false } };
        let moved = run(self.schedule.update_one(seen, claimed)).await?;
        Ok((moved.matched_count == 1).then_some(next))
    }

    async fn settle(&self, name: &str, tick: Tick) -> Result<(), PortError> {
        let seen = doc! { "_id": name, "tick": date(tick.0) };
        run(self.schedule.update_one(seen, doc! { "$set": { "settled": true } })).await?;
        Ok(())
    }
}
