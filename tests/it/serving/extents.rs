//! How large results are computed to be, beside how large imaginary makes them.

use imcaxy_shared::request::{Extent, ImageRequest, asked_extent, largest_extent};
use imcaxy_testkit::{Photo, http};
use serde_json::Value;

use crate::harness::servers;

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
        ["convert?type=png", "autorotate", "rotate?rotate=90", "rotate?rotate=270&width=200"]
            .map(str::to_owned)
            .to_vec();
    for operation in ["resize", "crop", "smartcrop", "thumbnail", "fit", "enlarge", "flip"] {
        for sides in [
            "width=300",
            "height=300",
            "width=100&height=100",
            "width=900&height=100",
            "width=100&height=900",
            "width=900",
            "width=77&aspectratio=4:3",
        ] {
            requests.push(format!("{operation}?{sides}"));
        }
        for rest in ["nocrop=false", "nocrop=true", "force=true", "rotate=90", "gravity=smart", "embed=true"]
        {
            requests.push(format!("{operation}?width=300&height=100&{rest}"));
        }
    }
    for rest in ["", "&width=300", "&width=300&height=100", "&top=10&areawidth=50&areaheight=40"] {
        requests.push(format!("zoom?factor=2{rest}"));
        requests.push(format!("extract?areawidth=60&areaheight=30{rest}"));
    }
    let mut compared = 0;
    // libvips rounds in its own ways; a source that it decodes reduced (WebP, JPEG) has its sides rounded before, and one such pixel is
    // more than one of the result.
    for (photo, off) in [("test.png", 1), ("test.webp", 2), ("exif/Portrait_6.jpg", 2)] {
        let bytes = Photo::bytes(photo).await;
        let (source, turned) = extent(bytes.clone()).await.expect("a picture");
        for request in &requests {
            let (path, query) = request.split_once('?').unwrap_or((request, ""));
            let query = format!("{query}&url=http://a.test/1.jpg");
            // imaginary does not turn what it decodes reduced.
            if off > 1 && query.contains("rotate=") {
                continue;
            }
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
            let near = |a: u64, b: u64| a.abs_diff(b) <= off;
            // What is made on the way counts, and a turned source is looked at both ways.
            let fits = request.starts_with("zoom") && result.pixels() <= computed.pixels()
                || near(result.width, computed.width) && near(result.height, computed.height);
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
    assert!(compared > 100, "{compared} were compared");
}
