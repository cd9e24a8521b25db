//! Blocks: one document each, `_id` is `{kind} {text}`.

use async_trait::async_trait;
use mongodb::bson::{Document, doc};

use super::MongoCatalog;
use super::documents::{VERSION, date, instant, limit};
use super::operation::{all, insert_all_new, run, unusable};
use crate::entry::{Block, BlockTarget};
use crate::ports::{BlockPage, BlockPlace, Blocks, PortError};

#[async_trait]
impl Blocks for MongoCatalog {
    async fn block(&self, blocks: &[Block]) -> Result<(), PortError> {
        insert_all_new(&self.blocks, blocks.iter().map(written).collect()).await
    }

    async fn unblock(&self, target: &BlockTarget) -> Result<Option<Block>, PortError> {
        let removed = run(self.blocks.find_one_and_delete(doc! { "_id": target.to_string() })).await?;
        removed.map_or(Ok(None), |removed| read(&removed))
    }

    async fn count_besides(&self, targets: &[BlockTarget]) -> Result<usize, PortError> {
        let targets: Vec<String> = targets.iter().map(BlockTarget::to_string).collect();
        let others = doc! { "_id": { "$nin": targets } };
        let count = run(self.blocks.count_documents(others)).await?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    async fn blocks(&self, after: Option<&BlockPlace>, most: usize) -> Result<BlockPage, PortError> {
        let after = after.map_or_else(Document::new, |after| doc! { "_id": { "$gt": after.to_string() } });
        let found = all(self.blocks.find(after).sort(doc! { "_id": 1 }).limit(limit(most))).await?;
        let last = found.last().filter(|_| found.len() == most);
        let next = last.map(|last| last.get_str("_id").map_err(unusable)).transpose()?;
        let Ok(next) = next.map(str::parse::<BlockPlace>).transpose();
        let blocks =
            found.iter().filter_map(|document| read(document).transpose()).collect::<Result<_, _>>()?;
        Ok(BlockPage { blocks, next })
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
