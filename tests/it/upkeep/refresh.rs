//! Mode `refresh`: what was used lately is rendered again beside what is answered, then everybody is answered with that.

use bytes::Bytes;
use imcaxy_shared::entry::{DigestVerdict, Entry, Seq, Validator};
use imcaxy_testkit::system::Builder;
use imcaxy_testkit::{Behaviour, Role, System};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    Answer, Kept, Stack, Table, catalog, discard, give_width, ids, no_job_lives, on, on_both_stacks,
    outbox_is_due, picture, revalidate, start, until, until_hit, width, worked_off,
};

on_both_stacks! {
    until_the_switch_the_old_pictures_are_hits_and_after_the_report_the_new_ones,
    what_was_not_used_lately_is_a_miss_after_the_switch,
    what_was_rendered_a_moment_ago_is_rendered_again_though_its_uses_are_not_written_down_yet,
    what_a_refresh_finds_is_written_down_and_a_discard_before_it_is_no_change,
    what_had_its_old_bytes_after_the_refresh_began_and_has_others_now_is_discarded,
    a_source_that_has_not_changed_is_rendered_again_all_the_same,
    a_discard_in_the_middle_outdates_what_was_prepared,
    what_fails_keeps_its_pictures,
    what_was_fetched_by_more_than_its_url_keeps_its_pictures,
    a_variant_whose_mark_was_fetched_by_more_than_its_url_is_left_out,
    every_source_of_a_place_is_refreshed,
    what_is_redirected_to_switches_with_who_redirects,
    a_worker_killed_in_the_middle_leaves_a_refresh_that_ends,
    a_watermark_image_switches_with_what_was_prepared_before_a_worker_was_killed,
    a_second_refresh_soon_after_the_first_costs_no_hit_before_its_switch,
    what_must_not_be_kept_any_more_goes,
}

const VARIANTS: [&str; 3] =
    ["/info", "/resize?width=10&height=10&type=png", "/resize?width=12&height=10&type=png"];

fn system(stack: Stack) -> Builder {
    on(stack).env("IMCAXY_STATS_FLUSH", "100ms")
}

/// Has every variant of a photograph asked for, kept and counted; answers the bytes of each.
async fn use_all(system: &System, photo: &str) -> Vec<Bytes> {
    let mut bodies = Vec::new();
    for variant in VARIANTS {
        bodies.push(until_hit(system, 0, &system.path(variant, photo)).await.body);
    }
    let url = system.origin.url(photo);
    let url = url.split_once('?').map_or(url.as_str(), |(url, _)| url);
    until("uses are written down", async || {
        let entries = Kept::of(&system.scope).await.entries;
        let own = entries.iter().filter(|entry| entry.sources.iter().any(|source| source.url == url));
        own.filter(|entry| entry.last_used_at.is_some()).count() == VARIANTS.len()
    })
    .await;
    bodies
}

/// What every replica answers now, each as a hit.
async fn hits(system: &System, photo: &str) -> Vec<Bytes> {
    let mut bodies = Vec::new();
    for variant in VARIANTS {
        let path = system.path(variant, photo);
        let [one, other] = [0, 1].map(|replica| Answer::get(system, replica, &path));
        let (one, other) = tokio::join!(one, other);
        let (one, other) = (one.hit(), other.hit());
        assert_eq!(one.body, other.body, "{variant}");
        bodies.push(one.body);
    }
    bodies
}

/// The same, for which nothing is rendered.
async fn hits_unrendered(system: &System, photo: &str) -> Vec<Bytes> {
    let rendered = system.gauge.calls().len();
    let bodies = hits(system, photo).await;
    assert_eq!(system.gauge.calls().len(), rendered, "nothing is rendered for a request");
    bodies
}

