use super::*;

fn png(width: u32, height: u32) -> Vec<u8> {
    let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
    [&b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"[..], &sides, b"\x08\x02\0\0\0crc!"].concat()
}

fn jpeg(parts: &[&[u8]]) -> Vec<u8> {
    [b"\xff\xd8", parts.concat().as_slice()].concat()
}

/// A frame header of 256 by 512 pixels.
const FRAME: &[u8] = b"\xff\xc0\0\x0b\x08\x02\0\x01\0\x01\x01\x11\0";
/// One of 16 by 16 pixels.
const SMALL: &[u8] = b"\xff\xc0\0\x0b\x08\0\x10\0\x10\x01\x01\x11\0";
/// Exif, in a segment, that says the picture lies on its side.
const TURNED: &[u8] =
    b"\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";

fn gif(screen: (u16, u16), frames: &[(u16, u16)]) -> Vec<u8> {
    let mut bytes = b"GIF89a".to_vec();
    bytes.extend([screen.0.to_le_bytes(), screen.1.to_le_bytes()].concat());
    // A table of two colours, then an extension.
    bytes.extend(b"\x80\0\0\0\0\0\xff\xff\xff\x21\xf9\x04\0\0\0\0\0");
    for (width, height) in frames {
        let sides = [width.to_le_bytes(), height.to_le_bytes()].concat();
        bytes.extend([&b"\x2c\0\0\0\0"[..], &sides, b"\0\x02\x02\x44\x01\0"].concat());
    }
    bytes.push(0x3b);
    bytes
}

fn webp(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut bytes = b"RIFF\0\0\0\0WEBP".to_vec();
    for (name, body) in chunks {
        let length = u32::try_from(body.len()).unwrap().to_le_bytes();
        bytes.extend([&name[..], &length, body].concat());
        bytes.resize(bytes.len().next_multiple_of(2), 0);
    }
    bytes
}

/// Pages of so many pixels; the last leads to `last`.
fn tiff(pages: &[(u16, u16)], last: u32) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    for (index, (width, height)) in pages.iter().enumerate() {
        bytes.extend(b"\x02\0\0\x01\x03\0\x01\0\0\0");
        bytes.extend([width.to_le_bytes(), [0; 2]].concat());
        bytes.extend(b"\x01\x01\x03\0\x01\0\0\0");
        bytes.extend([height.to_le_bytes(), [0; 2]].concat());
        let next = u32::try_from(bytes.len() + 4).unwrap();
        bytes.extend(if index + 1 == pages.len() { last } else { next }.to_le_bytes());
    }
    bytes
}

#[test]
fn a_tiff_whose_sides_stand_where_a_decoder_may_read_others_has_none() {
    let mut long = tiff(&[(5, 6)], 0);
    // Sixteen: a number of eight bytes, which does not fit.
    long[12] = 16;
    assert!(tiff::measure(&long, 9).is_none());
    let mut several = tiff(&[(5, 6)], 0);
    several[14] = 2;
    assert!(tiff::measure(&several, 9).is_none());
}

/// So many directories of 65,535 entries, each of which begins one entry after the one before.
fn overlapping(directories: u32) -> Vec<u8> {
    let mut bytes = b"II*\0\x08\0\0\0\xff\xff".to_vec();
    for entry in 0..65_535 + directories {
        let sides = [*b"\0\x01\x03\0", *b"\x01\x01\x03\0"];
        // Behind the entries of the first stands where the second one is, then where the third is.
        let next = |before: u32| (8 + 12 * (before + 1)) * u32::from(before + 1 < directories);
        let next = entry.checked_sub(65_535).map(|before| next(before).to_le_bytes());
        let begins = next.unwrap_or(sides[entry as usize % 2]);
        // Its last two bytes are how many entries the next directory has.
        bytes.extend([&begins[..], b"\x01\0\0\0\x09\0\xff\xff"].concat());
    }
    bytes
}

fn boxed(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 8).unwrap().to_be_bytes();
    [&length[..], name, body].concat()
}

fn heif(items: &[(u32, u32)], quarters: u8) -> Vec<u8> {
    let item = |(width, height): &(u32, u32)| {
        boxed(b"ispe", &[[0; 4], width.to_be_bytes(), height.to_be_bytes()].concat())
    };
    let mut properties: Vec<u8> = items.iter().flat_map(item).collect();
    properties.extend(boxed(b"irot", &[quarters]));
    let meta = [&[0; 4][..], &boxed(b"iprp", &boxed(b"ipco", &properties))].concat();
    [boxed(b"ftyp", b"heic\0\0\0\0heic"), boxed(b"meta", &meta)].concat()
}

fn sides(measured: Option<Measured>) -> Option<(u64, u64)> {
    measured.map(|measured| (measured.extent.width, measured.extent.height))
}

