//! One render from bytes to bytes, in bimg's order of steps (`resizer.go`): turn, zoom, reduce or enlarge, end, flatten, save.
//!
//! One thing is done in another order: bimg turns a JPEG at its full size, encodes and decodes it again and only then
//! reduces it. Here it is decoded reduced and turned then, which is the same picture for a fraction of the work.

use bytes::Bytes;
use imcaxy_shared::jobs::Failure;
use imcaxy_shared::request::{Aim, Extent, Finish, Operation, Param, Params, Plan};

use super::decode::{Format, Source};
use super::output::Output;
use super::pixels::Pixels;
use super::problem::{internal, unfit};
use super::steps::{self, Edge, Turn};
use super::{Picture, encode, memory, refuse};

/// The sides of a JPEG's blocks.
const BLOCK: u64 = 8;
/// The longest side of anything that is made: more than any type but PNG and TIFF can hold. What it takes to make something does not grow
/// with its pixels alone, but with the length of a row, too.
const LONGEST_SIDE: u64 = 65_535;

/// By how much a decoder reduces the sides of a JPEG: 1, 2, 4 or 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reduction(u8);

impl Reduction {
    /// Not at all.
    pub(super) const NONE: Self = Self(1);

    /// How many pixels of the source a decoded one stands for, in each direction.
    pub(super) const fn by(self) -> u8 {
        self.0
    }

    /// `shrinkOnLoad`.
    const fn of(format: Format, stored: Extent, shrink: f64) -> Self {
        // A decoder reduces both sides alike, and to the one that is left with least.
        if !matches!(format, Format::Jpeg) || stored.width < BLOCK || stored.height < BLOCK {
            return Self::NONE;
        }
        match shrink {
            8.0.. => Self(8),
            4.0.. => Self(4),
            2.0.. => Self(2),
            _ => Self::NONE,
        }
    }
}

/// A render whose headers are read and whose steps are known.
pub(super) struct Prepared {
    params: Params,
    source: Source,
    output: Output,
    /// `None` for `autorotate`.
    plan: Option<Plan>,
    turn: Turn,
    /// Whether Exif's orientation has been followed.
    turned_up: bool,
    aim: Option<Aim>,
    reduction: Reduction,
}

impl Prepared {
    /// Reads the headers of `source` and plans what is asked for.
    ///
    /// # Errors
    /// The source is of a type that is not decoded, or broken; what is asked for is lacking or cannot be written.
    pub(super) fn new(operation: Operation, params: Params, source: Bytes) -> Result<Self, Failure> {
        let source = Source::open(source)?;
        let output = Output::of(operation, &params, source.format())?;
        refuse::output(&output, &params)?;
        let plan = Plan::of(operation, &params);
        let turned_up = plan.is_none_or(|plan| plan.turns_up());
        let mut turn = if turned_up { Turn::of_orientation(source.orientation()) } else { Turn::NONE };
        if let Some(plan) = plan {
            let mirrors = |asked, param| operation == asked || params.flag(param);
            turn = turn
                .quarters(plan.quarters())
                .flipped(mirrors(Operation::Flip, Param::Flip))
                .flopped(mirrors(Operation::Flop, Param::Flop));
        }
        let stored = source.extent();
        let aim = plan.map(|plan| plan.aim(stored, turn.turned(stored)));
        let reduction = aim.filter(|aim| !aim.left_small).map_or(Reduction::NONE, |aim| {
            Reduction::of(source.format(), stored, integral_shrink(aim.factor))
        });
        let prepared = Self { params, source, output, plan, turn, turned_up, aim, reduction };
        let Extent { width, height } = prepared.largest();
        if width.max(height) > LONGEST_SIDE {
            return Err(unfit(format!(
                "a picture of {width} x {height} pixels would be made on the way; the built-in engine makes sides of {LONGEST_SIDE} at most"
            )));
        }
        Ok(prepared)
    }

    /// Bytes of memory that making it takes, about.
    pub(super) fn needs(&self) -> u64 {
        memory::needed(&self.source, self.plan.zip(self.aim), self.turn, self.reduction)
    }

    /// The sides of all that is made, each the longest.
    fn largest(&self) -> Extent {
        memory::largest(self.source.extent(), self.plan.zip(self.aim), self.turn, self.reduction)
    }

