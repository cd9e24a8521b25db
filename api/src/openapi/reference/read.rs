//! Reading the document by JSON pointers (RFC 6901). What is not there is empty.

use serde_json::Value;

/// What stands there.
pub(super) fn at<'a>(value: &'a Value, place: &str) -> &'a Value {
    value.pointer(place).unwrap_or(&Value::Null)
}

/// The text that stands there.
pub(super) fn text<'a>(value: &'a Value, place: &str) -> &'a str {
    at(value, place).as_str().unwrap_or_default()
}

/// What is in the list there.
pub(super) fn items<'a>(value: &'a Value, place: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    at(value, place).as_array().into_iter().flatten()
}

/// What is in the object there, by name.
pub(super) fn members<'a>(
    value: &'a Value,
    place: &str,
) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
    at(value, place).as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}
