//! Why a process ends that nobody asked to.

use std::error::Error;

use imcaxy_shared::config::ConfigError;
use imcaxy_shared::ports::{PortError, Trouble};

/// Why a process ends that nobody asked to.
pub(crate) enum Stop {
    /// It cannot be started so.
    Configuration(ConfigError),
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
