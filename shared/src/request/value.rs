//! One parameter's value: read as imaginary reads it, kept in the one spelling that renders the same.

use super::json::Json;
use super::param::{Kind, Param};
use super::{number, source::SourceUrl, source::UrlProblem, words};

/// A value that differs from leaving the parameter out.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// An integer, not 0. Negative only in a pipeline step, where JSON numbers keep their sign.
    Whole(i64),
    /// A finite float, not 0; negative as above.
    Real(f64),
    /// A bool; `false` only of `nocrop` and `palette`, where it differs from absence.
    Flag(bool),
    /// Words and free text.
    Text(String),
    /// A picture to fetch.
    Link(SourceUrl),
    /// A number beyond 2⁵³, an infinity or NaN: imaginary accepts it, what comes of it depends on its machine,
    /// and so it is sent on in its own spelling. `quoted`: a string, where a step could also have a number.
    Odd {
        /// The spelling.
        text: String,
        /// A string, not a JSON number.
        quoted: bool,
    },
}

/// Why a value cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    /// imaginary refuses it; what would be allowed.
    Wrong(&'static str),
    /// imaginary accepts it, but it cannot do what it is there for. No reason to refuse where it is not used.
    Futile(&'static str),
    /// No URL that would be fetched. No reason to refuse where it is not used.
    Link(UrlProblem),
}

const NUMBER: Unusable = Unusable::Wrong("a number such as 300, 0.5 or 3e2");
const FLAG: Unusable = Unusable::Wrong("true or false (also 1, t, T, TRUE, True, 0, f, F, FALSE, False)");
const STRING: Unusable = Unusable::Wrong("a string");
const UTF8: Unusable = Unusable::Futile("text in UTF-8");
const TYPES: &str = "jpeg, png, webp, tiff or auto";

/// Where a value stands: imaginary looks at an unknown `type` of a query, but not at that of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Query,
    Step,
}

/// Integers that a double, JSON and Go agree on.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Reads a value as text. `None` is a value that means the same as none at all.
pub(super) fn from_text(param: Param, value: &[u8], place: Place) -> Result<Option<Value>, Unusable> {
    let word = |word: Option<&str>| Ok(word.map(|word| Value::Text(word.to_owned())));
    match param.kind() {
        Kind::Whole => whole(value),
        Kind::Real => real(value),
        Kind::Flag => flag(value).map(|on| flag_value(param, on)),
        Kind::Text => text(value),
        Kind::Format => format(value, place),
        Kind::Colour => colour(value),
        Kind::Colorspace => word((value == b"bw").then_some("bw")),
        Kind::Gravity => word(words::gravity(value)),
        Kind::Extend => word(words::extend(value)),
        Kind::Link if value.is_empty() => Ok(None),
        Kind::Link => {
            let text = std::str::from_utf8(value).map_err(|_| Unusable::Link(UrlProblem::NotUtf8))?;
            SourceUrl::parse(text).map(|url| Some(Value::Link(url))).map_err(Unusable::Link)
        }
        Kind::Steps => {
            super::pipeline::read(value).map(|_| None).map_err(|_| Unusable::Wrong("a JSON list of steps"))
        }
    }
}

/// Reads a value of a step's `params`.
pub(super) fn from_json(param: Param, value: &Json) -> Result<Option<Value>, Unusable> {
    match (value, param.kind()) {
        (Json::Text(text), _) => from_text(param, text.as_bytes(), Place::Step),
        // Truncated, where a string is rounded; and the sign stays.
        (Json::Number(value), Kind::Whole) if value.abs() < EXACT => Ok(nonzero(value.trunc())),
        (Json::Number(value), Kind::Whole) => {
            Ok(Some(Value::Odd { text: number::shortest(*value), quoted: false }))
        }
        (Json::Number(value), Kind::Real) => Ok((*value != 0.0).then_some(Value::Real(*value))),
        (Json::Flag(on), Kind::Flag) => Ok(flag_value(param, *on)),
        (_, Kind::Whole | Kind::Real) => Err(NUMBER),
        (_, Kind::Flag) => Err(FLAG),
        _ => Err(STRING),
    }
}

