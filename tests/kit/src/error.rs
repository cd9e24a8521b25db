//! Why something that the tests need is not there.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a server, a photograph or the program is not there. Every message says what to do about it.
#[derive(thiserror::Error)]
pub enum KitError {
    /// A program is not installed and cannot be installed from here.
    #[error("{what} is missing; {remedy}")]
    Missing {
        /// What is missing.
        what: String,
        /// The line to run, or what to install.
        remedy: String,
    },

    /// A variable that says where something runs is not set.
    #[error("{variable} is not set: {purpose}; run `cargo xtask test`, which provides it")]
    Unset {
        /// The variable's name.
        variable: &'static str,
        /// What it would say.
        purpose: &'static str,
    },

    /// Building or installing ended with an error.
    #[error("{what} failed ({status}):\n{output}")]
    Failed {
        /// What was being done.
        what: String,
        /// How the program ended.
        status: String,
        /// The last lines that it printed.
        output: String,
    },

    /// A process was started and ended, or did not answer in time.
    #[error("{what} did not start: {why}\n{output}")]
    NotStarted {
        /// What was started.
        what: String,
        /// What was seen instead of an answer.
        why: String,
        /// The last lines that it printed.
        output: String,
    },

    /// A server is not one that a proxy can stand in front of.
    #[error(
        "{setting} leads to something that no proxy can stand in front of: it takes one host without TLS"
    )]
    NoDetour {
        /// The setting that says where the server is.
        setting: &'static str,
    },

    /// A file or process operation failed.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// What the system says.
        source: io::Error,
    },

    /// There is no photograph of that name.
    #[error(
        "there is no photograph {name:?} in {}; its subfolders are part of the name (exif/Landscape_1.jpg)",
        folder.display()
    )]
    NoPhoto {
        /// The name asked for.
        name: String,
        /// Where the photographs are.
        folder: PathBuf,
    },
}

impl KitError {
    /// An error of the system while `doing` something, in words that follow "cannot".
    pub fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    /// An error of the system at a path.
    pub fn at(verb: &str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        Self::io(format!("{verb} {}", path.display()))
    }
}

/// As it is displayed: a test shows an error by `expect`, and whoever reads that wants the sentence and the lines.
impl fmt::Debug for KitError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
