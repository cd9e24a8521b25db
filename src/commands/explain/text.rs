//! An explanation for people.

use std::fmt::Write as _;

use serde_json::Value;

/// The longest value in the table; whoever wants all of one takes `--json`.
const LONGEST: usize = 40;

/// What the parameters of a request came to, and what is known of its key.
pub(super) fn of(told: &Value) -> String {
    let mut out = String::new();
    for name in ["operation", "canonical", "key"] {
        line(&mut out, name, &shown(&told[name]));
    }
    for source in items(&told["sources"]) {
        let forbidden = source["forbidden"].as_str().map_or_else(String::new, |why| format!(": {why}"));
        line(
            &mut out,
            "source",
            &format!("{} ({}){forbidden}", shown(&source["url"]), shown(&source["tag"])),
        );
    }
    parameters(&mut out, items(&told["parameters"]));
    let refusal = &told["refusal"];
    if !refusal.is_null() {
        line(&mut out, "refusal", &error(refusal));
    }
    look_up(&mut out, &told["look_up"]);
    out
}

fn parameters(out: &mut String, parameters: &[Value]) {
    if parameters.is_empty() {
        return;
    }
    let heading = ["parameter", "value", "comes to", "why"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(heading).chain(parameters.iter().map(row)).collect();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let (name, value, canonical) = (width(0), width(1), width(2));
    out.push('\n');
    for [first, second, third, last] in &rows {
        let _ = writeln!(out, "{first:<name$}  {second:<value$}  {third:<canonical$}  {last}");
    }
    out.push('\n');
}

fn row(parameter: &Value) -> [String; 4] {
    let step = &parameter["step"];
    let step = match step["number"].as_u64() {
        Some(number) => format!("step {number} ({}): ", shown(&step["operation"])),
        None => String::new(),
    };
    let value =
        if parameter["value"].is_null() { "(not shown)".to_owned() } else { shown(&parameter["value"]) };
    [
        format!("{step}{}", shorten(shown(&parameter["name"]))),
        shorten(value),
        shorten(shown(&parameter["canonical"])),
        shown(&parameter["why"]),
    ]
}

fn look_up(out: &mut String, found: &Value) {
    if found.is_null() {
        return;
    }
    line(out, &shown(&found["verdict"]), &shown(&found["why"]));
    let entry = &found["entry"];
    if !entry.is_null() {
        let place = if entry["in_memory"] == true { "in memory here" } else { "not in memory here" };
        let [kind, size, stamp, created, object] =
            ["content_type", "size", "stamp", "created_at", "object"].map(|name| shown(&entry[name]));
        line(out, "entry", &format!("{kind}, {size} bytes, rendered {created}, stamp {stamp}, {place}"));
        line(out, "object", &object);
    }
    for source in items(&entry["sources"]) {
        let doubt = source["doubt"].as_str().unwrap_or("it still has these bytes");
        let [url, digest] = ["url", "digest"].map(|name| shown(&source[name]));
        line(out, "made from", &format!("{url}, digest {digest}: {}", clean(doubt)));
    }
    let failure = &found["failure"];
    if !failure.is_null() {
        let [at, until] = ["at", "until"].map(|name| shown(&failure[name]));
        line(out, "failure", &format!("{}; at {at}, remembered until {until}", error(&failure["error"])));
    }
}

fn error(error: &Value) -> String {
    format!("{} {}: {}", shown(&error["status"]), shown(&error["code"]), shown(&error["message"]))
}

fn line(out: &mut String, name: &str, text: &str) {
    let _ = writeln!(out, "{name:<10}  {text}");
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => clean(text),
        other => other.to_string(),
    }
}

/// What others have written must not steer a terminal.
fn clean(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

fn shorten(text: String) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_has_a_row_for_each_parameter_and_nothing_steers_the_terminal() {
        let parameter = |name: &str, value: Value, canonical: Value| json!({ "step": null, "name": name, "value": value, "canonical": canonical, "why": "so" });
        let told = json!({
            "operation": "resize", "canonical": null, "key": null, "sources": null, "look_up": null,
            "parameters": [
                parameter("width", json!("3e2"), json!("300")),
                parameter("sign", json!(null), json!(null)),
                parameter("text", json!("\u{1b}[2J".repeat(20)), json!(null)),
            ],
            "refusal": { "status": 400, "code": "bad_parameter", "message": "no\u{7}" },
        });
        let text = of(&told);
        assert!(text.contains("width      3e2"), "{text}");
        assert!(text.contains("sign       (not shown)"), "{text}");
        assert!(text.contains("refusal     400 bad_parameter: no\\u{7}"), "{text}");
        assert!(!text.contains('\u{1b}') && text.contains('…'), "{text}");
    }
}
