//! `POST /revalidate` with mode `discard`, and what is written down of it.

use imcaxy_testkit::{Behaviour, Role, System};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    Answer, Kept, Stack, Table, api_alone, give_width, ids, on, on_both_stacks, outbox_is_due, revalidate,
    start, until, until_kept, width, width_in_memory, worked_off,
};

on_both_stacks! {
    after_the_202_no_replica_answers_from_memory_what_was_made_before,
    a_selection_is_about_what_it_names_and_nothing_else,
    a_source_that_nobody_has_seen_is_discarded_and_a_dry_run_discards_nothing,
    who_waits_gets_the_report_and_what_was_made_is_deleted_when_its_readers_have_gone,
    revalidations_and_the_audit_are_listed_page_by_page_the_last_first,
    what_is_blocked_is_refused_by_every_replica_until_it_is_unblocked,
    a_redirect_to_what_is_blocked_is_not_followed,
    a_hit_by_way_of_what_is_blocked_is_refused_however_that_is_spelled,
}

/// What a call of the administration tells.
async fn told(system: &System, call: &str) -> Value {
    let asked = system.admin(Method::GET, 0, &format!("/api/v1/{call}"));
    let answer = Answer::of(asked.send().await.expect("an answer")).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

/// Discards, and answers what the 202 says.
async fn discard(system: &System, selection: &Value) -> Value {
    let mut body = json!({ "mode": "discard" });
    for (name, value) in selection.as_object().expect("an object") {
        body[name] = value.clone();
    }
    let answer = revalidate(system, 0, &body).await;
    assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()
}

async fn after_the_202_no_replica_answers_from_memory_what_was_made_before(stack: Stack) {
    let system = start(on(stack).apis(3)).await;
    for round in 0..5 {
        give_width(&system, "a.png", 20 + round);
        discard(&system, &json!({ "url": system.origin.url("a.png") })).await;
        for replica in 0..3 {
            assert_eq!(width(&system, replica, "a.png").await, u64::from(20 + round), "replica {replica}");
        }
        for replica in 0..3 {
            width_in_memory(&system, replica, "a.png").await;
        }
    }
    worked_off(&system).await;
    system.finish().await;
}

async fn a_selection_is_about_what_it_names_and_nothing_else(stack: Stack) {
    let system = start(on(stack)).await;
    // What a request names with an escape is decoded once: it is the source without it.
    let photos = ["img/a.png", "img/sub/b.png", "img2/c.png", "d.png", "e%20f.png"];
    let url = |photo: &str| system.origin.url(photo);
    let tag = imcaxy_shared::request::SourceId::of(&url("d.png")).tag();
    let mut now = 20;
    for (selection, matched) in [
        (json!({ "prefix": url("img") }), vec![0, 1]),
        (json!({ "url": url("img/a.png") }), vec![0]),
        (json!({ "urls": [url("d.png"), url("img2/c.png"), url("unseen.png")] }), vec![2, 3]),
        (json!({ "tag": tag.as_str() }), vec![3]),
        (json!({ "url": url("e%20f.png") }), vec![4]),
        (json!({ "url": url("e f.png") }), vec![4]),
        (json!({ "host": "127.0.0.1" }), vec![0, 1, 2, 3, 4]),
        (json!({ "host": "localhost" }), vec![]),
        (json!({}), vec![0, 1, 2, 3, 4]),
    ] {
        for photo in photos {
            give_width(&system, photo, now);
        }
        discard(&system, &json!({})).await;
        for photo in photos {
            width_in_memory(&system, 1, photo).await;
        }
        now += 1;
        for photo in photos {
            give_width(&system, photo, now);
        }
        let answer = discard(&system, &selection).await;
        assert_eq!(answer["matched"]["sources"], matched.len(), "{selection}: {answer}");
        assert_eq!(answer["matched"]["variants"], matched.len(), "{selection}: {answer}");
        assert_eq!(answer["matched"].get("estimated"), None);
        for (number, photo) in photos.iter().enumerate() {
            let expected = if matched.contains(&number) { now } else { now - 1 };
            assert_eq!(width(&system, 1, photo).await, u64::from(expected), "{selection}: {photo}");
        }
        now += 1;
    }
    worked_off(&system).await;
    system.finish().await;
}

async fn a_source_that_nobody_has_seen_is_discarded_and_a_dry_run_discards_nothing(stack: Stack) {
    let system = start(on(stack)).await;
    let unseen = discard(&system, &json!({ "url": system.origin.url("new.png") })).await;
    assert_eq!(unseen["matched"], json!({ "sources": 0, "variants": 0, "bytes": 0 }));
    give_width(&system, "new.png", 20);
    assert_eq!(width(&system, 0, "new.png").await, 20);
    width_in_memory(&system, 0, "new.png").await;
    give_width(&system, "new.png", 21);
    let body = json!({ "mode": "discard", "dry_run": true });
    let counted = revalidate(&system, 1, &body).await;
    assert_eq!((counted.status, counted.json()["id"].clone()), (202, Value::Null));
    let matched = &counted.json()["matched"];
    assert_eq!((&matched["sources"], &matched["variants"]), (&json!(1), &json!(1)));
    assert!(matched["bytes"].as_u64().is_some_and(|bytes| bytes > 10), "{matched}");
    assert_eq!(width(&system, 0, "new.png").await, 20);
    worked_off(&system).await;
    system.finish().await;
}

async fn who_waits_gets_the_report_and_what_was_made_is_deleted_when_its_readers_have_gone(stack: Stack) {
    let mut system = start(on(stack)).await;
    for photo in ["a.png", "b.png"] {
        give_width(&system, photo, 20);
        width(&system, 0, photo).await;
    }
    until_kept(&system, 2).await;
    let body = json!({ "mode": "discard", "prefix": system.origin.url(""), "wait": 20 });
    let answer = revalidate(&system, 0, &body).await;
    let report = answer.json();
    assert_eq!((answer.status, &report["state"]), (200, &json!("done")), "{report}");
    assert_eq!((&report["discarded"], &report["mode"]), (&json!(2), &json!("discard")), "{report}");
    assert_eq!((&report["by"], &report["checked"]), (&json!("admin"), &json!(0)), "{report}");
    assert!(report["scope"].as_str().is_some_and(|scope| scope.starts_with("prefix http://")), "{report}");
    assert!(report["finished_at"].as_str() >= report["started_at"].as_str(), "{report}");
    let id = report["id"].as_str().expect("an id");
    assert_eq!(told(&system, &format!("revalidations/{id}")).await, report);
    // One is rendered again before the old ones are deleted.
    width(&system, 1, "a.png").await;
    // What the discard has outdated, and, last of all, the object that was replaced.
    until("it is replaced", async || ids(&system.scope, Table::Outbox).await.len() == 2).await;
    outbox_is_due(&system.scope).await;
    system.add(Role::Scheduler).await.expect("a scheduler");
    until("the outbox is empty", async || ids(&system.scope, Table::Outbox).await.is_empty()).await;
    let kept = Kept::of(&system.scope).await;
    assert_eq!((kept.entries.len(), kept.objects.len()), (1, 1), "the new one is left");
    Answer::get(&system, 1, &system.path("/info", "a.png")).await.hit();
    worked_off(&system).await;
    system.finish().await;
}

async fn revalidations_and_the_audit_are_listed_page_by_page_the_last_first(stack: Stack) {
    let system = start(on(stack)).await;
    discard(&system, &json!({ "urls": ["http://h.test/b", "http://h.test/a"] })).await;
    for number in 1..3 {
        discard(&system, &json!({ "host": format!("h{number}.test") })).await;
    }
    revalidate(&system, 0, &json!({ "mode": "drop" })).await.refused(400, "bad_parameter");
    worked_off(&system).await;
    let first = told(&system, "revalidations?limit=2").await;
    let cursor = first["next_cursor"].as_str().expect("there is more");
    let rest = told(&system, &format!("revalidations?limit=2&cursor={cursor}")).await;
    let scopes: Vec<&Value> = [&first, &rest]
        .iter()
        .flat_map(|page| page["items"].as_array().expect("items"))
        .map(|item| &item["scope"])
        .collect();
    assert_eq!(scopes, ["host h2.test", "host h1.test", "2 urls: http://h.test/a, http://h.test/b"]);
    let audit = told(&system, "audit?limit=2").await;
    let cursor = audit["next_cursor"].as_str().expect("there is more");
    let line = |line: &Value| {
        ["actor", "action", "scope", "result"].map(|name| line[name].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(line(&audit["items"][0]), ["admin", "revalidate", "", "400"]);
    assert_eq!(line(&audit["items"][1]), ["admin", "revalidate", "discard: host h2.test", "202"]);
    let rest = told(&system, &format!("audit?cursor={cursor}")).await;
    assert_eq!(rest["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(rest["items"][1]["scope"], "discard: 2 urls: http://h.test/a, http://h.test/b");
    for call in ["revalidations?limit=0", "audit?cursor=zz", "revalidations?colour=red"] {
        let asked = system.admin(Method::GET, 0, &format!("/api/v1/{call}"));
        Answer::of(asked.send().await.expect("an answer")).await.refused(400, "bad_parameter");
    }
    let asked = system.admin(Method::GET, 0, "/api/v1/revalidations/nobody");
    Answer::of(asked.send().await.expect("an answer")).await.refused(404, "not_found");
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_may_discard_what_its_scope_says() {
    let tokens = "r:read:secret-of-r,v:revalidate:secret-of-v,p:purge_all:secret-of-p";
    let mut api = api_alone(&[("IMCAXY_ADMIN_TOKENS", tokens)]).await;
    let client = imcaxy_testkit::http::client();
    let some = json!({ "mode": "discard", "host": "a.test" });
    let block = json!({ "mode": "discard", "host": "a.test", "block": true });
    let everything = json!({ "mode": "discard" });
    for (token, body, status) in [
        ("r", &some, 403),
        ("r", &everything, 403),
        ("v", &some, 202),
        ("v", &everything, 403),
        ("v", &block, 403),
        ("p", &some, 202),
        ("p", &everything, 202),
        ("p", &block, 403),
    ] {
        let asked = client.post(api.url("/api/v1/revalidate")).bearer_auth(format!("secret-of-{token}"));
        let answer = asked.body(body.to_string()).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), status, "{token} {body}");
    }
    let audit = client.get(api.url("/api/v1/audit")).bearer_auth("secret-of-r");
    let audit = Answer::of(audit.send().await.expect("an answer")).await.json();
    let lines = audit["items"].as_array().expect("items");
    let told = |line: &Value| line["scope"].as_str().is_some_and(|scope| scope.starts_with("discard: "));
    assert!(lines.len() == 8 && lines.iter().all(told), "what was refused, too: {audit}");
    let asked = client.post(api.url("/api/v1/revalidate")).body(some.to_string());
    assert_eq!(asked.send().await.expect("an answer").status().as_u16(), 401);
    api.stop().await;
}

async fn what_is_blocked_is_refused_by_every_replica_until_it_is_unblocked(stack: Stack) {
    let system = start(on(stack).apis(3)).await;
    for photo in ["img/a.png", "img2/b.png"] {
        give_width(&system, photo, 20);
        for replica in 0..3 {
            width_in_memory(&system, replica, photo).await;
        }
    }
    block(&system, "img").await;
    for replica in 0..3 {
        let blocked = Answer::get(&system, replica, &system.path("/info", "img/a.png")).await;
        blocked.refused(403, "source_blocked");
        assert_eq!(width(&system, replica, "img2/b.png").await, 20, "the neighbour");
    }
    let path = system.path("/info", "img/a.png");
    let path: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
    let explained = told(&system, &format!("explain?path={path}")).await;
    assert_eq!(explained["refusal"]["code"], "source_blocked");
    let list = told(&system, "blocks").await;
    assert_eq!(list["items"][0]["prefix"], system.origin.url("img"), "{list}");
    assert_eq!((&list["items"][0]["url"], &list["items"][0]["by"]), (&Value::Null, &json!("admin")));
    unblock(&system, "img").await;
    for replica in 0..3 {
        assert_eq!(width(&system, replica, "img/a.png").await, 20, "replica {replica}");
    }
    assert_eq!(told(&system, "blocks").await["items"], json!([]));
    worked_off(&system).await;
    system.finish().await;
}

async fn a_hit_by_way_of_what_is_blocked_is_refused_however_that_is_spelled(stack: Stack) {
    let system = start(on(stack)).await;
    give_width(&system, "img/a.png", 20);
    let target = system.origin.url("img/a.png");
    system.origin.behave("elsewhere.png", Behaviour::status(302).header("location", &target));
    for replica in [0, 1] {
        width_in_memory(&system, replica, "elsewhere.png").await;
    }
    // Another source than that of the redirect, as discards see it.
    let spelled = target.replace("img/a.png", "%69mg/a.png");
    let body = json!({ "url": spelled, "block": true });
    assert_eq!(revalidate(&system, 0, &body).await.status, 202);
    for replica in [0, 1] {
        let path = system.path("/info", "elsewhere.png");
        Answer::get(&system, replica, &path).await.refused(403, "source_blocked");
    }
    worked_off(&system).await;
    system.finish().await;
}

async fn a_redirect_to_what_is_blocked_is_not_followed(stack: Stack) {
    let system = start(on(stack)).await;
    give_width(&system, "img/a.png", 20);
    let target = system.origin.url("img/a.png");
    system.origin.behave("elsewhere.png", Behaviour::status(302).header("location", &target));
    assert_eq!(width(&system, 0, "elsewhere.png").await, 20);
    block(&system, "img").await;
    let asked = system.origin.count("img/a.png");
    Answer::get(&system, 0, &system.path("/info", "elsewhere.png")).await.refused(403, "source_blocked");
    assert_eq!(system.origin.count("img/a.png"), asked);
    unblock(&system, "img").await;
    assert_eq!(width(&system, 1, "elsewhere.png").await, 20);
    let missing = system.admin(Method::DELETE, 0, "/api/v1/blocks");
    Answer::of(missing.send().await.expect("an answer")).await.refused(400, "bad_parameter");
    let absent = system.admin(Method::DELETE, 0, "/api/v1/blocks?host=a.test");
    Answer::of(absent.send().await.expect("an answer")).await.refused(404, "not_found");
    worked_off(&system).await;
    system.finish().await;
}

/// Blocks what lies below a path of the origin.
async fn block(system: &System, below: &str) {
    let body = json!({ "mode": "discard", "prefix": system.origin.url(below), "block": true });
    assert_eq!(revalidate(system, 0, &body).await.status, 202);
}

async fn unblock(system: &System, below: &str) {
    let call = format!("/api/v1/blocks?prefix={}", system.origin.url(below));
    let answer = system.admin(Method::DELETE, 1, &call).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 204);
}
