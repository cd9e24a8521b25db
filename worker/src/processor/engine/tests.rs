//! The engine as a whole, on small pictures made in code.

use std::num::NonZeroUsize;

use bytes::Bytes;
use image::ExtendedColorType;
use image::codecs::gif::GifEncoder;
use image::metadata::Orientation;
use imcaxy_shared::jobs::{Failure, FailureCode};
use imcaxy_shared::request::Render;
use imcaxy_shared::testing::build;

use super::Engine;
use super::decode::{Format, Source};
use super::encode::{Kept, encode};
use super::output::Output;
use super::pixels::{Channels, Pixels};
use crate::origin::Media;
use crate::processor::Picture;

const WIDTH: usize = 64;
const HEIGHT: usize = 40;
const WRITTEN: [Format; 4] = [Format::Jpeg, Format::Png, Format::WebP, Format::Tiff];

fn gradient() -> Pixels {
    let byte = |value: usize| u8::try_from(value % 256).unwrap();
    let samples = (0..HEIGHT)
        .flat_map(|y| (0..WIDTH).flat_map(move |x| [byte(x * 4), byte(y * 6), byte(x + y)]))
        .collect();
    Pixels::new(WIDTH, HEIGHT, Channels::Rgb, samples).unwrap()
}

/// Little-endian Exif with an orientation alone.
fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0, 0]);
    exif
}

fn source(format: Format, exif: Option<Vec<u8>>) -> Bytes {
    if format == Format::Gif {
        let mut bytes = Vec::new();
        let (width, height) = (u32::try_from(WIDTH).unwrap(), u32::try_from(HEIGHT).unwrap());
        GifEncoder::new(&mut bytes)
            .encode(gradient().samples(), width, height, ExtendedColorType::Rgb8)
            .unwrap();
        return bytes.into();
    }
    let output = Output {
        format,
        quality: 90,
        compression: 6,
        interlace: false,
        grey: false,
        profile: true,
        exif: true,
    };
    encode(&gradient(), &output, Kept { profile: Some(b"a profile".to_vec()), exif }).unwrap().bytes
}

fn render(request: &str) -> Render {
    build::render(request).unwrap()
}

async fn made(request: &str, source: &Bytes) -> Result<Picture, Failure> {
    Engine::new(NonZeroUsize::MIN, 64 << 20).render(&render(request), source.clone()).await
}

async fn refused(request: &str, source: &Bytes) -> (FailureCode, String) {
    let failure = made(request, source).await.unwrap_err();
    (failure.code, failure.message)
}

fn sides(picture: &Picture) -> (u64, u64) {
    let extent = Source::open(picture.bytes.clone()).map_err(|failure| failure.message).unwrap().extent();
    (extent.width, extent.height)
}

#[tokio::test]
async fn every_type_is_made_of_every_other() {
    for from in [Format::Jpeg, Format::Png, Format::WebP, Format::Gif, Format::Tiff] {
        let source = source(from, None);
        for to in WRITTEN {
            let picture = made(&format!("resize?width=32&type={}", to.name()), &source).await.unwrap();
            assert_eq!(picture.content_type, to.media_type());
            assert_eq!(Media::of(&picture.bytes).unwrap().name, to.media_type());
            assert_eq!(sides(&picture), (32, 20), "{from:?} {to:?}");
        }
    }
}

#[tokio::test]
async fn a_result_is_of_its_sources_type_unless_another_is_asked_for() {
    for format in WRITTEN {
        assert_eq!(made("flip", &source(format, None)).await.unwrap().content_type, format.media_type());
    }
    let (code, message) = refused("flip", &source(Format::Gif, None)).await;
    assert_eq!(
        (code, message.as_str()),
        (FailureCode::BadParameter, "a GIF cannot be written; add type=jpeg, png, webp or tiff")
    );
}

