//! Making a request at random.

use rand::{Rng, RngExt as _};

use super::draft::Draft;
use super::values::{self, number};
use super::{often, one, steps};
use crate::request::Operation;

/// Bytes that are no UTF-8, a name without a value, and what Go drops.
const TAILS: &[&str] =
    &["", "quality=%zz", "a;b", "%", "width", "=5", "text=%ff", "gravity=%ff", "extend=%ff"];

pub(super) fn draft(rng: &mut impl Rng, sources: &[&str], marks: &[&str]) -> Draft {
    let operation = one(rng, &Operation::ALL);
    let mut pairs = vec![("url".to_owned(), one(rng, sources).to_owned())];
    let mut steps = Vec::new();
    if operation == Operation::Pipeline {
        match steps::malformed(rng) {
            Some(text) => pairs.push(("operations".to_owned(), text)),
            None => steps = steps::random(rng, marks),
        }
    } else if often(rng, 0.97) {
        pairs.extend(needed(rng, operation, marks));
    }
    for _ in 0..rng.random_range(0..5) {
        let (name, value) = values::any(rng);
        pairs.push((name.to_owned(), value));
    }
    if operation != Operation::Pipeline && often(rng, 0.02) {
        match steps::malformed(rng) {
            Some(text) => pairs.push(("operations".to_owned(), text)),
            None => steps = steps::random(rng, marks),
        }
    }
    if often(rng, 0.1) {
        let name = one(rng, &["utm", "Width", "key", "sign", "field", "WIDTH", "widht", "file"]);
        pairs.push((name.to_owned(), one(rng, &["", "1", "x"]).to_owned()));
    }
    for (name, _) in pairs.clone() {
        if often(rng, 0.03) {
            pairs.push((name, one(rng, &["7", "", "true"]).to_owned()));
        }
    }
    let tail = often(rng, 0.05).then(|| one(rng, TAILS));
    let accept = one(rng, values::ACCEPT).map(str::to_owned);
    Draft { operation, pairs, steps, tail, accept, slash: often(rng, 0.01) }
}

/// What an operation cannot do without, mostly in an ordinary spelling.
pub(super) fn needed(rng: &mut impl Rng, operation: Operation, marks: &[&str]) -> Vec<(String, String)> {
    use Operation::*;
    let names: &[&str] = match operation {
        Resize | Crop | SmartCrop | Thumbnail => one(rng, &[&["width"], &["height"], &["width", "height"]]),
        Fit | Enlarge => &["width", "height"],
        Extract => &["areawidth", "areaheight"],
        Rotate => &["rotate"],
        Zoom => one(rng, &[&["factor"], &["factor", "top", "areawidth", "areaheight"]]),
        Convert => &["type"],
        Watermark => &["text"],
        WatermarkImage => &["image"],
        Blur => one(rng, &[&["sigma"], &["minampl"], &["sigma", "minampl"]]),
        Info | AutoRotate | Flip | Flop | Pipeline => &[],
    };
    let mut pairs = Vec::new();
    for name in names {
        let value = match *name {
            "type" => one(rng, &["jpeg", "PNG", "webp", "auto", "tiff"]).to_owned(),
            "text" => one(rng, &["hi", "<b>x</b> y", "ü&\"\\"]).to_owned(),
            "image" => one(rng, marks).to_owned(),
            "factor" => one(rng, &["1", "2", "0.6"]).to_owned(),
            "sigma" => one(rng, &["1", "2.5", "0.1", "-3"]).to_owned(),
            "rotate" => one(rng, &["90", "-90", "45", "180", "450", "361"]).to_owned(),
            _ => number(rng),
        };
        pairs.push(((*name).to_owned(), value));
    }
    pairs
}
