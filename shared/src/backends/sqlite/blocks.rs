//! Blocks: a row each.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Answer, SqliteCatalog, pages};
use crate::entry::{Block, BlockTarget};
use crate::ports::{BlockPage, BlockPlace, Blocks, PortError};
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

    async fn unblock(&self, target: &BlockTarget) -> Result<Option<Block>, PortError> {
        let target = target.clone();
        let unblock = move |connection: &Connection| {
            let mut delete = connection.prepare_cached(
                "DELETE FROM blocks WHERE kind = ?1 AND text = ?2 RETURNING kind, text, at, by",
            )?;
            let removed = delete.query_row([target.kind(), target.text()], block).optional()?;
            Ok(removed.and_then(|(_, removed)| removed))
        };
        self.writer.write(unblock).await
    }

    async fn count_besides(&self, targets: &[BlockTarget]) -> Result<usize, PortError> {
        let targets = targets.to_vec();
        self.readers.read(move |connection| count_besides(connection, &targets)).await
    }

    async fn blocks(&self, after: Option<&BlockPlace>, most: usize) -> Result<BlockPage, PortError> {
        let after = after.cloned();
        self.readers.read(move |connection| page(connection, after.as_ref(), most)).await
    }
}

fn count_besides(connection: &Connection, targets: &[BlockTarget]) -> Answer<usize> {
    let all: i64 =
        connection.prepare_cached("SELECT COUNT(*) FROM blocks")?.query_row([], |row| row.get(0))?;
    let mut is_there = connection.prepare_cached("SELECT 1 FROM blocks WHERE kind = ?1 AND text = ?2")?;
    let mut there = 0;
    for target in targets {
        there += usize::from(is_there.exists([target.kind(), target.text()])?);
    }
    Ok(usize::try_from(all).unwrap_or(usize::MAX).saturating_sub(there))
}

fn page(connection: &Connection, after: Option<&BlockPlace>, most: usize) -> Answer<BlockPage> {
    let (kind, text) = after.map_or(("", ""), |after| (after.kind.as_str(), after.text.as_str()));
    let mut select = connection.prepare_cached(
        "SELECT kind, text, at, by FROM blocks WHERE (kind, text) > (?1, ?2) ORDER BY kind, text LIMIT ?3",
    )?;
    let rows = select.query_map(params![kind, text, pages::limit(most)], block)?;
    let rows: Vec<(BlockPlace, Option<Block>)> = rows.collect::<Result<_, _>>()?;
    let next = rows.last().filter(|_| rows.len() == most).map(|(place, _)| place.clone());
    Ok(BlockPage { blocks: rows.into_iter().filter_map(|(_, block)| block).collect(), next })
}

/// A row: where it is, and the block, unless a newer version wrote it. It is refused though somebody has broken the rest of the row.
fn block(row: &Row<'_>) -> rusqlite::Result<(BlockPlace, Option<Block>)> {
    let place = BlockPlace { kind: row.get(0)?, text: row.get(1)? };
    let (at, by) = (Timestamp::from_millis(row.get(2).unwrap_or_default()), row.get(3).unwrap_or_default());
    let target = BlockTarget::from_store(&place.kind, &place.text);
    Ok((place, target.map(|target| Block { target, at, by })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_page_that_cannot_be_read_is_not_the_end_of_the_list() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = SqliteCatalog::open(&folder.path().join("catalog.db"), 7).unwrap();
        let newer = |connection: &Connection| {
            for text in ["green", "red"] {
                let insert = "INSERT INTO blocks (kind, text, at, by) VALUES ('colour', ?1, 0, 'ci')";
                connection.execute(insert, [text])?;
            }
            Ok(())
        };
        catalog.writer.write(newer).await.unwrap();
        let target = BlockTarget::from_store("host", "a.test").unwrap();
        let own = Block { target, at: Timestamp::from_millis(7), by: "ci".to_owned() };
        catalog.block(std::slice::from_ref(&own)).await.unwrap();
        let BlockPage { blocks, next } = catalog.blocks(None, 2).await.unwrap();
        assert_eq!(
            (blocks, next.as_ref().map(BlockPlace::to_string)),
            (vec![], Some("colour red".to_owned()))
        );
        let rest = catalog.blocks(next.as_ref(), 2).await.unwrap();
        assert_eq!(rest, BlockPage { blocks: vec![own], next: None });
    }
}
