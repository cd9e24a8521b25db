//! Which parameters enter into which operation, which it needs, and which combinations crash imaginary.
//! Read from `image.go` and `options.go` of imaginary v1.2.4; the tables are the only statement of it.

use super::Operation::{self, *};
use super::param::Param;
use super::params::Params;
use super::refusal::{Refusal, RefusalCode};
use super::value::Value;
use super::{number, words};

/// Operations that read nothing of `BimgOptions`: `pipeline` passes on its steps, the other two ignore everything.
const BARE: [Operation; 3] = [Info, AutoRotate, Pipeline];

/// What an operation reads beyond `BimgOptions`.
const OWN: &[(Operation, &[Param])] = &[
    (Resize, &[Param::NoCrop]),
    (Enlarge, &[Param::NoCrop]),
    (Extract, &[Param::Top, Param::Left, Param::AreaWidth, Param::AreaHeight]),
    (Zoom, &[Param::Factor, Param::Top, Param::Left, Param::AreaWidth, Param::AreaHeight, Param::NoCrop]),
    (
        Watermark,
        &[
            Param::Text,
            Param::Font,
            Param::Color,
            Param::Dpi,
            Param::Margin,
            Param::TextWidth,
            Param::Opacity,
            Param::NoReplicate,
        ],
    ),
    (WatermarkImage, &[Param::Image, Param::Top, Param::Left, Param::Opacity]),
    (Pipeline, &[Param::Operations]),
];

/// What `BimgOptions` reads and the operation then overwrites.
const OVERWRITTEN: &[(Operation, Param)] = &[
    (Resize, Param::Embed),
    (Fit, Param::Embed),
    (SmartCrop, Param::Gravity),
    (Flip, Param::Flip),
    (Flop, Param::Flop),
];

/// What `BimgOptions` reads, for every operation that calls it; `palette` and `speed` in later builds.
const COMMON: &[Param] = &[
    Param::AspectRatio,
    Param::Background,
    Param::Colorspace,
    Param::Compression,
    Param::Embed,
    Param::Extend,
    Param::Flip,
    Param::Flop,
    Param::Force,
    Param::Gravity,
    Param::Height,
    Param::Interlace,
    Param::MinAmpl,
    Param::NoProfile,
    Param::NoRotation,
    Param::Palette,
    Param::Quality,
    Param::Rotate,
    Param::Sigma,
    Param::Speed,
    Param::StripMeta,
    Param::Type,
    Param::Width,
];

/// Whether a value of the parameter can change what the operation answers.
pub(super) fn uses(operation: Operation, param: Param) -> bool {
    let own = OWN.iter().any(|(of, params)| *of == operation && params.contains(&param));
    own || (!BARE.contains(&operation)
        && COMMON.contains(&param)
        && !OVERWRITTEN.contains(&(operation, param)))
}

/// The parameters that the operation needs and does not have, in the words of a message.
pub(super) fn missing(operation: Operation, params: &Params) -> Option<&'static str> {
    let has = |param| params.has(param);
    let absent = match operation {
        Resize | Crop | SmartCrop | Thumbnail => !has(Param::Width) && !has(Param::Height),
        Fit | Enlarge => !has(Param::Width) || !has(Param::Height),
        Extract => !has(Param::AreaWidth) || !has(Param::AreaHeight),
        Rotate => !has(Param::Rotate),
        Zoom if has(Param::Factor) => {
            let placed = params.whole(Param::Top) > 0 || params.whole(Param::Left) > 0;
            return (placed && !has(Param::AreaWidth) && !has(Param::AreaHeight))
                .then_some("areawidth or areaheight, with top or left");
        }
        Zoom => true,
        Convert => !has(Param::Type),
        Watermark => !has(Param::Text),
        WatermarkImage => !has(Param::Image),
        Blur => !has(Param::Sigma) && !has(Param::MinAmpl),
        Info | AutoRotate | Flip | Flop | Pipeline => false,
    };
    absent.then(|| needs(operation)).flatten()
}

/// What an operation needs, in the words of a message.
fn needs(operation: Operation) -> Option<&'static str> {
    Some(match operation {
        Resize | Crop | SmartCrop | Thumbnail => "width or height",
        Fit | Enlarge => "width and height",
        Extract => "areawidth and areaheight",
        Rotate => "rotate",
        Zoom => "factor",
        Convert => "type (for auto: an Accept header with image/webp, image/png or image/jpeg)",
        Watermark => "text",
        WatermarkImage => "image",
        Blur => "sigma or minampl",
        Info | AutoRotate | Flip | Flop | Pipeline => return None,
    })
}

impl Operation {
    /// The parameters that it needs besides `url`, in words.
    #[must_use]
    pub fn needs(self) -> Option<&'static str> {
        needs(self)
    }

    /// Whether a value of the parameter can change what it answers.
    #[must_use]
    pub fn uses(self, param: Param) -> bool {
        uses(self, param)
    }

    /// Whether it always needs the parameter; where one of two will do it needs neither.
    #[must_use]
    pub fn requires(self, param: Param) -> bool {
        let required: &[Param] = match self {
            Fit | Enlarge => &[Param::Width, Param::Height],
            Extract => &[Param::AreaWidth, Param::AreaHeight],
            Rotate => &[Param::Rotate],
            Zoom => &[Param::Factor],
            Convert => &[Param::Type],
            Pipeline => &[Param::Operations],
            Watermark => &[Param::Text],
            WatermarkImage => &[Param::Image],
            Resize | Crop | SmartCrop | Thumbnail | Blur | Info | AutoRotate | Flip | Flop => &[],
        };
        required.contains(&param)
    }
}

