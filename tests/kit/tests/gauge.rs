//! The gauge counts what the real imaginary is asked, and changes nothing.

use imcaxy_testkit::{Gauge, Origin, Photo, Servers, http};
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;

#[tokio::test]
async fn a_picture_is_the_same_through_the_gauge() {
    let servers = Servers::from_env().expect("servers");
    let gauge = Gauge::start(&servers.imaginary_url).await;
    let photo = Photo::bytes("medium.jpg").await;
    let render = async |base: &str| {
        let sent = http::client().post(format!("{base}/resize?width=120&type=webp")).body(photo.clone());
        let answer = sent.send().await.expect("answers");
        assert_eq!(answer.status(), StatusCode::OK);
        (answer.headers()[CONTENT_TYPE].clone(), answer.bytes().await.expect("a body"))
    };
    assert_eq!(render(&servers.imaginary_url).await, render(gauge.url()).await);

    let calls = gauge.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].path.as_str(), calls[0].query.as_str()), ("/resize", "width=120&type=webp"));
    assert_eq!((calls[0].method.as_str(), calls[0].body), ("POST", photo.len()));
    assert_eq!(gauge.count("/resize"), 1);
}

#[tokio::test]
async fn imaginary_fetches_from_the_origin_through_the_gauge() {
    let servers = Servers::from_env().expect("servers");
    let (origin, gauge) = (Origin::start().await, Gauge::start(&servers.imaginary_url).await);
    let asked = format!("{}/info?url={}", gauge.url(), origin.url("large.jpg"));
    let answer = http::client().get(asked).send().await.expect("answers").text().await.expect("text");
    assert!(answer.contains("\"width\":1920"), "{answer}");
    assert_eq!(origin.requests("large.jpg").iter().filter(|seen| seen.method == "GET").count(), 1);
}

#[tokio::test]
async fn held_calls_are_under_way_at_once() {
    let servers = Servers::from_env().expect("servers");
    let gauge = Gauge::start(&servers.imaginary_url).await;
    let gate = gauge.hold();
    let photo = Photo::bytes("test.png").await;
    let calls: Vec<_> = (1..=3)
        .map(|width| {
            let url = format!("{}/resize?width={width}0", gauge.url());
            http::begin(http::client().post(url).body(photo.clone()))
        })
        .collect();
    gate.wait_for(3).await;
    gate.open();
    for call in calls {
        assert_eq!(call.await.expect("answers").status(), StatusCode::OK);
    }
    assert_eq!(gauge.most_at_once(), 3);
}

#[tokio::test]
async fn the_gauge_fails_and_recovers_as_it_is_told() {
    let servers = Servers::from_env().expect("servers");
    let gauge = Gauge::start(&servers.imaginary_url).await;
    let ask = async || {
        let photo = Photo::bytes("test.png").await;
        let sent = http::client().post(format!("{}/flip", gauge.url())).body(photo);
        sent.send().await.expect("answers").status()
    };
    gauge.fail_with(503);
    assert_eq!(ask().await, StatusCode::SERVICE_UNAVAILABLE);
    gauge.recover();
    assert_eq!(ask().await, StatusCode::OK);
    assert_eq!(gauge.count("/flip"), 2);
}

#[tokio::test]
async fn a_held_answer_was_given_and_is_not_heard_yet() {
    let servers = Servers::from_env().expect("servers");
    let gauge = Gauge::start(&servers.imaginary_url).await;
    let gate = gauge.hold_answers();
    let url = format!("{}/resize?width=20", gauge.url());
    let call = http::begin(http::client().post(url).body(Photo::bytes("test.png").await));
    gate.wait_for(1).await;
    assert!(!call.is_finished());
    gauge.fail_with(503);
    gate.open();
    assert_eq!(call.await.expect("answers").status(), StatusCode::OK);
}
