//! What `info` says of a picture, in imaginary's words (`ImageInfo` in `image.go`).

use bytes::Bytes;
use imcaxy_shared::jobs::Failure;
use serde::Serialize;

use super::Picture;
use super::decode::Source;
use super::problem::internal;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    width: u64,
    height: u64,
    r#type: &'static str,
    space: &'static str,
    has_alpha: bool,
    has_profile: bool,
    channels: u8,
    orientation: u8,
}

/// Reads the headers and says what they say; the sides are those that are stored, whatever the orientation.
///
/// # Errors
/// The source is of a type that is not decoded, or broken.
pub(super) fn info(source: &Bytes) -> Result<Picture, Failure> {
    let source = Source::open(source.clone())?;
    let extent = source.extent();
    let colours = source.colours();
    let info = Info {
        width: extent.width,
        height: extent.height,
        r#type: source.format().name(),
        space: colours.space,
        has_alpha: colours.alpha,
        has_profile: source.has_profile(),
        channels: colours.channels,
        // Not given is 0.
        orientation: source.orientation().unwrap_or(0),
    };
    let bytes =
        serde_json::to_vec(&info).map_err(|_| internal("what is known of a picture cannot be written"))?;
    Ok(Picture { content_type: "application/json".to_owned(), bytes: bytes.into() })
}
