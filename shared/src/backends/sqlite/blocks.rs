//! Blocks: a row each.

use async_trait::async_trait;
use rusqlite::{Connection, params};

use super::{Answer, SqliteCatalog, moments};
use crate::entry::{Block, BlockTarget};
use crate::ports::{Blocks, PortError};
use crate::time::Timestamp;

#[async_trait]
impl Blocks for SqliteCatalog {
    async fn block(&self, blocks: &[Block]) -> Result<(), PortError> {
        let blocks = blocks.to_vec();
        let block = move |connection: &Connection| {
            let mut insert = connection.prepare_cached(
                "INSERT INTO blocks (kind, text, at, by) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?;
            for Block { target, at, by } in &blocks {
                insert.execute(params![target.kind(), target.text(), at.as_millis(), by])?;
            }
            Ok(())
        };
        self.writer.write(block).await
    }

    async fn unblock(&self, target: &BlockTarget) -> Result<bool, PortError> {
        let target = target.clone();
        let unblock = move |connection: &Connection| {
            let mut delete = connection.prepare_cached("DELETE FROM blocks WHERE kind = ?1 AND text = ?2")?;
            Ok(delete.execute([target.kind(), target.text()])? > 0)
        };
        self.writer.write(unblock).await
    }

    async fn blocks(&self, after: Option<&BlockTarget>, most: usize) -> Result<Vec<Block>, PortError> {
        let after = after.cloned();
        self.readers.read(move |connection| page(connection, after.as_ref(), most)).await
    }
}

fn page(connection: &Connection, after: Option<&BlockTarget>, most: usize) -> Answer<Vec<Block>> {
    let (kind, text) = after.map_or(("", ""), |after| (after.kind(), after.text()));
    let mut select = connection.prepare_cached(
        "SELECT kind, text, at, by FROM blocks WHERE (kind, text) > (?1, ?2) ORDER BY kind, text LIMIT ?3",
    )?;
    let rows = select.query_map(params![kind, text, moments::limit(most)], |row| {
        let (kind, text): (String, String) = (row.get(0)?, row.get(1)?);
        let (at, by) = (Timestamp::from_millis(row.get(2)?), row.get(3)?);
        Ok(BlockTarget::from_store(&kind, &text).map(|target| Block { target, at, by }))
    })?;
    Ok(rows.filter_map(Result::transpose).collect::<Result<_, _>>()?)
}
