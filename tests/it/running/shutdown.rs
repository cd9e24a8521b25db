//! Ending: what has begun is finished.

use imcaxy_testkit::http::begin;
use reqwest::Method;

use crate::harness::{Answer, start, system};

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
        Answer::of(asked.await.expect("an answer")).await.picture()
    };
    tokio::join!(ending, answering);
    assert_eq!(system.gauge.calls().len(), 1);
    system.finish().await;
}
