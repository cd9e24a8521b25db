//! `imcaxy config`: what is set, and whether a process can be started with it.

use std::fmt::Write as _;

use imcaxy_shared::config::{ConfigError, Effective, Settings, Stack, as_json, reference};
use imcaxy_shared::telemetry;
use serde_json::json;
use tokio::runtime::Runtime;

use super::say;
use crate::backends::Unopened;
use crate::cli::Config;
use crate::configuration::Configuration;
use crate::stop::Stop;

/// Answers the question.
pub(crate) fn run(question: Config, configuration: &Configuration) -> Result<(), Stop> {
    match question {
        Config::Show(output) => {
            // What cannot be read is not in force.
            configuration.settings().map_err(Stop::Configuration)?;
            let settings = configuration.effective();
            if output.json { say::json(&as_json(&settings))? } else { say::text(&table(&settings))? }
        }
        Config::Check(output) => {
            let checked = check(configuration);
            if output.json {
                let problems = checked.as_ref().err().map_or(&[][..], ConfigError::problems);
                let told = json!({
                    "ok": problems.is_empty(),
                    "problems": problems,
                    "warnings": configuration.warnings(),
                });
                say::json(&told)?;
            } else if checked.is_ok() {
                say::text("a process can be started with these settings\n")?;
            }
            checked.map(drop).map_err(Stop::Configuration)?;
        }
        Config::Reference => say::text(&reference())?,
    }
    Ok(())
}

/// All that a start checks before it reaches anything; what it then starts with.
pub(super) fn check(configuration: &Configuration) -> Result<(Settings, Stack), ConfigError> {
    let (settings, stack) = configuration.stack()?;
    let log = telemetry::filter(&settings.log).map(drop);
    let stores = runtime()?.block_on(Unopened::read(&settings, &stack)).map(drop);
    let stores = stores.map_err(|stop| match stop {
        Stop::Configuration(problem) => problem,
        Stop::Failed(problem) => ConfigError::new(problem.to_string()),
        Stop::Told(problem) => ConfigError::new(problem.unwrap_or_default()),
    });
    let problem = [log, stores].into_iter().filter_map(Result::err).reduce(ConfigError::and);
    problem.map_or(Ok((settings, stack)), Err)
}

fn runtime() -> Result<Runtime, ConfigError> {
    super::runtime().map_err(|cause| ConfigError::new(cause.to_string()))
}

fn table(settings: &[Effective]) -> String {
    let mut table = String::new();
    for setting in settings {
        let value = setting
            .value
            .as_deref()
            .map_or("(not set)", |value| if value.is_empty() { "(empty)" } else { value });
        let layer = setting.origin.as_ref().map_or_else(|| setting.layer().to_owned(), ToString::to_string);
        let _ = writeln!(table, "{:<32} {value:<40} {layer}", setting.key.path);
    }
    table
}
