//! What is drawn can be looked at; here is what must hold of it.

use super::{Canvas, Drawing, card, harbour, still_life};

#[test]
fn each_is_the_same_every_time_and_has_its_sides() {
    for draw in [super::harbour as fn() -> Drawing, super::still_life, super::card] {
        let drawn = draw();
        assert_eq!((drawn.width, drawn.height), (1600, 1067));
        assert_eq!(drawn.samples.len(), drawn.width * drawn.height * 3);
        assert!(drawn == draw());
    }
}

/// How light a place of a picture is, from 0 to 1.
fn light(picture: &Canvas, [x, y]: [f32; 2]) -> f32 {
    picture.between(x, y).iter().sum::<f32>() / 3.0
}

#[test]
fn the_sun_is_the_lightest_of_the_evening_and_the_water_shows_it() {
    let harbour = harbour::draw();
    assert!(light(&harbour, [1012.0, 556.0]) > 0.9 && light(&harbour, [1012.0, 20.0]) < 0.35);
    let row = |x: f32| (660..700).map(|y| light(&harbour, [x, y as f32])).sum::<f32>();
    assert!(row(1012.0) > 1.2 * row(60.0));
}

#[test]
fn the_jug_is_lit_from_the_left() {
    let table = still_life::draw();
    assert!(light(&table, [440.0, 640.0]) > 1.5 * light(&table, [650.0, 640.0]));
}

#[test]
fn the_card_has_lines_of_one_pixel_black_and_white_by_turns() {
    let card = card::draw();
    let row: Vec<bool> = (420..520).map(|x| light(&card, [x as f32, 720.0]) > 0.5).collect();
    assert!(row.windows(2).all(|pair| pair[0] != pair[1]), "{row:?}");
}
