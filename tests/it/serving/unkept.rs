//! Pictures that are answered and not kept.

use futures::future::join_all;
use imcaxy_shared::entry::ObjectName;
use imcaxy_testkit::http::begin;
use imcaxy_testkit::{Behaviour, Photo, Role};
use reqwest::Method;

use crate::harness::{
    Answer, Kept, Stack, Table, ids, no_job_lives, on, on_both_stacks, outbox_is_due, start, until,
    until_kept, waiting_requests,
};

on_both_stacks! {
    what_an_origin_does_not_want_kept_is_rendered_for_those_who_wait_and_not_kept,
    of_a_picture_that_is_not_kept_the_tag_says_whether_a_client_has_it_and_the_date_does_not,
    no_store_counts_and_so_does_a_redirect_and_named_fields_do_not,
    what_is_private_is_kept_where_the_operator_wants_it,
    a_large_picture_that_is_not_kept_is_lent_and_then_deleted,
}

/// A picture of more than a mebibyte.
const LARGE: &str = "/convert?type=png";
const SMALL: &str = "/resize?width=300";

fn saying(control: &str) -> Behaviour {
    Behaviour::photo().header("cache-control", control)
}

/// Fails the test unless this was rendered for this request and its like only.
fn private(answer: Answer) -> Answer {
    assert_eq!(answer.header("cache-control"), "private, no-store");
    assert_eq!(answer.cache_status(), "imcaxy; fwd=bypass; detail=private");
    answer.picture()
}

async fn what_an_origin_does_not_want_kept_is_rendered_for_those_who_wait_and_not_kept(stack: Stack) {
    let system = start(on(stack)).await;
    system.origin.behave("large.jpg", saying("max-age=60, Private"));
    for (round, operation) in [(1, SMALL), (2, LARGE)] {
        let path = system.path(operation, "large.jpg");
        let gate = system.gauge.hold();
        let asked: Vec<_> =
            (0..6).map(|number| begin(system.request(Method::GET, number % 2, &path))).collect();
        until("all wait", async || waiting_requests(&system).await == 6).await;
        gate.open();
        let direct = Answer::of_imaginary(&path, &[]).await.picture();
        for asked in asked {
            let answer = private(Answer::to(asked).await);
            assert!(answer.body == direct.body, "{operation}");
        }
        // imaginary itself has fetched it, too.
        assert_eq!((system.gauge.calls().len(), system.origin.count("large.jpg")), (round, 2 * round));
    }
    assert!(Kept::of(&system.scope).await.entries.is_empty());
    for replica in [0, 1] {
        private(Answer::get(&system, replica, &system.path(SMALL, "large.jpg")).await);
    }
    assert_eq!((system.gauge.calls().len(), system.origin.count("large.jpg")), (4, 6));
    system.finish().await;
}

async fn of_a_picture_that_is_not_kept_the_tag_says_whether_a_client_has_it_and_the_date_does_not(
    stack: Stack,
) {
    let system = start(on(stack)).await;
    system.origin.behave("large.jpg", saying("private"));
    for operation in [SMALL, LARGE] {
        let path = system.path(operation, "large.jpg");
        let tag = private(Answer::get(&system, 0, &path).await).header("etag").to_owned();
        let later = [("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT")];
        private(Answer::with(&system, 0, &path, &later).await);
        assert_eq!(Answer::with(&system, 1, &path, &[("if-none-match", &tag)]).await.status, 304);
    }
    system.finish().await;
}

async fn no_store_counts_and_so_does_a_redirect_and_named_fields_do_not(stack: Stack) {
    let system = start(on(stack)).await;
    system.origin.behave("medium.jpg", saying("no-store"));
    private(Answer::get(&system, 0, &system.path(SMALL, "medium.jpg")).await);
    let target = system.origin.url("imaginary.jpg");
    let redirect = Behaviour::redirect_to(&target).header("cache-control", "private");
    system.origin.behave("redirect.jpg", redirect);
    private(Answer::get(&system, 1, &system.path(SMALL, "redirect.jpg")).await);
    system.origin.behave("large.jpg", saying("private=\"set-cookie\", max-age=60"));
    let named = Answer::get(&system, 0, &system.path(SMALL, "large.jpg")).await.picture();
    assert!(named.header("cache-control").starts_with("public"), "{}", named.header("cache-control"));
    until_kept(&system, 1).await;
    system.finish().await;
}

async fn what_is_private_is_kept_where_the_operator_wants_it(stack: Stack) {
    let system = start(on(stack).env("IMCAXY_SOURCES_STORE_PRIVATE", "true")).await;
    system.origin.behave("large.jpg", saying("private, no-store"));
    let path = system.path(LARGE, "large.jpg");
    let answer = Answer::get(&system, 0, &path).await.picture();
    assert!(answer.header("cache-control").starts_with("public"), "{}", answer.header("cache-control"));
    Answer::get(&system, 1, &path).await.hit();
    system.finish().await;
}

async fn a_large_picture_that_is_not_kept_is_lent_and_then_deleted(stack: Stack) {
    let mut system = start(on(stack).env("IMCAXY_SOURCES_KEEP", "none")).await;
    let photo = Photo::bytes("large.jpg").await;
    let versions = (0..20_u8).map(|version| [&photo[..], &[version]].concat().into()).collect();
    system.origin.behave("large.jpg", Behaviour::in_turn(versions));
    Answer::get(&system, 0, &system.path(SMALL, "large.jpg")).await.picture();
    until_kept(&system, 1).await;
    let path = system.path(LARGE, "large.jpg");
    let lent = join_all([0, 1].map(|replica| Answer::get(&system, replica, &path))).await;
    for lent in lent {
        assert_eq!(lent.header("cache-control"), "no-cache");
        assert_eq!(lent.cache_status(), "imcaxy; fwd=bypass; detail=unsteady");
        assert!(lent.picture().body.len() > 1 << 20);
    }
    no_job_lives(&system).await;
    let kept = Kept::of(&system.scope).await;
    let named = kept.named();
    let lent: Vec<&String> = kept.objects.difference(&named).collect();
    assert!(!lent.is_empty());
    let outbox = ids(&system.scope, Table::Outbox).await;
    for object in &lent {
        let object: ObjectName = object.parse().expect("an object's name");
        assert!(outbox.contains(&format!("delete/{object}")), "{outbox:?}");
    }
    outbox_is_due(&system.scope).await;
    system.add(Role::Scheduler).await.expect("a scheduler");
    until("the outbox is empty", async || ids(&system.scope, Table::Outbox).await.is_empty()).await;
    // The small one is deleted, too: its source was discarded when the change was found.
    let left = Kept::of(&system.scope).await;
    assert!(left.objects.is_empty() && left.entries.is_empty(), "{:?}", left.objects);
    system.finish().await;
}
