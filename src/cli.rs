//! The command line: one subcommand a role or a question, one flag a setting.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgGroup, ArgMatches, Args, FromArgMatches as _, Subcommand};
use imcaxy_shared::config::{Key, Layers, keys};

use crate::configuration::Configuration;

/// Read when neither `--config` nor `IMCAXY_CONFIG` names a file.
const DEFAULT_FILE: &str = "imcaxy.toml";

/// What is to be done.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Run all roles in one process (the default)
    Serve,
    /// Answer HTTP; never renders
    Api,
    /// Take jobs: fetch sources, call imaginary, keep the results
    Worker,
    /// Enqueue the periodic jobs; many may run, each tick is enqueued once
    Scheduler,
    /// Tell the settings
    #[command(subcommand)]
    Config(Config),
    /// Look at every configured server and at the settings: what is wrong, and what to do about it
    Doctor(Output),
    /// Exit with 0 when the process on this machine is ready, with 1 when it is not
    Health,
    /// Tell what a request would come to: canonical form, key, what was dropped and why, which entry, valid or not and why
    Explain(Explain),
    /// Have what was made of some sources checked, discarded or rendered again by a running server
    Revalidate(Revalidate),
}

/// What is to be revalidated, and how.
#[derive(Clone, Debug, Args)]
#[command(group(
    ArgGroup::new("selection").args(["urls", "prefix", "host", "tag", "all", "since"]).required(true).multiple(false)
))]
pub(crate) struct Revalidate {
    /// Sources
    #[arg(value_name = "URL")]
    pub urls: Vec<String>,
    /// check: ask the origins, and discard what changed or is gone; discard: now, without asking; refresh: render again what was
    /// used lately
    #[arg(long, value_name = "MODE", value_parser = ["check", "discard", "refresh"], default_value = "check")]
    pub mode: String,
    /// Every source below a URL: whole host, path at a segment boundary
    #[arg(long, value_name = "URL")]
    pub prefix: Option<String>,
    /// Every source on a host
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
    /// Every source with this value of Cache-Tag
    #[arg(long, value_name = "TAG")]
    pub tag: Option<String>,
    /// Every source
    #[arg(long)]
    pub all: bool,
    /// The files that commits touched since this revision, or in this range; of those renamed both names
    #[arg(long, value_name = "REV", requires = "map")]
    pub since: Option<String>,
    /// The URL under which the files of a directory of the repository are known; may be given several times
    #[arg(long, value_name = "DIR=URL", requires = "since")]
    pub map: Vec<String>,
    /// Only count them, and with --since tell the URLs that the files are taken for
    #[arg(long)]
    pub dry_run: bool,
    /// Wait until all of it is done
    #[arg(long)]
    pub wait: bool,
    #[command(flatten)]
    pub server: Server,
    #[command(flatten)]
    pub output: Output,
}

/// A request that is to be explained.
#[derive(Clone, Debug, Args)]
pub(crate) struct Explain {
    /// Its path and query, such as '/resize?width=300&url=https://…'
    #[arg(value_name = "PATH?QUERY")]
    pub request: String,
    /// Its Accept header, which counts for type=auto
    #[arg(long, value_name = "TYPES")]
    pub accept: Option<String>,
    #[command(flatten)]
    pub server: Server,
    #[command(flatten)]
    pub output: Output,
}

/// The running server that a command asks.
#[derive(Clone, Debug, Args)]
pub(crate) struct Server {
    /// Base URL of the server to ask; else where the configuration has one listen on this machine [env: IMCAXY_SERVER]
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// Bearer token to ask it with; else one of the configuration, else that of the run in data_dir [env: IMCAXY_TOKEN]
    #[arg(long, value_name = "TOKEN")]
    pub token: Option<String>,
}

/// What is to be told of the settings.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum Config {
    /// Every setting in force and the layer that it comes from, secrets masked
    Show(Output),
    /// Exit with 0 when a process can be started with the settings, else with 2 and everything that is wrong
    Check(Output),
    /// The reference of all settings, as Markdown
    Reference,
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Output {
    /// Answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// Reads the command line, the environment and the configuration file. Wrong usage ends the process with exit code 2,
/// `--help` and `--version` with 0.
pub(crate) fn read() -> (Command, Configuration) {
    let matches = command_line().get_matches();
    let command = match matches.subcommand_name() {
        None => Command::Serve,
        Some(_) => Command::from_arg_matches(&matches).unwrap_or_else(|wrong| wrong.exit()),
    };
    // A global flag is known where it was given: before or after the subcommand.
    let mut given = vec![&matches];
    while let Some((_, inner)) = given.last().and_then(|outer| outer.subcommand()) {
        given.push(inner);
    }
    (command, configuration(&given))
}

fn configuration(given: &[&ArgMatches]) -> Configuration {
    let mut layers = Layers::default();
    let file = match file(given) {
        Some(file) => layers.file(&file),
        None => Ok(()),
    };
    let environment = layers.environment(environment());
    for matches in given {
        layers.flags(flags(matches));
    }
    Configuration::new(layers, [file, environment])
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
                .value_parser(clap::value_parser!(OsString))
                .help("Configuration file [env: IMCAXY_CONFIG]")
                .global(true),
        );
    for key in keys() {
        let flag = Arg::new(key.path.clone()).long(key.flag()).value_name("VALUE").help(help(key));
        cli = cli.arg(flag.help_heading("Settings").global(true));
    }
    Command::augment_subcommands(cli).subcommand_required(false)
}

fn help(key: &Key) -> String {
    let default = key.default.map_or_else(String::new, |default| format!(" [default: {default}]"));
    format!("{}{default} [env: {}]", key.doc.trim_end_matches('.'), key.variable())
}

fn file(given: &[&ArgMatches]) -> Option<PathBuf> {
    let flag = given.iter().find_map(|matches| matches.get_one::<OsString>("config")).map(PathBuf::from);
    let variable = || variable("IMCAXY_CONFIG").map(PathBuf::from);
    let default = || Some(PathBuf::from(DEFAULT_FILE)).filter(|path| path.exists());
    flag.or_else(variable).or_else(default)
}

fn flags(matches: &ArgMatches) -> Vec<(Key, String)> {
    let given = |key: &Key| {
        let text = matches.get_one::<String>(&key.path)?.clone();
        Some((key.clone(), text))
    };
    keys().iter().filter_map(given).collect()
}

/// One variable of the environment.
pub(crate) fn variable(name: &str) -> Option<String> {
    environment().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// The environment, less what is not text.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment, for the layer of that name"
)]
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}
