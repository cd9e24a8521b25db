//! The document as a page for readers, in Markdown.

mod call;
mod read;
mod schema;

use std::fmt::Write as _;

use serde_json::Value;

use call::{Answer, Call, calls};
use read::{items, text};

const HEAD: &str = "# HTTP API

Imcaxy stands in front of imaginary and makes every picture be rendered once. HEAD is answered wherever GET is. Errors are JSON,
`{\"status\":…,\"message\":\"…\",\"code\":\"…\"}`. The headers that stand beside an answer are always there.

This page is what `cargo xtask api-reference` prints, made of what `GET /openapi.json` answers.
";

/// The whole page.
#[must_use]
pub fn reference() -> String {
    let document = serde_json::to_value(super::document()).unwrap_or_default();
    let calls = calls(&document);
    let mut page = HEAD.to_owned();
    for tag in items(&document, "/tags") {
        let own: Vec<&Call> = calls.iter().filter(|call| call.tag == text(tag, "/name")).collect();
        section(&mut page, tag, &own);
    }
    page
}

fn section(page: &mut String, tag: &Value, calls: &[&Call<'_>]) {
    let (name, meaning) = (text(tag, "/name"), text(tag, "/description"));
    let _ = write!(
        page,
        "\n## {}\n\n{meaning}\n\n| call | what it is | parameters |\n|---|---|---|\n",
        title(name)
    );
    for call in calls {
        let parameters: Vec<_> = call.parameters.iter().map(|parameter| parameter.name()).collect();
        let Call { method, path, meaning, .. } = call;
        let _ = writeln!(page, "| `{method} {path}` | {meaning} | {} |", parameters.join(", "));
    }
    parameters(page, calls);
    bodies(page, calls);
    answers(page, calls);
}

/// Each parameter once, however many calls have it, beside those of which the same is true. One that means several things names its calls.
fn parameters(page: &mut String, calls: &[&Call<'_>]) {
    let mut rows: Vec<(String, Vec<&str>, Vec<&str>)> = Vec::new();
    for call in calls {
        for parameter in &call.parameters {
            let said = format!("{} | {}", parameter.meaning, parameter.allowed());
            match rows.iter_mut().find(|(known, ..)| *known == said) {
                Some((_, names, paths)) => {
                    add(names, parameter.name);
                    add(paths, call.path);
                }
                None => rows.push((said, vec![parameter.name], vec![call.path])),
            }
        }
    }
    if rows.is_empty() {
        return;
    }
    page.push_str(
        "\nThose that a call needs are bold above.\n\n| parameter | meaning | allowed |\n|---|---|---|\n",
    );
    for (said, names, paths) in &rows {
        let means_more = |name| rows.iter().filter(|(_, names, _)| names.contains(name)).count() > 1;
        let of = if names.iter().any(means_more) { format!(" of {}", spelled(paths)) } else { String::new() };
        let _ = writeln!(page, "| {}{of} | {said} |", spelled(names));
    }
}

/// What is sent in a body.
fn bodies(page: &mut String, calls: &[&Call<'_>]) {
    for Call { method, path, body, .. } in calls.iter().filter(|call| !call.body.is_empty()) {
        let _ = write!(
            page,
            "\nThe body of `{method} {path}`, if there is one, is an object in JSON:\n\n| member | type | meaning |\n|---|---|---|\n"
        );
        page.extend(body.iter().map(String::as_str));
    }
}

/// Each answer once, with the calls that give it where not all do.
fn answers(page: &mut String, calls: &[&Call<'_>]) {
    let mut known: Vec<(&Answer<'_>, Vec<&str>)> = Vec::new();
    for (path, answer) in calls.iter().flat_map(|call| call.answers.iter().map(|answer| (call.path, answer)))
    {
        match known.iter_mut().find(|(known, _)| *known == answer) {
            Some((_, paths)) => add(paths, path),
            None => known.push((answer, vec![path])),
        }
    }
    known.sort_by_key(|(answer, _)| answer.status);
    let _ = write!(page, "\nAnswers:\n\n| status | when | of | body | headers |\n|---|---|---|---|---|\n");
    for (answer, paths) in &known {
        let of = of(paths, calls);
        let _ = writeln!(
            page,
            "| {} | {} | {of} | {} | {} |",
            answer.status,
            answer.meaning,
            answer.body(),
            spelled(&answer.headers())
        );
    }
    fields(page, &known);
    headers(page, &known);
}

/// The calls that give an answer.
fn of(paths: &[&str], calls: &[&Call<'_>]) -> String {
    let others: Vec<&str> = calls.iter().map(|call| call.path).filter(|path| !paths.contains(path)).collect();
    match others.len() {
        0 => "every call".to_owned(),
        few if few < paths.len() => format!("all but {}", spelled(&others)),
        _ => spelled(paths),
    }
}

/// What each answer in JSON has.
fn fields(page: &mut String, answers: &[(&Answer<'_>, Vec<&str>)]) {
    for (answer, paths) in answers {
        let fields = answer.fields();
        if fields.is_empty() {
            continue;
        }
        let _ = write!(
            page,
            "\n{} of {}:\n\n| field | type | meaning |\n|---|---|---|\n",
            answer.status,
            spelled(paths)
        );
        page.extend(fields);
    }
}

/// What each header says, once.
fn headers(page: &mut String, answers: &[(&Answer<'_>, Vec<&str>)]) {
    let mut rows: Vec<String> = Vec::new();
    for (name, meaning) in answers.iter().flat_map(|(answer, _)| answer.meanings_of_headers()) {
        let row = format!("| `{name}` | {meaning} |\n");
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    if !rows.is_empty() {
        page.push_str("\n| header | says |\n|---|---|\n");
        page.extend(rows);
    }
}

/// Adds what is not there yet.
fn add<'a>(known: &mut Vec<&'a str>, name: &'a str) {
    if !known.contains(&name) {
        known.push(name);
    }
}

fn spelled(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn title(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `cargo xtask api-reference > docs/reference/http-api.md` brings it up to date.
    #[test]
    fn the_reference_in_the_documentation_is_that_of_this_version() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference/http-api.md");
        let page = std::fs::read_to_string(page).unwrap_or_default();
        assert!(page == reference(), "behind; cargo xtask api-reference > docs/reference/http-api.md");
    }
}
