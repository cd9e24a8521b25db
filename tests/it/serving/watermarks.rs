//! Watermark images: fetched by the worker, handed to imaginary by it.

use std::collections::BTreeSet;
use std::time::Duration;

use imcaxy_testkit::{Behaviour, OwnImaginary, Photo, RawOrigin, Script, System, http, port};

use crate::harness::{Answer, Kept, Stack, discard, on, on_both_stacks, start, until_hit};

on_both_stacks! {
    watermark_images_are_rendered_byte_for_byte_as_imaginary_does_and_fetched_by_the_worker_alone,
    a_pipeline_with_a_watermark_image_is_rendered_once_however_it_is_spelled,
    imaginary_needs_no_way_out_but_to_the_worker,
    a_watermark_image_is_a_source_like_any_other,
    what_cannot_be_a_watermark_image_is_refused_with_the_reason,
    of_a_watermark_image_no_more_is_read_than_imaginary_reads,
    a_worker_that_imaginary_cannot_reach_says_so_and_renders_everything_else,
}

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n";

/// A pipeline with these steps, percent-encoded.
fn pipeline(steps: &str) -> String {
    let steps: String = url::form_urlencoded::byte_serialize(steps.as_bytes()).collect();
    format!("/pipeline?operations={steps}")
}

/// Requests with watermark images, one for each way in which one can be named.
fn requests(system: &System) -> Vec<String> {
    let (mark, other) = (system.origin.url("test.png"), system.origin.url("test.webp"));
    let step = |image: &str, rest: &str| {
        format!(r#"{{"operation":"watermarkImage","params":{{"image":"{image}"{rest}}}}}"#)
    };
    let twice = format!("[{},{}]", step(&mark, ""), step(&mark, r#","top":200,"left":300"#));
    let several = format!(
        r#"[{{"operation":"resize","params":{{"width":600}}}},{},{}]"#,
        step(&other, r#","opacity":0.5"#),
        step(&mark, "")
    );
    vec![
        system.path(&format!("/watermarkimage?image={mark}&top=20&left=30&opacity=0.6"), "medium.jpg"),
        system.path(&format!("/watermarkimage?image={mark}&type=png&width=300"), "medium.jpg"),
        // A picture as the watermark of itself.
        system.path(&format!("/watermarkimage?image={}", system.origin.url("medium.jpg")), "medium.jpg"),
        system.path(&pipeline(&twice), "medium.jpg"),
        system.path(&pipeline(&several), "large.jpg"),
    ]
}

async fn watermark_images_are_rendered_byte_for_byte_as_imaginary_does_and_fetched_by_the_worker_alone(
    stack: Stack,
) {
    let system = start(on(stack)).await;
    let requests = requests(&system);
    let mut expected = Vec::new();
    for path in &requests {
        expected.push(Answer::of_imaginary(path, &[]).await.picture());
    }
    let asked_by_imaginary = system.origin.all_requests().len();
    for (path, expected) in requests.iter().zip(expected) {
        for replica in [0, 1] {
            let answer = Answer::get(&system, replica, path).await.picture();
            assert_eq!(answer.header("content-type"), expected.header("content-type"), "{path}");
            assert!(answer.body == expected.body, "{path}: {}", answer.cache_status());
        }
    }
    assert_eq!(system.gauge.calls().len(), requests.len(), "each was rendered once");
    let agents: BTreeSet<String> = system.origin.all_requests()[asked_by_imaginary..]
        .iter()
        .map(|seen| seen.header("user-agent").split('/').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(agents, BTreeSet::from(["imcaxy".to_owned()]));
    for call in system.gauge.calls() {
        assert!(!call.query.contains("test.png"), "imaginary knows nothing of the origin: {}", call.query);
    }
    system.finish().await;
}

async fn a_pipeline_with_a_watermark_image_is_rendered_once_however_it_is_spelled(stack: Stack) {
    let system = start(on(stack)).await;
    let mark = system.origin.url("test.png");
    let loud = mark.replace("http://", "HTTP://");
    let spellings = [
        format!(r#"[{{"operation":"watermarkImage","params":{{"image":"{mark}","top":20,"opacity":0.5}}}}]"#),
        format!(
            r#" [ {{ "PARAMS": {{ "opacity": 5e-1, "top": 20, "image": "{loud}" }},
                     "ignore_failure": false, "Operation": "watermarkImage" }} ] "#
        ),
    ];
    let paths = spellings.map(|steps| system.path(&pipeline(&steps), "medium.jpg"));
    let rendered = Answer::get(&system, 0, &paths[0]).await.picture();
    until_hit(&system, 0, &paths[0]).await;
    let other = Answer::get(&system, 1, &paths[1]).await.hit();
    assert_eq!(other.header("etag"), rendered.header("etag"));
    assert_eq!(Kept::of(&system.scope).await.entries.len(), 1, "they have one key");
    assert_eq!(system.gauge.calls().len(), 1);
    // imaginary itself sees no difference.
    for path in &paths {
        assert!(Answer::of_imaginary(path, &[]).await.picture().body == rendered.body, "{path}");
    }
    system.finish().await;
}

async fn imaginary_needs_no_way_out_but_to_the_worker(stack: Stack) {
    let imaginary = OwnImaginary::confined().await.expect("an imaginary");
    let system = on(stack)
        .env("IMCAXY_IMAGINARY_URL", imaginary.url())
        .env("IMCAXY_SOURCES_PRIVATE", "0.0.0.0,127.0.0.1");
    let system = start(system).await;
    let outside = |path: &str| {
        path.replace(&system.origin.url(""), &system.origin.url("").replace("127.0.0.1", "0.0.0.0"))
    };
    for path in requests(&system) {
        let path = outside(&path);
        let answer =
            http::client().get(format!("{}{path}", imaginary.url())).send().await.expect("an answer");
        assert!(answer.status().is_client_error(), "imaginary itself cannot get there: {path}");
        Answer::get(&system, 0, &path).await.picture();
    }
    system.finish().await;
}

async fn a_watermark_image_is_a_source_like_any_other(stack: Stack) {
    let system = start(on(stack)).await;
    let path = &requests(&system)[0];
    Answer::get(&system, 0, path).await.picture();
    until_hit(&system, 1, path).await;
    let entry = Kept::of(&system.scope).await.entries.remove(0);
    assert_eq!(entry.sources.len(), 2);
    assert!(entry.renderer.as_ref().is_some_and(|renderer| renderer.contains("bimg")), "{entry:?}");
    discard(&system, "test.png").await;
    assert!(!Answer::get(&system, 0, path).await.picture().is_hit());
    assert_eq!(system.gauge.calls().len(), 2);
    system.finish().await;
}

async fn what_cannot_be_a_watermark_image_is_refused_with_the_reason(stack: Stack) {
    let system = start(on(stack)).await;
    let asked = |image: &str| {
        system.path(&format!("/watermarkimage?image={}", system.origin.url(image)), "medium.jpg")
    };
    // A PNG that goes on after its end: imaginary would read a million bytes of it and say nothing.
    let mut large = Photo::bytes("test.png").await.to_vec();
    large.resize(1_000_001, 0);
    system.origin.behave("large.png", Behaviour::bytes(large));
    system.origin.behave("page.html", Behaviour::html());
    for (image, status, code) in [
        ("large.png", 413, "source_too_large"),
        ("absent.png", 404, "source_gone"),
        ("page.html", 422, "not_an_image"),
    ] {
        Answer::get(&system, 0, &asked(image)).await.refused(status, code);
    }
    let metadata = "/watermarkimage?image=http://169.254.169.254/mark.png";
    Answer::get(&system, 0, &system.path(metadata, "medium.jpg")).await.refused(403, "source_forbidden");
    assert!(system.gauge.calls().is_empty());
    system.finish().await;
}

async fn of_a_watermark_image_no_more_is_read_than_imaginary_reads(stack: Stack) {
    let system = start(on(stack).workers(1).env("IMCAXY_SOURCES_TIMEOUT", "5s")).await;
    let mut large = Photo::bytes("test.png").await.to_vec();
    large.resize(1_000_001, 0);
    // Neither comes to its end before the fetch would have to.
    let chunk = [format!("{HEAD}Transfer-Encoding: chunked\r\n\r\nf4241\r\n").as_bytes(), &large].concat();
    for head in [format!("{HEAD}Content-Length: 60000000\r\n\r\n").into_bytes(), chunk] {
        let wire = RawOrigin::start(Script::plain(head).then(1, "").slowly(Duration::from_secs(60))).await;
        let path = system.path(&format!("/watermarkimage?image={}", wire.url("mark.png")), "medium.jpg");
        let answer = Answer::get(&system, 0, &path).await.refused(413, "source_too_large");
        let message = answer.json()["message"].as_str().expect("a sentence").to_owned();
        assert!(message.contains("watermark") && message.contains("1000000"), "{message}");
    }
    // The same picture is large enough for one and too large for the other, at the same time, too.
    let slow = Behaviour::bytes(large).after(Duration::from_millis(300));
    system.origin.behave("large.png", slow);
    let image =
        system.path(&format!("/watermarkimage?image={}", system.origin.url("large.png")), "medium.jpg");
    let image = Answer::get(&system, 0, &image);
    let main = system.path("/resize?width=100", "large.png");
    let (image, main) = tokio::join!(image, Answer::get(&system, 0, &main));
    image.refused(413, "source_too_large");
    main.picture();
    system.finish().await;
}

async fn a_worker_that_imaginary_cannot_reach_says_so_and_renders_everything_else(stack: Stack) {
    let listen = format!("127.0.0.1:{}", port::free().expect("a port"));
    let system = on(stack).workers(1);
    let system =
        system.env("IMCAXY_WORKER_LISTEN", &listen).env("IMCAXY_WORKER_ADVERTISE", "http://127.0.0.1:1");
    let system = start(system).await;
    for path in &requests(&system) {
        Answer::get(&system, 0, path).await.refused(501, "watermark_unreachable");
    }
    Answer::get(&system, 0, &system.path("/resize?width=300", "medium.jpg")).await.picture();
    system.finish().await;
}