/// Refuses what makes imaginary panic outside its own `recover`, in `BimgOptions`, so that it closes the connection
/// without an answer, and sizes with which libvips ends its whole process.
pub(super) fn refuse_crash(operation: Operation, params: &Params) -> Result<(), Refusal> {
    let refuse = |message: String| Err(Refusal::new(RefusalCode::BadParameter, message));
    if let Some((param, size)) = deadly_size(operation, params) {
        return refuse(format!("{} comes to {size}; allowed is at most {}", param.name(), i32::MAX));
    }
    if let Some(colour) = params.text(Param::Background)
        && words::colour(colour.as_bytes()).len() < 3
    {
        let shown = super::refusal::shorten(colour.as_bytes());
        return refuse(format!("background is {shown}; allowed is R,G,B with three numbers from 0 to 255"));
    }
    if let Some(text) = params.text(Param::AspectRatio)
        && let Some(divisor) = divisor(operation, params, text)
        && divisor == 0
    {
        let shown = super::refusal::shorten(text.as_bytes());
        return refuse(format!("aspectratio is {shown}; allowed is W:H with two whole numbers other than 0"));
    }
    Ok(())
}

/// Refuses a step's `type` with which it always fails: one that cannot be saved, or in `convert` one that imaginary
/// does not know. Elsewhere an unknown one stands for the type of the source.
pub(super) fn refuse_step_type(operation: Operation, params: &Params) -> Result<(), Refusal> {
    let fails = params.text(Param::Type).filter(|format| match *format {
        "jpeg" | "png" | "webp" | "tiff" => false,
        "gif" | "svg" | "pdf" => true,
        _ => operation == Convert,
    });
    match fails {
        Some(format) => {
            let shown = super::refusal::shorten(format.as_bytes());
            let message = format!("type is {shown}; allowed is jpeg, png, webp or tiff");
            Err(Refusal::new(RefusalCode::BadParameter, message))
        }
        None => Ok(()),
    }
}

/// A width or height that does not fit into libvips' 32 bits, where it reaches it: `resize` and `fit` leave it aside
/// unless something makes them enlarge.
fn deadly_size(operation: Operation, params: &Params) -> Option<(Param, i64)> {
    let enlarges =
        [Param::Force, Param::NoCrop, Param::AspectRatio].into_iter().any(|param| params.has(param));
    if matches!(operation, Resize | Fit) && !enlarges {
        return None;
    }
    let (width, height) = sides(params);
    let sides = [(Param::Width, width), (Param::Height, height)];
    sides.into_iter().find(|(_, side)| *side > i64::from(i32::MAX))
}

/// Width and height after `transformByAspectRatio` in `options.go`, in Go's arithmetic, which wraps.
fn sides(params: &Params) -> (i64, i64) {
    let divided = |side: i64, by: i64| if by == 0 { 0 } else { side.wrapping_div(by) };
    let (width, height) = (side(params, Param::Width), side(params, Param::Height));
    match params.text(Param::AspectRatio).and_then(words::ratio) {
        Some((across, down)) if width != 0 && height == 0 => {
            (width, divided(width, across).wrapping_mul(down))
        }
        Some((across, down)) if width == 0 && height != 0 => {
            (divided(height, down).wrapping_mul(across), height)
        }
        _ => (width, height),
    }
}

/// A side as a 64-bit integer; what does not fit is the smallest one, on x86, and acts as no size.
#[expect(clippy::cast_possible_truncation, reason = "below 2^63")]
fn side(params: &Params, side: Param) -> i64 {
    const TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;

    match params.iter().find(|(param, _)| *param == side) {
        Some((_, Value::Whole(size))) => *size,
        Some((_, Value::Odd { text, quoted })) => match number::parse(text.as_bytes()) {
            // A string's sign does not count.
            Some(size) if size.abs() < TOO_LARGE => (if *quoted { size.abs() } else { size }) as i64,
            _ => i64::MIN,
        },
        _ => 0,
    }
}

/// The number of an aspect ratio that imaginary divides by; `None` where it does not use the ratio. `fit` is
/// left out: see [`drop_idle`].
fn divisor(operation: Operation, params: &Params, ratio: &str) -> Option<i64> {
    let (width, height) = words::ratio(ratio).unwrap_or((0, 0));
    match (params.has(Param::Width), params.has(Param::Height)) {
        _ if operation == Fit => None,
        (true, false) => Some(width),
        (false, true) => Some(height),
        _ => None,
    }
}

/// Leaves out what the other parameters make idle.
pub(super) fn drop_idle(operation: Operation, params: &mut Params) {
    if let Some(text) = params.text(Param::AspectRatio) {
        // `fit` computes a side that can round to 0 for a very narrow source, and then the ratio counts after
        // all. One with a 0 in it crashes imaginary there or does nothing.
        let sound = words::ratio(text).is_some_and(|(width, height)| width != 0 && height != 0);
        let idle = if operation == Fit { !sound } else { divisor(operation, params, text).is_none() };
        if idle {
            params.remove(Param::AspectRatio);
        }
    }
    if min_ampl_is_idle(operation, params) {
        params.remove(Param::MinAmpl);
    }
}

/// `minampl` never changes a picture: it only satisfies what `blur` needs. Kept where a number is not an
/// ordinary one, and with a step's negative `sigma`, which fails with it and does nothing without.
fn min_ampl_is_idle(operation: Operation, params: &Params) -> bool {
    let value = |wanted| params.iter().find(|(param, _)| *param == wanted).map(|(_, value)| value);
    let ordinary = matches!(value(Param::MinAmpl), Some(Value::Real(_)));
    ordinary
        && match value(Param::Sigma) {
            Some(Value::Real(sigma)) => *sigma > 0.0,
            Some(_) => false,
            None => operation != Blur,
        }
}
