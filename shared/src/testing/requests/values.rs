//! The parameters with values worth trying, and what is known of each.

use rand::{Rng, RngExt as _};

use super::one;

/// How a value is read, as far as spelling it differently is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Whole,
    Real,
    Flag,
    Type,
    Gravity,
    Extend,
    Colorspace,
    Background,
    Address,
    Verbatim,
}

/// How the values of a name are read; anything of names that nobody knows.
pub(super) fn reading(name: &str) -> Reading {
    match name {
        "width" | "height" | "top" | "left" | "areawidth" | "areaheight" | "quality" | "compression"
        | "rotate" | "factor" | "margin" | "dpi" | "textwidth" | "speed" => Reading::Whole,
        "opacity" | "sigma" | "minampl" => Reading::Real,
        "flip" | "flop" | "nocrop" | "noprofile" | "norotation" | "noreplicate" | "force" | "embed"
        | "stripmeta" | "interlace" | "palette" => Reading::Flag,
        "type" => Reading::Type,
        "gravity" => Reading::Gravity,
        "extend" => Reading::Extend,
        "colorspace" => Reading::Colorspace,
        "background" => Reading::Background,
        "url" | "image" => Reading::Address,
        _ => Reading::Verbatim,
    }
}

/// A parameter that any request may get, with one of its values.
pub(super) fn any(rng: &mut impl Rng) -> (&'static str, String) {
    let (name, values) = one(rng, PARAMS);
    (name, one_of(rng, values))
}

/// One of the values of a parameter, `None` if it has none to choose from.
pub(super) fn another(rng: &mut impl Rng, name: &str) -> Option<String> {
    let (_, values) = PARAMS.iter().find(|(other, _)| *other == name)?;
    Some(one_of(rng, values))
}

fn one_of(rng: &mut impl Rng, values: &[&str]) -> String {
    if values.is_empty() { number(rng) } else { one(rng, values).to_owned() }
}

/// Values to choose from; none: a number.
const PARAMS: &[(&str, &[&str])] = &[
    ("width", &[]),
    ("height", &[]),
    ("top", &["0", "1", "5", "-3"]),
    ("left", &["0", "1", "5", "0.5"]),
    ("areawidth", &["", "10", "20"]),
    ("areaheight", &["0", "10", "20"]),
    ("quality", &["75", "75.2", "74.5", "1", "100", "101", "500", "0", "-50", "", "+75", "inf"]),
    ("compression", &["6", "5.5", "0", "9", "10", "-1", "", "nan"]),
    ("rotate", &["0", "90", "-90", "45", "180", "270", "360", "450", "89.6"]),
    ("factor", &["0", "1", "2"]),
    ("margin", &["0", "3", "x"]),
    ("dpi", &["0", "72", "150"]),
    ("textwidth", &["0", "20"]),
    ("opacity", &["0", "0.5", "1", "3", "-0.5", "5e-1", "0x1p-1", "nan"]),
    ("flip", FLAGS),
    ("flop", FLAGS),
    ("nocrop", FLAGS),
    ("noprofile", FLAGS),
    ("norotation", FLAGS),
    ("noreplicate", FLAGS),
    ("force", FLAGS),
    ("embed", FLAGS),
    ("stripmeta", FLAGS),
    ("interlace", FLAGS),
    ("palette", FLAGS),
    ("speed", &["", "3", "0"]),
    ("text", &["", "hello"]),
    ("font", &["", "sans 10", "sans bold 12"]),
    ("color", &["", "255,0,0", "red", "1,2"]),
    ("image", &["", "x", "http://127.0.0.1:1/"]),
    (
        "type",
        &["jpeg", "png", "webp", "tiff", "JPEG", "auto", "AUTO", "", "jpg", "gif", "pdf", " png", "tİff"],
    ),
    ("aspectratio", &["16:9", "1:2", "-16:9", "", "4:3:2", "16:0", "0:9", "16", "abc"]),
    ("colorspace", &["bw", "srgb", "BW", ""]),
    ("gravity", &["north", "SOUTH", " east ", "west", "smart", "centre", "junk", "", "northwest"]),
    (
        "extend",
        &["white", "black", "copy", "background", "lastpixel", "mirror", "junk", "", " Copy", "whİte"],
    ),
    ("background", &["0,0,0", "255,0,0", "1,2,3,4", "a,b,c", " 9 , 300 ,x", "", "255,255", "red"]),
    ("sigma", &["0", "0.1", "1", "-1.5", "1e400", "inf", "x"]),
    ("minampl", &["0", "0.2", "-1", "inf"]),
];

const FLAGS: &[&str] = &["true", "false", "1", "0", "t", "F", "TRUE", "False", "", "tRUE", "yes", " true"];

pub(super) const ACCEPT: &[Option<&str>] = &[
    None,
    Some("image/avif,image/webp,*/*;q=0.8"),
    Some("image/png;q=0, image/webp"),
    Some("IMAGE/JPEG"),
    Some("*/*"),
    Some("image/webp;q=1;q=0,image/png"),
];

/// A size, mostly an ordinary one.
pub(super) fn number(rng: &mut impl Rng) -> String {
    let n: u32 = rng.random_range(1..200);
    match rng.random_range(0..24) {
        0 => format!("-{n}"),
        1 => format!("{n}.4"),
        2 => format!("{n}.5"),
        3 => format!("{}e1", n / 10),
        4 => format!("0x{n:x}p0"),
        5 => format!("0{n}"),
        6 => format!("+{n}"),
        7 => format!("1_{:02}", n % 100),
        8 => format!("{n}."),
        9 => one(rng, &["", "0", "0.4", "1e-400", "-0"]).to_owned(),
        10 => one(rng, &["inf", "nan", "-Infinity", "1e400", "abc", " 5", "5 ", "5px", "0x5", "1__0", "NaN"])
            .to_owned(),
        _ => n.to_string(),
    }
}
