//! How long and how often it is measured.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the command line says.
#[derive(clap::Args)]
pub struct Options {
    /// How many rounds; each measures everything once, but what depth costs [default: 5, quick: 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=50))]
    rounds: Option<u8>,
    /// Less than a minute, to see that all works; the figures scatter more
    #[arg(long)]
    quick: bool,
    /// Also write the figures of every round to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
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
    pub(super) fn plan(&self) -> Plan {
        let rounds = self.rounds.map(usize::from);
        let seconds = Duration::from_secs;
        if self.quick {
            let rounds = rounds.unwrap_or(2);
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
            let rounds = rounds.unwrap_or(5);
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
