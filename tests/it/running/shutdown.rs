//! Ending: what has begun is finished.

use imcaxy_testkit::Role;
use imcaxy_testkit::http::begin;
use reqwest::Method;

use crate::harness::{Answer, Stack, living_jobs, on, on_both_stacks, start, system, until};

on_both_stacks! {
    one_process_of_all_roles_still_renders_what_it_was_asked_when_it_is_asked_to_end,
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_and_a_worker_that_are_asked_to_end_finish_what_they_have_begun() {
    let mut system = start(system().apis(1).workers(1)).await;
    let path = system.path("/resize?width=300", "large.jpg");
    let gate = system.gauge.hold();
    let asked = begin(system.request(Method::GET, 0, &path));
    gate.wait_for(1).await;
    let mut api = system.apis.remove(0);
    let mut worker = system.workers.remove(0);
    let ending = async { tokio::join!(api.stop(), worker.stop()) };
    let answering = async {
        gate.open();
        Answer::to(asked).await.picture()
    };
    tokio::join!(ending, answering);
    assert_eq!(system.gauge.calls().len(), 1);
    system.finish().await;
}

async fn one_process_of_all_roles_still_renders_what_it_was_asked_when_it_is_asked_to_end(stack: Stack) {
    // One job at a time: the second request's job is not taken when the process is asked to end.
    let mut system = start(on(stack).apis(0).workers(0).env("IMCAXY_WORKER_CONCURRENCY", "1")).await;
    system.add(Role::Serve).await.expect("started");
    // Its own first housekeeping would rightly stay in the queue when the process ends.
    until("housekeeping is done", async || system.apis[0].log().contains("removed source documents")).await;
    let paths = [300, 301].map(|width| system.path(&format!("/resize?width={width}"), "large.jpg"));
    let gate = system.gauge.hold();
    let first = begin(system.request(Method::GET, 0, &paths[0]));
    gate.wait_for(1).await;
    let second = begin(system.request(Method::GET, 0, &paths[1]));
    until("both jobs live", async || living_jobs(&system).await == 2).await;
    let mut serve = system.apis.remove(0);
    let answering = async {
        gate.open();
        for asked in [first, second] {
            Answer::to(asked).await.picture();
        }
    };
    tokio::join!(serve.stop(), answering);
    assert_eq!(system.gauge.calls().len(), 2);
    system.finish().await;
}
