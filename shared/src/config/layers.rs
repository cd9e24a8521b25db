//! The layers of a configuration and how they are laid over one another: defaults, file, environment, flags.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use confique::meta::{Field, FieldKind, Meta};
use confique::{Config as _, Layer as _};
use toml::Value;

use super::{ConfigError, Settings};

/// Prefix of every variable.
const PREFIX: &str = "IMCAXY_";

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A configuration file.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// A flag of the command line.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => write!(f, "flag --{name}"),
        }
    }
}

/// One setting as the documented struct declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its path, such as `cache.max_bytes`.
    pub path: String,
    /// What it means.
    pub doc: String,
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

/// Every setting there is.
#[must_use]
pub fn keys() -> Vec<Key> {
    fn walk(meta: &Meta, path: &str, keys: &mut Vec<Key>) {
        for Field { name, doc, kind } in meta.fields {
            let path = if path.is_empty() { (*name).to_owned() } else { format!("{path}.{name}") };
            match kind {
                FieldKind::Nested { meta } => walk(meta, &path, keys),
                FieldKind::Leaf { .. } => keys.push(Key { path, doc: doc.join("\n").trim().to_owned() }),
            }
        }
    }
    let mut keys = Vec::new();
    walk(&Settings::META, "", &mut keys);
    keys
}

/// The values that were set, each with the layer that won.
#[derive(Default)]
pub struct Layers {
    values: BTreeMap<String, (Value, Origin)>,
    warnings: Vec<String>,
}

impl Layers {
    /// Lays a file over what is there.
    ///
    /// # Errors
    /// It cannot be read, is not TOML, or holds an unknown key.
    pub fn file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|cause| {
            ConfigError(format!("cannot read configuration file {}: {cause}", path.display()))
        })?;
        let table: toml::Table = text.parse().map_err(|cause| not_toml(path, &text, &cause))?;
        let known = keys();
        let mut found = Vec::new();
        flatten("", table, &known, &mut found);
        for (key, value) in found {
            if !known.iter().any(|known| known.path == key) {
                let nearest = nearest(&key, known.iter().map(|known| known.path.clone()));
                return Err(ConfigError(format!("file {}: unknown setting {key}{nearest}", path.display())));
            }
            self.values.insert(key, (value, Origin::File(path.to_owned())));
        }
        Ok(())
    }

    /// Lays environment variables over what is there. `NAME_FILE` reads the value of `NAME` from a file. A name that
    /// is no setting's is a warning with the nearest one.
    ///
    /// # Errors
    /// A `…_FILE` cannot be read, or stands beside the variable that it would set.
    pub fn environment(
        &mut self,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), ConfigError> {
        let known: BTreeMap<String, String> =
            keys().iter().map(|key| (key.variable(), key.path.clone())).collect();
        let given: BTreeMap<String, String> =
            variables.into_iter().filter(|(name, _)| name.starts_with(PREFIX)).collect();
        for (name, value) in &given {
            if let Some(path) = known.get(name) {
                let value = Value::String(value.clone());
                self.values.insert(path.clone(), (value, Origin::Variable(name.clone())));
            } else if let Some((base, path)) =
                name.strip_suffix("_FILE").and_then(|base| known.get(base).map(|path| (base, path)))
            {
                if given.contains_key(base) {
                    return Err(ConfigError(format!(
                        "{base} and {name} are both set; one of them is allowed"
                    )));
                }
                let secret = std::fs::read_to_string(value).map_err(|cause| {
                    ConfigError(format!(
                        "{path}: cannot read {value:?}, named by environment variable {name}: {cause}"
                    ))
                })?;
                let secret = Value::String(secret.trim_end_matches(['\r', '\n']).to_owned());
                self.values.insert(path.clone(), (secret, Origin::Variable(name.clone())));
            } else if !RESERVED.iter().any(|reserved| name.starts_with(reserved)) {
                let nearest = nearest(name, known.keys().cloned());
                self.warnings.push(format!("environment variable {name} is no setting{nearest}"));
            }
        }
        Ok(())
    }

    /// Lays flags over what is there, as pairs of a setting's path and its text.
    pub fn flags(&mut self, flags: impl IntoIterator<Item = (Key, String)>) {
        for (key, text) in flags {
            let origin = Origin::Flag(key.flag());
            self.values.insert(key.path, (Value::String(text), origin));
        }
    }

    /// What was odd but is no error.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The settings, defaults underneath.
    ///
    /// # Errors
    /// A value that cannot be read; the message names key, value and layer.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        let mut table = toml::Table::new();
        for (path, (value, _)) in &self.values {
            insert(&mut table, path, value.clone());
        }
        let given: <Settings as confique::Config>::Layer =
            serde_path_to_error::deserialize(Value::Table(table))
                .map_err(|problem| self.explain(&problem))?;
        let whole = given.with_fallback(<Settings as confique::Config>::Layer::default_values());
        Settings::from_layer(whole).map_err(|problem| ConfigError(problem.to_string()))
    }

    fn explain(&self, problem: &serde_path_to_error::Error<toml::de::Error>) -> ConfigError {
        let path = problem.path().to_string();
        let reason = problem.inner().message();
        match self.values.get(&path) {
            Some((_, origin)) if is_secret(&path) => ConfigError(format!("{path} ({origin}): {reason}")),
            Some((value, origin)) => ConfigError(format!("{path} = {value} ({origin}): {reason}")),
            None => ConfigError(format!("{path}: {reason}")),
        }
    }
}

/// Variables that are ours but are no settings.
const RESERVED: [&str; 3] = ["IMCAXY_TEST_", "IMCAXY_CONFIG", "IMCAXY_CACHE_DIR"];

fn is_secret(path: &str) -> bool {
    ["token", "secret", "key", "redis.url", "mongodb.url", "sources.headers"]
        .iter()
        .any(|word| path.contains(word))
}

/// A hint at the most similar name.
fn nearest(name: &str, known: impl Iterator<Item = String>) -> String {
    let best = known.map(|candidate| (strsim::damerau_levenshtein(name, &candidate), candidate)).min();
    best.map_or_else(String::new, |(_, candidate)| format!("; the nearest is {candidate}"))
}

/// Says where a file is broken without showing the line, which may hold a secret.
fn not_toml(path: &Path, text: &str, cause: &toml::de::Error) -> ConfigError {
    let start = cause.span().map_or(0, |span| span.start);
    let line = 1 + text.bytes().take(start).filter(|byte| *byte == b'\n').count();
    let message = cause.message();
    ConfigError(format!("configuration file {}, line {line}: {message}", path.display()))
}

/// Tables that are no setting themselves become dotted paths.
fn flatten(path: &str, table: toml::Table, known: &[Key], found: &mut Vec<(String, Value)>) {
    for (name, value) in table {
        let path = if path.is_empty() { name } else { format!("{path}.{name}") };
        match value {
            Value::Table(table) if !known.iter().any(|key| key.path == path) => {
                flatten(&path, table, known, found)
            }
            value => found.push((path, value)),
        }
    }
}

fn insert(table: &mut toml::Table, path: &str, value: Value) {
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