#[test]
fn the_largest_extent_that_a_decoder_may_use_counts() {
    let canvas = |wide: u8| [&[0; 4][..], &[wide, 0, 0, 9, 0, 0]].concat();
    let frame = |wide: u8| [&[0; 6][..], &[wide, 0, 0, 9, 0, 0], &[0; 4]].concat();
    for (what, measured, expected) in [
        ("png", png::measure(&png(70_000, 3)), Some((70_000, 3))),
        ("png without extent", png::measure(&png(0, 3)), None),
        ("png that ends", png::measure(png(9, 3).get(..20).unwrap()), None),
        ("jpeg", jpeg::measure(&jpeg(&[FRAME])), Some((256, 512))),
        ("jpeg with fill bytes", jpeg::measure(&jpeg(&[b"\xff\xff\xff", FRAME])), Some((256, 512))),
        ("jpeg with bytes between", jpeg::measure(&jpeg(&[b"junk\xff\0", FRAME])), Some((256, 512))),
        ("jpeg with two frames", jpeg::measure(&jpeg(&[SMALL, FRAME])), Some((256, 512))),
        // Who took the marker for one with a length would skip the true header, to the small one.
        (
            "jpeg with a marker without length",
            jpeg::measure(&jpeg(&[b"\xff\xd0", FRAME, b"\xff\xda", &[0; 70_000], SMALL])),
            Some((256, 512)),
        ),
        ("jpeg with a thumbnail", jpeg::measure(&jpeg(&[b"\xff\xe0\0\x0f", SMALL, FRAME])), Some((256, 512))),
        ("jpeg without frame", jpeg::measure(&jpeg(&[b"\xff\xda"])), None),
        ("jpeg that ends", jpeg::measure(b"\xff\xd8\xff\xe0nonsense"), None),
        ("gif", gif::measure(&gif((5, 6), &[(5, 6)]), 9), Some((5, 6))),
        ("gif with a larger frame", gif::measure(&gif((5, 6), &[(5, 6), (900, 2)]), 9), Some((900, 6))),
        ("gif that ends", gif::measure(b"GIF89a\x01", 9), None),
        (
            "lossy webp",
            webp::measure(&webp(&[(b"VP8 ", b"\0\0\0\x9d\x01\x2a\x10\x40\x20\0")]), 9),
            Some((16, 32)),
        ),
        ("lossless webp", webp::measure(&webp(&[(b"VP8L", b"\x2f\x0f\xc0\x07\0")]), 9), Some((16, 32))),
        ("webp with a canvas", webp::measure(&webp(&[(b"VP8X", &canvas(99))]), 9), Some((100, 10))),
        (
            "webp with a larger frame",
            webp::measure(&webp(&[(b"VP8X", &canvas(9)), (b"ANMF", &frame(99))]), 9),
            Some((100, 10)),
        ),
        ("webp without picture", webp::measure(&webp(&[(b"ICCP", b"abc")]), 9), None),
        ("tiff", tiff::measure(&tiff(&[(5, 6)], 0), 9), Some((5, 6))),
        ("tiff with a larger page", tiff::measure(&tiff(&[(5, 6), (9, 90), (1, 1)], 0), 9), Some((9, 90))),
        ("tiff without page", tiff::measure(b"II*\0\0\0\0\0", 9), None),
        ("heif", heif::measure(&heif(&[(160, 120), (4000, 3000)], 0)), Some((4000, 3000))),
        ("heif without items", heif::measure(&heif(&[], 0)), None),
    ] {
        assert_eq!(sides(measured), expected, "{what}");
    }
}

#[test]
fn frames_are_counted_no_further_than_matters() {
    let frame = [0; 16];
    let moving: Vec<(&[u8; 4], &[u8])> = vec![(b"ANMF", &frame); 1000];
    for (what, measured, frames) in [
        ("gif", gif::measure(&gif((9, 9), &[(9, 9); 7]), 200), 7),
        ("long gif", gif::measure(&gif((9, 9), &[(9, 9); 10_000]), 200), 201),
        ("tiff", tiff::measure(&tiff(&[(9, 9); 7], 0), 200), 7),
        ("long tiff", tiff::measure(&tiff(&[(9, 9); 1000], 0), 200), 201),
        ("tiff whose pages go round", tiff::measure(&tiff(&[(9, 9); 7], 8), u64::MAX), 7),
        ("webp", webp::measure(&webp(moving.get(..7).unwrap()), 200), 7),
        ("long webp", webp::measure(&webp(&moving), 200), 201),
        ("png", png::measure(&png(9, 9)), 1),
    ] {
        assert_eq!(measured.map(|measured| measured.frames), Some(frames), "{what}");
    }
}

