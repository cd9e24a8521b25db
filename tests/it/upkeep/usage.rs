//! How often pictures and sources are used: counted beside the requests, summed over replicas, listed for people.

use imcaxy_testkit::http::begin;
use imcaxy_testkit::{Role, System};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    Answer, Stack, discard, give_width, on, on_both_stacks, start, system, until, until_kept, width,
};

on_both_stacks! {
    pictures_and_the_news_that_one_has_them_are_uses_and_errors_are_none,
    a_use_counts_for_each_source_that_the_request_names,
    what_is_rendered_again_keeps_its_uses,
    a_process_that_ends_writes_down_what_it_has_counted_to_the_last_answer,
    a_process_that_is_killed_loses_what_it_has_counted_since_it_wrote_last,
    sources_are_listed_the_greatest_first_page_by_page,
    variants_are_listed_the_greatest_first_page_by_page,
    a_source_is_found_by_every_spelling_of_its_url,
    what_is_not_known_is_404_and_what_is_not_understood_400,
}

/// So often what was counted is written down in these tests.
const FLUSH: &str = "200ms";
/// In none of them a process lives for so long.
const NEVER: &str = "24h";

async fn system_with(stack: Stack, flush: &str) -> System {
    start(on(stack).env("IMCAXY_STATS_FLUSH", flush)).await
}

/// What the administration answers, at the last replica.
async fn told(system: &System, path: &str) -> Answer {
    let asked = system.admin(Method::GET, system.apis.len() - 1, path);
    Answer::of(asked.send().await.expect("an answer")).await
}

