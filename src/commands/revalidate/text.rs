//! What came of it, in words.

use std::fmt::Write as _;

use serde_json::Value;

/// A line for each answer: what was begun, or, of one that is finished, what came of it; before it one for each URL that it tells.
pub(super) fn of(answers: &[Value]) -> String {
    let mut text = String::new();
    for answer in answers {
        for url in answer["urls"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let _ = writeln!(text, "{url}");
        }
        let line = if answer["state"].is_null() { begun(answer) } else { finished(answer) };
        let _ = writeln!(text, "{line}");
    }
    text
}

fn begun(answer: &Value) -> String {
    let matched = &answer["matched"];
    let about = if matched["estimated"] == true { "about " } else { "" };
    let so_many = |name: &str| {
        let number = &matched[name];
        let plural = if *number == 1 { "" } else { "s" };
        format!("{about}{number} {}{plural}", name.trim_end_matches('s'))
    };
    let what = format!("{} with {} ({})", so_many("sources"), so_many("variants"), so_many("bytes"));
    let mode = answer["mode"].as_str().unwrap_or_default();
    match answer["id"].as_str() {
        Some(id) => format!("{mode} {id}: {what}"),
        None => format!("{mode} would meet {what}"),
    }
}

fn finished(answer: &Value) -> String {
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    let counts = ["checked", "changed", "gone", "failed", "unchanged", "discarded"];
    let counts = counts.iter().filter(|name| answer[**name] != 0);
    let counts: Vec<String> = counts.map(|name| format!("{} {name}", answer[*name])).collect();
    let counts = if counts.is_empty() {
        "nothing to do: nothing is known that was made of it".to_owned()
    } else {
        counts.join(", ")
    };
    format!("{} {} is {}: {counts}", text("mode"), text("id"), text("state"))
}

/// A line for each source of which it is told that it failed, and how many more have.
pub(super) fn failures(answers: &[Value]) -> String {
    let mut text = String::new();
    for answer in answers {
        let named = answer["failures"].as_array().map_or(&[][..], Vec::as_slice);
        let told = |failed: &Value, name: &str| failed[name].as_str().unwrap_or_default().to_owned();
        for failed in named {
            let _ = writeln!(text, "{}: {}", told(failed, "url"), told(failed, "cause"));
        }
        let more = could_be_named(answer).saturating_sub(named.len() as u64);
        if !named.is_empty() && more > 0 {
            let _ = writeln!(text, "and {more} more failed");
        }
    }
    text
}

/// Of how many sources a report that is long enough would tell that they failed.
fn could_be_named(answer: &Value) -> u64 {
    let count = |name: &str| answer[name].as_u64().unwrap_or_default();
    if answer["mode"] == "refresh" { count("failed") + count("gone") } else { count("failed") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_answer_is_a_line() {
        let matched = json!({ "sources": 2, "variants": 5, "bytes": 700 });
        let mut estimated = matched.clone();
        estimated["estimated"] = true.into();
        for (answer, line) in [
            (
                json!({ "id": null, "mode": "check", "matched": matched, "urls": ["http://h/a", "http://h/b"] }),
                "http://h/a\nhttp://h/b\ncheck would meet 2 sources with 5 variants (700 bytes)\n",
            ),
            (
                json!({ "id": "x", "mode": "discard", "matched": matched }),
                "discard x: 2 sources with 5 variants (700 bytes)\n",
            ),
            (
                json!({ "id": null, "mode": "discard", "matched": estimated }),
                "discard would meet about 2 sources with about 5 variants (about 700 bytes)\n",
            ),
            (
                json!({ "id": "x", "mode": "discard", "state": "done", "checked": 0, "changed": 0, "gone": 0, "failed": 0,
                    "unchanged": 0, "discarded": 2 }),
                "discard x is done: 2 discarded\n",
            ),
        ] {
            assert_eq!(of(&[answer]), line);
        }
    }

    #[test]
    fn what_failed_is_named_and_what_is_not_named_is_counted() {
        let failed = json!([{ "url": "http://h/a", "cause": "it is away" }, { "url": "http://h/b", "cause": "it is slow" }]);
        let report = |mode: &str, many: u64, gone: u64| {
            json!({
                "state": "done", "mode": mode, "failed": many, "gone": gone, "failures": failed,
            })
        };
        let named = "http://h/a: it is away\nhttp://h/b: it is slow\n";
        for (report, more) in [
            (report("check", 2, 7), ""),
            (report("check", 5, 7), "and 3 more failed\n"),
            (report("refresh", 1, 1), ""),
            (report("refresh", 1, 4), "and 3 more failed\n"),
        ] {
            assert_eq!(failures(std::slice::from_ref(&report)), format!("{named}{more}"), "{report}");
        }
        assert_eq!(failures(&[json!({ "id": "x", "matched": {} }), json!({ "failed": 3 })]), "");
    }
}
