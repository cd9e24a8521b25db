//! Sources that have changed or are gone, found by asking their origins: when it is time, or when somebody wants to know.

use std::collections::HashSet;

use futures::future::join_all;
use imcaxy_shared::entry::Source;
use imcaxy_shared::request::SourceId;
use imcaxy_testkit::{Behaviour, Role, System};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{
    Answer, Kept, Stack, absences_are_long_ago, check_is_due, give_width, no_job_lives, on, on_both_stacks,
    picture, revalidate, source_is_unreadable, start, tick_is_due, until, until_kept, variants_are_uncounted,
    width, width_in_memory, worked_off,
};

on_both_stacks! {
    a_check_finds_a_change_whatever_tells_versions_apart,
    an_older_file_that_is_put_back_is_found_by_a_scan,
    what_is_due_is_checked_and_nothing_else,
    a_source_that_cannot_be_read_keeps_no_other_from_being_checked_and_discarded,
    what_has_happened_to_a_source_is_told_the_latest_first,
    what_is_gone_is_answered_until_its_origin_has_said_so_twice,
    what_fails_is_answered_and_recovers,
    what_changes_again_within_a_minute_is_discarded_by_who_asks_for_it_alone,
    a_redirect_has_changed_when_its_target_has,
    a_host_is_asked_about_one_source_after_the_other,
    what_nothing_is_made_of_is_not_asked_about,
    what_is_made_of_a_source_is_found_though_it_was_not_counted,
    what_was_fetched_by_more_than_its_url_is_not_asked_about,
    what_could_not_be_asked_about_is_named_without_what_is_left_out_of_its_url,
    a_failure_that_is_remembered_of_a_named_source_is_not_answered_after_its_check,
    a_selection_of_several_pages_is_checked_whole_and_the_first_that_fail_are_named,
}

/// Has sources checked, and answers the report.
async fn check(system: &System, selection: Value) -> Value {
    let mut body = json!({ "wait": 25 });
    for (name, value) in selection.as_object().expect("an object") {
        body[name] = value.clone();
    }
    let answer = revalidate(system, 0, &body).await;
    let report = answer.json();
    assert_eq!((answer.status, &report["state"]), (200, &json!("done")), "{report}");
    assert_eq!(report["mode"], "check");
    report
}

/// The counts of a report that are not zero.
fn counts(report: &Value) -> Value {
    let names = ["checked", "changed", "gone", "failed", "unchanged", "discarded"];
    let some = names.iter().filter(|name| report[**name] != 0);
    some.map(|name| ((*name).to_owned(), report[*name].clone())).collect::<serde_json::Map<_, _>>().into()
}

/// Has a source of the origin checked because it is time.
async fn scan(system: &mut System, photo: &str) {
    check_is_due(&system.scope, &system.origin.url(photo)).await;
    tick_is_due(&system.scope).await;
    if system.scope.stack() == Stack::Remote {
        system.add(Role::Scheduler).await.expect("a scheduler");
    }
    until("it is checked", async || {
        let planned = source(system, photo).await.next_check_at;
        planned.is_some_and(|planned| planned.as_millis() > 0)
    })
    .await;
    no_job_lives(system).await;
}

/// What the catalog knows of a source of the origin.
async fn source(system: &System, photo: &str) -> Source {
    let url = system.origin.url(photo);
    let sources = Kept::of(&system.scope).await.sources;
    sources.into_iter().find(|source| source.url == url).expect("it is known")
}

/// What the administration tells of one.
async fn told(system: &System, photo: &str) -> Value {
    let call = format!("/api/v1/sources/one?url={}", system.origin.url(photo));
    let asked = system.admin(Method::GET, 0, &call);
    Answer::of(asked.send().await.expect("an answer")).await.json()
}

