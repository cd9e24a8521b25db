//! What the built-in engine makes, beside what imaginary makes.

use std::num::NonZeroUsize;

use bytes::Bytes;
use imcaxy_shared::request::ImageRequest;
use imcaxy_testkit::{Photo, http, progress};
use imcaxy_worker::engine::Engine;
use serde_json::Value;

use super::requests::{PHOTOS, all};
use crate::harness::servers;

/// A picture with its type; `None`: the request was refused.
type Made = Option<(String, Bytes)>;

fn engine() -> Engine {
    Engine::new(NonZeroUsize::MIN, 1 << 30)
}

async fn by_engine(engine: &Engine, request: &str, source: &Bytes) -> Made {
    let (path, query) = request.split_once('?').unwrap_or((request, ""));
    let query = format!("{query}&url=http://a.test/1.jpg");
    let image = ImageRequest::parse(&format!("/{path}"), &query, None).ok()?;
    let picture = engine.render(&image.render(), source.clone()).await.ok()?;
    Some((picture.content_type, picture.bytes))
}

/// What it refuses it is asked for again: of a picture that it turns and encodes for itself it sometimes finds the bytes gone.
async fn by_imaginary(request: &str, source: &Bytes) -> Made {
    for _ in 0..3 {
        if let Some(made) = once_by_imaginary(request, source).await {
            return Some(made);
        }
    }
    None
}

async fn once_by_imaginary(request: &str, source: &Bytes) -> Made {
    let url = format!("{}/{request}", servers().imaginary_url);
    let answer = http::client().post(url).body(source.clone()).send().await.expect("imaginary answers");
    if !answer.status().is_success() {
        return None;
    }
    let content_type = answer.headers()["content-type"].to_str().expect("a type").to_owned();
    Some((content_type, answer.bytes().await.expect("whole")))
}

/// What imaginary says of a picture.
async fn info(picture: &Bytes) -> Value {
    let (_, said) = by_imaginary("info", picture).await.expect("a picture");
    serde_json::from_slice(&said).expect("JSON")
}

/// Type and sides.
async fn outline(made: &Made) -> Option<(String, Value, Value)> {
    let (content_type, picture) = made.as_ref()?;
    let info = info(picture).await;
    Some((content_type.clone(), info["width"].clone(), info["height"].clone()))
}

/// The likeness of two pictures in decibels, each on black (peak signal to noise ratio of all samples).
fn likeness(one: &Bytes, other: &Bytes) -> f64 {
    let decoded = |bytes: &Bytes| image::load_from_memory(bytes).expect("a PNG").into_rgba8();
    let (one, other) = (decoded(one), decoded(other));
    assert_eq!(one.dimensions(), other.dimensions());
    let samples = |image: &image::RgbaImage| -> Vec<f64> {
        let on_black = |pixel: &image::Rgba<u8>| {
            let [colours @ .., alpha] = pixel.0;
            colours.map(|colour| f64::from(colour) * f64::from(alpha) / 255.0)
        };
        image.pixels().flat_map(on_black).collect()
    };
    let (one, other) = (samples(&one), samples(&other));
    let squares: f64 = one.iter().zip(&other).map(|(a, b)| (a - b).powi(2)).sum();
    let count = f64::from(u32::try_from(one.len()).expect("not so large"));
    10.0 * (255.0 * 255.0 * count / squares.max(1e-9)).log10()
}

#[tokio::test(flavor = "multi_thread")]
async fn results_have_the_sides_and_the_type_that_imaginary_gives_them() {
    let engine = engine();
    let mut compared = 0;
    let mut wrong = Vec::new();
    for photo in PHOTOS {
        let source = Photo::bytes(photo).await;
        for request in all() {
            // imaginary does not turn a WebP that it decodes reduced.
            if photo.ends_with("webp") && request == "thumbnail?width=300&height=140&rotate=90" {
                continue;
            }
            let ours = outline(&by_engine(&engine, &request, &source).await).await;
            let theirs = outline(&by_imaginary(&request, &source).await).await;
            compared += 1;
            if ours != theirs {
                wrong.push(format!("{photo} {request}: {ours:?}, imaginary {theirs:?}"));
            }
        }
    }
    assert!(compared >= 200, "{compared}");
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
}