/// Begins to refresh a photograph; answers the id.
async fn begin(system: &System, photo: &str) -> String {
    let answer = revalidate(system, 0, &json!({ "mode": "refresh", "url": system.origin.url(photo) })).await;
    let told = answer.json();
    assert_eq!((answer.status, &told["mode"]), (202, &json!("refresh")), "{told}");
    assert_eq!(told["matched"]["sources"], 1, "{told}");
    told["id"].as_str().expect("an id").to_owned()
}

async fn report(system: &System, id: &str) -> Value {
    let asked = system.admin(Method::GET, 1, &format!("/api/v1/revalidations/{id}"));
    Answer::of(asked.send().await.expect("an answer")).await.json()
}

/// The finished report.
async fn finished(system: &System, id: &str) -> Value {
    until("it is finished", async || report(system, id).await["state"] != "running").await;
    report(system, id).await
}

/// The counts of a report that are not zero.
fn counts(report: &Value) -> Value {
    let names = ["checked", "changed", "gone", "failed", "unchanged", "discarded"];
    let some = names.iter().filter(|name| report[**name] != 0);
    some.map(|name| ((*name).to_owned(), report[*name].clone())).collect::<serde_json::Map<_, _>>().into()
}

async fn until_the_switch_the_old_pictures_are_hits_and_after_the_report_the_new_ones(stack: Stack) {
    let mut system = start(system(stack)).await;
    give_width(&system, "a.png", 20);
    let old = use_all(&system, "a.png").await;
    assert_eq!(hits(&system, "a.png").await, old);
    let info = Answer::get(&system, 0, &system.path(VARIANTS[0], "a.png")).await;
    let dated = info.header("last-modified").to_owned();
    give_width(&system, "a.png", 21);
    let asked = system.origin.count("a.png");
    let gate = system.gauge.hold();
    let id = begin(&system, "a.png").await;
    gate.wait_for(2).await;
    assert_eq!(hits(&system, "a.png").await, old);
    assert_eq!(report(&system, &id).await["state"], "running");
    gate.open();
    let report = finished(&system, &id).await;
    assert_eq!(report["state"], "done", "{report}");
    assert_eq!(counts(&report), json!({ "checked": 1, "changed": 1, "discarded": 1 }));
    assert_eq!(system.origin.count("a.png"), asked + 1, "one fetch for all variants");
    let new = hits_unrendered(&system, "a.png").await;
    assert!(new[0] != old[0], "it is wider");
    let info = Answer::get(&system, 0, &system.path(VARIANTS[0], "a.png")).await.hit();
    assert_ne!(info.header("last-modified"), dated, "a second later at least");
    worked_off(&system).await;
    what_was_there_before_goes(&mut system).await;
    assert_eq!(hits(&system, "a.png").await, new);
    system.finish().await;
}

/// And what waited is the entry.
async fn what_was_there_before_goes(system: &mut System) {
    outbox_is_due(&system.scope).await;
    system.add(Role::Scheduler).await.expect("a scheduler");
    until("the outbox is empty", async || ids(&system.scope, Table::Outbox).await.is_empty()).await;
    let kept = Kept::of(&system.scope).await;
    assert!(kept.entries.iter().all(|entry| entry.next.is_none()));
    assert_eq!((kept.entries.len(), kept.objects.len()), (VARIANTS.len(), VARIANTS.len()));
}

async fn a_second_refresh_soon_after_the_first_costs_no_hit_before_its_switch(stack: Stack) {
    let mut system = start(system(stack)).await;
    give_width(&system, "a.png", 20);
    use_all(&system, "a.png").await;
    give_width(&system, "a.png", 21);
    let id = begin(&system, "a.png").await;
    finished(&system, &id).await;
    let first = hits_unrendered(&system, "a.png").await;
    give_width(&system, "a.png", 22);
    let gate = system.gauge.hold();
    let id = begin(&system, "a.png").await;
    gate.wait_for(2).await;
    gate.let_through(2);
    gate.wait_for(1).await;
    until("some are prepared", async || {
        let waits = |entry: &Entry| entry.next.is_some() && entry.stamp > Seq::ZERO;
        Kept::of(&system.scope).await.entries.iter().filter(|entry| waits(entry)).count() >= 2
    })
    .await;
    assert_eq!(hits_unrendered(&system, "a.png").await, first);
    gate.open();
    let report = finished(&system, &id).await;
    assert_eq!(counts(&report), json!({ "checked": 1, "changed": 1, "discarded": 1 }));
    assert!(hits_unrendered(&system, "a.png").await[0] != first[0]);
    worked_off(&system).await;
    what_was_there_before_goes(&mut system).await;
    system.finish().await;
}

