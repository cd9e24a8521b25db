//! What a store's failure means to its caller.

use std::fmt;

/// Why a port could not do its work. Nothing is known about whether a write took place.
#[derive(Debug, thiserror::Error)]
#[error("{port}: {message}")]
pub struct PortError {
    port: &'static str,
    trouble: Trouble,
    message: String,
}

/// Whether it is worth trying again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The store cannot be reached or does not answer in time: try again.
    Unavailable,
    /// The store answered what this program cannot use: a fault of ours, or another program's writing.
    Unusable,
}

impl PortError {
    /// The store behind `port` cannot be reached.
    pub fn unavailable(port: &'static str, cause: impl fmt::Display) -> Self {
        Self { port, trouble: Trouble::Unavailable, message: cause.to_string() }
    }

    /// The store behind `port` answered what cannot be used.
    pub fn unusable(port: &'static str, cause: impl fmt::Display) -> Self {
        Self { port, trouble: Trouble::Unusable, message: cause.to_string() }
    }

    /// The same trouble, for another who met it at the same time.
    #[must_use]
    pub fn again(&self) -> Self {
        Self { port: self.port, trouble: self.trouble, message: self.message.clone() }
    }

    /// Whether it is worth trying again.
    #[must_use]
    pub const fn trouble(&self) -> Trouble {
        self.trouble
    }
}
