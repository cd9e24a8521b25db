//! The light of a window on the left, before the table, and what stands in its way. Colours are amounts of light here, until they are
//! developed.

use super::super::canvas::{Canvas, Colour, smooth};
use super::{HEIGHT, Turned, WIDTH};

/// Right, down and towards the viewer, in pixels.
pub(super) type Place = [f32; 3];

/// Where the light comes from.
const WINDOW: Place = [-0.60, -0.60, 0.53];
const SUN: Colour = [2.35, 2.1, 1.74];
/// From the room above.
const ROOM: Colour = [0.10, 0.115, 0.145];
/// Back from the table.
const TABLE: Colour = [0.17, 0.095, 0.048];

/// What something does with light.
#[derive(Clone, Copy, Default)]
pub(super) struct Surface {
    /// How much of each colour it gives back.
    pub colour: Colour,
    /// How much of it goes through, as through a grape.
    pub clear: f32,
    /// How much of the window is seen in it, and how sharp.
    pub shine: f32,
    pub sharp: f32,
}

/// A point of something.
#[derive(Clone, Copy)]
pub(super) struct Spot {
    pub place: Place,
    /// Away from it, of length 1.
    pub normal: Place,
    /// How open it is to the room: less close to the table.
    pub open: f32,
}

/// A ball in the way.
#[derive(Clone, Copy)]
pub(super) struct Ball {
    pub middle: Place,
    pub radius: f32,
}

pub(super) struct Light {
    balls: Vec<(usize, Ball)>,
}

impl Light {
    /// Light that comes past these things, and not through.
    pub(super) fn past(things: &[Turned]) -> Self {
        let balls = things.iter().enumerate();
        Self {
            balls: balls.flat_map(|(number, thing)| thing.balls().map(move |ball| (number, ball))).collect(),
        }
    }

    /// The balls of others that may stand between the window and a thing.
    pub(super) fn before(&self, number: usize, thing: Ball) -> Vec<Ball> {
        let near = |ball: &Ball| {
            let (along, aside) = way(ball.middle, thing.middle);
            along > -thing.radius && aside < ball.radius * 1.3 + thing.radius
        };
        self.balls.iter().filter(|(of, _)| *of != number).map(|(_, ball)| *ball).filter(near).collect()
    }
}

/// What is seen of a spot, `before` which these balls stand.
pub(super) fn seen(spot: &Spot, surface: &Surface, before: &[Ball]) -> Colour {
    let [x, y, z] = spot.normal;
    let facing = dot(spot.normal, WINDOW);
    let free = before.iter().fold(1.0_f32, |free, ball| free.min(passes(*ball, spot.place)));
    let direct = (facing * (1.0 - surface.clear * 0.4) + surface.clear * 0.4).max(0.0)
        * free
        * (0.45 + 0.55 * spot.open);
    let edge = (1.0 - z).powi(3);
    // The window is seen where the spot faces halfway between it and the viewer, with a cross in its middle.
    let flat = z.max(0.05);
    let [right, down] = [x / flat - WINDOW[0] / (1.0 + WINDOW[2]), y / flat - WINDOW[1] / (1.0 + WINDOW[2])];
    let soft = 0.16 / surface.sharp.max(0.1);
    let pane = |at: f32, half: f32| {
        smooth(half + soft, half - soft * 0.4, at.abs())
            * smooth(0.0, soft * 0.5 + 0.012, at.abs() - 0.008 + soft * 0.3)
    };
    let window = pane(right, 0.13) * pane(down + right * 0.16, 0.17) * free * surface.shine;
    let inside = surface.clear * smooth(0.35, -0.75, facing) * free.max(0.5) * 0.9;
    let part = |index: usize| {
        let at = |colour: Colour| colour.get(index).copied().unwrap_or_default();
        let around =
            at(ROOM) * (0.62 - 0.38 * y) * spot.open + at(TABLE) * (0.5 + 0.5 * y) * (0.35 + 0.65 * free);
        at(surface.colour) * (direct * at(SUN) + around + inside * at(SUN) * 0.5)
            + window * at(SUN) * 0.75
            + edge * at(ROOM) * spot.open * (0.25 + surface.shine * 0.6)
    };
    [part(0), part(1), part(2)]
}

/// How much of the light passes a ball on its way to a place.
fn passes(ball: Ball, place: Place) -> f32 {
    let (along, aside) = way(ball.middle, place);
    if along <= 0.0 { 1.0 } else { smooth(ball.radius * 0.72, ball.radius * 1.18, aside).max(0.04) }
}

/// How far a ball is from a place on the way to the window, and how far aside.
fn way(ball: Place, place: Place) -> (f32, f32) {
    let to = [ball[0] - place[0], ball[1] - place[1], ball[2] - place[2]];
    let along = dot(to, WINDOW);
    (along, (dot(to, to) - along * along).max(0.0).sqrt())
}

fn dot(a: Place, b: Place) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// From amounts of light to colours as they are shown, darker towards the corners.
pub(super) fn develop(picture: &mut Canvas) {
    const STEPS: f32 = 2048.0;
    const BRIGHTEST: f32 = 4.0;
    // Read off a table: to compute it for each pixel takes longer than the picture.
    let shown = |light: f32| (light * (1.0 + light * 0.16) / (1.0 + light * 0.72)).sqrt();
    let table: Vec<f32> = (0..=(BRIGHTEST * STEPS) as usize).map(|step| shown(step as f32 / STEPS)).collect();
    let ([across, up], width, height) = ([0.47, 0.52], WIDTH as f32, HEIGHT as f32);
    let squares: Vec<f32> = (0..WIDTH).map(|x| (x as f32 / width - across).powi(2)).collect();
    picture.change([0.0, width], [0.0, height], |x, y, light| {
        let aside = squares.get(x as usize).copied().unwrap_or_default();
        let down = y / height - up;
        let corner = (1.0 - (aside + down * down) * 0.85) * 1.12 * STEPS;
        light.map(|part| table.get((part * corner) as usize).copied().unwrap_or(1.0))
    });
}