async fn what_must_not_be_kept_any_more_goes(stack: Stack) {
    let system = start(system(stack)).await;
    give_width(&system, "a.png", 20);
    use_all(&system, "a.png").await;
    for (width, changed) in [(21, "changed"), (20, "unchanged")] {
        let private = Behaviour::bytes(picture(width)).header("cache-control", "private");
        system.origin.behave("a.png", private);
        let id = begin(&system, "a.png").await;
        let report = finished(&system, &id).await;
        assert_eq!(report["state"], "done", "{report}");
        assert_eq!(counts(&report), json!({ "checked": 1, changed: 1, "discarded": 1 }));
        for replica in [0, 1] {
            let answer = Answer::get(&system, replica, &system.path(VARIANTS[0], "a.png")).await.picture();
            assert_eq!((answer.json()["width"].as_u64(), answer.is_hit()), (Some(width.into()), false));
        }
        worked_off(&system).await;
        give_width(&system, "a.png", 20);
        use_all(&system, "a.png").await;
    }
    system.finish().await;
}

async fn what_was_not_used_lately_is_a_miss_after_the_switch(stack: Stack) {
    let system = start(system(stack).env("IMCAXY_CACHE_REFRESH_WINDOW", "1ms")).await;
    give_width(&system, "a.png", 20);
    use_all(&system, "a.png").await;
    give_width(&system, "a.png", 21);
    let (asked, rendered) = (system.origin.count("a.png"), system.gauge.calls().len());
    let id = begin(&system, "a.png").await;
    let report = finished(&system, &id).await;
    assert_eq!(counts(&report), json!({ "discarded": 1 }));
    assert_eq!((system.origin.count("a.png"), system.gauge.calls().len()), (asked, rendered));
    for replica in [0, 1] {
        assert_eq!(width(&system, replica, "a.png").await, 21, "replica {replica}");
    }
    worked_off(&system).await;
    system.finish().await;
}

async fn what_was_rendered_a_moment_ago_is_rendered_again_though_its_uses_are_not_written_down_yet(
    stack: Stack,
) {
    let system = start(system(stack).env("IMCAXY_STATS_FLUSH", "1h")).await;
    give_width(&system, "a.png", 20);
    until_hit(&system, 0, &system.path("/info", "a.png")).await;
    give_width(&system, "a.png", 21);
    let id = begin(&system, "a.png").await;
    assert_eq!(counts(&finished(&system, &id).await), json!({ "checked": 1, "changed": 1, "discarded": 1 }));
    let answer = Answer::get(&system, 1, &system.path("/info", "a.png")).await.hit();
    assert_eq!(answer.json()["width"], 21);
    worked_off(&system).await;
    system.finish().await;
}

async fn what_a_refresh_finds_is_written_down_and_a_discard_before_it_is_no_change(stack: Stack) {
    let system = start(system(stack)).await;
    give_width(&system, "a.png", 20);
    use_all(&system, "a.png").await;
    discard(&system, "a.png").await;
    let id = begin(&system, "a.png").await;
    assert_eq!(
        counts(&finished(&system, &id).await),
        json!({ "checked": 1, "unchanged": 1, "discarded": 1 })
    );
    let one = async || {
        let url = system.origin.url("a.png");
        let asked = system.admin(Method::GET, 0, &format!("/api/v1/sources/one?url={url}"));
        Answer::of(asked.send().await.expect("an answer")).await.json()
    };
    assert!(one().await["changed_at"].is_null());
    give_width(&system, "a.png", 21);
    let id = begin(&system, "a.png").await;
    assert_eq!(counts(&finished(&system, &id).await), json!({ "checked": 1, "changed": 1, "discarded": 1 }));
    assert!(one().await["changed_at"].is_string(), "{}", one().await);
    worked_off(&system).await;
    system.finish().await;
}

