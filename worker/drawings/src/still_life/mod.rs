//! Fruit and a jug on a table, in the light of a window.

mod jug;
mod light;
mod outline;
mod room;
mod skin;
mod things;
mod turned;

use super::canvas::Canvas;
use light::Light;
use turned::Turned;

const WIDTH: usize = 1600;
const HEIGHT: usize = 1067;

/// Draws it.
pub(super) fn draw() -> Canvas {
    let things = things::things();
    let light = Light::past(&things);
    let mut picture = room::room();
    things.iter().for_each(|thing| thing.cast(&mut picture));
    jug::handle(&mut picture);
    for (number, thing) in things.iter().enumerate() {
        if number == things::GRAPES_FROM {
            things::stems(&mut picture);
        }
        thing.draw(&mut picture, &light, number);
        if number == things::JUG_AT {
            jug::mouth(&mut picture, thing);
        }
    }
    light::develop(&mut picture);
    picture
}
