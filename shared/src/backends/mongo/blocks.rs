//! Blocks: one document each, `_id` is `{kind} {text}`.

use async_trait::async_trait;
use mongodb::bson::{Document, doc};

use super::MongoCatalog;
use super::documents::{VERSION, date, instant, limit};
use super::operation::{all, insert_all_new, run, unusable};
use crate::entry::{Block, BlockTarget};
use crate::ports::{Blocks, PortError};

#[async_trait]
impl Blocks for MongoCatalog {
    async fn block(&self, blocks: &[Block]) -> Result<(), PortError> {
        insert_all_new(&self.blocks, blocks.iter().map(written).collect()).await
    }

    async fn unblock(&self, target: &BlockTarget) -> Result<bool, PortError> {
        let removed = run(self.blocks.delete_one(doc! { "_id": target.to_string() })).await?;
        Ok(removed.deleted_count == 1)
    }

    async fn blocks(&self, after: Option<&BlockTarget>, most: usize) -> Result<Vec<Block>, PortError> {
        let after = after.map_or_else(Document::new, |after| doc! { "_id": { "$gt": after.to_string() } });
        let found = all(self.blocks.find(after).sort(doc! { "_id": 1 }).limit(limit(most))).await?;
        found.iter().filter_map(|document| read(document).transpose()).collect()
    }
}

fn written(block: &Block) -> Document {
    doc! {
        "_id": block.target.to_string(),
        "v": VERSION,
        "kind": block.target.kind(),
        "text": block.target.text(),
        "at": date(block.at),
        "by": block.by.as_str(),
    }
}

fn read(document: &Document) -> Result<Option<Block>, PortError> {
    let text = |name| document.get_str(name).map_err(unusable);
    let Some(target) = BlockTarget::from_store(text("kind")?, text("text")?) else { return Ok(None) };
    Ok(Some(Block { target, at: instant(document, "at")?, by: text("by")?.to_owned() }))
}
