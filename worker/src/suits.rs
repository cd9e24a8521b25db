//! Whether a render suits its source: asked before imaginary is.

use imcaxy_shared::jobs::{Failure, FailureCode};
use imcaxy_shared::request::{Operation, Param, Params, Render, Step, largest_extent};

use crate::origin::{Kind, Picture, Raster};

/// Refuses what imaginary would do wrong, or without bound.
///
/// # Errors
/// HEIF bytes that it would call JPEG, and a result of more than `max_pixels`.
pub(crate) fn suits(render: &Render, source: &Picture, max_pixels: Option<u64>) -> Result<(), Failure> {
    let (params, steps) = render.read().map_err(|refusal| {
        tracing::error!(%refusal, "a job's parameters cannot be read");
        Failure::new(FailureCode::Internal, "the job cannot be read")
    })?;
    if source.media.kind == Kind::Raster(Raster::Heif) && !changes_type(render.operation, &params, &steps) {
        let message =
            "the source is image/heif, which is decoded and not written; add type=jpeg, png, webp or tiff";
        return Err(Failure::new(FailureCode::UnsupportedType, message));
    }
    let (Some(extent), Some(most)) = (source.extent, max_pixels) else { return Ok(()) };
    let result = largest_extent(render.operation, &params, &steps, extent, source.turned);
    match result.and_then(|result| result.beyond(most)) {
        Some(message) => Err(Failure::new(FailureCode::BadParameter, message)),
        None => Ok(()),
    }
}

/// Whether what comes of it is not of the source's type. `info` makes no picture.
fn changes_type(operation: Operation, params: &Params, steps: &[Step]) -> bool {
    let has_type = |params: &Params| {
        params.text(Param::Type).is_some_and(|format| ["jpeg", "png", "webp", "tiff"].contains(&format))
    };
    match operation {
        Operation::Info => true,
        Operation::Pipeline => steps.iter().any(|step| has_type(&step.params)),
        _ => has_type(params),
    }
}

#[cfg(test)]
mod tests {
    use imcaxy_shared::request::{Extent, ImageRequest};

    use super::*;
    use crate::origin::Media;

    fn verdict(request: &str, media: &[u8], most: u64) -> Option<FailureCode> {
        let (path, query) = request.split_once('?').unwrap_or((request, ""));
        let query = format!("{query}&url=http://a.test/1");
        let render = ImageRequest::parse(&format!("/{path}"), &query, None).unwrap().render();
        let extent = Some(Extent { width: 1000, height: 500 });
        let source = Picture { media: Media::of(media).unwrap(), extent, turned: false };
        suits(&render, &source, Some(most)).err().map(|failure| failure.code)
    }

    #[test]
    fn heif_is_rendered_where_something_else_comes_of_it() {
        use FailureCode::UnsupportedType;
        for (request, refused) in [
            ("resize?width=300", Some(UnsupportedType)),
            ("resize?width=300&type=jpeg", None),
            ("autorotate?type=jpeg", Some(UnsupportedType)),
            ("info", None),
            (r#"pipeline?operations=[{"operation":"flip"}]"#, Some(UnsupportedType)),
            (
                r#"pipeline?operations=[{"operation":"flip"},{"operation":"convert","params":{"type":"png"}}]"#,
                None,
            ),
            (r#"pipeline?operations=[{"operation":"flip","params":{"type":"jpg"}}]"#, Some(UnsupportedType)),
        ] {
            assert_eq!(verdict(request, b"\0\0\0\x18ftypheic", u64::MAX), refused, "{request}");
            assert_eq!(verdict(request, b"\xff\xd8\xff\xe0", u64::MAX), None, "{request}");
        }
    }

    #[test]
    fn a_result_with_too_many_pixels_is_refused() {
        use FailureCode::BadParameter;
        for (request, refused) in [
            ("convert?type=png", None),
            ("zoom?factor=1", Some(BadParameter)),
            ("thumbnail?width=1001", Some(BadParameter)),
            ("resize?width=1001", None),
            ("resize?width=10000&height=51", Some(BadParameter)),
        ] {
            assert_eq!(verdict(request, b"\xff\xd8\xff\xe0", 500_000), refused, "{request}");
        }
    }
}