async fn a_check_finds_a_change_whatever_tells_versions_apart(stack: Stack) {
    let system = start(on(stack)).await;
    let dated = |day: u32, width| {
        let date = format!("{}, 0{day} Jan 2024 12:00:00 GMT", if day == 1 { "Mon" } else { "Tue" });
        Behaviour::bytes(picture(width)).without_validators().header("last-modified", &date)
    };
    let tagged = |width: u32| {
        Behaviour::bytes(picture(width)).without_validators().header("etag", &format!("\"{width}\""))
    };
    let bare = |width| Behaviour::bytes(picture(width)).without_validators();
    for (photo, old, new, is_conditional) in [
        ("both.png", Behaviour::bytes(picture(20)), Behaviour::bytes(picture(21)), true),
        ("tag.png", tagged(20), tagged(21), true),
        // An older file may have been put back.
        ("date.png", dated(2, 20), dated(1, 21), false),
        ("none.png", bare(20), bare(21), false),
    ] {
        system.origin.behave(photo, old);
        for replica in 0..2 {
            width_in_memory(&system, replica, photo).await;
        }
        let url = system.origin.url(photo);
        let report = check(&system, json!({ "url": url })).await;
        assert_eq!(counts(&report), json!({ "checked": 1, "unchanged": 1 }), "{photo}");
        let last = system.origin.requests(photo).pop().expect("it was asked");
        assert_eq!(last.is_conditional(), is_conditional, "{photo}");
        system.origin.behave(photo, new);
        let report = check(&system, json!({ "url": url })).await;
        assert_eq!(counts(&report), json!({ "checked": 1, "changed": 1, "discarded": 1 }), "{photo}");
        for replica in 0..2 {
            assert_eq!(width(&system, replica, photo).await, 21, "{photo} of replica {replica}");
        }
        assert!(told(&system, photo).await["changed_at"].is_string(), "{photo}");
    }
    worked_off(&system).await;
    system.finish().await;
}

async fn an_older_file_that_is_put_back_is_found_by_a_scan(stack: Stack) {
    let mut system = start(on(stack)).await;
    let dated = |day: &str, width| {
        let file = Behaviour::bytes(picture(width)).without_validators();
        file.header("last-modified", &format!("{day} Jan 2024 12:00:00 GMT"))
    };
    system.origin.behave("a.png", dated("Tue, 02", 20));
    assert_eq!(width(&system, 0, "a.png").await, 20);
    until_kept(&system, 1).await;
    system.origin.forget();
    scan(&mut system, "a.png").await;
    assert_eq!((system.origin.count("a.png"), system.origin.conditional("a.png")), (1, 1));
    assert_eq!(width(&system, 0, "a.png").await, 20);
    system.origin.behave("a.png", dated("Mon, 01", 21));
    scan(&mut system, "a.png").await;
    assert_eq!(width(&system, 0, "a.png").await, 21);
    worked_off(&system).await;
    system.finish().await;
}

async fn what_is_due_is_checked_and_nothing_else(stack: Stack) {
    let mut system = start(on(stack)).await;
    for photo in ["due.png", "other.png"] {
        give_width(&system, photo, 20);
        width(&system, 0, photo).await;
    }
    until_kept(&system, 2).await;
    for photo in ["due.png", "other.png"] {
        give_width(&system, photo, 21);
    }
    let asked = system.origin.count("other.png");
    let planned = source(&system, "due.png").await.next_check_at;
    assert!(planned.is_some(), "with its first bytes");
    scan(&mut system, "due.png").await;
    assert_eq!(width(&system, 0, "due.png").await, 21);
    assert_eq!((width(&system, 0, "other.png").await, system.origin.count("other.png")), (20, asked));
    until_kept(&system, 2).await;
    // What has not changed is asked about less and less often.
    scan(&mut system, "due.png").await;
    let first = source(&system, "due.png").await;
    assert_eq!(first.known_checks().map(|known| known.interval_ms), Some(2 * 3_600_000));
    assert!(told(&system, "due.png").await["next_check_at"].is_string());
    worked_off(&system).await;
    system.finish().await;
}

async fn a_source_that_cannot_be_read_keeps_no_other_from_being_checked_and_discarded(stack: Stack) {
    let mut system = start(on(stack)).await;
    let photos = ["broken.png", "good.png", "better.png"];
    for photo in photos {
        give_width(&system, photo, 20);
        width(&system, 0, photo).await;
    }
    until_kept(&system, photos.len()).await;
    let broken = system.origin.url("broken.png");
    source_is_unreadable(&system.scope, &broken, true).await;
    for photo in photos {
        give_width(&system, photo, 21);
        check_is_due(&system.scope, &system.origin.url(photo)).await;
    }
    tick_is_due(&system.scope).await;
    if stack == Stack::Remote {
        system.add(Role::Scheduler).await.expect("a scheduler");
    }
    for photo in ["good.png", "better.png"] {
        until("it is checked", async || width(&system, 0, photo).await == 21).await;
    }
    // One that is named, or selected, has failed.
    let cause = "what is known of the source cannot be read";
    for selection in [json!({ "url": broken }), json!({ "prefix": broken })] {
        let report = check(&system, selection).await;
        assert_eq!(counts(&report), json!({ "checked": 1, "failed": 1 }));
        assert_eq!(report["failures"], json!([{ "url": broken, "cause": cause }]));
    }
    // A discard of all three is worked off, and reported.
    let answer = revalidate(&system, 0, &json!({ "host": "127.0.0.1", "mode": "discard", "wait": 25 })).await;
    assert_eq!((answer.status, &answer.json()["state"]), (200, &json!("done")), "{}", answer.json());
    assert_eq!(counts(&answer.json()), json!({ "discarded": 3 }));
    source_is_unreadable(&system.scope, &broken, false).await;
    assert_eq!(width(&system, 0, "broken.png").await, 21, "it was discarded with the others");
    worked_off(&system).await;
    system.finish().await;
}