/// `parseInt`: the float's magnitude, rounded half up.
fn whole(text: &[u8]) -> Result<Option<Value>, Unusable> {
    if text.is_empty() {
        return Ok(None);
    }
    let value = number::parse(text).ok_or(NUMBER)?.abs();
    if !value.is_finite() {
        return Ok(Some(as_spelled(text)));
    }
    let rounded = (value + 0.5).floor();
    if rounded < EXACT {
        Ok(nonzero(rounded))
    } else {
        Ok(Some(Value::Odd { text: number::shortest(rounded), quoted: true }))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "an integer below 2^53 by its callers")]
fn nonzero(value: f64) -> Option<Value> {
    (value != 0.0).then_some(Value::Whole(value as i64))
}

/// `parseFloat`: the magnitude.
fn real(text: &[u8]) -> Result<Option<Value>, Unusable> {
    if text.is_empty() {
        return Ok(None);
    }
    let value = number::parse(text).ok_or(NUMBER)?.abs();
    if !value.is_finite() {
        return Ok(Some(as_spelled(text)));
    }
    Ok((value != 0.0).then_some(Value::Real(value)))
}

/// An infinity or NaN, which have ASCII spellings alone.
fn as_spelled(text: &[u8]) -> Value {
    Value::Odd { text: String::from_utf8_lossy(text).into_owned(), quoted: true }
}

/// `parseBool`: Go's spellings, and the empty one.
fn flag(text: &[u8]) -> Result<bool, Unusable> {
    match text {
        b"1" | b"t" | b"T" | b"TRUE" | b"true" | b"True" => Ok(true),
        b"" | b"0" | b"f" | b"F" | b"FALSE" | b"false" | b"False" => Ok(false),
        _ => Err(FLAG),
    }
}

/// A given `nocrop=false` turns cropping on in `resize`, and builds of imaginary that know `palette` take any that is given for true
/// (`params.go`: it is the field that says whether it was given); of all other flags false is the default.
fn flag_value(param: Param, on: bool) -> Option<Value> {
    (on || matches!(param, Param::NoCrop | Param::Palette)).then_some(Value::Flag(on))
}

/// Text that is not UTF-8 has no place in a key that people read, and nothing can be drawn from it.
fn text(value: &[u8]) -> Result<Option<Value>, Unusable> {
    let text = std::str::from_utf8(value).map_err(|_| UTF8)?;
    Ok((!text.is_empty()).then(|| Value::Text(text.to_owned())))
}

/// Black is the default. One or two components are kept: they crash imaginary, which is a matter of where they
/// are used.
fn colour(value: &[u8]) -> Result<Option<Value>, Unusable> {
    match words::colour(value).as_slice() {
        [0, 0, 0, ..] => Ok(None),
        _ => text(value),
    }
}

fn format(value: &[u8], place: Place) -> Result<Option<Value>, Unusable> {
    if value.is_empty() {
        return Ok(None);
    }
    let lower = std::str::from_utf8(value).map(words::go_lower);
    match (lower.as_deref(), place) {
        (Ok(known @ ("jpeg" | "png" | "webp" | "tiff")), _) => Ok(Some(Value::Text(known.to_owned()))),
        (Ok("gif" | "svg" | "pdf"), Place::Query) => Err(Unusable::Futile(TYPES)),
        (Ok(known @ ("gif" | "svg" | "pdf")), Place::Step) => Ok(Some(Value::Text(known.to_owned()))),
        (_, Place::Query) => Err(Unusable::Wrong(TYPES)),
        // A step's unknown type stands for that of the source, but `convert` refuses it.
        (_, Place::Step) => text(value),
    }
}
