//! Revalidations: one document each.

use async_trait::async_trait;
use mongodb::bson::doc;

use super::documents::date;
use super::operation::{all, insert_new, run};
use super::{MongoCatalog, documents, moments};
use crate::ports::{Moment, PortError, Progress, Revalidation, RevalidationState, Revalidations, Tally};
use crate::time::Timestamp;

const WHEN: &str = "started_at";

#[async_trait]
impl Revalidations for MongoCatalog {
    async fn begin(&self, revalidation: &Revalidation) -> Result<(), PortError> {
        insert_new(&self.revalidations, documents::write(revalidation)?).await?;
        Ok(())
    }

    async fn revalidation(&self, id: &str) -> Result<Option<Revalidation>, PortError> {
        let found = run(self.revalidations.find_one(doc! { "_id": id })).await?;
        found.map(documents::read).transpose()
    }

    async fn revalidations(
        &self,
        after: Option<&Moment>,
        most: usize,
    ) -> Result<Vec<Revalidation>, PortError> {
        moments::latest(&self.revalidations, "revalidations", WHEN, after, most).await
    }

    async fn running(&self, most: usize) -> Result<Vec<Revalidation>, PortError> {
        let running = || self.revalidations.find(doc! { "state": RevalidationState::Running.name() });
        let find = |most| all(running().sort(doc! { WHEN: 1 }).limit(most));
        documents::page("revalidations", most, find).await
    }

    async fn advance(&self, id: &str, progress: &Progress, tally: &Tally) -> Result<bool, PortError> {
        let before = i64::from(progress.step) - 1;
        let stands = doc! { "_id": id, "state": RevalidationState::Running.name(), "progress.step": before };
        let mut advanced = documents::part(tally)?;
        advanced.insert("progress", documents::part(progress)?);
        Ok(run(self.revalidations.update_one(stands, doc! { "$set": advanced })).await?.matched_count == 1)
    }

    async fn finish(
        &self,
        id: &str,
        state: RevalidationState,
        tally: &Tally,
        now: Timestamp,
    ) -> Result<(), PortError> {
        let unfinished = doc! { "_id": id, "state": RevalidationState::Running.name() };
        let mut finished = documents::part(tally)?;
        finished.extend(doc! { "state": state.name(), "finished_at": date(now) });
        let update = doc! { "$set": finished, "$unset": { "progress": "" } };
        run(self.revalidations.update_one(unfinished, update)).await?;
        Ok(())
    }

    async fn forget_revalidations(&self, before: Timestamp, most: usize) -> Result<u64, PortError> {
        moments::forget(&self.revalidations, WHEN, before, most).await
    }
}