async fn what_has_happened_to_a_source_is_told_the_latest_first(stack: Stack) {
    let system = start(on(stack)).await;
    give_width(&system, "a.png", 20);
    width_in_memory(&system, 0, "a.png").await;
    give_width(&system, "a.png", 21);
    check(&system, json!({ "url": system.origin.url("a.png") })).await;
    worked_off(&system).await;
    let told = told(&system, "a.png").await;
    let history = told["history"].as_array().expect("a list");
    let happened: HashSet<&str> = history.iter().filter_map(|event| event["what"].as_str()).collect();
    assert_eq!(happened, HashSet::from(["change", "check", "discard"]), "{told}");
    assert!(history.is_sorted_by(|one, next| one["at"].as_str() >= next["at"].as_str()), "{told}");
    system.finish().await;
}

async fn what_is_gone_is_answered_until_its_origin_has_said_so_twice(stack: Stack) {
    let system = start(on(stack).env("IMCAXY_NEGATIVE_TTL", "none")).await;
    give_width(&system, "a.png", 20);
    width_in_memory(&system, 0, "a.png").await;
    system.origin.behave("a.png", Behaviour::status(404));
    let url = json!({ "url": system.origin.url("a.png") });
    for _ in 0..2 {
        // The second comes too soon to count.
        let report = check(&system, url.clone()).await;
        assert_eq!(counts(&report), json!({ "checked": 1, "gone": 1 }));
        assert_eq!(width(&system, 0, "a.png").await, 20);
        assert_eq!(told(&system, "a.png").await["state"], "failing");
    }
    absences_are_long_ago(&system.scope).await;
    let report = check(&system, url.clone()).await;
    assert_eq!(counts(&report), json!({ "checked": 1, "gone": 1, "discarded": 1 }));
    for replica in 0..2 {
        Answer::get(&system, replica, &system.path("/info", "a.png")).await.refused(404, "source_gone");
    }
    assert_eq!(told(&system, "a.png").await["state"], "gone");
    give_width(&system, "a.png", 22);
    assert_eq!(width(&system, 0, "a.png").await, 22);
    assert_eq!(told(&system, "a.png").await["state"], "live");
    worked_off(&system).await;
    system.finish().await;
}

async fn what_fails_is_answered_and_recovers(stack: Stack) {
    let mut system = start(on(stack)).await;
    give_width(&system, "a.png", 20);
    width_in_memory(&system, 0, "a.png").await;
    system.origin.behave("a.png", Behaviour::status(500));
    scan(&mut system, "a.png").await;
    let report = check(&system, json!({ "host": "127.0.0.1" })).await;
    assert_eq!(counts(&report), json!({ "checked": 1, "failed": 1 }));
    let cause = "the source answered 500 Internal Server Error";
    assert_eq!(report["failures"], json!([{ "url": system.origin.url("a.png"), "cause": cause }]));
    let listed = system.admin(Method::GET, 0, "/api/v1/revalidations").send().await.expect("an answer");
    let listed = Answer::of(listed).await.json()["items"][0].clone();
    assert_eq!((&listed["id"], listed.get("failures")), (&report["id"], None), "a list stays short");
    assert_eq!(width(&system, 0, "a.png").await, 20);
    assert_eq!(told(&system, "a.png").await["state"], "failing");
    assert_eq!(source(&system, "a.png").await.known_checks().map(|known| known.failures), Some(2));
    give_width(&system, "a.png", 20);
    let report = check(&system, json!({ "prefix": system.origin.url("") })).await;
    assert_eq!(counts(&report), json!({ "checked": 1, "unchanged": 1 }));
    assert_eq!(report["failures"], json!([]));
    assert_eq!(told(&system, "a.png").await["state"], "live");
    worked_off(&system).await;
    system.finish().await;
}

