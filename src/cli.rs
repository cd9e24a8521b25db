//! The command line: one subcommand a role, one flag a setting.

use std::path::PathBuf;

use clap::{Arg, ArgMatches};
use imcaxy_shared::config::{ConfigError, Key, Layers, Settings, keys};
use imcaxy_shared::telemetry;

/// Read when neither `--config` nor `IMCAXY_CONFIG` names a file.
const DEFAULT_FILE: &str = "imcaxy.toml";

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// All roles in one process.
    Serve,
    /// Answer HTTP.
    Api,
    /// Take jobs.
    Worker,
    /// Enqueue the periodic jobs.
    Scheduler,
}

const COMMANDS: [(Command, &str, &str); 4] = [
    (Command::Serve, "serve", "Run all roles in one process (the default)"),
    (Command::Api, "api", "Answer HTTP; never renders"),
    (Command::Worker, "worker", "Take jobs: fetch sources, call imaginary, keep the results"),
    (Command::Scheduler, "scheduler", "Enqueue the periodic jobs; many may run, each tick is enqueued once"),
];

/// Reads the command line, the environment and the configuration file, and starts logging. Wrong usage ends the process
/// with exit code 2, `--help` and `--version` with 0.
pub(crate) fn read() -> Result<(Command, Settings), ConfigError> {
    let matches = command_line().get_matches();
    let (command, given) = match matches.subcommand() {
        None => (Command::Serve, &matches),
        Some((name, given)) => {
            let known = COMMANDS.iter().find(|(_, known, _)| *known == name);
            (known.map_or(Command::Serve, |(command, ..)| *command), given)
        }
    };
    let mut layers = Layers::default();
    if let Some(file) = file(&[given, &matches]) {
        layers.file(&file)?;
    }
    layers.environment(environment())?;
    for matches in [&matches, given] {
        layers.flags(flags(matches));
    }
    let settings = layers.settings()?;
    telemetry::start(&settings.log)?;
    for warning in layers.warnings() {
        tracing::warn!("{warning}");
    }
    Ok((command, settings))
}

fn command_line() -> clap::Command {
    let mut cli = clap::Command::new("imcaxy")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Stands in front of imaginary and makes every picture be rendered once")
        .after_help(
            "Every setting is a flag, an environment variable and a key of the configuration file (--sources-allow, \
             IMCAXY_SOURCES_ALLOW, sources.allow); imcaxy.toml is read from the working directory. Durations are 30s, sizes \
             64MiB, lists are separated by commas; NAME_FILE reads the variable NAME from a file.",
        )
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .help("Configuration file [env: IMCAXY_CONFIG]")
                .global(true),
        );
    for key in keys() {
        let help = format!("{} [env: {}]", key.doc.trim_end_matches('.'), key.variable());
        let flag = Arg::new(key.path.clone()).long(key.flag()).value_name("VALUE").help(help);
        cli = cli.arg(flag.help_heading("Settings").global(true));
    }
    cli.subcommands(COMMANDS.map(|(_, name, about)| clap::Command::new(name).about(about)))
}

fn file(matches: &[&ArgMatches]) -> Option<PathBuf> {
    let flag = matches.iter().find_map(|matches| matches.get_one::<String>("config")).map(PathBuf::from);
    let variable =
        || environment().find(|(name, _)| name == "IMCAXY_CONFIG").map(|(_, path)| PathBuf::from(path));
    let default = || Some(PathBuf::from(DEFAULT_FILE)).filter(|path| path.exists());
    flag.or_else(variable).or_else(default)
}

fn flags(matches: &ArgMatches) -> Vec<(Key, String)> {
    let given = |key: Key| {
        let text = matches.get_one::<String>(&key.path)?.clone();
        Some((key, text))
    };
    keys().into_iter().filter_map(given).collect()
}

/// The environment, less what is not text.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment, for the layer of that name"
)]
pub(crate) fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}
