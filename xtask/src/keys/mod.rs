//! `cargo xtask keys`

mod asking;
mod judge;
mod pictures;
mod tally;
mod trial;

use std::process::ExitCode;
use std::time::Instant;

use futures::StreamExt as _;
use imcaxy_testkit::KitError;
use imcaxy_testkit::progress::say;

use crate::interrupt::Interrupt;
use crate::optimised;
use asking::{Asked, Asker};
use pictures::Pictures;
use tally::Tally;
use trial::Trials;

/// Pairs that are tried at the same time.
const AT_ONCE: usize = 2;
/// How many pairs go by between two lines of progress.
const STRIDE: u64 = 5_000;

/// What the command line says.
#[derive(clap::Args)]
pub struct Options {
    /// How many pairs of requests
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pairs: u64,
    /// The seed of the first pair; the next one's is one more, so any pair can be tried again alone
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

/// Why nothing more can be tried.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// Something is not there.
    #[error(transparent)]
    Kit(#[from] KitError),
    /// imaginary cannot be asked any more, or not for this.
    #[error(transparent)]
    Asking(#[from] asking::AskingError),
}

/// Tries pairs, prints the table, and fails if a key stood for two pictures, or a request was read otherwise than
/// imaginary reads it.
pub async fn run(options: Options) -> Result<ExitCode, KitError> {
    let mut interrupt = Interrupt::listen()?;
    match interrupt.or(keys(&options)).await {
        Ok(Ok(code)) => Ok(code),
        Ok(Err(KeysError::Kit(error))) => Err(error),
        Ok(Err(error)) => {
            say(&format!("error: {error}"));
            Ok(ExitCode::FAILURE)
        }
        Err(code) => Ok(code),
    }
}

async fn keys(options: &Options) -> Result<ExitCode, KeysError> {
    if cfg!(debug_assertions) {
        return Ok(optimised::go_on("the origin and the digests would cost as much as imaginary").await?);
    }
    let begun = Instant::now();
    let tally = try_pairs(options.seed, options.pairs).await?;
    tally.print(options.seed, begun.elapsed());
    Ok(if tally.faults() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn try_pairs(seed: u64, pairs: u64) -> Result<Tally, KeysError> {
    let asker = Asker::start().await?;
    let pictures = Pictures::make(&asker).await?;
    let trials = Trials::new(&asker, &pictures);
    let mut tally = Tally::default();
    let mut running = futures::stream::iter(seed..seed.saturating_add(pairs))
        .map(|seed| trials.pair(seed))
        .buffer_unordered(AT_ONCE);
    while let Some(findings) = running.next().await {
        tally.add(&findings?);
        if tally.pairs() % STRIDE == 0 {
            say(&format!("{} pairs, {} faults", tally.pairs(), tally.faults()));
            pictures.forget_requests();
        }
    }
    drop(running);
    let Asked { originals, canonical } = asker.asked();
    tally.asked(originals, canonical);
    asker.stop().await;
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn some_hundred_pairs_are_read_as_imaginary_reads_them() {
        let tally = try_pairs(20_261_124, 400).await.expect("imaginary answers");
        assert_eq!(tally.faults(), 0, "the faults are above");
        assert!(tally.proven() > 100, "{tally:?}");
    }
}
