//! The layers of a configuration and how they are laid over one another: defaults, file, environment, flags.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use confique::{Config as _, Layer as _};
use toml::Value;

use super::effective::Effective;
use super::keys::{Key, PREFIX, insert, keys};
use super::mask::masked;
use super::value::Shown;
use super::{ConfigError, Settings};

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
            ConfigError::new(format!("cannot read configuration file {}: {cause}", path.display()))
        })?;
        let table: toml::Table = text.parse().map_err(|cause| not_toml(path, &text, &cause))?;
        let known = keys();
        let mut found = Vec::new();
        flatten("", table, known, &mut found);
        let mut problems = Vec::new();
        for (key, value) in found {
            if known.iter().any(|known| known.path == key) {
                self.values.insert(key, (value, Origin::File(path.to_owned())));
            } else {
                let nearest = nearest(&key, known.iter().map(|known| known.path.clone()));
                problems.push(format!("file {}: unknown setting {key}{nearest}", path.display()));
            }
        }
        ConfigError::unless_empty(problems)
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
        let mut problems = Vec::new();
        for (name, value) in &given {
            if let Some(path) = known.get(name) {
                let value = Value::String(value.clone());
                self.values.insert(path.clone(), (value, Origin::Variable(name.clone())));
            } else if let Some((base, path)) =
                name.strip_suffix("_FILE").and_then(|base| known.get(base).map(|path| (base, path)))
            {
                if given.contains_key(base) {
                    problems.push(format!("{base} and {name} are both set; one of them is allowed"));
                    continue;
                }
                match std::fs::read_to_string(value) {
                    Ok(secret) => {
                        let secret = Value::String(secret.trim_end_matches(['\r', '\n']).to_owned());
                        self.values.insert(path.clone(), (secret, Origin::Variable(name.clone())));
                    }
                    Err(cause) => problems.push(format!(
                        "{path}: cannot read {value:?}, named by environment variable {name}: {cause}"
                    )),
                }
            } else if !RESERVED.iter().any(|reserved| name.starts_with(reserved)) {
                let nearest = nearest(name, known.keys().cloned());
                self.warnings.push(format!("environment variable {name} is no setting{nearest}"));
            }
        }
        ConfigError::unless_empty(problems)
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
    /// Values that cannot be read, all of them; the message names key, value and layer.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        let problems = self.values.iter().filter_map(|(path, (value, origin))| {
            let reason = problem(path, value)?;
            Some(explain(path, value, origin, &reason))
        });
        ConfigError::unless_empty(problems.collect())?;
        let mut table = toml::Table::new();
        for (path, (value, _)) in &self.values {
            insert(&mut table, path, value.clone());
        }
        let given: Given =
            table.try_into().map_err(|problem: toml::de::Error| ConfigError::new(problem.message()))?;
        let whole = given.with_fallback(Given::default_values());
        Settings::from_layer(whole).map_err(|problem| ConfigError::new(problem.to_string()))
    }

    /// Every setting as it is in force, with the layer that it comes from, secrets masked.
    #[must_use]
    pub fn effective(&self) -> Vec<Effective> {
        let effective = |key: &Key| match self.values.get(&key.path) {
            Some((value, origin)) => Effective {
                value: Some(masked(key.shown, &text(value))),
                origin: Some(origin.clone()),
                key: key.clone(),
            },
            None => Effective { value: key.default.map(str::to_owned), origin: None, key: key.clone() },
        };
        keys().iter().map(effective).collect()
    }
}

/// What the layers give before defaults are laid underneath.
type Given = <Settings as confique::Config>::Layer;

/// Why one value cannot be read.
fn problem(path: &str, value: &Value) -> Option<String> {
    let mut table = toml::Table::new();
    insert(&mut table, path, value.clone());
    table.try_into::<Given>().err().map(|problem| problem.message().to_owned())
}

fn explain(path: &str, value: &Value, origin: &Origin, reason: &str) -> String {
    let shown = keys().iter().find(|key| key.path == path).map_or(Shown::Nothing, |key| key.shown);
    let value = masked(shown, &text(value));
    format!("{path} = {value} ({origin}): {reason}")
}

/// A value as a variable or a flag would have it.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// Variables that are ours but are no settings.
const RESERVED: [&str; 5] =
    ["IMCAXY_TEST_", "IMCAXY_CONFIG", "IMCAXY_CACHE_DIR", "IMCAXY_SERVER", "IMCAXY_TOKEN"];

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
    ConfigError::new(format!("configuration file {}, line {line}: {message}", path.display()))
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
