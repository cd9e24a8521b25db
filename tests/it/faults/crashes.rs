//! Processes that are killed between two writes, or stand still.

use imcaxy_testkit::Role;
use imcaxy_testkit::http::begin;
use reqwest::Method;

use crate::harness::{Answer, Kept, documents, objects, start, system, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_after_the_object_and_before_the_entry_leaves_an_orphan_and_no_entry() {
    let mut system = start(system().apis(1).workers(1).proxied()).await;
    let path = system.path("/resize?width=310", "large.jpg");
    let gate = system.gauge.hold_answers();
    let waiting = begin(system.request(Method::GET, 0, &path));
    gate.wait_for(1).await;
    let worker = system.worker_running(&system.origin.url("large.jpg")).await;
    let links = system.workers[worker].links();
    // The object is put and the worker does not learn of it; when it does, it cannot say so to the catalog.
    links.s3.freeze_answers();
    gate.open();
    until("the object is there", async || !objects(&system.scope).await.is_empty()).await;
    links.mongodb.freeze_requests();
    links.s3.mend();
    links.mongodb.until_held().await;
    system.workers[worker].kill();
    // It was handed over before it was kept.
    Answer::of(waiting.await.expect("an answer")).await.picture();
    let kept = Kept::of(&system.scope).await;
    assert_eq!((kept.objects.len(), kept.entries.len()), (1, 0));
    system.forgive_leftovers().finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_after_the_entry_and_before_it_says_so_leaves_a_hit() {
    let mut system = start(system().apis(2).workers(1).proxied()).await;
    let path = system.path("/resize?width=312", "large.jpg");
    let gate = system.gauge.hold_answers();
    let waiting = begin(system.request(Method::GET, 0, &path));
    gate.wait_for(1).await;
    let worker = system.worker_running(&system.origin.url("large.jpg")).await;
    let links = system.workers[worker].links();
    links.s3.freeze_answers();
    gate.open();
    until("the object is there", async || !objects(&system.scope).await.is_empty()).await;
    links.redis.freeze_requests();
    links.s3.mend();
    until("the entry is there", async || !documents(&system.scope, "entries").await.is_empty()).await;
    links.redis.until_held().await;
    system.workers[worker].kill();
    let rendered = Answer::of(waiting.await.expect("an answer")).await.picture();
    let hit = Answer::get(&system, 1, &path).await.picture();
    assert!(hit.cache_status().contains("hit"), "{}", hit.cache_status());
    assert_eq!((hit.body, system.gauge.calls().len()), (rendered.body, 1));
    // The job's claim has nobody who ends it.
    system.forgive_leftovers().finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_api_and_a_killed_worker_are_replaced_by_others() {
    let mut system = start(system().apis(1).workers(1).proxied()).await;
    system.apis[0].kill();
    system.workers[0].kill();
    for role in [Role::Api, Role::Worker] {
        system.add(role).await.expect("started");
    }
    let path = system.path("/resize?width=311", "large.jpg");
    Answer::get(&system, 1, &path).await.picture();
    assert_eq!(system.workers[1].links().imaginary.connections(), 1);
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_were_paused_end_when_they_are_asked_to() {
    let mut system = start(system().apis(1).workers(1).proxied()).await;
    system.apis[0].pause();
    system.workers[0].pause();
    system.workers[0].links().mongodb.freeze();
    system.finish().await;
}