async fn what_had_its_old_bytes_after_the_refresh_began_and_has_others_now_is_discarded(stack: Stack) {
    let system = start(system(stack)).await;
    give_width(&system, "a.png", 20);
    use_all(&system, "a.png").await;
    give_width(&system, "a.png", 21);
    let gate = system.origin.hold("a.png");
    let id = begin(&system, "a.png").await;
    gate.wait_for(1).await;
    // As renders leave it that were asked for after the refresh began and fetched the old bytes just then.
    let catalog = catalog(&system.scope).await;
    let stamp = catalog.ledger().await.expect("a ledger").seq;
    for entry in Kept::of(&system.scope).await.entries {
        let (made, now) = (&entry.sources[0], entry.created_at);
        let accepted =
            catalog.accept_digest(&made.id, &made.digest, &Validator::default(), stamp, now, now).await;
        assert_eq!(accepted.expect("an answer"), DigestVerdict::Accepted);
        catalog.record(&Entry { stamp, ..entry.clone() }).await.expect("it is kept");
    }
    gate.open();
    assert_eq!(counts(&finished(&system, &id).await), json!({ "checked": 1, "changed": 1, "discarded": 1 }));
    for replica in [0, 1] {
        assert_eq!(width(&system, replica, "a.png").await, 21, "replica {replica}");
    }
    worked_off(&system).await;
    system.finish().await;
}

async fn a_source_that_has_not_changed_is_rendered_again_all_the_same(stack: Stack) {
    let system = start(system(stack)).await;
    give_width(&system, "a.png", 20);
    let old = use_all(&system, "a.png").await;
    let rendered = system.gauge.calls().len();
    let id = begin(&system, "a.png").await;
    let report = finished(&system, &id).await;
    assert_eq!(counts(&report), json!({ "checked": 1, "unchanged": 1, "discarded": 1 }));
    assert_eq!(system.gauge.calls().len(), rendered + VARIANTS.len());
    assert_eq!(hits(&system, "a.png").await, old);
    assert_eq!(system.gauge.calls().len(), rendered + VARIANTS.len());
    worked_off(&system).await;
    system.finish().await;
}

async fn a_discard_in_the_middle_outdates_what_was_prepared(stack: Stack) {
    let system = start(system(stack)).await;
    give_width(&system, "a.png", 20);
    use_all(&system, "a.png").await;
    give_width(&system, "a.png", 21);
    let gate = system.gauge.hold();
    let id = begin(&system, "a.png").await;
    gate.wait_for(1).await;
    give_width(&system, "a.png", 22);
    discard(&system, "a.png").await;
    gate.open();
    finished(&system, &id).await;
    for replica in [0, 1] {
        assert_eq!(width(&system, replica, "a.png").await, 22, "replica {replica}");
    }
    worked_off(&system).await;
    no_job_lives(&system).await;
    system.finish().await;
}

