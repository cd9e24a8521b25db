//! What every list of blocks must do. Each function takes one of its own, empty, that is a catalog, too.

use std::sync::Arc;

use crate::entry::{Block, BlockTarget, MOST_OPEN, Scope, Seq};
use crate::ports::{Appended, BlockPage, BlockPlace, Blocks, Catalog};
use crate::testing::build;
use crate::time::Timestamp;

type Subject = (Arc<dyn Blocks>, Arc<dyn Catalog>);

fn block(kind: &str, text: &str) -> Block {
    let target = BlockTarget::from_store(kind, text).expect("a target");
    Block { target, at: Timestamp::from_millis(1_800_000_000_000), by: "ci".to_owned() }
}

async fn targets(blocks: &Arc<dyn Blocks>) -> Vec<String> {
    let all = blocks.blocks(None, 100).await.expect("a list");
    all.blocks.into_iter().map(|block| block.target.to_string()).collect()
}

pub async fn what_is_blocked_is_listed_until_it_is_unblocked((blocks, _): Subject) {
    let host = block("host", "a.test");
    let later = Block { at: Timestamp::from_millis(1_900_000_000_000), ..host.clone() };
    blocks.block(&[host.clone(), block("url", "http://a.test/1.jpg")]).await.expect("blocked");
    blocks.block(&[later, block("prefix", "http://a.test/img")]).await.expect("blocked");
    let first = blocks.blocks(None, 1).await.expect("a list").blocks;
    assert_eq!(first, std::slice::from_ref(&host), "the first stays");
    let expected = ["host a.test", "prefix http://a.test/img", "url http://a.test/1.jpg"];
    assert_eq!(targets(&blocks).await, expected);
    let besides = [host.target.clone(), block("host", "b.test").target];
    assert_eq!(blocks.count_besides(&besides).await.expect("a count"), 2);
    assert_eq!(blocks.count_besides(&[]).await.expect("a count"), 3);
    assert_eq!(blocks.unblock(&host.target).await.expect("unblocked"), Some(host.clone()));
    assert_eq!(blocks.unblock(&host.target).await.expect("the absent is fine"), None);
    assert_eq!(targets(&blocks).await, expected[1..]);
    blocks.block(&[]).await.expect("nothing is fine");
}

pub async fn blocks_are_listed_page_by_page((blocks, _): Subject) {
    let all: Vec<Block> = (0..5).map(|number| block("host", &format!("h{number}.test"))).collect();
    blocks.block(&all).await.expect("blocked");
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let BlockPage { blocks: page, next } = blocks.blocks(after.as_ref(), 2).await.expect("a page");
        seen.extend(page);
        match next {
            Some(next) => {
                let read: Result<BlockPlace, _> = next.to_string().parse();
                assert_eq!(read.as_ref(), Ok(&next), "a place is read as it is written");
                after = Some(next);
            }
            None => break,
        }
    }
    assert_eq!(seen, all);
}

pub async fn the_ledger_tells_where_they_were_changed_last((_, catalog): Subject) {
    let known = Arc::new(catalog.ledger().await.expect("a ledger"));
    assert_eq!(known.blocks_at, Seq::ZERO);
    let scope = [Scope::from_store("host", "a.test")];
    for (position, changes, blocks_at) in [(1, true, 1), (2, false, 1), (3, true, 3)] {
        let at = if changes {
            catalog.tell_blocks().await.expect("told")
        } else {
            let appended = catalog.append(&scope, MOST_OPEN).await.expect("appended");
            let Appended::At(at) = appended else { panic!("few are open") };
            at
        };
        assert_eq!(at.seq, Seq::new(position));
        let ledger = catalog.ledger().await.expect("a ledger");
        let outdated = ledger.newest_against([&build::source_ref("http://b.test/1.jpg")]);
        assert_eq!(outdated, Seq::ZERO, "that blocks were changed outdates nothing");
        assert!(ledger.tells_all_since(known.seq), "it has a place");
        assert_eq!(ledger.open().count(), usize::from(position > 1));
        assert_eq!(ledger.blocks_at, Seq::new(blocks_at), "at {position}");
        let news = catalog.ledger_since(&known).await.expect("a ledger");
        assert_eq!(news.blocks_at, Seq::new(blocks_at), "for who knows the ledger, at {position}");
    }
}
