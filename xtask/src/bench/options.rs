//! How long and how often it is measured.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the command line says.
#[derive(clap::Args)]
pub struct Options {
    #[command(subcommand)]
    subject: Option<Subject>,
    /// How many rounds; each measures everything once, but what depth costs [default: 5, quick: 2]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=50))]
    rounds: Option<u8>,
    /// Less than a minute, to see that all works; the figures scatter more
    #[arg(long, global = true)]
    quick: bool,
    /// Also write the figures of every round to this file
    #[arg(long, global = true, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// What is measured instead of the system on its servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::Subcommand)]
pub enum Subject {
    /// The built-in engine beside imaginary: CPU by source and operation, equal sizes and types, likeness
    Engine,
    /// One process with nothing configured: its start, its memory, many requests for one picture
    Alone,
    /// Discards: how soon they are acknowledged, by one process alone and by replicas; storms; large scopes; what a lease costs
    Discards,
}

/// What is done in a run.
pub struct Plan {
    pub rounds: usize,
    /// Misses of each side in a round.
    pub misses: usize,
    /// How long hits are asked for, each time.
    pub hits: Duration,
    /// How long imaginary is asked for the same picture.
    pub direct: Duration,
    /// How many pictures are hot when not one is.
    pub keys: usize,
    /// Jobs in a round, at each pace.
    pub jobs: usize,
    /// Jobs that one worker is given at once.
    pub throughput: usize,
    /// How long an idle worker is watched.
    pub idle: Duration,
    /// How many jobs wait when the steps of the queue are timed.
    pub depths: Vec<usize>,
}

impl Options {
    pub(super) const fn subject(&self) -> Option<Subject> {
        self.subject
    }

    pub(super) fn rounds(&self) -> usize {
        self.rounds.map_or(if self.quick { 2 } else { 5 }, usize::from)
    }

    pub(super) const fn is_quick(&self) -> bool {
        self.quick
    }

    pub(super) fn plan(&self) -> Plan {
        let rounds = self.rounds();
        let seconds = Duration::from_secs;
        if self.quick {
            Plan {
                rounds,
                misses: 20,
                hits: seconds(2),
                direct: seconds(2),
                keys: 50,
                jobs: 100,
                throughput: 5_000,
                idle: seconds(5),
                depths: vec![100, 10_000],
            }
        } else {
            Plan {
                rounds,
                misses: 60,
                hits: seconds(5),
                direct: seconds(3),
                keys: 200,
                jobs: 500,
                throughput: 20_000,
                idle: seconds(10),
                depths: vec![100, 10_000, 1_000_000],
            }
        }
    }

    pub(super) fn json(&self) -> Option<&Path> {
        self.json.as_deref()
    }
}
