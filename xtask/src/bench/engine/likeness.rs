//! How like each other's the pictures of both sides are, operation by operation, over the requests that tests make.

use bytes::Bytes;
use imcaxy_shared::request::{Extent, Plan};
use imcaxy_shared::testing::build;
use imcaxy_testkit::Photo;
use imcaxy_testkit::parity::requests::{PHOTOS, all, is_sound};
use imcaxy_testkit::parity::{Asked, Made, Pixels};
use imcaxy_testkit::progress::say;
use serde_json::Value;

use super::sides::Sides;
use crate::bench::error::{BenchError, Faults};

/// Pixels of the longer side from which on a result counts as large; the other has half as many.
const LARGE: u32 = 300;
/// Decibels below which a pair is told.
const TOLD: f64 = 35.0;

/// The results of one kind of request.
#[derive(Default)]
pub struct Group {
    /// The operation, with the type that it converts to.
    pub name: String,
    pub requests: usize,
    /// Those whose results have the same type and sides, or say the same.
    pub equal: usize,
    /// Those that imaginary makes of a WebP that it reduces twice, which blurs it: they are not compared.
    pub blurred: usize,
    /// Decibels of those that are large.
    pub large: Vec<f64>,
    /// Of the smaller ones.
    pub small: Vec<f64>,
}

/// Asks both sides for everything. Where sides or types differ, it is told and counted.
pub async fn compare(sides: &Sides, faults: &mut Faults) -> Result<Vec<Group>, BenchError> {
    let imaginary = sides.asked();
    let mut groups: Vec<Group> = Vec::new();
    for photo in PHOTOS {
        let source = Photo::find(photo).await?;
        let extent = extent(&imaginary.info(&source).await);
        for request in all().iter().filter(|request| is_sound(photo, request)) {
            let name = kind(request);
            let place = groups.iter().position(|group| group.name == name);
            let place = place.unwrap_or_else(|| {
                groups.push(Group { name, ..Group::default() });
                groups.len() - 1
            });
            let Some(group) = groups.get_mut(place) else { continue };
            group.requests += 1;
            let (ours, theirs) = (sides.make(request, &source).await, imaginary.make(request, &source).await);
            if !equal(&imaginary, ours.as_ref(), theirs.as_ref()).await {
                faults.add(format!("{request} of {photo} has other sides or another type"));
                continue;
            }
            group.equal += 1;
            let request = losslessly(request);
            if photo.ends_with("webp") && is_blurred(&request, extent) {
                group.blurred += 1;
                continue;
            }
            let Some(ours) = pixels(sides.make(&request, &source).await) else { continue };
            let likeness = best_likeness(&ours, &imaginary, &request, &source).await;
            if likeness < TOLD {
                say(&format!("{likeness:5.1} dB: {request} of {photo}, {:?}", ours.sides()));
            }
            let (width, height) = ours.sides();
            if width.max(height) >= LARGE && width.min(height) >= LARGE / 2 {
                &mut group.large
            } else {
                &mut group.small
            }
            .push(likeness);
        }
    }
    Ok(groups)
}

/// Whether imaginary reduces the source, a WebP, twice: as it decodes it, by a whole number, and by the same again (bimg's `shrinkOnLoad`
/// does not take off what was done).
fn is_blurred(request: &str, extent: Extent) -> bool {
    const DECODED_AT_HALF: f64 = 8.0 / 3.0;

    let read = build::render(request).and_then(|render| Some((render.operation, render.read().ok()?.0)));
    let plan = read.and_then(|(operation, params)| Plan::of(operation, &params));
    plan.is_some_and(|plan| plan.aim(extent, extent).factor >= DECODED_AT_HALF)
}

fn extent(info: &Value) -> Extent {
    let side = |name| info.get(name).and_then(Value::as_u64).unwrap_or_default();
    Extent { width: side("width"), height: side("height") }
}

/// A conversion is told from others by its type.
fn kind(request: &str) -> String {
    let (operation, query) = request.split_once('?').unwrap_or((request, ""));
    let of_type = query.split('&').find_map(|part| part.strip_prefix("type="));
    match (operation, of_type) {
        ("convert", Some(of_type)) => format!("convert to {of_type}"),
        _ => operation.to_owned(),
    }
}

/// A request that names no type asks for PNG, so that pictures are compared and not what encoders lose of them.
fn losslessly(request: &str) -> String {
    if request.contains("type=") || request == "info" {
        return request.to_owned();
    }
    format!("{request}{}type=png", if request.contains('?') { '&' } else { '?' })
}

async fn equal(imaginary: &Asked, ours: Option<&Made>, theirs: Option<&Made>) -> bool {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => imaginary.outline(ours).await == imaginary.outline(theirs).await,
        (None, None) => true,
        _ => false,
    }
}

/// Of a JPEG that it turns and reduces imaginary sometimes makes something else: the best of three counts.
async fn best_likeness(ours: &Pixels, imaginary: &Asked, request: &str, source: &Bytes) -> f64 {
    let mut best = 0.0_f64;
    for _ in 0..3 {
        let theirs = pixels(imaginary.make(request, source).await);
        best = theirs.map_or(best, |theirs| best.max(ours.likeness(&theirs)));
        if best >= TOLD {
            break;
        }
    }
    best
}

fn pixels(made: Option<Made>) -> Option<Pixels> {
    Pixels::of(&made?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_grouped_by_operation_and_pictures_compared_without_loss() {
        assert_eq!(kind("convert?quality=9&type=webp"), "convert to webp");
        assert_eq!(kind("crop?width=200&type=webp"), "crop");
        assert_eq!(kind("info"), "info");
        assert_eq!(losslessly("flip"), "flip?type=png");
        assert_eq!(losslessly("crop?width=200"), "crop?width=200&type=png");
        assert_eq!(losslessly("crop?width=200&type=webp"), "crop?width=200&type=webp");
        let extent = Extent { width: 600, height: 400 };
        assert!(is_blurred("resize?width=200", extent) && !is_blurred("resize?width=300", extent));
        assert!(!is_blurred("autorotate", extent) && !is_blurred("extract?areawidth=9&areaheight=9", extent));
    }
}