#[tokio::test]
async fn what_is_lacking_is_named() {
    for (request, lacking) in [
        ("smartcrop?width=10", "the operation smartcrop"),
        ("blur?sigma=2", "the operation blur"),
        ("watermark?text=a", "the operation watermark"),
        ("watermarkimage?image=http://a.test/2", "the operation watermarkimage"),
        (r#"pipeline?operations=[{"operation":"flip"}]"#, "the operation pipeline"),
        ("crop?width=10&gravity=smart", "gravity=smart"),
        ("resize?width=10&sigma=2", "sigma, which blurs"),
        ("resize?width=10&interlace=true", "interlace for PNG"),
        ("resize?width=10&palette=true", "palette"),
    ] {
        let (code, message) = refused(request, &source(Format::Png, None)).await;
        assert_eq!(code, FailureCode::NotImplemented, "{request}");
        assert_eq!(
            message,
            format!("the built-in engine lacks {lacking}; it needs imaginary (imaginary.url)")
        );
    }
}

#[tokio::test]
async fn exif_says_how_a_picture_lies_and_no_longer_once_it_is_turned() {
    // Its home in a TIFF is another.
    for format in [Format::Jpeg, Format::Png, Format::WebP] {
        let source = source(format, Some(exif(6)));
        for (request, sides_, orientation) in [
            ("resize?width=20", (20, 32), Some(1)),
            ("autorotate", (40, 64), Some(1)),
            ("resize?width=32&norotation=true", (32, 20), Some(6)),
            ("rotate?rotate=180", (64, 40), Some(6)),
            ("resize?width=20&stripmeta=true", (20, 32), None),
        ] {
            let picture = made(request, &source).await.unwrap();
            assert_eq!(sides(&picture), sides_, "{format:?} {request}");
            let left = Source::open(picture.bytes).ok().unwrap().orientation();
            assert_eq!(left, orientation, "{format:?} {request}");
        }
    }
    assert_eq!(Orientation::from_exif_chunk(&exif(6)), Some(Orientation::Rotate90));
}

#[tokio::test]
async fn a_colour_profile_goes_on_unless_it_is_not_wanted() {
    for format in WRITTEN {
        let source = source(format, None);
        for (request, kept) in [
            ("resize?width=32", true),
            ("resize?width=32&noprofile=true", false),
            ("resize?width=32&stripmeta=true", false),
        ] {
            let picture = made(request, &source).await.unwrap();
            let has = Source::open(picture.bytes).ok().unwrap().has_profile();
            assert_eq!(has, kept, "{format:?} {request}");
        }
    }
}

#[tokio::test]
async fn a_jpeg_is_progressive_where_that_is_asked_for() {
    let source = source(Format::Jpeg, None);
    for (request, progressive) in [("flip", false), ("flip?interlace=true", true)] {
        let picture = made(request, &source).await.unwrap();
        assert_eq!(Source::open(picture.bytes).ok().unwrap().is_progressive(), progressive, "{request}");
    }
}

#[tokio::test]
async fn a_part_of_a_zoom_is_what_a_part_of_the_zoomed_picture_is() {
    let source = source(Format::Png, None);
    let zoomed = made("zoom?factor=2", &source).await.unwrap().bytes;
    for (left, top, width, height) in [(0, 3, 5, 4), (7, 11, 31, 20), (189, 117, 3, 3), (1, 2, 191, 118)] {
        let area = format!("left={left}&top={top}&areawidth={width}&areaheight={height}");
        let part = made(&format!("zoom?factor=2&{area}"), &source).await.unwrap();
        let cut = made(&format!("extract?{area}"), &zoomed).await.unwrap();
        assert!(part == cut, "{area}");
    }
    let (code, _) = refused("zoom?factor=2&left=1&areawidth=192&areaheight=4", &source).await;
    assert_eq!(code, FailureCode::BadParameter);
}

#[tokio::test]
async fn quality_counts_and_beyond_a_hundred_it_is_the_default() {
    for format in ["jpeg", "webp"] {
        let source = source(Format::Png, None);
        let length = async |quality: u8| {
            made(&format!("convert?type={format}&quality={quality}"), &source).await.unwrap().bytes.len()
        };
        assert!(length(20).await < length(75).await && length(75).await < length(95).await, "{format}");
        assert_eq!(length(101).await, length(75).await, "{format}");
    }
}

/// A decoder that panicked would be told as well, but end a test with a message of its own.
#[tokio::test]
async fn a_broken_source_is_refused_whatever_is_broken() {
    for format in [Format::Jpeg, Format::Png, Format::WebP, Format::Gif, Format::Tiff] {
        let whole = source(format, Some(exif(3)));
        for cut in (12..whole.len()).step_by(97) {
            if let Err(failure) = made("convert?type=png", &whole.slice(..cut)).await {
                assert_eq!(failure.code, FailureCode::NotAnImage, "{format:?} {cut}: {}", failure.message);
            }
        }
        for at in (12..whole.len().min(2000)).step_by(7) {
            let mut bytes = whole.to_vec();
            bytes[at] ^= 0xff;
            if let Err(failure) = made("convert?type=png", &bytes.into()).await {
                let expected = [FailureCode::NotAnImage, FailureCode::BadParameter];
                assert!(expected.contains(&failure.code), "{format:?} {at}: {}", failure.message);
            }
        }
    }
    assert_eq!(refused("flip", &Bytes::from_static(b"<p>hello")).await.0, FailureCode::NotAnImage);
    assert_eq!(refused("flip", &Bytes::from_static(b"<svg/>")).await.0, FailureCode::UnsupportedType);
}

#[tokio::test]
async fn what_takes_more_memory_than_there_is_is_refused_and_the_engine_goes_on() {
    let source = source(Format::Png, None);
    let engine = Engine::new(NonZeroUsize::MIN, 1 << 20);
    for request in [
        "resize?width=60000&height=20",
        "enlarge?width=4000&height=4000",
        // The result is small, but not what it is cut from.
        "enlarge?width=5000&height=2",
    ] {
        let failure = engine.render(&render(request), source.clone()).await.unwrap_err();
        assert_eq!(failure.code, FailureCode::BadParameter, "{request}");
        assert!(failure.message.ends_with("the built-in engine has 1048576"), "{}", failure.message);
    }
    assert_eq!(sides(&engine.render(&render("resize?width=32"), source).await.unwrap()), (32, 20));
}

/// A grey JPEG of any sides.
fn slim(width: usize, height: usize) -> Bytes {
    let samples = (0..width * height).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let output = Output {
        format: Format::Jpeg,
        quality: 90,
        compression: 6,
        interlace: false,
        grey: true,
        profile: false,
        exif: false,
    };
    let pixels = Pixels::new(width, height, Channels::Grey, samples).unwrap();
    encode(&pixels, &output, Kept { profile: None, exif: None }).unwrap().bytes
}

#[tokio::test]
async fn a_jpeg_that_is_very_slim_keeps_its_length() {
    for (width, height) in [(1, 100), (100, 1), (2, 90), (7, 300)] {
        let picture = made("convert?type=png", &slim(width, height)).await.unwrap();
        let expected = (u64::try_from(width).unwrap(), u64::try_from(height).unwrap());
        assert_eq!(sides(&picture), expected);
    }
}

#[tokio::test]
async fn what_would_be_very_long_is_refused_before_it_is_made() {
    for request in [
        "crop?width=1&height=50000000&force=true&type=png",
        "resize?width=50000000&height=1&force=true&type=png",
        "enlarge?width=70000&height=1&type=png",
        "zoom?factor=1000000000",
        "thumbnail?width=1e9",
    ] {
        let (code, message) = refused(request, &source(Format::Png, None)).await;
        assert_eq!(code, FailureCode::BadParameter, "{request}");
        assert!(message.contains("65535"), "{message}");
    }
}

#[tokio::test]
async fn a_webp_that_says_that_it_has_more_than_it_has_is_refused() {
    let mut lying = source(Format::WebP, None).to_vec();
    lying.extend_from_slice(b"ICCP\xf0\xff\xff\xff");
    let (code, message) = refused("resize?width=9", &lying.into()).await;
    assert_eq!(code, FailureCode::NotAnImage);
    assert!(message.contains("cut short"), "{message}");
}

#[tokio::test]
async fn a_jpeg_without_loss_is_refused() {
    let mut source = b"\xff\xd8".to_vec();
    // A frame without loss of nine grey pixels by nine, a table of one code, and a scan.
    source.extend_from_slice(b"\xff\xc3\0\x0b\x08\0\x09\0\x09\x01\x01\x11\0");
    source.extend_from_slice(b"\xff\xc4\0\x14\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    source.extend_from_slice(b"\xff\xda\0\x08\x01\x01\0\x01\0\0\0\0\xff\xd9");
    let (code, message) = refused("resize?width=9", &source.into()).await;
    assert_eq!(code, FailureCode::UnsupportedType, "{message}");
}
