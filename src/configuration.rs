//! The configuration of this process: its layers, and all that is wrong with them.

use imcaxy_shared::config::{ConfigError, Effective, Layers, Settings, Stack};

use crate::cli::variable;

/// What the command line, the environment and the file say.
pub(crate) struct Configuration {
    layers: Layers,
    /// What was wrong with whole layers.
    problem: Option<ConfigError>,
}

impl Configuration {
    /// Layers, and how reading them went.
    pub(crate) fn new(layers: Layers, read: [Result<(), ConfigError>; 2]) -> Self {
        let problem = read.into_iter().filter_map(Result::err).reduce(ConfigError::and);
        Self { layers, problem }
    }

    /// The settings.
    ///
    /// # Errors
    /// Everything that cannot be read.
    pub(crate) fn settings(&self) -> Result<Settings, ConfigError> {
        match (self.layers.settings(), &self.problem) {
            (Ok(settings), None) => Ok(settings),
            (Ok(_), Some(problem)) => Err(problem.clone()),
            (Err(more), Some(problem)) => Err(problem.clone().and(more)),
            (Err(problem), None) => Err(problem),
        }
    }

    /// The settings and the stack that they describe.
    ///
    /// # Errors
    /// Everything that cannot be read, or that does not fit together.
    pub(crate) fn stack(&self) -> Result<(Settings, Stack), ConfigError> {
        with_stack(self.settings()?)
    }

    /// Every setting in force, secrets masked.
    pub(crate) fn effective(&self) -> Vec<Effective> {
        self.layers.effective()
    }

    /// What is odd but no error.
    pub(crate) fn warnings(&self) -> &[String] {
        self.layers.warnings()
    }
}

/// Settings, completed by what the stack that they describe implies, and that stack.
///
/// # Errors
/// What does not fit together.
pub(crate) fn with_stack(mut settings: Settings) -> Result<(Settings, Stack), ConfigError> {
    let stack = settings.stack(variable)?;
    Ok((settings, stack))
}
