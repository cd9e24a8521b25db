//! Byte for byte what imaginary answers.

use crate::harness::{Answer, Stack, forget_memory, on, on_both_stacks, start};

on_both_stacks! {
    every_operation_is_answered_byte_for_byte_as_imaginary_answers,
    the_type_follows_accept_as_imaginary_does_and_each_type_is_rendered_once,
    a_picture_too_large_to_hand_over_comes_from_the_store,
}

/// Every operation with its usual parameters, and what is odd about some.
const REQUESTS: &[(&str, &str)] = &[
    ("/info", "medium.jpg"),
    ("/crop?width=300&height=200", "medium.jpg"),
    ("/crop?width=300&height=260&gravity=west", "medium.jpg"),
    ("/smartcrop?width=300&height=260", "smart-crop.jpg"),
    ("/resize?width=300", "large.jpg"),
    ("/resize?width=300&height=300&nocrop=false", "medium.jpg"),
    ("/resize?width=300&height=300&extend=", "medium.jpg"),
    ("/resize?width=300&type=png&compression=9", "medium.jpg"),
    ("/enlarge?width=1440&height=900", "imaginary.jpg"),
    ("/extract?top=10&left=20&areawidth=300&areaheight=150", "medium.jpg"),
    ("/zoom?factor=1&areawidth=100&top=10&left=10&areaheight=80", "medium.jpg"),
    ("/thumbnail?width=100", "large.jpg"),
    ("/fit?width=300&height=300", "medium.jpg"),
    ("/rotate?rotate=90", "medium.jpg"),
    ("/autorotate", "exif/Landscape_6.jpg"),
    ("/flip?quality=60", "imaginary.jpg"),
    ("/flop", "test.png"),
    ("/convert?type=webp", "medium.jpg"),
    ("/convert?type=png", "test.webp"),
    ("/watermark?text=Imcaxy%20%26amp%3B%20more&font=sans%2012&opacity=0.5&color=255,200,50", "medium.jpg"),
    ("/blur?sigma=5", "imaginary.jpg"),
    (
        "/pipeline?operations=%5B%7B%22operation%22%3A%22crop%22%2C%22params%22%3A%7B%22width%22%3A300%2C%22height%22\
         %3A260%7D%7D%2C%7B%22operation%22%3A%22convert%22%2C%22params%22%3A%7B%22type%22%3A%22webp%22%7D%7D%5D",
        "medium.jpg",
    ),
    // Unusual spellings mean what they mean to imaginary.
    ("/resize?width=3e2&width=500&unknown=1&quality=101", "medium.jpg"),
    ("/resize?width=-300.4&colorspace=BW", "medium.jpg"),
];

const ACCEPTS: &[&str] = &[
    "image/webp,*/*",
    "image/png;q=0.1,image/webp",
    "text/html, image/jpeg",
    "*/*",
    "image/avif,image/webp;q=0",
];

async fn every_operation_is_answered_byte_for_byte_as_imaginary_answers(stack: Stack) {
    let system = start(on(stack)).await;
    for (number, (request, photo)) in REQUESTS.iter().enumerate() {
        let path = system.path(request, photo);
        let expected = Answer::of_imaginary(&path, &[]).await;
        assert_eq!(expected.status, 200, "{path}: {:?}", expected.body);
        for (replica, prefix) in [(number % 2, ""), (1 - number % 2, "/imaginary")] {
            let answer = Answer::get(&system, replica, &format!("{prefix}{path}")).await.picture();
            assert_eq!(answer.header("content-type"), expected.header("content-type"), "{path}");
            assert_eq!(answer.body, expected.body, "{path}: {}", answer.cache_status());
        }
    }
    let calls = system.gauge.calls().len();
    assert_eq!(calls, REQUESTS.len(), "each was rendered once");
    system.finish().await;
}

async fn the_type_follows_accept_as_imaginary_does_and_each_type_is_rendered_once(stack: Stack) {
    let system = start(on(stack)).await;
    let path = system.path("/resize?width=200&type=auto", "medium.jpg");
    for accept in ACCEPTS {
        let expected = Answer::of_imaginary(&path, &[("accept", accept)]).await;
        for replica in [0, 1] {
            let answer = Answer::with(&system, replica, &path, &[("accept", accept)]).await.picture();
            assert_eq!(answer.header("vary"), "Accept");
            assert_eq!(answer.header("content-type"), expected.header("content-type"), "{accept}");
            assert_eq!(answer.body, expected.body, "{accept}");
        }
    }
    // webp, png, jpeg and none at all.
    assert_eq!(system.gauge.calls().len(), 4);
    // What auto became.
    let explicit =
        Answer::get(&system, 0, &system.path("/resize?width=200&type=webp", "medium.jpg")).await.hit();
    assert!(!explicit.headers.contains_key("vary"));
    system.finish().await;
}

async fn a_picture_too_large_to_hand_over_comes_from_the_store(stack: Stack) {
    let mut system = start(on(stack)).await;
    let path = system.path("/convert?type=png", "large.jpg");
    let expected = Answer::of_imaginary(&path, &[]).await;
    assert!(expected.body.len() > 1 << 20);
    for (replica, status) in [(0, "fwd=uri-miss; fwd-status=200; stored"), (1, "hit; detail=store")] {
        let answer = Answer::get(&system, replica, &path).await.picture();
        assert_eq!(answer.body, expected.body);
        assert_eq!(answer.cache_status(), format!("imcaxy; {status}"));
        forget_memory(&mut system).await;
    }
    system.finish().await;
}
