//! Blocks: one document each, `_id` is `{kind} {text}`.

use async_trait::async_trait;
use mongodb::bson::{Document, doc};

use super::MongoCatalog;
use super::documents::{VERSION, date, instant, limit};
use super::operation::{all, insert_all_new, run, unusable};
use crate::entry::{Block, BlockTarget};
use crate::ports::{BlockPage, BlockPlace, Blocks, PortError};
use crate::time::Timestamp;

#[async_trait]
impl Blocks for MongoCatalog {
    async fn block(&self, blocks: &[Block]) -> Result<(), PortError> {
        insert_all_new(&self.blocks, blocks.iter().map(written).collect()).await
    }

    async fn unblock(&self, target: &BlockTarget) -> Result<Option<Block>, PortError> {
        let removed = run(self.blocks.find_one_and_delete(doc! { "_id": target.to_string() })).await?;
        Ok(removed.as_ref().and_then(read))
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
        let last = found.iter().rev().find_map(place).filter(|_| found.len() == most);
        if last.is_none() && found.len() == most {
            return Err(unusable("of a page of blocks none has an id that can be read"));
        }
        Ok(BlockPage { blocks: found.iter().filter_map(read).collect(), next: last })
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

/// What is refused stands in the id, so that it is refused though somebody has broken the rest of the document.
fn read(document: &Document) -> Option<Block> {
    let BlockPlace { kind, text } = place(document)?;
    let target = BlockTarget::from_store(&kind, &text)?;
    let at = instant(document, "at").unwrap_or(Timestamp::from_millis(0));
    Some(Block { target, at, by: document.get_str("by").unwrap_or_default().to_owned() })
}

fn place(document: &Document) -> Option<BlockPlace> {
    let Ok(place) = document.get_str("_id").ok()?.parse();
    Some(place)
}
