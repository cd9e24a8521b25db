//! What is too large, or of the wrong kind, before imaginary is asked.

use imcaxy_testkit::{Behaviour, System};

use crate::harness::{Answer, Stack, on, on_both_stacks, start};

on_both_stacks! {
    a_result_that_would_be_too_large_is_refused_and_never_rendered,
    drawings_and_documents_are_refused_unless_they_are_wanted,
    heif_is_rendered_as_something_else_only,
}

async fn asked(system: &System, request: &str, source: &str) -> Answer {
    Answer::get(system, 0, &system.path(request, source)).await
}

async fn a_result_that_would_be_too_large_is_refused_and_never_rendered(stack: Stack) {
    // Each that needs the source fetches it, so that the origin tells which did.
    let limited = on(stack).workers(1).env("IMCAXY_REQUESTS_MAX_PIXELS", "1000000");
    let system = start(limited.env("IMCAXY_SOURCES_KEEP", "none")).await;
    for (request, at_once) in [
        ("/resize?width=100000&height=100000", true),
        ("/resize?width=1001&height=1000", true),
        ("/thumbnail?width=2000&height=501", true),
        ("/enlarge?width=1001&height=1000", true),
        ("/extract?areawidth=1001&areaheight=1000", true),
        ("/flip?width=1001&height=1000", true),
        (
            "/pipeline?operations=[{\"operation\":\"thumbnail\",\"params\":{\"width\":1001,\"height\":1000}}]",
            true,
        ),
        ("/thumbnail?width=2000", false),
        ("/zoom?factor=1", false),
        ("/crop?width=2000&height=600", false),
        (
            "/pipeline?operations=[{\"operation\":\"zoom\",\"params\":{\"factor\":3}},{\"operation\":\"fit\",\"params\":{\"width\":9,\"height\":9}}]",
            false,
        ),
    ] {
        let fetched = system.origin.count("medium.jpg");
        let answer = asked(&system, request, "medium.jpg").await.refused(400, "bad_parameter");
        let message = answer.json()["message"].as_str().expect("a sentence").to_owned();
        assert!(message.contains("requests.max_pixels") && message.contains("1000000"), "{message}");
        assert_eq!(system.origin.count("medium.jpg") == fetched, at_once, "{request}");
    }
    assert!(system.gauge.calls().is_empty());
    for request in
        ["/resize?width=1000&height=1000", "/resize?width=5000", "/fit?width=9999&height=9999", "/info"]
    {
        asked(&system, request, "medium.jpg").await.picture();
    }
    system.finish().await;
}

async fn drawings_and_documents_are_refused_unless_they_are_wanted(stack: Stack) {
    let request = "/convert?type=png";
    let closed = start(on(stack).workers(1)).await;
    for source in ["test.svg", "test.pdf"] {
        asked(&closed, request, source).await.refused(415, "unsupported_type");
    }
    closed.finish().await;
    let open = start(on(stack).workers(1).env("IMCAXY_SOURCES_VECTOR", "true")).await;
    for source in ["test.svg", "test.pdf"] {
        asked(&open, request, source).await.picture();
    }
    for (name, svg, status, code) in [
        (
            "huge.svg",
            "<svg xmlns='http://www.w3.org/2000/svg' width='100000' height='100000'/>",
            413,
            "too_many_pixels",
        ),
        (
            "view.svg",
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1e5 1e5'/>",
            413,
            "too_many_pixels",
        ),
        ("unsized.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>", 422, "not_an_image"),
        (
            "entity.svg",
            "<!DOCTYPE svg [<!ENTITY w '100000'>]><svg xmlns='http://www.w3.org/2000/svg' width='&w;' height='1'/>",
            422,
            "not_an_image",
        ),
    ] {
        open.origin.behave(name, Behaviour::bytes(svg));
        asked(&open, request, name).await.refused(status, code);
    }
    open.finish().await;
}

async fn heif_is_rendered_as_something_else_only(stack: Stack) {
    let system = start(on(stack).workers(1)).await;
    for request in ["/resize?width=300", "/autorotate"] {
        asked(&system, request, "test.heic").await.refused(415, "unsupported_type");
    }
    assert!(system.gauge.calls().is_empty());
    let answer = asked(&system, "/resize?width=300&type=jpeg", "test.heic").await.picture();
    assert_eq!(answer.header("content-type"), "image/jpeg");
    asked(&system, "/info", "test.heic").await.picture();
    system.finish().await;
}
