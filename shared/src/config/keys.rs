//! Every setting there is, as the documented struct declares it.

use std::sync::LazyLock;

use confique::Config as _;
use confique::meta::{Expr, Field, FieldKind, LeafKind, Meta};
use toml::Value;

use super::Settings;
use super::value::{ASK, Shown};

/// Prefix of every variable.
pub(super) const PREFIX: &str = "IMCAXY_";

/// One setting as the documented struct declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its path, such as `cache.max_bytes`.
    pub path: String,
    /// What it means.
    pub doc: String,
    /// What it is where nothing is set, if it is anything then.
    pub default: Option<&'static str>,
    /// How much of a value may be shown: a matter of its type.
    pub(super) shown: Shown,
}

impl Key {
    /// The environment variable: `IMCAXY_CACHE_MAX_BYTES`.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.path.replace('.', "_").to_uppercase())
    }

    /// The flag, without its dashes: `cache-max-bytes`.
    #[must_use]
    pub fn flag(&self) -> String {
        self.path.replace(['.', '_'], "-")
    }
}

/// Every setting there is, in the order of the struct.
#[must_use]
pub fn keys() -> &'static [Key] {
    static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
        let mut keys = Vec::new();
        walk(&Settings::META, "", &mut keys);
        keys
    });
    &KEYS
}

fn walk(meta: &Meta, path: &str, keys: &mut Vec<Key>) {
    for Field { name, doc, kind } in meta.fields {
        let path = if path.is_empty() { (*name).to_owned() } else { format!("{path}.{name}") };
        match kind {
            FieldKind::Nested { meta } => walk(meta, &path, keys),
            FieldKind::Leaf { kind, .. } => keys.push(Key {
                doc: paragraph(doc),
                default: match kind {
                    LeafKind::Required { default: Some(Expr::Str(text)) } => Some(text),
                    LeafKind::Required { .. } | LeafKind::Optional => None,
                },
                shown: shown(&path),
                path,
            }),
        }
    }
}

/// The lines of a documentation comment as one.
pub(super) fn paragraph(doc: &[&str]) -> String {
    doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// Asks the type of a setting how much of it may be shown, through the one way in which it is read.
fn shown(path: &str) -> Shown {
    let mut table = toml::Table::new();
    insert(&mut table, path, Value::String(ASK.to_owned()));
    let answer = toml::Table::try_into::<<Settings as confique::Config>::Layer>(table);
    answer.map_or_else(|told| Shown::named(told.message()), |_| Shown::Nothing)
}

/// Puts a value where its dotted path says.
pub(super) fn insert(table: &mut toml::Table, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            table.insert(path.to_owned(), value);
        }
        Some((head, rest)) => {
            let inner = table.entry(head.to_owned()).or_insert_with(|| Value::Table(toml::Table::new()));
            if let Value::Table(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}
