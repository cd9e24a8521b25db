//! What one parameter says by itself, before the others are looked at.

use super::json::Json;
use super::param::{Kind, Param};
use super::refusal::{Refusal, RefusalCode, shorten};
use super::value::{self, Place, Unusable, Value};
use super::{Operation, usage, withhold};

/// What one parameter of an operation says.
#[derive(Debug)]
pub(super) enum Reading {
    /// This, which is not imaginary's default.
    Counts(Value),
    /// What is so without it.
    Default,
    /// Nothing: the operation does not read it.
    NotRead,
    /// What cannot be. A known parameter that does not parse is refused even where it is not read, as imaginary does.
    Refused(Refusal),
}

impl Reading {
    /// A parameter of a query.
    pub(super) fn of_text(operation: Operation, param: Param, text: &[u8]) -> Self {
        Self::of(operation, param, value::from_text(param, text, Place::Query), || shown_text(param, text))
    }

    /// A parameter of a step.
    pub(super) fn of_json(operation: Operation, param: Param, json: &Json) -> Self {
        Self::of(operation, param, value::from_json(param, json), || shown_json(param, json))
    }

    fn of(
        operation: Operation,
        param: Param,
        read: Result<Option<Value>, Unusable>,
        shown: impl Fn() -> String,
    ) -> Self {
        let used = usage::uses(operation, param);
        match read {
            Ok(_) if !used => Self::NotRead,
            Ok(Some(value)) if !is_default(param, &value) => Self::Counts(value),
            Ok(_) => Self::Default,
            Err(Unusable::Wrong(allowed)) => Self::Refused(wrong(param, &shown(), allowed)),
            Err(Unusable::Futile(allowed)) if used => Self::Refused(wrong(param, &shown(), allowed)),
            Err(Unusable::Link(problem)) if used => {
                let message = format!("{} {}: {problem}", param.name(), shown());
                Self::Refused(Refusal::new(RefusalCode::BadUrl, message))
            }
            Err(Unusable::Futile(_) | Unusable::Link(_)) => Self::NotRead,
        }
    }
}

/// A value for a message.
fn shown_text(param: Param, text: &[u8]) -> String {
    if param.kind() == Kind::Link { shorten(withhold::address(text).as_bytes()) } else { shorten(text) }
}

/// A value of a step for a message.
pub(super) fn shown_json(param: Param, json: &Json) -> String {
    match json {
        Json::Text(text) => shown_text(param, text.as_bytes()),
        other => other.shown(),
    }
}

fn wrong(param: Param, shown: &str, allowed: &str) -> Refusal {
    Refusal::new(RefusalCode::BadParameter, format!("{} is {shown}; allowed is {allowed}", param.name()))
}

/// `Quality` and `applyDefaults` in bimg's `options.go` and `resizer.go`.
fn is_default(param: Param, value: &Value) -> bool {
    matches!((param, value), (Param::Quality, Value::Whole(75)) | (Param::Compression, Value::Whole(6)))
}
