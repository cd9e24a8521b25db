//! What is too large, or of the wrong kind, before imaginary is asked.

use imcaxy_shared::request::{Extent, ImageRequest, asked_extent, largest_extent};
use imcaxy_testkit::{Behaviour, Photo, System, http};
use serde_json::Value;

use crate::harness::{Answer, servers, start, system};

async fn asked(system: &System, request: &str, source: &str) -> Answer {
    Answer::get(system, 0, &system.path(request, source)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_would_be_too_large_is_refused_and_never_rendered() {
    let system = start(system().workers(1).env("IMCAXY_REQUESTS_MAX_PIXELS", "1000000")).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn drawings_and_documents_are_refused_unless_they_are_wanted() {
    let request = "/convert?type=png";
    let closed = start(system().workers(1)).await;
    for source in ["test.svg", "test.pdf"] {
        asked(&closed, request, source).await.refused(415, "unsupported_type");
    }
    closed.finish().await;
    let open = start(system().workers(1).env("IMCAXY_SOURCES_VECTOR", "true")).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn heif_is_rendered_as_something_else_only() {
    let system = start(system().workers(1)).await;
    for request in ["/resize?width=300", "/autorotate"] {
        asked(&system, request, "test.heic").await.refused(415, "unsupported_type");
    }
    assert!(system.gauge.calls().is_empty());
    let answer = asked(&system, "/resize?width=300&type=jpeg", "test.heic").await.picture();
    assert_eq!(answer.header("content-type"), "image/jpeg");
    asked(&system, "/info", "test.heic").await.picture();
    system.finish().await;
}

/// The extent of a picture, as imaginary sees it.
async fn extent(bytes: bytes::Bytes) -> Option<(Extent, bool)> {
    let url = format!("{}/info", servers().imaginary_url);
    let answer = http::client().post(url).body(bytes).send().await.expect("imaginary answers");
    let info: Value = serde_json::from_slice(&answer.bytes().await.expect("whole")).ok()?;
    let extent = Extent { width: info["width"].as_u64()?, height: info["height"].as_u64()? };
    Some((extent, info["orientation"].as_u64().is_some_and(|orientation| orientation > 4)))
}

#[tokio::test(flavor = "multi_thread")]
async fn results_are_as_large_as_they_were_computed_to_be() {
    let mut requests: Vec<String> =
        ["convert?type=png", "autorotate", "flip", "rotate?rotate=90", "rotate?rotate=270&width=200"]
            .map(str::to_owned)
            .to_vec();
    for operation in ["resize", "crop", "smartcrop", "thumbnail", "fit", "enlarge", "flip"] {
        for sides in [
            "width=300",
            "height=300",
            "width=300&height=300",
            "width=1500&height=200",
            "width=200&height=1500",
            "width=1500",
            "width=1200&height=1300",
            "width=77&aspectratio=4:3",
        ] {
            for rest in [
                "",
                "&nocrop=false",
                "&nocrop=true",
                "&force=true",
                "&rotate=90",
                "&gravity=smart",
                "&embed=true",
            ] {
                requests.push(format!("{operation}?{sides}{rest}"));
            }
        }
    }
    for rest in [
        "",
        "&width=300",
        "&width=300&height=100",
        "&top=10&areawidth=50&areaheight=40",
        "&left=5&areawidth=50&nocrop=false",
    ] {
        requests.push(format!("zoom?factor=2{rest}"));
        requests.push(format!("extract?areawidth=60&areaheight=30{rest}"));
    }
    let mut compared = 0;
    for photo in ["medium.jpg", "test.png", "exif/Portrait_6.jpg"] {
        let bytes = Photo::bytes(photo).await;
        let (source, turned) = extent(bytes.clone()).await.expect("a picture");
        for request in &requests {
            let (path, query) = request.split_once('?').unwrap_or((request, ""));
            let query = format!("{query}&url=http://a.test/1.jpg");
            let Ok(image) = ImageRequest::parse(&format!("/{path}"), &query, None) else { continue };
            let url = format!("{}/{request}", servers().imaginary_url);
            let answer =
                http::client().post(url).body(bytes.clone()).send().await.expect("imaginary answers");
            if !answer.status().is_success() {
                continue;
            }
            let Some((result, _)) = extent(answer.bytes().await.expect("whole")).await else { continue };
            let computed = largest_extent(image.operation, &image.params, &image.steps, source, turned);
            let computed = computed.expect("an extent");
            // libvips rounds in its own ways; a turned source is looked at both ways.
            let near = |a: u64, b: u64| a.abs_diff(b) <= 1;
            let fits = near(result.width, computed.width) && near(result.height, computed.height);
            assert!(
                fits || (turned && result.pixels() <= computed.pixels() + computed.width + computed.height),
                "{photo} {request}: computed {computed:?}, is {result:?}"
            );
            if let Some(asked) = asked_extent(image.operation, &image.params, &image.steps) {
                assert!(
                    result.pixels() <= asked.pixels(),
                    "{photo} {request}: asked {asked:?}, is {result:?}"
                );
            }
            compared += 1;
        }
    }
    assert!(compared > 300, "{compared} were compared");
}