    /// Decodes, makes and encodes.
    ///
    /// # Errors
    /// The source is broken, or what is asked for does not fit it.
    pub(super) fn make(self) -> Result<Picture, Failure> {
        let decoded = self.source.decode(self.reduction)?;
        let mut pixels = self.turn.apply(decoded);
        if let (Some(plan), Some(aim)) = (&self.plan, &self.aim) {
            if let Some(part) = part_of_zoom(&pixels, plan, aim) {
                pixels = part;
            } else {
                pixels = steps::zoom(pixels, plan.times());
                if aim.alters {
                    pixels = self.resized(pixels, plan, aim);
                    pixels = self.finished(pixels, plan, aim)?;
                }
            }
        }
        if let Some(background) = self.params.colour(Param::Background) {
            pixels = steps::flattened(pixels, background);
        }
        encode::encode(&pixels, &self.output, self.source.kept(&self.output, self.turned_up))
    }

    /// `transformImage`, up to its ending.
    fn resized(&self, pixels: Pixels, plan: &Plan, aim: &Aim) -> Pixels {
        let (shrink, mut residual) = match (self.reduction, aim.left_small) {
            (_, true) => (1.0, 0.0),
            (Reduction::NONE, false) => {
                let shrink = integral_shrink(aim.factor);
                (shrink, shrink / aim.factor)
            }
            // What is left once the decoder has done its part.
            (reduction, false) => {
                let factor = (aim.factor / f64::from(reduction.by())).max(1.0);
                (factor.floor(), factor.floor() / factor)
            }
        };
        let scale = |pixels: &Pixels| {
            let Extent { width, height } = pixels.extent();
            (aim.width / steps::real(width), aim.height / steps::real(height))
        };
        let pixels = steps::shrunk(pixels, shrink);
        if shrink > 1.0 {
            let (across, down) = scale(&pixels);
            residual = if plan.fills() { across.max(down) } else { across.min(down) };
        }
        if plan.forces() {
            let (across, down) = scale(&pixels);
            return steps::scaled(pixels, across, down);
        }
        if residual > 0.0 { steps::scaled(pixels, residual, residual) } else { pixels }
    }

    /// `extractOrEmbedImage`.
    fn finished(&self, pixels: Pixels, plan: &Plan, aim: &Aim) -> Result<Pixels, Failure> {
        match plan.finish() {
            Finish::Crop => steps::crop(pixels, aim, self.params.text(Param::Gravity)),
            Finish::Canvas => {
                let edge = Edge::of(&self.params);
                Ok(steps::embed(pixels, steps::whole(aim.width), steps::whole(aim.height), edge))
            }
            Finish::Area { left, top, width, height } => {
                let (left, top, width, height) = area(left, top, width, height, aim);
                steps::extract(&pixels, left, top, width, height)
            }
            // Refused before.
            Finish::SmartCrop => Err(internal("a smart crop was not refused before")),
            Finish::Whole => Ok(pixels),
        }
    }
}

/// The part that is kept of a zoomed picture, made of that part alone: the same pixels for less work. `None` where more is done to it, or
/// where there is no such part.
fn part_of_zoom(pixels: &Pixels, plan: &Plan, aim: &Aim) -> Option<Pixels> {
    let Finish::Area { left, top, width, height } = plan.finish() else { return None };
    let times = i64::try_from(plan.times()).ok().filter(|times| *times > 1)?;
    if !aim.alters || aim.factor != 1.0 || plan.forces() {
        return None;
    }
    let (left, top, width, height) = area(left, top, width, height, aim);
    let end = |from: i64, length: i64| Some(from.checked_add(length)?.checked_add(times - 1)? / times);
    let (from_left, from_top) = (left / times, top / times);
    let (right, bottom) = (end(left, width)?, end(top, height)?);
    let part = steps::extract(pixels, from_left, from_top, right - from_left, bottom - from_top).ok()?;
    steps::extract(&steps::zoom(part, plan.times()), left % times, top % times, width, height).ok()
}

/// A part's place and sides; those that are not given are those aimed at.
fn area(left: i64, top: i64, width: i64, height: i64, aim: &Aim) -> (i64, i64, i64, i64) {
    let side = |given: i64, aimed: f64| if given == 0 { steps::whole(aimed) } else { given };
    (left.max(0), top.max(0), side(width, aim.width), side(height, aim.height))
}

/// `calculateShrink` for the bicubic interpolator, whose window is four pixels wide: reduced less by whole numbers, so that more is left to
/// the better filter.
fn integral_shrink(factor: f64) -> f64 {
    let whole = if factor >= 2.0 { (factor * 3.0 / 4.0).floor() } else { factor.floor() };
    whole.max(1.0)
}
