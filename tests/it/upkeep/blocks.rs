//! What is blocked, where there is no room for more, and what is not blocked at all.

use std::time::Duration;

use imcaxy_shared::entry::{Block, BlockTarget, MOST_BLOCKS, MOST_OPEN, Scope, Seq};
use imcaxy_shared::ports::Appended;
use imcaxy_shared::request::SourceId;
use imcaxy_shared::time::Timestamp;
use imcaxy_testkit::{Behaviour, Role, System};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    Answer, Stack, blocks, catalog, give_width, on, on_both_stacks, picture, revalidate, start, system,
    until, until_kept, width, width_in_memory, worked_off,
};

on_both_stacks! {
    to_unblock_what_is_not_blocked_discards_nothing,
    so_many_blocks_and_no_more_and_all_of_them_are_refused,
    no_spelling_evades_a_block_and_none_escapes_a_discard,
    what_is_made_by_way_of_what_is_blocked_meanwhile_is_not_answered,
}

async fn to_unblock_what_is_not_blocked_discards_nothing(stack: Stack) {
    let system = start(on(stack)).await;
    give_width(&system, "a.png", 20);
    width_in_memory(&system, 0, "a.png").await;
    worked_off(&system).await;
    unblock(&system, "host=127.0.0.1").await.refused(404, "not_found");
    let ledger = catalog(&system.scope).await.ledger().await.expect("a ledger");
    assert_eq!((ledger.open().count(), ledger.blocks_at), (0, ledger.seq), "replicas are told all the same");
    let again = Answer::get(&system, 0, &system.path("/info", "a.png")).await.hit();
    assert!(again.cache_status().ends_with("detail=memory"), "{}", again.cache_status());
    system.finish().await;
}

async fn no_spelling_evades_a_block_and_none_escapes_a_discard(stack: Stack) {
    let system = start(on(stack)).await;
    let spellings = ["img/a.png", "%69mg/a%2Epng", "img/%61.png"];
    let path = |spelling: &str| {
        let url = system.origin.url(spelling);
        format!("/info?url={}", url::form_urlencoded::byte_serialize(url.as_bytes()).collect::<String>())
    };
    for spelling in spellings {
        give_width(&system, "img/a.png", 20);
        give_width(&system, spelling, 20);
        Answer::get(&system, 0, &path(spelling)).await.picture();
    }
    for (kind, below, count) in [("prefix", "%69mg", 3), ("url", "img/a.png", 1)] {
        let body = json!({ "mode": "discard", "dry_run": true, kind: system.origin.url(below) });
        let matched = revalidate(&system, 0, &body).await.json();
        assert_eq!(matched["matched"]["sources"], count, "a {kind}; a url is one spelling alone");
    }
    let block = json!({ "url": system.origin.url("img/a.png"), "block": true });
    assert_eq!(revalidate(&system, 0, &block).await.status, 202);
    for spelling in spellings {
        Answer::get(&system, 1, &path(spelling)).await.refused(403, "source_blocked");
    }
    for pattern in ["*.evil.test", "*"] {
        let body = json!({ "host": pattern, "block": true });
        revalidate(&system, 0, &body).await.refused(400, "bad_parameter");
    }
    worked_off(&system).await;
    system.finish().await;
}

async fn what_is_made_by_way_of_what_is_blocked_meanwhile_is_not_answered(stack: Stack) {
    let system = start(on(stack)).await;
    let (target, path) = (system.origin.url("img/a.png"), system.path("/info", "elsewhere.png"));
    system.origin.behave("elsewhere.png", Behaviour::redirect_to(&target));
    system.origin.behave("img/a.png", Behaviour::bytes(picture(20)).after(Duration::from_secs(2)));
    let before = Answer::get(&system, 0, &path);
    let after = async {
        until("the target is asked", async || system.origin.count("img/a.png") > 0).await;
        // As after the discard that goes with it: the worker has begun in between.
        let block = Block { target: BlockTarget::Url(target.clone()), ..named("a.test") };
        blocks(&system.scope).await.block(&[block]).await.expect("blocked");
        catalog(&system.scope).await.tell_blocks().await.expect("told");
        Answer::get(&system, 0, &path).await
    };
    let (_, answer) = tokio::join!(before, after);
    answer.refused(403, "source_blocked");
    assert_eq!(system.origin.count("img/a.png"), 1, "it has waited for what was under way");
    until_kept(&system, 1).await;
    let path: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
    let explained = system.admin(Method::GET, 0, &format!("/api/v1/explain?path={path}"));
    let explained = Answer::of(explained.send().await.expect("an answer")).await.json();
    assert_eq!(explained["refusal"]["code"], "source_blocked", "{explained}");
    assert_eq!(explained["look_up"]["verdict"], "fresh", "{explained}");
    worked_off(&system).await;
    system.finish().await;
}

