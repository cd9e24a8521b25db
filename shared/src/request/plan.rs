//! What bimg does to a picture, as numbers: the sides that it aims at, how far it reduces or enlarges, how it ends.
//!
//! Read in imaginary v1.2.4 (`image.go`, `options.go`) and bimg 1.1.4 (`resizer.go`), whose order of steps is kept: turn, reduce or enlarge,
//! then cut or lay on a canvas.

use super::{Extent, Operation, Param, Params, words};

/// The options of bimg that have to do with extents. Sides and places that are 0 are not given.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    width: i64,
    height: i64,
    top: i64,
    left: i64,
    area_width: i64,
    area_height: i64,
    /// Whether a part is cut out: its place or its sides are given.
    extracts: bool,
    force: bool,
    crop: bool,
    smart: bool,
    embed: bool,
    fit: bool,
    enlarge: bool,
    rotate: i64,
    no_rotation: bool,
    zoom: i64,
}

/// What a source is to become before its ending.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aim {
    /// Width aimed at, in pixels; whole.
    pub width: f64,
    /// Height aimed at, in pixels; whole.
    pub height: f64,
    /// By how much the source is larger; below 1 it is smaller.
    pub factor: f64,
    /// Whether anything is done at all; if not, the source stays as it is (but for a zoom).
    pub alters: bool,
    /// Whether the source is smaller than what is asked for and is left so.
    pub left_small: bool,
}

/// How the picture ends, once it is reduced or enlarged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// Cut to the sides aimed at, where it is interesting.
    SmartCrop,
    /// Cut to the sides aimed at.
    Crop,
    /// Laid in the middle of a canvas of the sides aimed at.
    Canvas,
    /// A part is cut out. Sides that are 0 are those aimed at.
    Area {
        /// From the left edge, in pixels.
        left: i64,
        /// From the top edge, in pixels.
        top: i64,
        /// Width of the part.
        width: i64,
        /// Height of the part.
        height: i64,
    },
    /// It stays.
    Whole,
}

impl Plan {
    /// The options of an operation; `None` for those that read none.
    pub fn of(operation: Operation, params: &Params) -> Option<Self> {
        use Operation as O;
        if matches!(operation, O::Info | O::AutoRotate | O::Pipeline) {
            return None;
        }
        let whole = |param| params.whole(param);
        let (width, height) = sides(params);
        let (top, left) = (whole(Param::Top), whole(Param::Left));
        let extracts = operation == O::Extract || (operation == O::Zoom && (top > 0 || left > 0));
        let area = |param| if extracts { whole(param) } else { 0 };
        let (area_width, area_height) = (area(Param::AreaWidth), area(Param::AreaHeight));
        let cuts = !params.flag(Param::NoCrop);
        let crop = match operation {
            O::Crop | O::SmartCrop => true,
            O::Enlarge => cuts,
            O::Resize => params.has(Param::NoCrop) && cuts,
            O::Zoom => extracts && params.has(Param::NoCrop) && cuts,
            _ => false,
        };
        Some(Self {
            width,
            height,
            top,
            left,
            area_width,
            area_height,
            extracts: extracts && (top != 0 || left != 0 || area_width != 0 || area_height != 0),
            force: params.flag(Param::Force),
            crop,
            smart: operation == O::SmartCrop || params.text(Param::Gravity) == Some("smart"),
            embed: matches!(operation, O::Resize | O::Fit) || params.flag(Param::Embed),
            fit: operation == O::Fit,
            enlarge: operation == O::Enlarge,
            rotate: whole(Param::Rotate),
            no_rotation: params.flag(Param::NoRotation),
            zoom: if operation == O::Zoom { whole(Param::Factor) } else { 0 },
        })
    }

    /// Whether Exif decides how the source lies.
    pub const fn turns_up(&self) -> bool {
        !self.no_rotation && self.rotate <= 0
    }

    /// By how many quarters it is turned clockwise because that was asked for: three at most (`getAngle`).
    pub const fn quarters(&self) -> u8 {
        match self.rotate {
            i64::MIN..90 => 0,
            90..180 => 1,
            180..270 => 2,
            _ => 3,
        }
    }

    /// How many times as wide and high a zoom makes it; 1 without.
    pub fn times(&self) -> u64 {
        u64::try_from(self.zoom).unwrap_or(0).saturating_add(1)
    }

    /// `normalizeOperation`: sides without any other way to reach them are reached by force.
    pub const fn forces(&self) -> bool {
        let otherwise = self.crop || self.embed || self.enlarge || self.rotate != 0;
        self.force || (!otherwise && (self.width > 0 || self.height > 0))
    }

    /// How the picture ends (`extractOrEmbedImage`): after force only a part or what is interesting is cut out.
    pub const fn finish(&self) -> Finish {
        let forces = self.forces();
        if self.smart {
            Finish::SmartCrop
        } else if self.crop && !forces {
            Finish::Crop
        } else if self.embed && !forces {
            Finish::Canvas
        } else if self.extracts {
            let Self { left, top, area_width: width, area_height: height, .. } = *self;
            Finish::Area { left, top, width, height }
        } else {
            Finish::Whole
        }
    }

