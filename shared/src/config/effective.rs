//! What a process was started with, for people.

use serde_json::{Value, json};

use super::keys::Key;
use super::layers::Origin;

/// A setting as it is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// Which one.
    pub key: Key,
    /// Its value without secrets; nothing where nothing is set and there is no default.
    pub value: Option<String>,
    /// The layer that it comes from; the defaults where there is none.
    pub origin: Option<Origin>,
}

impl Effective {
    /// The name of the layer: `default`, `file`, `environment` or `flag`.
    #[must_use]
    pub const fn layer(&self) -> &'static str {
        match self.origin {
            None => "default",
            Some(Origin::File(_)) => "file",
            Some(Origin::Variable(_)) => "environment",
            Some(Origin::Flag(_)) => "flag",
        }
    }
}

/// All of them as one object, by path.
#[must_use]
pub fn as_json(settings: &[Effective]) -> Value {
    let member = |setting: &Effective| {
        let from = match &setting.origin {
            None => None,
            Some(Origin::File(path)) => Some(path.display().to_string()),
            Some(Origin::Variable(name)) => Some(name.clone()),
            Some(Origin::Flag(name)) => Some(format!("--{name}")),
        };
        let told = json!({ "value": setting.value, "layer": setting.layer(), "from": from });
        (setting.key.path.clone(), told)
    };
    json!({ "settings": settings.iter().map(member).collect::<serde_json::Map<_, _>>() })
}
