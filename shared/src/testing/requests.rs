//! Random requests: valid ones, odd spellings of them, and broken ones, in proportions that reach deep.

use rand::seq::IndexedRandom as _;
use rand::{Rng, RngExt as _};

use crate::request::Operation;

/// A request as a client sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRequest {
    /// The path, percent-encoded.
    pub path: String,
    /// The query without `?`, percent-encoded.
    pub query: String,
    /// The first `Accept` line.
    pub accept: Option<String>,
}

/// Makes a request whose `url` is among `sources`, and its `image` among `marks` (not empty, both).
///
/// Sizes stay below 200, so that a thousand renderings of a small picture take seconds.
pub fn random_request(rng: &mut impl Rng, sources: &[&str], marks: &[&str]) -> RawRequest {
    let operation = one(rng, &Operation::ALL);
    let mut pairs = vec![("url".to_owned(), one(rng, sources).to_owned())];
    if operation == Operation::Pipeline {
        pairs.push(("operations".to_owned(), operations(rng, marks)));
    } else if often(rng, 0.97) {
        pairs.extend(needed(rng, operation, marks));
    }
    for _ in 0..rng.random_range(0..5) {
        let (name, values) = one(rng, PARAMS);
        let value = if values.is_empty() { number(rng) } else { one(rng, values).to_owned() };
        pairs.push((name.to_owned(), value));
    }
    if often(rng, 0.02) {
        pairs.push(("operations".to_owned(), operations(rng, marks)));
    }
    if often(rng, 0.1) {
        let name = one(rng, &["utm", "Width", "key", "sign", "field", "WIDTH", "widht", "file"]);
        pairs.push((name.to_owned(), one(rng, &["", "1", "x"]).to_owned()));
    }
    let mut query: Vec<String> = pairs.iter().map(|(name, value)| pair(rng, name, value)).collect();
    shuffle(rng, &mut query);
    if often(rng, 0.05) {
        query.push(one(rng, &["", "quality=%zz", "a;b", "%", "width", "=5"]).to_owned());
    }
    let prefix = one(rng, &["", "", "/imaginary"]);
    let path =
        if often(rng, 0.99) { format!("{prefix}/{operation}") } else { format!("{prefix}/{operation}/") };
    RawRequest { path, query: query.join("&"), accept: one(rng, ACCEPT).map(str::to_owned) }
}

/// What an operation cannot do without, mostly in an ordinary spelling.
fn needed(rng: &mut impl Rng, operation: Operation, marks: &[&str]) -> Vec<(String, String)> {
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

/// Parameters that any request may get, with values to choose from; none: a number.
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

const ACCEPT: &[Option<&str>] = &[
    None,
    Some("image/avif,image/webp,*/*;q=0.8"),
    Some("image/png;q=0, image/webp"),
    Some("IMAGE/JPEG"),
    Some("*/*"),
    Some("image/webp;q=1;q=0,image/png"),
];

fn number(rng: &mut impl Rng) -> String {
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

/// The `operations` of a pipeline.
fn operations(rng: &mut impl Rng, marks: &[&str]) -> String {
    if often(rng, 0.06) {
        return one(
            rng,
            &["", "[", "[]", "null", "nullx", "{}", "[1]", "[null]", "x", "[{}]", "[{\"a\":1}]", "[\"x\"]"],
        )
        .to_owned();
    }
    let count = if often(rng, 0.02) { 11 } else { rng.random_range(1..4) };
    let steps: Vec<_> = (0..count).map(|_| step(rng, marks)).collect();
    format!("[{}]{}", steps.join(one(rng, &[",", " , "])), one(rng, &["", "", "", " ", "junk"]))
}

fn step(rng: &mut impl Rng, marks: &[&str]) -> String {
    let operation = one(rng, &Operation::ALL);
    let name = match operation.step_name() {
        Some(name) => name.to_owned(),
        None if often(rng, 0.1) => operation.name().to_owned(),
        None => "flip".to_owned(),
    };
    let mut params: Vec<String> = Vec::new();
    for (name, value) in needed(rng, operation, marks) {
        params.push(format!("{}:{}", quote(&name), json(rng, &value)));
    }
    for _ in 0..rng.random_range(0..3) {
        let (name, values) = one(rng, PARAMS);
        let value = if values.is_empty() { number(rng) } else { one(rng, values).to_owned() };
        params.push(format!("{}:{}", quote(name), json(rng, &value)));
    }
    if often(rng, 0.05) {
        params.push(
            one(
                rng,
                &["\"utm\":[[],{\"a\":[1]}]", "\"Width\":null", "\"type\":\"jpg\"", "\"operations\":\"[]\""],
            )
            .to_owned(),
        );
    }
    shuffle(rng, &mut params);
    let mut fields = vec![
        format!(
            "{}:{}",
            one(rng, &["\"operation\"", "\"operation\"", "\"OPERATION\"", "\"op\\u0065ration\""]),
            quote(&name)
        ),
        format!("{}:{{{}}}", one(rng, &["\"params\"", "\"params\"", "\"paramſ\""]), params.join(",")),
    ];
    if often(rng, 0.15) {
        fields.push(format!("\"ignore_failure\":{}", one(rng, &["true", "false", "null", "true", "1"])));
    }
    if often(rng, 0.04) {
        fields.push(
            one(
                rng,
                &["\"params\":{\"quality\":\"30\"}", "\"params\":null", "\"operation\":null", "\"x\":1"],
            )
            .to_owned(),
        );
    }
    shuffle(rng, &mut fields);
    format!("{{{}}}", fields.join(","))
}

/// A parameter's value in JSON: its own type, or a string.
fn json(rng: &mut impl Rng, value: &str) -> String {
    let plain = value.strip_prefix('-').unwrap_or(value);
    let is_number = plain.parse::<f64>().is_ok_and(f64::is_finite)
        && plain.starts_with(|c: char| c.is_ascii_digit())
        && plain.ends_with(|c: char| c.is_ascii_digit())
        && (!plain.starts_with('0') || plain.starts_with("0.") || plain.len() == 1);
    if (is_number || value == "true" || value == "false") && often(rng, 0.6) {
        return value.to_owned();
    }
    if often(rng, 0.01) { "null".to_owned() } else { quote(value) }
}

fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// One of the ways to write a pair, twice now and then.
fn pair(rng: &mut impl Rng, name: &str, value: &str) -> String {
    let mut out = format!("{}={}", encode(rng, name), encode(rng, value));
    if often(rng, 0.03) {
        out.push_str(&format!("&{name}={}", one(rng, &["7", "", "true"])));
    }
    out
}

fn encode(rng: &mut impl Rng, text: &str) -> String {
    let (lower, all, plus) = (often(rng, 0.2), often(rng, 0.1), often(rng, 0.5));
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' if plus => out.push('+'),
            b if !all && (b.is_ascii_alphanumeric() || b"-._~:/,".contains(&b)) => out.push(char::from(b)),
            b if lower => out.push_str(&format!("%{b:02x}")),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

fn often(rng: &mut impl Rng, probability: f64) -> bool {
    rng.random_bool(probability)
}

fn shuffle<T>(rng: &mut impl Rng, items: &mut [T]) {
    use rand::seq::SliceRandom as _;
    items.shuffle(rng);
}

#[expect(clippy::expect_used, reason = "for tests, which choose among something")]
fn one<T: Copy>(rng: &mut impl Rng, items: &[T]) -> T {
    *items.choose(rng).expect("something to choose from")
}
