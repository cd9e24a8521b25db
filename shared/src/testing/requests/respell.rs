//! Other spellings of a value that mean the same to imaginary.

use rand::{Rng, RngExt as _};

use super::values::{Reading, reading};
use super::{often, one};

const TRUE: &[&str] = &["1", "t", "T", "TRUE", "true", "True"];
const FALSE: &[&str] = &["", "0", "f", "F", "FALSE", "false", "False"];
const NOWHERE: &[&str] = &["centre", "center", "CENTRE", "junk", "", "northwest", "no rth"];
const NO_COLORSPACE: &[&str] = &["srgb", "BW", "", " bw", "junk"];
const NO_BACKGROUND: &[&str] = &["0,0,0", "", "a,b,c", " 0 , 0 ,x", "0,0,0,9"];
const MIRROR: &[&str] = &["mirror", "MIRROR", "junk", "", "back ground"];
const LAST_PIXEL: &[&str] = &["background", "lastpixel", "BackGround", " LASTPIXEL "];

/// Another spelling of a name's value, in a query or as a string in a step; the same where none is known.
pub(super) fn respelled(rng: &mut impl Rng, name: &str, value: &str) -> String {
    match reading(name) {
        Reading::Whole => simple(value).map_or_else(|| value.to_owned(), |number| whole(rng, number)),
        Reading::Real => real(rng, value),
        Reading::Flag if TRUE.contains(&value) => one(rng, TRUE).to_owned(),
        Reading::Flag if FALSE.contains(&value) => one(rng, FALSE).to_owned(),
        Reading::Type if is_type(value) => any_case(rng, value),
        Reading::Gravity => gravity(rng, value),
        Reading::Extend => extend(rng, value),
        Reading::Colorspace if value != "bw" => one(rng, NO_COLORSPACE).to_owned(),
        Reading::Background if NO_BACKGROUND.contains(&value) => one(rng, NO_BACKGROUND).to_owned(),
        Reading::Address => address(rng, value),
        _ => value.to_owned(),
    }
}

/// Whether a name with this value means what its absence means.
pub(super) fn is_default(name: &str, value: &str) -> bool {
    match reading(name) {
        Reading::Whole if name == "quality" => simple(value) == Some(75),
        Reading::Whole if name == "compression" => simple(value) == Some(6),
        Reading::Whole => value.is_empty() || simple(value) == Some(0),
        Reading::Real => matches!(value, "" | "0"),
        Reading::Flag => !["nocrop", "palette"].contains(&name) && FALSE.contains(&value),
        Reading::Gravity => NOWHERE.contains(&value),
        Reading::Extend => value.trim().eq_ignore_ascii_case("copy"),
        Reading::Colorspace => value != "bw",
        Reading::Background => NO_BACKGROUND.contains(&value),
        Reading::Type => value.is_empty(),
        Reading::Address => name == "image" && value.is_empty(),
        Reading::Verbatim => value.is_empty() && matches!(name, "text" | "font" | "color" | "aspectratio"),
    }
}

/// The magnitude of a plain decimal, rounded half up.
pub(super) fn simple(value: &str) -> Option<u32> {
    let magnitude = value.strip_prefix('-').unwrap_or(value);
    let (digits, fraction) = magnitude.split_once('.').unwrap_or((magnitude, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(digits) || !is_number(fraction) || digits.len() > 6 {
        return None;
    }
    Some(digits.parse::<u32>().ok()? + u32::from(fraction.as_bytes()[0] >= b'5'))
}

fn whole(rng: &mut impl Rng, n: u32) -> String {
    if n == 0 {
        return one(rng, &["", "0", "0.4", "-0.49", "00", "0e5", "0x0p0", "1e-400", "-0"]).to_owned();
    }
    match rng.random_range(0..12) {
        0 => format!("-{n}"),
        1 => format!("{n}.4999"),
        2 => format!("{}.5", n - 1),
        3 => format!("+{n}"),
        4 => format!("00{n}.0"),
        5 => format!("{n}e0"),
        6 => format!("0x{n:X}p0"),
        7 => format!("-{n}.25E+0"),
        8 => format!("{}{}e-1", n, one(rng, &["0", "1", "4"])),
        9 => {
            let digits = n.to_string();
            let (head, tail) = digits.split_at(1);
            if tail.is_empty() { format!("0_{head}") } else { format!("{head}_{tail}") }
        }
        10 => format!("{n}."),
        _ => n.to_string(),
    }
}

fn real(rng: &mut impl Rng, value: &str) -> String {
    if matches!(value, "" | "0") {
        return one(rng, &["", "0", "0.0", "-0", "1e-999"]).to_owned();
    }
    let magnitude = value.strip_prefix('-').unwrap_or(value);
    if simple(magnitude).is_none() {
        return value.to_owned();
    }
    match rng.random_range(0..6) {
        0 => format!("-{magnitude}"),
        1 => format!("+{magnitude}"),
        2 => format!("{magnitude}e0"),
        3 => format!("0{magnitude}"),
        4 if magnitude.contains('.') => format!("{magnitude}00"),
        _ => magnitude.to_owned(),
    }
}

fn is_type(value: &str) -> bool {
    ["jpeg", "png", "webp", "tiff"].iter().any(|known| value.eq_ignore_ascii_case(known))
}

fn gravity(rng: &mut impl Rng, value: &str) -> String {
    let word = value.trim().to_ascii_lowercase();
    if NOWHERE.contains(&value) {
        one(rng, NOWHERE).to_owned()
    } else if ["north", "south", "east", "west", "smart"].contains(&word.as_str()) {
        padded(rng, &word)
    } else {
        value.to_owned()
    }
}

fn extend(rng: &mut impl Rng, value: &str) -> String {
    // Go lower-cases a dotted I to an i.
    let word = value.trim().replace('İ', "i").to_ascii_lowercase();
    match word.as_str() {
        "copy" | "black" | "white" => padded(rng, &word),
        "background" | "lastpixel" => one(rng, LAST_PIXEL).to_owned(),
        _ => one(rng, MIRROR).to_owned(),
    }
}

fn padded(rng: &mut impl Rng, word: &str) -> String {
    let (before, after) = (one(rng, &["", "", " ", "\t"]), one(rng, &["", "", " ", "\u{3000}", "\n"]));
    format!("{before}{}{after}", any_case(rng, word))
}

fn any_case(rng: &mut impl Rng, word: &str) -> String {
    let shout = one(rng, &[0.0, 0.5, 1.0]);
    word.chars()
        .map(|c| if often(rng, shout) { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect()
}

/// The scheme's case and the fragment are not sent.
fn address(rng: &mut impl Rng, value: &str) -> String {
    let Some(rest) = value.strip_prefix("http://") else { return value.to_owned() };
    let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
    let fragment = one(rng, &["", "", "#", "#top", "#?a=b&c"]);
    format!("{}://{rest}{fragment}", one(rng, &["http", "http", "HTTP", "Http"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_decimals_are_rounded_half_up() {
        for (text, expected) in [
            ("300", Some(300)),
            ("-74.5", Some(75)),
            ("0.49", Some(0)),
            ("", None),
            ("5.", None),
            ("1e1", None),
            ("+5", None),
            (" 5", None),
        ] {
            assert_eq!(simple(text), expected, "{text}");
        }
    }
}
