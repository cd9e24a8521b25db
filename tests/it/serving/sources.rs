//! Sources that are not there, not pictures, not allowed, or not well.

use std::time::Duration;

use imcaxy_testkit::{Behaviour, System};

use crate::harness::{Answer, Kept, Stack, on, on_both_stacks, start};

on_both_stacks! {
    a_source_that_fails_is_told_with_its_own_code_and_never_kept,
    a_source_that_takes_too_long_has_failed,
    special_addresses_are_refused_in_every_spelling,
    a_redirect_is_followed_and_its_target_is_a_source_of_the_picture,
    nothing_of_the_client_reaches_the_origin,
    an_imaginary_that_fails_is_told_and_nothing_is_kept,
}

async fn asked(system: &System, source: &str) -> Answer {
    Answer::get(system, 0, &system.path("/resize?width=300", source)).await
}

async fn a_source_that_fails_is_told_with_its_own_code_and_never_kept(stack: Stack) {
    let system = start(on(stack).env("IMCAXY_SOURCES_MAX_BYTES", "400KiB")).await;
    let elsewhere = |location: &str| Behaviour::redirect_to(location);
    for (source, behaviour, status, code) in [
        ("gone.jpg", Behaviour::status(410), 404, "source_gone"),
        ("missing.jpg", Behaviour::status(404), 404, "source_gone"),
        ("secret.jpg", Behaviour::status(403), 502, "source_failed"),
        ("busy.jpg", Behaviour::status(429), 502, "source_failed"),
        ("broken.jpg", Behaviour::status(500), 502, "source_failed"),
        ("no-content.jpg", Behaviour::bytes("").with_status(204), 502, "source_failed"),
        ("page.jpg", Behaviour::html(), 422, "not_an_image"),
        ("text.jpg", Behaviour::bytes("just text"), 422, "not_an_image"),
        ("nothing.jpg", Behaviour::bytes(""), 422, "not_an_image"),
        (
            "drawing.svg",
            Behaviour::bytes("<svg xmlns='http://www.w3.org/2000/svg'/>"),
            415,
            "unsupported_type",
        ),
        ("paper.pdf", Behaviour::bytes("%PDF-1.4"), 415, "unsupported_type"),
        ("half.jpg", Behaviour::bytes(vec![0xff; 1000]).cut_after(500), 502, "source_failed"),
        ("big.jpg", Behaviour::bytes(vec![0xff; 500 << 10]), 413, "source_too_large"),
        ("big-unsaid.jpg", Behaviour::bytes(vec![0xff; 500 << 10]).without_length(), 413, "source_too_large"),
        ("broken-picture.jpg", Behaviour::bytes(&b"\xff\xd8\xff\xe0nonsense"[..]), 422, "not_an_image"),
        ("inside.jpg", elsewhere("http://10.0.0.1/1.jpg"), 403, "source_forbidden"),
        ("metadata.jpg", elsewhere("http://169.254.169.254/latest"), 403, "source_forbidden"),
        ("file.jpg", elsewhere("file:///etc/passwd"), 502, "source_failed"),
        ("loop.jpg", elsewhere("loop.jpg"), 502, "source_failed"),
    ] {
        system.origin.behave(source, behaviour);
        let answer = asked(&system, source).await.refused(status, code);
        assert!(answer.cache_status().contains("fwd=uri-miss"), "{source}: {}", answer.cache_status());
    }
    assert_eq!(system.origin.count("loop.jpg"), 6, "the first and five redirects");
    assert!(Kept::of(&system.scope).await.entries.is_empty());
    system.origin.behave("broken.jpg", Behaviour::bytes(imcaxy_testkit::Photo::bytes("imaginary.jpg").await));
    asked(&system, "broken.jpg").await.picture();
    system.finish().await;
}

async fn a_source_that_takes_too_long_has_failed(stack: Stack) {
    let system = start(on(stack).env("IMCAXY_SOURCES_TIMEOUT", "1s")).await;
    let bytes = || Behaviour::bytes(vec![0xff; 1000]);
    for (source, behaviour) in [
        ("slow.jpg", bytes().after(Duration::from_secs(20))),
        ("dripping.jpg", bytes().slowly(1, Duration::from_millis(50))),
    ] {
        system.origin.behave(source, behaviour);
        let answer = asked(&system, source).await.refused(502, "source_failed");
        assert!(answer.cache_status().contains("fwd=uri-miss"), "{source}: {}", answer.cache_status());
    }
    assert!(Kept::of(&system.scope).await.entries.is_empty());
    system.finish().await;
}

async fn special_addresses_are_refused_in_every_spelling(stack: Stack) {
    let system = start(on(stack).env("IMCAXY_SOURCES_PRIVATE", "")).await;
    let port = system.origin.url("").rsplit(':').next().expect("a port").trim_end_matches('/').to_owned();
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "2130706433",
        "0x7f.1",
        "10.1.2.3",
    ] {
        let path = format!("/resize?width=300&url=http://{host}:{port}/medium.jpg");
        Answer::get(&system, 0, &path).await.refused(403, "source_forbidden");
    }
    assert!(system.origin.all_requests().is_empty());
    system.finish().await;
}

async fn a_redirect_is_followed_and_its_target_is_a_source_of_the_picture(stack: Stack) {
    let system = start(on(stack)).await;
    system.origin.behave("old.jpg", Behaviour::redirect_to(&system.origin.url("medium.jpg")));
    let answer = asked(&system, "old.jpg").await.picture();
    assert_eq!(answer.header("cache-tag").split(',').count(), 2);
    let direct = asked(&system, "medium.jpg").await.picture();
    assert_eq!(direct.body, answer.body);
    let again = Answer::get(&system, 1, &system.path("/resize?width=300", "old.jpg")).await.picture();
    assert_eq!(again.body, answer.body);
    assert_eq!(system.gauge.calls().len(), 2);
    system.finish().await;
}

async fn nothing_of_the_client_reaches_the_origin(stack: Stack) {
    let system = start(on(stack)).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    let headers = [
        ("cookie", "session=1"),
        ("authorization", "Bearer x"),
        ("x-forwarded-for", "1.2.3.4"),
        ("x-forward-authorization", "x"),
        ("referer", "http://a.test/"),
        ("user-agent", "a browser"),
    ];
    Answer::with(&system, 0, &path, &headers).await.picture();
    let seen = system.origin.requests("medium.jpg");
    for (name, value) in headers {
        assert_ne!(seen[0].header(name), value, "{name}");
    }
    system.finish().await;
}

async fn an_imaginary_that_fails_is_told_and_nothing_is_kept(stack: Stack) {
    let system = start(on(stack)).await;
    system.gauge.fail_with(500);
    asked(&system, "medium.jpg").await.refused(502, "imaginary_failed");
    assert!(Kept::of(&system.scope).await.entries.is_empty());
    system.gauge.recover();
    asked(&system, "medium.jpg").await.picture();
    system.finish().await;
}
