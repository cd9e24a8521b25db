//! Ended jobs: one document each, `_id` is job and token.

use async_trait::async_trait;
use mongodb::bson::{Bson, Document, doc};

use super::documents::{date, limit};
use super::operation::{all, insert_all_new, run};
use super::{MongoCatalog, documents};
use crate::ports::{EndedJob, EndedState, JobHistory, PortError, Search};
use crate::time::Timestamp;

#[async_trait]
impl JobHistory for MongoCatalog {
    async fn record(&self, ended: &[EndedJob]) -> Result<(), PortError> {
        let documents: Vec<Document> = ended.iter().map(document).collect::<Result<_, _>>()?;
        insert_all_new(&self.history, documents).await
    }

    async fn search(&self, search: &Search) -> Result<Vec<EndedJob>, PortError> {
        let last_first = || doc! { "ended_at": -1, "_id": -1 };
        let find = |most| all(self.history.find(filter(search)).sort(last_first()).limit(most));
        documents::page("history", search.limit, find).await
    }

    async fn forget(&self, states: &[EndedState], before: Timestamp, most: usize) -> Result<u64, PortError> {
        if most == 0 {
            return Ok(0);
        }
        let states: Vec<&str> = states.iter().map(|state| state.name()).collect();
        let over = doc! { "state": { "$in": states }, "ended_at": { "$lt": date(before) } };
        let found = all(self.history.find(over).projection(doc! { "_id": 1 }).limit(limit(most))).await?;
        let ids: Vec<Bson> = found.into_iter().filter_map(|mut one| one.remove("_id")).collect();
        let removed = run(self.history.delete_many(doc! { "_id": { "$in": ids } })).await?;
        Ok(removed.deleted_count)
    }
}

fn document(ended: &EndedJob) -> Result<Document, PortError> {
    let mut document = documents::write(ended)?;
    document.insert("_id", ended.life());
    Ok(document)
}

fn filter(search: &Search) -> Document {
    let mut filter = Document::new();
    let state = search.state.map(EndedState::name);
    for (field, value) in [
        ("url", search.url.as_deref()),
        ("host", search.host.as_deref()),
        ("kind", search.kind.as_deref()),
        ("state", state),
        ("error", search.error.as_deref()),
    ] {
        if let Some(value) = value {
            filter.insert(field, value);
        }
    }
    if let Some(after) = &search.after {
        let ended_at = date(after.at);
        let earlier = doc! { "ended_at": { "$lt": ended_at } };
        let beside = doc! { "ended_at": ended_at, "_id": { "$lt": after.id.as_str() } };
        filter.insert("$or", vec![earlier, beside]);
    }
    filter
}
