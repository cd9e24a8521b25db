//! Why a process ends that nobody asked to, or a command without what it was asked for.

use std::error::Error;

use imcaxy_shared::config::ConfigError;
use imcaxy_shared::ports::{PortError, Trouble};

/// Why a process ends that nobody asked to, or a command without what it was asked for.
pub(crate) enum Stop {
    /// It cannot be started so.
    Configuration(ConfigError),
    /// A command has an answer, and it is not the good one: a sentence, or nothing where all has been said.
    Told(Option<String>),
    /// It failed.
    Failed(Box<dyn Error + Send + Sync>),
}

impl Stop {
    /// While stores are opened, what cannot be used is a setting.
    pub(crate) fn opening(cause: PortError) -> Self {
        match cause.trouble() {
            Trouble::Unusable => Self::Configuration(ConfigError::new(cause.to_string())),
            Trouble::Unavailable => cause.into(),
        }
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Stop {
    fn from(cause: E) -> Self {
        Self::Failed(Box::new(cause))
    }
}