/// The items of a list, walked in pages of `limit`.
async fn listed(system: &System, path: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = told(system, &format!("{path}&limit={limit}{cursor}")).await.json();
        let some = page["items"].as_array().unwrap_or_else(|| panic!("{page}"));
        assert!(some.len() <= limit, "{page}");
        items.extend(some.iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

async fn variants(system: &System, photo: &str) -> Vec<Value> {
    listed(system, &format!("/api/v1/variants?url={}", system.origin.url(photo)), 100).await
}

async fn source(system: &System, photo: &str) -> Value {
    let source = told(system, &format!("/api/v1/sources/one?url={}", system.origin.url(photo))).await;
    assert_eq!(source.status, 200, "{}", source.json());
    source.json()
}

/// The uses of the variants of a photograph, together.
async fn uses(system: &System, photo: &str) -> u64 {
    if told(system, &format!("/api/v1/variants?url={}", system.origin.url(photo))).await.status == 404 {
        return 0;
    }
    variants(system, photo).await.iter().map(|variant| variant["uses"].as_u64().expect("a number")).sum()
}

async fn until_used(system: &System, photo: &str, times: u64) {
    until("the uses are written down", async || uses(system, photo).await >= times).await;
}

/// Waits until so many uses of a photograph are written down, of the source and of its days, too.
async fn until_all_know(system: &System, photo: &str, times: u64) {
    until_used(system, photo, times).await;
    until("source and days have them, too", async || {
        let source = source(system, photo).await;
        let days = source["uses_by_day"].as_array().expect("days").iter();
        source["uses"] == times && days.filter_map(|day| day["uses"].as_u64()).sum::<u64>() == times
    })
    .await;
    assert_eq!(uses(system, photo).await, times);
}

async fn pictures_and_the_news_that_one_has_them_are_uses_and_errors_are_none(stack: Stack) {
    let system = system_with(stack, FLUSH).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    let first = Answer::get(&system, 0, &path).await.picture();
    let known = first.header("etag").to_owned();
    for (headers, status) in [
        (vec![], 200),
        (vec![("if-none-match", known.as_str())], 304),
        (vec![("range", "bytes=0-9")], 206),
        (vec![("range", "bytes=99999999-")], 416),
        (vec![("if-match", "\"another\"")], 412),
    ] {
        assert_eq!(Answer::with(&system, 1, &path, &headers).await.status, status);
    }
    let head = system.request(Method::HEAD, 0, &path).send().await.expect("an answer");
    assert_eq!(head.status(), 200);
    Answer::get(&system, 0, &system.path("/resize?width=x", "medium.jpg"))
        .await
        .refused(400, "bad_parameter");
    for _ in 0..2 {
        let missing = Answer::get(&system, 0, &system.path("/resize?width=300", "missing.jpg")).await;
        missing.refused(404, "source_gone");
    }
    until_used(&system, "medium.jpg", 5).await;
    // What is counted by now is written down with this one, or before.
    for replica in 0..2 {
        Answer::get(&system, replica, &system.path("/resize?width=300", "large.jpg")).await.picture();
    }
    until_all_know(&system, "large.jpg", 2).await;
    until_all_know(&system, "medium.jpg", 5).await;
    a_variant_is_told_with_its_uses_and_so_is_its_source(&system, first.body.len()).await;
    let missing = source(&system, "missing.jpg").await;
    assert_eq!(
        (&missing["uses"], &missing["last_used_at"], &missing["variants"]),
        (&json!(0), &Value::Null, &json!(0))
    );
    assert_eq!((&missing["uses_by_day"], &missing["history"]), (&json!([]), &json!([])));
    system.finish().await;
}

/// There is one of `size` bytes, used five times.
async fn a_variant_is_told_with_its_uses_and_so_is_its_source(system: &System, size: usize) {
    let variants = variants(system, "medium.jpg").await;
    assert_eq!(variants.len(), 1, "{variants:?}");
    let variant = &variants[0];
    assert_eq!(
        (variant["uses"].as_u64(), variant["operation"].as_str()),
        (Some(5), Some("resize")),
        "{variant}"
    );
    assert_eq!(
        (&variant["params"]["width"], &variant["content_type"]),
        (&json!("300"), &json!("image/jpeg"))
    );
    assert_eq!(variant["size"], size);
    assert_eq!(variant["key"].as_str().map(str::len), Some(64));
    assert!(variant["render_ms"].is_u64(), "{variant}");
    assert!(variant["last_used_at"].as_str() >= variant["created_at"].as_str(), "{variant}");
    let used = source(system, "medium.jpg").await;
    assert_eq!((&used["uses"], &used["variants"], &used["bytes"]), (&json!(5), &json!(1), &variant["size"]));
    assert_eq!(used["last_used_at"], variant["last_used_at"]);
    assert_eq!((&used["state"], &used["host"]), (&json!("live"), &json!("127.0.0.1")));
    assert!(used["next_check_at"].as_str() > used["checked_at"].as_str(), "{used}");
    assert_eq!(used["history"], json!([{ "what": "check", "at": used["checked_at"] }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_uses_of_two_replicas_are_summed_by_variant_by_source_and_by_day() {
    let system = system_with(Stack::Remote, FLUSH).await;
    let paths = [300, 301].map(|width| system.path(&format!("/resize?width={width}"), "medium.jpg"));
    for round in 0..6 {
        for replica in 0..2 {
            // One of them is used by both, the other by the second alone.
            Answer::get(&system, replica, &paths[0]).await.picture();
            if replica == 1 && round % 2 == 0 {
                Answer::get(&system, 1, &paths[1]).await.picture();
            }
        }
    }
    until_all_know(&system, "medium.jpg", 15).await;
    let uses: Vec<_> = variants(&system, "medium.jpg").await.iter().map(|one| one["uses"].as_u64()).collect();
    assert_eq!(uses, [Some(12), Some(3)]);
    system.finish().await;
}

async fn a_use_counts_for_each_source_that_the_request_names(stack: Stack) {
    let system = system_with(stack, FLUSH).await;
    let mark = format!("/watermarkimage?image={}", system.origin.url("test.png"));
    let marked = system.path(&mark, "medium.jpg");
    for _ in 0..2 {
        Answer::get(&system, 0, &marked).await.picture();
    }
    Answer::get(&system, 0, &system.path("/resize?width=300", "medium.jpg")).await.picture();
    until_used(&system, "medium.jpg", 3).await;
    let used = async |photo| {
        let source = source(&system, photo).await;
        [&source["uses"], &source["variants"]].map(|number| number.as_u64().expect("a number"))
    };
    until("the sources, too", async || (used("medium.jpg").await[0], used("test.png").await[0]) == (3, 2))
        .await;
    assert_eq!((used("medium.jpg").await, used("test.png").await), ([3, 2], [2, 1]));
    let of_mark = variants(&system, "test.png").await;
    assert_eq!(
        (of_mark.len(), &of_mark[0]["uses"]),
        (1, &json!(2)),
        "the entry is the same, and counts once"
    );
    system.finish().await;
}

async fn what_is_rendered_again_keeps_its_uses(stack: Stack) {
    let system = system_with(stack, FLUSH).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    for _ in 0..3 {
        Answer::get(&system, 0, &path).await.picture();
    }
    until_used(&system, "medium.jpg", 3).await;
    let before = variants(&system, "medium.jpg").await.remove(0);
    discard(&system, "medium.jpg").await;
    assert!(!Answer::get(&system, 0, &path).await.picture().is_hit());
    until_used(&system, "medium.jpg", 4).await;
    // Its use may be counted before it is recorded.
    until("it is recorded", async || {
        variants(&system, "medium.jpg").await[0]["created_at"].as_str() > before["created_at"].as_str()
    })
    .await;
    let after = variants(&system, "medium.jpg").await;
    assert_eq!((after.len(), &after[0]["uses"]), (1, &json!(4)));
    assert!(after[0]["last_used_at"].as_str() > before["last_used_at"].as_str(), "{after:?}");
    system.finish().await;
}

async fn a_process_that_ends_writes_down_what_it_has_counted_to_the_last_answer(stack: Stack) {
    let mut system = start(on(stack).apis(1).env("IMCAXY_STATS_FLUSH", NEVER)).await;
    let [kept, late] = [300, 301].map(|width| system.path(&format!("/resize?width={width}"), "medium.jpg"));
    for _ in 0..4 {
        Answer::get(&system, 0, &kept).await.picture();
    }
    until_kept(&system, 1).await;
    // It is answered while the process drains.
    let gate = system.gauge.hold();
    let asked = begin(system.request(Method::GET, 0, &late));
    gate.wait_for(1).await;
    let mut ending = system.apis.remove(0);
    let answering = async {
        gate.open();
        Answer::to(asked).await.picture();
    };
    tokio::join!(ending.stop(), answering);
    system.add(Role::Api).await.expect("an API");
    let mut uses: Vec<_> =
        variants(&system, "medium.jpg").await.iter().filter_map(|variant| variant["uses"].as_u64()).collect();
    uses.sort_unstable();
    assert_eq!(uses, [1, 4]);
    assert_eq!(source(&system, "medium.jpg").await["uses"], 5);
    system.finish().await;
}

async fn a_process_that_is_killed_loses_what_it_has_counted_since_it_wrote_last(stack: Stack) {
    let mut system = start(on(stack).apis(1).env("IMCAXY_STATS_FLUSH", "2s")).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    for _ in 0..3 {
        Answer::get(&system, 0, &path).await.picture();
    }
    until_used(&system, "medium.jpg", 3).await;
    for _ in 0..5 {
        Answer::get(&system, 0, &path).await.hit();
    }
    let mut killed = system.apis.remove(0);
    killed.kill();
    system.add(Role::Api).await.expect("an API");
    let left = uses(&system, "medium.jpg").await;
    assert!((3..=8).contains(&left), "{left}");
    // Nothing of the killed one comes later, and counting goes on.
    Answer::get(&system, 0, &path).await.hit();
    until_used(&system, "medium.jpg", left + 1).await;
    assert_eq!(uses(&system, "medium.jpg").await, left + 1);
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_answered_while_the_catalog_is_away_is_written_down_when_it_is_back() {
    let system = start(system().proxied().apis(2).env("IMCAXY_STATS_FLUSH", FLUSH)).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    Answer::get(&system, 0, &path).await.picture();
    until_kept(&system, 1).await;
    for _ in 0..2 {
        Answer::get(&system, 0, &path).await.hit();
    }
    until_all_know(&system, "medium.jpg", 3).await;
    let mongodb = &system.apis[0].links().mongodb;
    mongodb.cut();
    for _ in 0..20 {
        Answer::get(&system, 0, &path).await.hit();
    }
    until("it says so", async || system.apis[0].log().contains("uses cannot be written down now")).await;
    mongodb.mend();
    until_all_know(&system, "medium.jpg", 23).await;
    system.finish().await;
}

/// Three photographs, used the less the later they stand here.
const PHOTOS: [&str; 3] = ["medium.jpg", "large.jpg", "test.png"];

async fn three_sources(stack: Stack) -> System {
    let system = system_with(stack, FLUSH).await;
    for (photo, times) in PHOTOS.into_iter().zip([3, 2, 1]) {
        for _ in 0..times {
            Answer::get(&system, 0, &system.path("/resize?width=100", photo)).await.picture();
        }
    }
    let sources = async || listed(&system, "/api/v1/sources?sort=uses", 100).await;
    until("the uses are written down", async || {
        sources().await.iter().filter_map(|source| source["uses"].as_u64()).sum::<u64>() == 6
            && sources().await.iter().all(|source| source["variants"] == 1)
    })
    .await;
    system
}

async fn sources_are_listed_the_greatest_first_page_by_page(stack: Stack) {
    let system = three_sources(stack).await;
    let urls = |items: &[Value]| {
        items.iter().map(|item| item["url"].as_str().expect("a URL").to_owned()).collect::<Vec<_>>()
    };
    let all = PHOTOS.map(|photo| system.origin.url(photo));
    assert_eq!(urls(&listed(&system, "/api/v1/sources?", 1).await), all, "the most used first");
    for sort in ["uses", "last_used_at", "bytes", "checked_at", "changed_at"] {
        let items = listed(&system, &format!("/api/v1/sources?sort={sort}"), 2).await;
        assert_eq!(items.len(), 3, "{sort}");
        let numbers: Vec<_> = items.iter().map(|item| (item[sort].as_u64(), item[sort].as_str())).collect();
        assert!(numbers.is_sorted_by(|one, other| one >= other), "{sort}: {numbers:?}");
    }
    let tag = {
        let asked = Answer::get(&system, 0, &system.path("/resize?width=100", "large.jpg")).await.hit();
        asked.header("cache-tag").to_owned()
    };
    let found = async |query: &str| {
        let mut found = urls(&listed(&system, &format!("/api/v1/sources?{query}"), 2).await);
        found.sort();
        found
    };
    let mut sorted = all.to_vec();
    sorted.sort();
    assert_eq!(found(&format!("q={}", system.origin.url(""))).await, sorted);
    assert_eq!(found(&format!("q={}", system.origin.url("la"))).await, [all[1].clone()]);
    assert_eq!(found("q=http://elsewhere.test/").await, [""; 0]);
    assert_eq!(found("q=host:127.0.0.1&state=live").await, sorted);
    assert_eq!(found("q=host:127.0.0").await, [""; 0]);
    assert_eq!(found(&format!("q=tag:{tag}")).await, [all[1].clone()]);
    for state in ["gone", "failing", "blocked", "unsteady"] {
        assert_eq!(found(&format!("state={state}")).await, [""; 0], "{state}");
    }
    system.finish().await;
}

async fn variants_are_listed_the_greatest_first_page_by_page(stack: Stack) {
    let system = system_with(stack, FLUSH).await;
    for (width, times) in [(100, 1), (300, 3), (200, 2)] {
        for _ in 0..times {
            Answer::get(&system, 0, &system.path(&format!("/resize?width={width}"), "medium.jpg"))
                .await
                .picture();
        }
    }
    until_used(&system, "medium.jpg", 6).await;
    let url = system.origin.url("medium.jpg");
    for (sort, field, widths) in [
        ("", "uses", ["300", "200", "100"]),
        ("&sort=uses", "uses", ["300", "200", "100"]),
        ("&sort=bytes", "size", ["300", "200", "100"]),
        ("&sort=created_at", "created_at", ["200", "300", "100"]),
        ("&sort=last_used_at", "last_used_at", ["200", "300", "100"]),
    ] {
        let items = listed(&system, &format!("/api/v1/variants?url={url}{sort}"), 2).await;
        let seen: Vec<_> = items.iter().filter_map(|item| item["params"]["width"].as_str()).collect();
        assert_eq!(seen, widths, "{field}: {items:?}");
    }
    system.finish().await;
}

async fn a_source_is_found_by_every_spelling_of_its_url(stack: Stack) {
    let system = system_with(stack, FLUSH).await;
    let photo = "b%C3%BCcher%20a.png";
    give_width(&system, photo, 20);
    assert_eq!(width(&system, 0, photo).await, 20);
    until_kept(&system, 1).await;
    let known = system.origin.url("bücher a.png");
    for spelled in [
        system.origin.url(photo),
        system.origin.url(photo).replacen("http", "HTTP", 1),
        // As it is sent by who encodes a URL that is encoded already.
        system.origin.url(&photo.replace('%', "%25")),
        system.origin.url("b%C3%BCcher%2520a.png%23top"),
    ] {
        let one = told(&system, &format!("/api/v1/sources/one?url={spelled}")).await;
        assert_eq!((one.status, &one.json()["url"]), (200, &json!(known)), "{spelled}");
        let variants = told(&system, &format!("/api/v1/variants?url={spelled}")).await.json();
        assert_eq!(variants["items"].as_array().map(Vec::len), Some(1), "{spelled}: {variants}");
    }
    system.finish().await;
}

async fn what_is_not_known_is_404_and_what_is_not_understood_400(stack: Stack) {
    let system = system_with(stack, FLUSH).await;
    let nowhere = "http://nowhere.test/1.jpg";
    for path in [
        format!("/api/v1/sources/one?url={nowhere}"),
        format!("/api/v1/variants?url={nowhere}"),
        "/api/v1/sources/one?url=nothing".to_owned(),
    ] {
        told(&system, &path).await.refused(404, "not_found");
    }
    for (path, allowed) in [
        ("/api/v1/sources?unknown=1".to_owned(), "limit and cursor are allowed"),
        ("/api/v1/sources?limit=5&limit=6".to_owned(), "duplicate field `limit`; q, state"),
        ("/api/v1/sources?sort=size".to_owned(), "last_used_at"),
        ("/api/v1/sources?state=dead".to_owned(), "unsteady"),
        ("/api/v1/sources?q=nowhere".to_owned(), "host:H"),
        ("/api/v1/sources?limit=1001".to_owned(), "limit = 1001: a whole number from 1 to 1000 is allowed"),
        ("/api/v1/in-flight?limit=a".to_owned(), "limit = a: a whole number from 1 to 1000 is allowed"),
        ("/api/v1/sources?cursor=zz".to_owned(), "cursor = zz: next_cursor of an earlier page"),
        ("/api/v1/sources/one".to_owned(), "url"),
        ("/api/v1/variants".to_owned(), "url"),
        (format!("/api/v1/variants?url={nowhere}&sort=checked_at"), "created_at"),
    ] {
        let answer = told(&system, &path).await.refused(400, "bad_parameter");
        assert!(
            answer.json()["message"].as_str().is_some_and(|message| message.contains(allowed)),
            "{answer:?}"
        );
    }
    let unasked = system.request(Method::GET, 0, "/api/v1/sources");
    Answer::of(unasked.send().await.expect("an answer")).await.refused(401, "unauthorized");
    system.finish().await;
}