async fn so_many_blocks_and_no_more_and_all_of_them_are_refused(stack: Stack) {
    let system = start(on(stack)).await;
    for photo in ["a.png", "b.png"] {
        give_width(&system, photo, 20);
        width_in_memory(&system, 0, photo).await;
    }
    let list = blocks(&system.scope).await;
    let others: Vec<Block> = (1..MOST_BLOCKS).map(|number| named(&format!("h{number}.test"))).collect();
    // One write of all would take longer than one may, where others are busy.
    for some in others.chunks(500) {
        list.block(some).await.expect("blocked");
    }
    let last = json!({ "url": system.origin.url("a.png"), "block": true });
    for _again in 0..2 {
        assert_eq!(revalidate(&system, 0, &last).await.status, 202);
    }
    let further = json!({ "url": system.origin.url("b.png"), "block": true });
    let refused = revalidate(&system, 1, &further).await.refused(409, "conflict");
    let said = refused.json()["message"].as_str().unwrap_or_default().to_owned();
    assert!(said.contains("10000") && said.contains("block a prefix or a host"), "{said}");
    for replica in 0..2 {
        // Reading so many may take longer than a request waits for it; then it is told so.
        until("it knows them", async || {
            let asked = ["a.png", "b.png"].map(|photo| system.path("/info", photo));
            let [blocked, other] = asked.each_ref().map(|path| Answer::get(&system, replica, path));
            let (blocked, other) = tokio::join!(blocked, other);
            assert_ne!(blocked.status, 200, "{replica}");
            blocked.status != 503 && other.status != 503
        })
        .await;
        let blocked = Answer::get(&system, replica, &system.path("/info", "a.png")).await;
        blocked.refused(403, "source_blocked");
        assert_eq!(width(&system, replica, "b.png").await, 20, "what is refused has discarded nothing");
    }
    worked_off(&system).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_discards_have_no_room_nothing_is_blocked_and_nothing_unblocked() {
    let mut system = start(system().workers(0).schedulers(0)).await;
    let catalog = catalog(&system.scope).await;
    let scopes = |count: usize| vec![Scope::Source(SourceId::of("http://a.test/")); count];
    let block = |host: &str| json!({ "host": host, "block": true });
    assert_eq!(revalidate(&system, 0, &block("a.test")).await.status, 202);
    let appended = catalog.append(&scopes(MOST_OPEN - 1), MOST_OPEN).await.expect("an answer");
    let Appended::At(full) = appended else { panic!("one is open") };
    let refused = revalidate(&system, 0, &block("b.test")).await.refused(503, "unavailable");
    assert!(!refused.header("retry-after").is_empty());
    unblock(&system, "host=a.test").await.refused(503, "unavailable");
    assert_eq!(hosts(&system).await, ["a.test"]);
    // With some worked off there is room again.
    catalog.close(&[full.seq, Seq::new(full.seq.get() - 1)]).await.expect("closed");
    assert_eq!(revalidate(&system, 0, &block("b.test")).await.status, 202);
    assert_eq!(unblock(&system, "host=a.test").await.status, 204);
    assert_eq!(hosts(&system).await, ["b.test"]);
    system.add(Role::Worker).await.expect("a worker");
    worked_off(&system).await;
    system.finish().await;
}

async fn unblock(system: &System, what: &str) -> Answer {
    let asked = system.admin(Method::DELETE, 1, &format!("/api/v1/blocks?{what}"));
    Answer::of(asked.send().await.expect("an answer")).await
}

/// The hosts that are blocked.
async fn hosts(system: &System) -> Vec<String> {
    let asked = system.admin(Method::GET, 0, "/api/v1/blocks").send().await.expect("an answer");
    let list = Answer::of(asked).await.json();
    let host = |item: &Value| item["host"].as_str().unwrap_or_default().to_owned();
    list["items"].as_array().expect("items").iter().map(host).collect()
}

fn named(host: &str) -> Block {
    let target = BlockTarget::from_store("host", host).expect("a host");
    Block { target, at: Timestamp::from_millis(1_800_000_000_000), by: "ci".to_owned() }
}
