//! One render, however many ask.

use futures::future::join_all;
use imcaxy_testkit::http::begin;
use imcaxy_testkit::{Behaviour, Photo};
use reqwest::Method;

use crate::harness::{
    Answer, Kept, Stack, no_job_lives, on, on_both_stacks, start, system, until, until_kept, waiting_requests,
};

on_both_stacks! {
    five_hundred_requests_over_two_replicas_cost_one_call_and_one_fetch,
    a_picture_that_nobody_waits_for_any_more_is_kept_all_the_same,
    a_request_that_waits_too_long_is_told_and_a_later_one_finds_the_picture,
    a_broken_signature_of_one_client_does_not_answer_for_the_good_one_of_another,
}

async fn five_hundred_requests_over_two_replicas_cost_one_call_and_one_fetch(stack: Stack) {
    let system = start(on(stack)).await;
    let path = system.path("/resize?width=300", "large.jpg");
    let answers = join_all((0..500).map(|number| {
        let (system, path) = (&system, &path);
        async move { Answer::get(system, number % 2, path).await.picture() }
    }))
    .await;
    assert!(answers.iter().all(|answer| answer.body == answers[0].body));
    assert!(answers.iter().all(|answer| answer.header("etag") == answers[0].header("etag")));
    assert_eq!(system.gauge.calls().len(), 1);
    assert_eq!(system.origin.count("large.jpg"), 1);
    let causes = answers.iter().filter(|answer| answer.cache_status().contains("fwd-status=200")).count();
    assert_eq!(causes, 1, "one request caused the render");
    let scope = system.scope.clone();
    system.finish().await;
    let kept = Kept::of(&scope).await;
    assert_eq!((kept.entries.len(), kept.objects.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_job_just_after_its_twin_ended_has_caused_no_render() {
    let system = start(system().workers(1).proxied()).await;
    let path = system.path("/resize?width=310", "large.jpg");
    // What a replica says as it starts is said, and what is held next is the question. The worker has the source.
    Answer::get(&system, 1, &system.path("/resize?width=311", "large.jpg")).await.picture();
    until_kept(&system, 1).await;
    no_job_lives(&system).await;
    let late = system.apis[1].links();
    late.redis.freeze_requests();
    let asked = begin(system.request(Method::GET, 1, &path));
    // It has looked once, and listens before it looks again.
    late.redis.until_held(1).await;
    late.mongodb.freeze_answers();
    late.redis.mend();
    // It has looked again, for the entry and for the source, and learns only later that nothing was there. A third question is about the
    // ledger or about the lease, one of which may be under way at any time.
    late.mongodb.until_held(3).await;
    Answer::get(&system, 0, &path).await.picture();
    no_job_lives(&system).await;
    late.mongodb.mend();
    let answer = Answer::to(asked).await.picture();
    assert_eq!(answer.cache_status(), "imcaxy; fwd=uri-miss; collapsed");
    assert_eq!(system.gauge.calls().len(), 2);
    system.finish().await;
}

async fn a_picture_that_nobody_waits_for_any_more_is_kept_all_the_same(stack: Stack) {
    let system = start(on(stack)).await;
    let path = system.path("/resize?width=320", "large.jpg");
    let gate = system.gauge.hold();
    let only = begin(system.request(Method::GET, 0, &path));
    gate.wait_for(1).await;
    only.abort();
    assert!(only.await.is_err());
    gate.open();
    until_kept(&system, 1).await;
    Answer::get(&system, 1, &path).await.hit();
    assert_eq!(system.gauge.calls().len(), 1);
    system.finish().await;
}

async fn a_request_that_waits_too_long_is_told_and_a_later_one_finds_the_picture(stack: Stack) {
    let system = start(on(stack).env("IMCAXY_REQUESTS_WAIT", "300ms")).await;
    let path = system.path("/resize?width=330", "large.jpg");
    let gate = system.gauge.hold();
    Answer::get(&system, 0, &path).await.refused(504, "deadline");
    gate.wait_for(1).await;
    gate.open();
    until_kept(&system, 1).await;
    Answer::get(&system, 1, &path).await.hit();
    assert_eq!(system.gauge.calls().len(), 1);
    system.finish().await;
}

async fn a_broken_signature_of_one_client_does_not_answer_for_the_good_one_of_another(stack: Stack) {
    let system = start(on(stack).env("IMCAXY_SOURCES_IGNORE_QUERY", "sig")).await;
    let [bad, good] =
        ["bad", "good"].map(|sig| system.path("/resize?width=340", &format!("signed.jpg?sig={sig}")));
    let gate = system.origin.hold("signed.jpg");
    system.origin.behave("signed.jpg", Behaviour::status(403));
    let first = begin(system.request(Method::GET, 0, &bad));
    gate.wait_for(1).await;
    let joined: Vec<_> = [0, 1].map(|replica| begin(system.request(Method::GET, replica, &good))).into();
    until("all wait for one job", async || waiting_requests(&system).await == 3).await;
    gate.let_through(1);
    Answer::to(first).await.refused(502, "source_failed");
    system.origin.behave("signed.jpg", Behaviour::bytes(Photo::bytes("imaginary.jpg").await));
    gate.open();
    for joined in joined {
        Answer::to(joined).await.picture();
    }
    let queries: Vec<String> =
        system.origin.requests("signed.jpg").into_iter().map(|seen| seen.query).collect();
    assert_eq!(queries, ["sig=bad", "sig=good"]);
    system.finish().await;
}
