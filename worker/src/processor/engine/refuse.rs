//! What the engine does not do yet, refused by name before any work.

use imcaxy_shared::jobs::Failure;
use imcaxy_shared::request::{Operation, Param, Params};

use super::decode::Format;
use super::output::Output;
use super::problem::lacking;

/// Refuses operations and parameters that are lacking whatever the source.
///
/// # Errors
/// `not_implemented`, with the name of what is lacking.
pub(super) fn operation(operation: Operation, params: &Params) -> Result<(), Failure> {
    use Operation as O;
    if matches!(operation, O::SmartCrop | O::Watermark | O::WatermarkImage | O::Blur | O::Pipeline) {
        return Err(lacking(&format!("the operation {operation}")));
    }
    if params.text(Param::Gravity) == Some("smart") {
        return Err(lacking("gravity=smart"));
    }
    if params.real(Param::Sigma) > 0.0 {
        return Err(lacking("sigma, which blurs"));
    }
    Ok(())
}

/// Refuses ways of encoding that are lacking.
///
/// # Errors
/// `not_implemented`, with the name of what is lacking.
pub(super) fn output(output: &Output, params: &Params) -> Result<(), Failure> {
    if output.format != Format::Png {
        return Ok(());
    }
    if output.interlace {
        return Err(lacking("interlace for PNG"));
    }
    if params.flag(Param::Palette) {
        return Err(lacking("palette"));
    }
    Ok(())
}
