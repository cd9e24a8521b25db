//! What bytes are, by their first ones: what an origin calls them does not count.

/// A known type of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Media {
    /// Its media type.
    pub name: &'static str,
    /// Whether it can be a source.
    pub kind: Kind,
}

/// What can be done with a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Decoded.
    Raster(Raster),
    /// Drawn, where `sources.vector` says so.
    Vector(Vector),
    /// Known, but not decoded.
    Refused,
}

/// Formats whose headers are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Raster {
    Jpeg,
    Png,
    WebP,
    Gif,
    Tiff,
    Heif,
}

/// Formats that have no pixels of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vector {
    Svg,
    Pdf,
}

impl Media {
    /// The type of `bytes`, `None` when nothing is known that begins so.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let at =
            |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
        let raster = |name, format| Some(Self { name, kind: Kind::Raster(format) });
        let vector = |name, format| Some(Self { name, kind: Kind::Vector(format) });
        let refused = |name| Some(Self { name, kind: Kind::Refused });
        if at(0, b"\xff\xd8\xff") {
            raster("image/jpeg", Raster::Jpeg)
        } else if at(0, b"\x89PNG\r\n\x1a\n") {
            raster("image/png", Raster::Png)
        } else if at(0, b"RIFF") && at(8, b"WEBP") {
            raster("image/webp", Raster::WebP)
        } else if at(0, b"GIF87a") || at(0, b"GIF89a") {
            raster("image/gif", Raster::Gif)
        } else if at(0, b"II*\0") || at(0, b"MM\0*") {
            raster("image/tiff", Raster::Tiff)
        } else if at(4, b"ftyp") {
            brand(bytes.get(8..12).unwrap_or_default())
        } else if at(0, b"%PDF-") {
            vector("application/pdf", Vector::Pdf)
        } else if is_svg(bytes) {
            vector("image/svg+xml", Vector::Svg)
        } else if at(0, b"BM") {
            refused("image/bmp")
        } else if at(0, b"\0\0\x01\0") {
            refused("image/vnd.microsoft.icon")
        } else if at(0, b"\0\0\0\x0cjP  \r\n\x87\n") || at(0, b"\xff\x4f\xff\x51") {
            refused("image/jp2")
        } else {
            None
        }
    }
}

/// The types of ISO base media files, by their major brand.
fn brand(brand: &[u8]) -> Option<Media> {
    match brand {
        b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"hevm" | b"hevs" | b"mif1" | b"msf1" => {
            Some(Media { name: "image/heif", kind: Kind::Raster(Raster::Heif) })
        }
        b"avif" | b"avis" => Some(Media { name: "image/avif", kind: Kind::Refused }),
        _ => None,
    }
}

/// An `<svg` element near the start, after a byte order mark, blanks, a declaration or comments.
fn is_svg(bytes: &[u8]) -> bool {
    let start = bytes.get(..1024.min(bytes.len())).unwrap_or_default();
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    start.starts_with(b"<svg")
        || ((start.starts_with(b"<?xml") || start.starts_with(b"<!"))
            && start.windows(4).any(|w| w == b"<svg"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_what_they_begin_with() {
        for (bytes, name) in [
            (&b"\xff\xd8\xff\xe0"[..], Some("image/jpeg")),
            (b"\x89PNG\r\n\x1a\n", Some("image/png")),
            (b"RIFF\x00\x00\x00\x00WEBPVP8 ", Some("image/webp")),
            (b"RIFF\x00\x00\x00\x00WAVE", None),
            (b"\x00\x00\x00\x18ftypheic", Some("image/heif")),
            (b"\x00\x00\x00\x18ftypisom", None),
            (b"<?xml version=\"1.0\"?>\n<!-- x --><svg xmlns=\"\">", Some("image/svg+xml")),
            (b"<!doctype html><p>", None),
            (b"hello", None),
            (b"", None),
        ] {
            assert_eq!(Media::of(bytes).map(|media| media.name), name, "{bytes:?}");
        }
    }
}
