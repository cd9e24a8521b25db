//! What the built-in engine makes, beside what imaginary makes.

use std::num::NonZeroUsize;

use bytes::Bytes;
use imcaxy_shared::testing::build;
use imcaxy_testkit::parity::requests::{PHOTOS, all, is_sound};
use imcaxy_testkit::parity::{Asked, Made, Outline, Pixels};
use imcaxy_testkit::{Photo, progress};
use imcaxy_worker::engine::Engine;

use crate::harness::servers;

fn engine() -> Engine {
    Engine::new(NonZeroUsize::MIN, 1 << 30)
}

fn imaginary() -> Asked {
    Asked::at(&servers().imaginary_url)
}

/// `None`: the request is refused.
async fn by_engine(engine: &Engine, request: &str, source: &Bytes) -> Option<Made> {
    let picture = engine.render(&build::render(request)?, source.clone()).await.ok()?;
    Some(Made { content_type: picture.content_type, bytes: picture.bytes })
}

async fn outline(imaginary: &Asked, made: Option<Made>) -> Option<Outline> {
    Some(imaginary.outline(&made?).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn results_have_the_sides_and_the_type_that_imaginary_gives_them() {
    let (engine, imaginary) = (engine(), imaginary());
    let mut compared = 0;
    let mut wrong = Vec::new();
    for photo in PHOTOS {
        let source = Photo::bytes(photo).await;
        for request in all() {
            if !is_sound(photo, &request) {
                continue;
            }
            let ours = outline(&imaginary, by_engine(&engine, &request, &source).await).await;
            let theirs = outline(&imaginary, imaginary.make(&request, &source).await).await;
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
    let (imaginary, mut unlike) = (imaginary(), Vec::new());
    for photo in photos {
        let source = Photo::bytes(photo).await;
        for request in requests {
            let request = format!("{request}&type=png");
            let pixels = |made: Option<Made>| Pixels::of(&made?);
            let ours = pixels(by_engine(engine, &request, &source).await).expect("a picture");
            let mut best = 0.0_f64;
            for _ in 0..3 {
                let theirs = pixels(imaginary.make(&request, &source).await).expect("a picture");
                best = best.max(ours.likeness(&theirs));
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
    let (engine, imaginary) = (engine(), imaginary());
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
        sources.push((request.to_owned(), imaginary.make(request, &medium).await.expect("a picture").bytes));
    }
    let mut wrong = Vec::new();
    for (name, source) in sources {
        let ours = by_engine(&engine, "info", &source).await.and_then(|made| made.said()).expect("JSON");
        let theirs = imaginary.info(&source).await;
        if ours != theirs {
            wrong.push(format!("{name}: {ours}, imaginary {theirs}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