/// In decibels.
const ALIKE: f64 = 35.0;

/// Those pictures of the engine that are not like imaginary's. Of a JPEG that it turns and reduces imaginary sometimes makes something else:
/// the best of three counts.
async fn unlike(engine: &Engine, photos: &[&str], requests: &[&str]) -> Vec<String> {
    let mut unlike = Vec::new();
    for photo in photos {
        let source = Photo::bytes(photo).await;
        for request in requests {
            let request = format!("{request}&type=png");
            let (_, ours) = by_engine(engine, &request, &source).await.expect("a picture");
            let mut best = 0.0_f64;
            for _ in 0..3 {
                let (_, theirs) = by_imaginary(&request, &source).await.expect("a picture");
                best = best.max(likeness(&ours, &theirs));
                if best >= ALIKE {
                    break;
                }
            }
            progress::say(&format!("{best:5.1} dB {photo} {request}"));
            if best < ALIKE {
                unlike.push(format!("{photo} {request}: {best:.1} dB"));
            }
        }
    }
    unlike
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_that_are_made_smaller_look_like_those_of_imaginary() {
    let engine = engine();
    let photos =
        ["large.jpg", "medium.jpg", "exif/Landscape_6.jpg", "test_exif_full.jpg", "test.png", "test.webp"];
    let requests = [
        "resize?width=300",
        "resize?width=300&height=300&nocrop=false",
        "resize?width=300&extend=mirror&height=300",
        "fit?width=380&height=380",
        "crop?width=320&height=300",
        "crop?width=320&height=300&gravity=east",
        "enlarge?width=300&height=300",
        "thumbnail?width=360",
        "resize?width=390&rotate=90",
    ];
    let unlike = unlike(&engine, &photos, &requests).await;
    assert!(unlike.is_empty(), "{}", unlike.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_made_smaller_differs_by_rounding_alone() {
    let engine = engine();
    let requests = [
        "convert?x=1",
        "convert?colorspace=bw",
        "convert?background=10,200,30",
        "rotate?rotate=90",
        "flip?x=1",
        "flop?rotate=270",
        "extract?top=40&left=30&areawidth=200&areaheight=100",
        "zoom?factor=1",
        "resize?width=1000&height=800&extend=mirror",
        "resize?width=1000&height=800&extend=white",
        "resize?width=1000&height=800&extend=background&background=9,99,199",
        "enlarge?width=1100&height=900",
        "thumbnail?width=1100",
    ];
    let unlike =
        unlike(&engine, &["imaginary.jpg", "exif/Landscape_7.jpg", "test.png", "test.webp"], &requests).await;
    assert!(unlike.is_empty(), "{}", unlike.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn info_says_what_imaginary_says() {
    let engine = engine();
    let mut sources = Vec::new();
    for photo in [
        "medium.jpg",
        "exif/Portrait_8.jpg",
        "test.png",
        "test.webp",
        "test.gif",
        "transparent.png",
        "test_icc_prophoto.jpg",
    ] {
        sources.push((photo.to_owned(), Photo::bytes(photo).await));
    }
    let medium = Photo::bytes("medium.jpg").await;
    for request in [
        "convert?type=tiff",
        "convert?type=png&colorspace=bw",
        "convert?type=jpeg&colorspace=bw",
        "convert?type=webp",
    ] {
        sources.push((request.to_owned(), by_imaginary(request, &medium).await.expect("a picture").1));
    }
    let mut wrong = Vec::new();
    for (name, source) in sources {
        let (content_type, ours) = by_engine(&engine, "info", &source).await.expect("JSON");
        assert_eq!(content_type, "application/json");
        let ours: Value = serde_json::from_slice(&ours).expect("JSON");
        let theirs = info(&source).await;
        if ours != theirs {
            wrong.push(format!("{name}: {ours}, imaginary {theirs}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
