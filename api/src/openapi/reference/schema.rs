//! Schemas in words.

use serde_json::Value;

use super::read::{at, items, members, text};

/// The values that a parameter may have.
pub(super) fn allowed(schema: &Value) -> String {
    let bounds = match (at(schema, "/minimum").as_i64(), at(schema, "/maximum").as_i64()) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        _ => kind(schema),
    };
    let default = match at(schema, "/default") {
        Value::Null => String::new(),
        default => format!("; {default} without it"),
    };
    let example = match text(schema, "/examples/0") {
        "" => String::new(),
        example => format!(", such as `{example}`"),
    };
    format!("{bounds}{default}{example}")
}

/// The codes of an error; none where it is none.
pub(super) fn codes(schema: &Value) -> Vec<&str> {
    let parts = items(schema, "/allOf");
    parts.flat_map(|part| items(part, "/properties/code/enum")).map(|code| text(code, "")).collect()
}

/// The fields of an object, and those of objects in it, as rows of a table.
pub(super) fn fields(schema: &Value) -> Vec<String> {
    let mut rows = Vec::new();
    below("", schema, &mut rows);
    rows
}

fn below(place: &str, schema: &Value, rows: &mut Vec<String>) {
    for (name, field) in members(schema, "/properties") {
        let place = format!("{place}{name}");
        let (kind, meaning) = (kind(field), text(field, "/description"));
        rows.push(format!("| `{place}` | {kind} | {meaning} |\n"));
        below(&format!("{place}."), field, rows);
        below(&format!("{place}[]."), at(field, "/items"), rows);
    }
}

/// The type, or the values where they are few.
fn kind(schema: &Value) -> String {
    let values: Vec<_> = items(schema, "/enum").map(spelled).collect();
    let kinds: Vec<_> = items(schema, "/type").map(|kind| text(kind, "")).collect();
    match text(schema, "/type") {
        _ if !values.is_empty() => values.join(", "),
        _ if text(schema, "/format") == "uri" => "a URL".to_owned(),
        "string" => "text".to_owned(),
        "" => kinds.join(" or "),
        kind => kind.to_owned(),
    }
}

fn spelled(value: &Value) -> String {
    match text(value, "") {
        "" => "nothing".to_owned(),
        text => format!("`{text}`"),
    }
}