#[test]
fn a_tiff_whose_directories_lie_over_one_another_is_read_within_a_bound() {
    let frames = |directories| tiff::measure(&overlapping(directories), u64::MAX).map(|found| found.frames);
    assert_eq!((frames(1), frames(15)), (Some(1), Some(15)));
    // Without a bound, two hundred million entries of less than a megabyte.
    assert_eq!((frames(16), frames(3000)), (None, None));
}

#[test]
fn a_picture_that_lies_on_its_side_says_so() {
    let exif = TURNED.get(10..).unwrap();
    let chunk = [&26_u32.to_be_bytes()[..], b"eXIf", exif, b"crc!"].concat();
    let still = (b"VP8L", &b"\x2f\x0f\xc0\x07\0"[..]);
    for (what, measured, turned) in [
        ("jpeg", jpeg::measure(&jpeg(&[TURNED, FRAME])), true),
        ("jpeg that says so late", jpeg::measure(&jpeg(&[FRAME, TURNED])), true),
        ("upright jpeg", jpeg::measure(&jpeg(&[FRAME])), false),
        ("png", png::measure(&[png(9, 9), chunk].concat()), true),
        ("webp", webp::measure(&webp(&[still, (b"EXIF", exif)]), 9), true),
        ("heif", heif::measure(&heif(&[(9, 9)], 3)), true),
        ("upright heif", heif::measure(&heif(&[(9, 9)], 2)), false),
    ] {
        assert_eq!(measured.map(|measured| measured.turned), Some(turned), "{what}");
    }
}

#[test]
fn a_drawing_has_the_size_that_its_root_says() {
    for (svg, expected) in [
        ("<svg width='300' height='200px'/>", Some((300, 200))),
        ("<?xml version='1.0'?><!-- a --><s:svg xmlns:s='x' viewBox='0 0 30,20'>", Some((30, 20))),
        ("<svg width='100%' height='100%' viewBox='0 0 30 20'>", Some((30, 20))),
        ("<svg width='300' viewBox='0 0 30 20'>", Some((300, 200))),
        ("<svg height='1in' viewBox='0 0 2 1'>", Some((192, 96))),
        ("<svg width='1e9' height='1e9'>", Some((1_000_000_000, 1_000_000_000))),
        ("<svg width='1e99' height='1'>", Some((1_000_000_000_000_000, 1))),
        ("<svg>", None),
        ("<svg width='0' height='10'>", None),
        ("<svg width='NaN' height='10'>", None),
        ("<svg width='-5' height='10'>", None),
        ("<html><svg width='3' height='2'/></html>", None),
        ("<!DOCTYPE svg [<!ENTITY w '99999'>]><svg width='&w;' height='2'>", None),
        ("<!DOCTYPE svg [<!ENTITY w '99999'>]><svg width='9' height='2'>", Some((9, 2))),
        ("<svg", None),
    ] {
        assert_eq!(sides(svg::measure(svg.as_bytes())), expected, "{svg}");
    }
}

#[test]
fn no_bytes_are_too_odd_to_be_read() {
    let samples = [
        png(9, 9),
        jpeg(&[TURNED, FRAME]),
        gif((5, 6), &[(5, 6), (9, 9)]),
        webp(&[(b"VP8X", &[9; 10]), (b"ANMF", &[9; 16])]),
        tiff(&[(5, 6), (7, 8)], 0),
        heif(&[(5, 6)], 1),
    ];
    let formats = [Raster::Png, Raster::Jpeg, Raster::Gif, Raster::WebP, Raster::Tiff, Raster::Heif];
    for (sample, format) in samples.iter().zip(formats) {
        for at in 0..sample.len() {
            for odd in [0x00, 0x01, 0x7f, 0x80, 0xff] {
                let mut changed = sample.clone();
                changed[at] = odd;
                raster(format, &changed, 200);
                raster(format, changed.get(..at).unwrap(), 200);
            }
        }
    }
}

#[test]
fn a_gif_is_clear_where_a_frame_has_a_clear_colour() {
    const CONTROL: &[u8] = b"\x21\xf9\x04";

    let opaque = gif((5, 6), &[(5, 6), (5, 6)]);
    assert!(!gif::is_clear(&opaque));
    let at = opaque.windows(CONTROL.len()).position(|window| window == CONTROL).unwrap();
    let mut clear = opaque.clone();
    clear[at + CONTROL.len()] |= 1;
    assert!(gif::is_clear(&clear));
    // One that says so late, and those that end before.
    let frames = &opaque[at..opaque.len() - 1];
    let late = [&opaque[..opaque.len() - 1], frames, &clear[at..]].concat();
    assert!(gif::is_clear(&late));
    assert!((0..at + CONTROL.len()).all(|end| !gif::is_clear(&clear[..end])));
}
