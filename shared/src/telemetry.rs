//! Logs on standard error. A line is a readable message and its fields.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{ConfigError, Log, LogFormat};

/// What libraries say of themselves at `info` is of no use to an operator; `log.level` may ask for it by name.
const QUIET: &str = "apalis=warn,apalis_core=warn,tokio_cron_scheduler=warn";

/// The levels, the most quiet first.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// What `log.level` lets through.
///
/// # Errors
/// It is not understood.
pub fn filter(log: &Log) -> Result<EnvFilter, ConfigError> {
    // A lone word that is no level would be taken for a target's name, and silence everything else.
    let is_level = |word: &str| LEVELS.contains(&word.trim());
    let plain = log.level.split(',').filter(|directive| !directive.contains('='));
    if let Some(word) = plain.into_iter().find(|word| !is_level(word)) {
        return Err(ConfigError::new(format!(
            "log.level = {:?}: {word:?} is no level; allowed are {}, or directives such as info,imcaxy_worker=debug",
            log.level,
            LEVELS.join(", ")
        )));
    }
    EnvFilter::try_new(format!("{QUIET},{}", log.level)).map_err(|cause| {
        ConfigError::new(format!(
            "log.level = {:?}: {cause}; allowed are error, warn, info, debug, trace, or directives such as \
             info,imcaxy_worker=debug",
            log.level
        ))
    })
}

/// Starts logging.
///
/// # Errors
/// `log.level` is not understood.
pub fn start(log: &Log) -> Result<(), ConfigError> {
    let filter = filter(log)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Text => builder.with_ansi(false).finish().try_init(),
        LogFormat::Json => builder.json().flatten_event(true).finish().try_init(),
    };
    // A second start in one process keeps the first subscriber.
    drop(started);
    Ok(())
}