    /// Whether what is cut away makes the larger factor count, or the smaller one.
    pub const fn fills(&self) -> bool {
        self.crop
    }

    /// What is asked for whatever the source. A canvas counts also where a small source would be left as it is.
    pub(super) fn asked(&self) -> Option<Extent> {
        if matches!(self.finish(), Finish::Area { .. }) && self.area_width > 0 && self.area_height > 0 {
            return Some(extent(self.area_width, self.area_height));
        }
        let canvas = self.embed && !self.fit && !self.crop && !self.smart;
        let reached = self.forces() || canvas || (self.enlarge && self.crop);
        (reached && self.width > 0 && self.height > 0).then(|| extent(self.width, self.height))
    }

    /// What is aimed at for a source with the sides that are `stored`, which stands `upright` once it is turned.
    pub fn aim(&self, stored: Extent, upright: Extent) -> Aim {
        // `fit` computes its canvas before the source is turned.
        let given = if self.fit { self.fitted(stored) } else { (self.width, self.height) };
        let (across, down) = (real(upright.width), real(upright.height));
        let (mut width, mut height, mut factor) = self.calculated(given, across, down);
        let left_small = !self.enlarge && !self.forces() && across < width && down < height;
        if left_small {
            (width, height, factor) = (across, down, 1.0);
        }
        let differs = width != across || height != down;
        let alters = differs || self.forces() || self.area_width > 0 || self.area_height > 0;
        Aim { width, height, factor, alters, left_small }
    }

    /// How large the result is.
    pub fn result(&self, stored: Extent) -> Extent {
        let upright = if self.quarters() % 2 == 1 { stored.on_its_side() } else { stored };
        let Aim { width, height, factor, alters, .. } = self.aim(stored, upright);
        let times = real(self.times());
        let (wide, high) = (real(upright.width) * times, real(upright.height) * times);
        if !alters {
            return rounded(wide, high);
        }
        let (wide, high) =
            if self.forces() { (width, height) } else { ((wide / factor).round(), (high / factor).round()) };
        match self.finish() {
            Finish::Area { width: across, height: down, .. } => {
                let side = |area: i64, side: f64| {
                    u64::try_from(area).ok().filter(|area| *area > 0).map_or(side, real)
                };
                rounded(side(across, width), side(down, height))
            }
            Finish::SmartCrop | Finish::Crop => rounded(wide.min(width), high.min(height)),
            Finish::Canvas => rounded(width, height),
            Finish::Whole => rounded(wide, high),
        }
    }

    /// `imageCalculations`: the sides that are aimed at, and by how much the source is larger.
    fn calculated(&self, (width, height): (i64, i64), across: f64, down: f64) -> (f64, f64, f64) {
        let side = |side: i64| u64::try_from(side).ok().filter(|side| *side > 0).map(real);
        match (side(width), side(height)) {
            (Some(width), Some(height)) => {
                let (x, y) = (across / width, down / height);
                (width, height, if self.crop { x.min(y) } else { x.max(y) })
            }
            (Some(width), None) if self.crop => (width, down, 1.0),
            (Some(width), None) => (width, (down * width / across).round(), across / width),
            (None, Some(height)) if self.crop => (across, height, 1.0),
            (None, Some(height)) => ((across * height / down).round(), height, down / height),
            (None, None) => (across, down, 1.0),
        }
    }

    /// `calculateDestinationFitDimension`: the largest sides within those given that have the source's proportions.
    #[expect(clippy::cast_possible_truncation, reason = "the result is not larger than the sides given")]
    fn fitted(&self, source: Extent) -> (i64, i64) {
        let (Ok(width), Ok(height)) = (u64::try_from(self.width), u64::try_from(self.height)) else {
            return (self.width, self.height);
        };
        let (width, height) = (real(width), real(height));
        let (across, down) = (real(source.width), real(source.height));
        if across * height > width * down {
            (self.width, (width * down / across).round() as i64)
        } else {
            ((height * across / down).round() as i64, self.height)
        }
    }
}

/// The sides that are given, one of them perhaps by `aspectratio` (`transformByAspectRatio`).
fn sides(params: &Params) -> (i64, i64) {
    let (width, height) = (params.whole(Param::Width), params.whole(Param::Height));
    let ratio = params.text(Param::AspectRatio).and_then(words::ratio);
    let scaled = |side: i64, by: i64, to: i64| side.checked_div(by).unwrap_or(0).saturating_mul(to);
    match ratio {
        Some((across, down)) if width != 0 && height == 0 => (width, scaled(width, across, down)),
        Some((across, down)) if height != 0 && width == 0 => (scaled(height, down, across), height),
        _ => (width, height),
    }
}

fn extent(width: i64, height: i64) -> Extent {
    Extent { width: u64::try_from(width).unwrap_or(0), height: u64::try_from(height).unwrap_or(0) }
}

#[expect(clippy::cast_precision_loss, reason = "sides beyond 2^53 are far beyond every limit")]
const fn real(side: u64) -> f64 {
    side as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts of floats end at the bounds of the integer"
)]
const fn rounded(width: f64, height: f64) -> Extent {
    Extent { width: width.round() as u64, height: height.round() as u64 }
}