async fn what_fails_keeps_its_pictures(stack: Stack) {
    let system = start(system(stack)).await;
    give_width(&system, "a.png", 20);
    let old = use_all(&system, "a.png").await;
    let url = system.origin.url("a.png");
    for (status, count, cause) in [
        (500, "failed", "the source answered 500 Internal Server Error"),
        (404, "gone", "the source answered 404 Not Found"),
    ] {
        system.origin.behave("a.png", Behaviour::status(status));
        let id = begin(&system, "a.png").await;
        let report = finished(&system, &id).await;
        assert_eq!(report["state"], "failed", "{report}");
        assert_eq!(counts(&report), json!({ "checked": 1, count: 1 }));
        assert_eq!(report["failures"], json!([{ "url": url, "cause": cause }]));
        assert_eq!(hits(&system, "a.png").await, old);
    }
    give_width(&system, "a.png", 20);
    system.gauge.fail_with(503);
    let id = begin(&system, "a.png").await;
    assert_eq!(counts(&finished(&system, &id).await), json!({ "checked": 1, "failed": 1 }));
    assert_eq!(hits(&system, "a.png").await, old);
    system.gauge.recover();
    system.finish().await;
}

async fn what_was_fetched_by_more_than_its_url_keeps_its_pictures(stack: Stack) {
    let system = start(system(stack).env("IMCAXY_SOURCES_IGNORE_QUERY", "sig")).await;
    give_width(&system, "a.png", 20);
    let old = use_all(&system, "a.png?sig=1").await;
    // As an origin answers that wants people to sign in first.
    give_width(&system, "a.png", 21);
    system.origin.forget();
    let report = finished(&system, &begin(&system, "a.png").await).await;
    assert_eq!(report["state"], "failed", "{report}");
    assert_eq!(counts(&report), json!({ "checked": 1, "failed": 1 }));
    assert_eq!(system.origin.count("a.png"), 0);
    assert_eq!(hits(&system, "a.png?sig=1").await, old);
    system.finish().await;
}

async fn a_variant_whose_mark_was_fetched_by_more_than_its_url_is_left_out(stack: Stack) {
    let system = system(stack).env("IMCAXY_SOURCES_IGNORE_QUERY", "sig").env("IMCAXY_SOURCES_KEEP", "none");
    let system = start(system).await;
    give_width(&system, "a.png", 20);
    give_width(&system, "mark.png", 5);
    use_all(&system, "a.png").await;
    let mark = system.origin.url("mark.png?sig=1");
    let marked = system.path(&format!("/watermarkimage?image={mark}&type=png"), "a.png");
    until_hit(&system, 0, &marked).await;
    until("all are used lately", async || {
        let entries = Kept::of(&system.scope).await.entries;
        entries.iter().filter(|entry| entry.last_used_at.is_some()).count() == VARIANTS.len() + 1
    })
    .await;
    give_width(&system, "a.png", 21);
    system.origin.forget();
    let report = finished(&system, &begin(&system, "a.png").await).await;
    assert_eq!(counts(&report), json!({ "checked": 1, "changed": 1, "discarded": 1 }));
    assert_eq!(system.origin.count("mark.png"), 0);
    hits_unrendered(&system, "a.png").await;
    Answer::get(&system, 0, &marked).await.picture();
    let asked: Vec<String> = system.origin.requests("mark.png").into_iter().map(|seen| seen.query).collect();
    assert_eq!(asked, ["sig=1"]);
    worked_off(&system).await;
    system.finish().await;
}

