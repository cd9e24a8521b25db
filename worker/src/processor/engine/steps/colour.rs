//! Colours and alpha, added and taken away.

use super::super::pixels::{Channels, Pixels};

/// The picture on a background, without alpha.
pub(in super::super) fn flattened(pixels: Pixels, background: [u8; 3]) -> Pixels {
    let over = |sample: u8, ground: u8, alpha: u8| {
        let alpha = u16::from(alpha);
        let mixed = u16::from(sample) * alpha + u16::from(ground) * (255 - alpha) + 127;
        u8::try_from(mixed / 255).unwrap_or(u8::MAX)
    };
    match pixels.channels() {
        Channels::Grey | Channels::Rgb => pixels,
        Channels::GreyAlpha if background.iter().all(|sample| *sample == background[0]) => {
            pixels.map(Channels::Grey, |pixel, to| {
                if let [grey, alpha] = *pixel {
                    to.push(over(grey, background[0], alpha));
                }
            })
        }
        Channels::GreyAlpha => flattened(coloured(&pixels), background),
        Channels::Rgba => pixels.map(Channels::Rgb, |pixel, to| {
            if let [colour @ .., alpha] = pixel {
                to.extend(
                    colour.iter().zip(background).map(|(sample, ground)| over(*sample, ground, *alpha)),
                );
            }
        }),
    }
}

/// The picture with three colours a pixel.
pub(in super::super) fn coloured(pixels: &Pixels) -> Pixels {
    match pixels.channels() {
        Channels::Rgb | Channels::Rgba => pixels.clone(),
        Channels::Grey => pixels.map(Channels::Rgb, |pixel, to| {
            if let [grey] = *pixel {
                to.extend_from_slice(&[grey; 3]);
            }
        }),
        Channels::GreyAlpha => pixels.map(Channels::Rgba, |pixel, to| {
            if let [grey, alpha] = *pixel {
                to.extend_from_slice(&[grey, grey, grey, alpha]);
            }
        }),
    }
}

/// How much red, green and blue count for lightness, as libvips has it: rounder figures than those of ITU-R BT.709.
const LIGHTNESS: [f32; 3] = [0.2, 0.7, 0.1];

/// The picture without colours: by its lightness in linear light (IEC 61966-2-1).
pub(in super::super) fn grey(pixels: &Pixels) -> Pixels {
    let linear: Vec<f32> = (0..=u8::MAX).map(|sample| linear(f32::from(sample) / 255.0)).collect();
    let of = |sample: u8| linear.get(usize::from(sample)).copied().unwrap_or_default();
    let luminance = |red, green, blue| {
        stored(
            [red, green, blue].into_iter().zip(LIGHTNESS).map(|(sample, counts)| of(sample) * counts).sum(),
        )
    };
    match pixels.channels() {
        Channels::Grey | Channels::GreyAlpha => pixels.clone(),
        Channels::Rgb => pixels.map(Channels::Grey, |pixel, to| {
            if let [red, green, blue] = *pixel {
                to.push(luminance(red, green, blue));
            }
        }),
        Channels::Rgba => pixels.map(Channels::GreyAlpha, |pixel, to| {
            if let [red, green, blue, alpha] = *pixel {
                to.extend_from_slice(&[luminance(red, green, blue), alpha]);
            }
        }),
    }
}

fn linear(sample: f32) -> f32 {
    if sample <= 0.04045 { sample / 12.92 } else { ((sample + 0.055) / 1.055).powf(2.4) }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casts of floats end at the bounds"
)]
fn stored(linear: f32) -> u8 {
    let sample = if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
    (sample * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(channels: Channels, pixel: &[u8]) -> Pixels {
        Pixels::new(1, 1, channels, pixel.to_vec()).unwrap()
    }

    #[test]
    fn what_cannot_be_seen_is_the_background() {
        let flat = |channels, pixel: &[u8]| flattened(one(channels, pixel), [10, 20, 30]).samples().to_vec();
        assert_eq!(flat(Channels::Rgba, &[200, 200, 200, 0]), [10, 20, 30]);
        assert_eq!(flat(Channels::Rgba, &[200, 100, 50, 255]), [200, 100, 50]);
        assert_eq!(flat(Channels::GreyAlpha, &[200, 0]), [10, 20, 30]);
        assert_eq!(flat(Channels::Rgb, &[1, 2, 3]), [1, 2, 3]);
    }

    #[test]
    fn a_grey_stays_what_it_is_without_colours() {
        for sample in 0..=u8::MAX {
            assert_eq!(grey(&one(Channels::Rgb, &[sample; 3])).samples(), [sample]);
        }
    }

    /// As `vips colourspace … b-w` has them.
    #[test]
    fn colours_are_as_light_as_libvips_makes_them() {
        for (colour, lightness) in [
            ([255, 0, 0], 124),
            ([0, 255, 0], 218),
            ([0, 0, 255], 89),
            ([200, 100, 50], 126),
            ([20, 30, 40], 29),
        ] {
            assert_eq!(grey(&one(Channels::Rgb, &colour)).samples(), [lightness], "{colour:?}");
        }
        assert_eq!(grey(&one(Channels::Rgba, &[255, 0, 0, 9])).samples(), [124, 9]);
    }
}