async fn what_changes_again_within_a_minute_is_discarded_by_who_asks_for_it_alone(stack: Stack) {
    let mut system = start(on(stack)).await;
    for (wide, expected, state) in [(20, 20, "live"), (21, 21, "live"), (22, 21, "unsteady")] {
        give_width(&system, "a.png", wide);
        if wide > 20 {
            scan(&mut system, "a.png").await;
        }
        assert_eq!(width(&system, 0, "a.png").await, expected);
        until_kept(&system, 1).await;
        assert_eq!(told(&system, "a.png").await["state"], state);
    }
    let report = check(&system, json!({})).await;
    assert_eq!(counts(&report), json!({ "checked": 1, "changed": 1, "discarded": 1 }));
    assert_eq!(width(&system, 1, "a.png").await, 22);
    worked_off(&system).await;
    system.finish().await;
}

async fn a_redirect_has_changed_when_its_target_has(stack: Stack) {
    let system = start(on(stack)).await;
    give_width(&system, "new.png", 20);
    system.origin.behave("old.png", Behaviour::redirect_to(&system.origin.url("new.png")));
    width_in_memory(&system, 0, "old.png").await;
    let url = json!({ "url": system.origin.url("old.png") });
    assert_eq!(counts(&check(&system, url.clone()).await), json!({ "checked": 1, "unchanged": 1 }));
    assert!(!system.origin.requests("old.png").pop().expect("it was asked").is_conditional());
    assert!(system.origin.requests("new.png").pop().expect("it was asked").is_conditional());
    give_width(&system, "new.png", 21);
    let report = check(&system, url).await;
    assert_eq!(counts(&report), json!({ "checked": 1, "changed": 1, "discarded": 1 }));
    assert_eq!(width(&system, 0, "old.png").await, 21);
    worked_off(&system).await;
    system.finish().await;
}

async fn a_host_is_asked_about_one_source_after_the_other(stack: Stack) {
    let system = start(on(stack)).await;
    let photos: Vec<String> = (0..4).map(|number| format!("{number}.png")).collect();
    for photo in &photos {
        give_width(&system, photo, 20);
        width(&system, 0, photo).await;
    }
    until_kept(&system, photos.len()).await;
    system.origin.forget();
    let mut held: Vec<_> = photos.iter().map(|photo| (photo, system.origin.hold(photo))).collect();
    assert_eq!(revalidate(&system, 0, &json!({})).await.status, 202);
    assert_eq!(revalidate(&system, 1, &json!({ "host": "nobody.test" })).await.status, 202);
    for asked in 1..=photos.len() {
        until("one more is asked", async || system.origin.all_requests().len() >= asked).await;
        let last = system.origin.all_requests();
        assert_eq!(last.len(), asked, "the one before has not been answered");
        let place = held.iter().position(|(photo, _)| last[asked - 1].path == **photo).expect("it is held");
        held.remove(place).1.open();
    }
    worked_off(&system).await;
    system.finish().await;
}

async fn what_nothing_is_made_of_is_not_asked_about(stack: Stack) {
    let system = start(on(stack)).await;
    system.origin.behave("bad.png", Behaviour::html());
    Answer::get(&system, 0, &system.path("/info", "bad.png")).await.refused(422, "not_an_image");
    let asked = system.origin.count("bad.png");
    let body = json!({ "dry_run": true });
    assert_eq!(revalidate(&system, 0, &body).await.json()["matched"]["sources"], 1);
    let report = check(&system, json!({ "host": "127.0.0.1" })).await;
    assert_eq!(counts(&report), json!({}));
    let report = check(&system, json!({ "urls": [system.origin.url("bad.png"), "http://a.test/"] })).await;
    assert_eq!(counts(&report), json!({ "discarded": 1 }), "a failure may be remembered");
    let tag = SourceId::of(&system.origin.url("bad.png")).tag();
    assert_eq!(counts(&check(&system, json!({ "tag": tag.as_str() })).await), json!({ "discarded": 1 }));
    assert_eq!(system.origin.count("bad.png"), asked);
    worked_off(&system).await;
    system.finish().await;
}

async fn what_is_made_of_a_source_is_found_though_it_was_not_counted(stack: Stack) {
    let system = start(on(stack)).await;
    give_width(&system, "a.png", 20);
    width_in_memory(&system, 0, "a.png").await;
    variants_are_uncounted(&system.scope).await;
    give_width(&system, "a.png", 21);
    let report = check(&system, json!({ "host": "127.0.0.1" })).await;
    assert_eq!(counts(&report), json!({ "checked": 1, "changed": 1, "discarded": 1 }));
    for replica in 0..2 {
        assert_eq!(width(&system, replica, "a.png").await, 21, "replica {replica}");
    }
    worked_off(&system).await;
    system.finish().await;
}