async fn every_source_of_a_place_is_refreshed(stack: Stack) {
    let system = start(system(stack)).await;
    let photos: Vec<String> = (0..5).map(|number| format!("img/{number}.png")).collect();
    for photo in &photos {
        give_width(&system, photo, 20);
        use_all(&system, photo).await;
        give_width(&system, photo, 21);
    }
    let place = system.origin.url("img");
    let body = json!({ "mode": "refresh", "prefix": place, "dry_run": true });
    let counted = revalidate(&system, 1, &body).await.json();
    assert_eq!((&counted["id"], &counted["matched"]["sources"]), (&Value::Null, &json!(5)), "{counted}");
    let body = json!({ "mode": "refresh", "prefix": place, "wait": 25 });
    let answer = revalidate(&system, 1, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    assert_eq!(counts(&answer.json()), json!({ "checked": 5, "changed": 5, "discarded": 5 }));
    let rendered = system.gauge.calls().len();
    for photo in &photos {
        hits(&system, photo).await;
        assert_eq!(width(&system, 0, photo).await, 21);
    }
    assert_eq!(system.gauge.calls().len(), rendered);
    worked_off(&system).await;
    system.finish().await;
}

async fn what_is_redirected_to_switches_with_who_redirects(stack: Stack) {
    let system = start(system(stack)).await;
    give_width(&system, "a.png", 20);
    system.origin.behave("elsewhere.png", Behaviour::redirect_to(&system.origin.url("a.png")));
    use_all(&system, "elsewhere.png").await;
    assert_eq!(width(&system, 0, "a.png").await, 20);
    give_width(&system, "a.png", 21);
    let id = begin(&system, "elsewhere.png").await;
    let report = finished(&system, &id).await;
    assert_eq!(counts(&report), json!({ "checked": 1, "changed": 1, "discarded": 1 }));
    hits_unrendered(&system, "elsewhere.png").await;
    for replica in [0, 1] {
        assert_eq!(width(&system, replica, "elsewhere.png").await, 21);
        assert_eq!(width(&system, replica, "a.png").await, 21, "not of another version");
    }
    worked_off(&system).await;
    system.finish().await;
}

async fn a_worker_killed_in_the_middle_leaves_a_refresh_that_ends(stack: Stack) {
    let mut system = start(system(stack)).await;
    give_width(&system, "a.png", 20);
    use_all(&system, "a.png").await;
    give_width(&system, "a.png", 21);
    let gate = system.gauge.hold();
    let id = begin(&system, "a.png").await;
    gate.wait_for(1).await;
    kill_workers(&mut system).await;
    gate.open();
    let report = finished(&system, &id).await;
    assert_eq!(counts(&report), json!({ "checked": 1, "changed": 1, "discarded": 1 }));
    hits_unrendered(&system, "a.png").await;
    worked_off(&system).await;
    system.finish().await;
}

async fn a_watermark_image_switches_with_what_was_prepared_before_a_worker_was_killed(stack: Stack) {
    let mut system = start(system(stack)).await;
    give_width(&system, "a.png", 20);
    give_width(&system, "mark.png", 5);
    use_all(&system, "a.png").await;
    let mark = system.origin.url("mark.png");
    let marked = system.path(&format!("/watermarkimage?image={mark}&type=png"), "a.png");
    // Used last, and so the first to be prepared.
    let old = until_hit(&system, 0, &marked).await.body;
    until("all are used lately", async || {
        let entries = Kept::of(&system.scope).await.entries;
        entries.iter().filter(|entry| entry.last_used_at.is_some()).count() == VARIANTS.len() + 1
    })
    .await;
    give_width(&system, "a.png", 21);
    give_width(&system, "mark.png", 6);
    let gate = system.gauge.hold();
    let id = begin(&system, "a.png").await;
    gate.wait_for(2).await;
    gate.let_through(2);
    until("two are prepared", async || {
        let entries = Kept::of(&system.scope).await.entries;
        entries.iter().filter(|entry| entry.next.is_some()).count() == 2
    })
    .await;
    kill_workers(&mut system).await;
    gate.open();
    let report = finished(&system, &id).await;
    assert_eq!(counts(&report), json!({ "checked": 1, "changed": 1, "discarded": 1 }));
    hits_unrendered(&system, "a.png").await;
    assert!(Answer::get(&system, 0, &marked).await.hit().body != old);
    worked_off(&system).await;
    system.finish().await;
}

/// Whichever of them has the job.
async fn kill_workers(system: &mut System) {
    if system.stack() == Stack::Embedded {
        system.worker_mut(0).kill();
        system.add(Role::Serve).await.expect("it starts again");
        return;
    }
    for worker in 0..system.workers.len() {
        system.worker_mut(worker).kill();
    }
    system.add(Role::Worker).await.expect("another worker");
}
