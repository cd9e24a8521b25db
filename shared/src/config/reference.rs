//! The reference of all settings, as Markdown.

use std::fmt::Write as _;

use confique::Config as _;
use confique::meta::{FieldKind, Meta};

use super::Settings;
use super::keys::{Key, keys, paragraph};

const HEAD: &str = "# Settings

Layers, later wins: defaults, `--config FILE` (or `IMCAXY_CONFIG`, or `./imcaxy.toml`), environment, flags. `…_FILE` after the name
of a variable reads its value from a file. Durations are `30s`, sizes `64MiB`, lists are separated by commas, maps are `FROM=TO`
pairs separated by commas or a JSON object. `none` switches a limit, age or interval off.

This page is what `imcaxy config reference` prints.
";

/// The whole page.
#[must_use]
pub fn reference() -> String {
    let mut page = HEAD.to_owned();
    let meta = &Settings::META;
    let alone = keys().iter().filter(|key| !key.path.contains('.'));
    section(&mut page, "General", &paragraph(meta.doc), alone);
    sections(&mut page, meta, "");
    page
}

fn sections(page: &mut String, meta: &Meta, path: &str) {
    for field in meta.fields {
        if let FieldKind::Nested { meta } = field.kind {
            let path = if path.is_empty() { field.name.to_owned() } else { format!("{path}.{}", field.name) };
            let own = keys().iter().filter(|key| key.path.rsplit_once('.').is_some_and(|(of, _)| of == path));
            section(page, &format!("`{path}`"), &paragraph(field.doc), own);
            sections(page, meta, &path);
        }
    }
}

fn section<'a>(page: &mut String, title: &str, doc: &str, keys: impl Iterator<Item = &'a Key>) {
    let _ = write!(
        page,
        "\n## {title}\n\n{doc}\n\n| setting | variable and flag | default | meaning |\n|---|---|---|---|\n"
    );
    for key in keys {
        let default = match key.default {
            Some("") => "empty".to_owned(),
            Some(text) => format!("`{text}`"),
            None => "none".to_owned(),
        };
        let (variable, flag) = (key.variable(), key.flag());
        let doc = key.doc.replace('|', "\\|");
        let _ = writeln!(page, "| `{}` | `{variable}`<br>`--{flag}` | {default} | {doc} |", key.path);
    }
}