async fn what_was_fetched_by_more_than_its_url_is_not_asked_about(stack: Stack) {
    let mut system = start(on(stack).env("IMCAXY_SOURCES_IGNORE_QUERY", "sig")).await;
    give_width(&system, "a.png", 20);
    width_in_memory(&system, 0, "a.png?sig=1").await;
    assert_eq!(told(&system, "a.png").await["next_check_at"], Value::Null);
    // As an origin answers that does not tell what is private.
    system.origin.behave("a.png", Behaviour::status(404));
    system.origin.forget();
    scan(&mut system, "a.png").await;
    for _ in 0..2 {
        let report = check(&system, json!({ "prefix": system.origin.url("") })).await;
        assert_eq!(counts(&report), json!({ "checked": 1, "failed": 1 }));
        absences_are_long_ago(&system.scope).await;
    }
    assert_eq!(width(&system, 0, "a.png?sig=2").await, 20);
    // Who names it has changed it.
    let url = json!({ "url": system.origin.url("a.png?sig=3") });
    assert_eq!(counts(&check(&system, url.clone()).await), json!({ "discarded": 1 }));
    assert_eq!(system.origin.count("a.png"), 0);
    give_width(&system, "a.png", 21);
    for replica in 0..2 {
        assert_eq!(width(&system, replica, "a.png").await, 21, "replica {replica}");
    }
    // This time its URL was all that was asked for.
    assert!(told(&system, "a.png").await["next_check_at"].is_string());
    until_kept(&system, 1).await;
    assert_eq!(counts(&check(&system, url).await), json!({ "checked": 1, "unchanged": 1 }));
    worked_off(&system).await;
    system.finish().await;
}

async fn what_could_not_be_asked_about_is_named_without_what_is_left_out_of_its_url(stack: Stack) {
    let system = start(on(stack).env("IMCAXY_SOURCES_IGNORE_QUERY", "sig")).await;
    give_width(&system, "a.png", 20);
    width_in_memory(&system, 0, "a.png?sig=secret").await;
    let report = check(&system, json!({ "prefix": system.origin.url("") })).await;
    let cause = "the source was fetched with parameters that sources.ignore_query leaves out, and cannot be asked about without";
    assert_eq!(report["failures"], json!([{ "url": system.origin.url("a.png"), "cause": cause }]));
    system.finish().await;
}

async fn a_failure_that_is_remembered_of_a_named_source_is_not_answered_after_its_check(stack: Stack) {
    let system = start(on(stack).env("IMCAXY_NEGATIVE_TTL", "10m")).await;
    system.origin.behave("a.png", Behaviour::status(404));
    Answer::get(&system, 0, &system.path("/info", "a.png")).await.refused(404, "source_gone");
    give_width(&system, "a.png", 20);
    Answer::get(&system, 1, &system.path("/info", "a.png")).await.refused(404, "source_gone");
    let report = check(&system, json!({ "url": system.origin.url("a.png") })).await;
    assert_eq!(counts(&report), json!({ "discarded": 1 }));
    for replica in 0..2 {
        assert_eq!(width(&system, replica, "a.png").await, 20, "replica {replica}");
    }
    worked_off(&system).await;
    system.finish().await;
}

async fn a_selection_of_several_pages_is_checked_whole_and_the_first_that_fail_are_named(stack: Stack) {
    /// More than are checked together, twice.
    const MANY: usize = 201;
    /// More than are named.
    const FAILED: usize = 60;

    let system = start(on(stack)).await;
    let photos: Vec<String> = (0..MANY).map(|number| format!("{number}.png")).collect();
    for some in photos.chunks(20) {
        some.iter().for_each(|photo| give_width(&system, photo, 20));
        join_all(some.iter().map(|photo| width(&system, 0, photo))).await;
    }
    until_kept(&system, MANY).await;
    give_width(&system, "7.png", 21);
    let failed: Vec<&String> = photos.iter().rev().take(FAILED).collect();
    failed.iter().for_each(|photo| system.origin.behave(photo, Behaviour::status(503)));
    system.origin.forget();
    let report = check(&system, json!({})).await;
    let unchanged = MANY - FAILED - 1;
    let expected =
        json!({ "checked": MANY, "unchanged": unchanged, "changed": 1, "discarded": 1, "failed": FAILED });
    assert_eq!(counts(&report), expected);
    let named: HashSet<&str> =
        report["failures"].as_array().expect("a list").iter().filter_map(|one| one["url"].as_str()).collect();
    let failed: HashSet<String> = failed.iter().map(|photo| system.origin.url(photo)).collect();
    assert_eq!(named.len(), 20, "{report}");
    assert!(named.iter().all(|url| failed.contains(*url)), "{report}");
    assert_eq!(system.origin.all_requests().len(), MANY, "each once");
    worked_off(&system).await;
    system.finish().await;
}
