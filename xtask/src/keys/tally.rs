//! What all pairs have shown, counted.

use std::collections::BTreeMap;
use std::time::Duration;

use imcaxy_shared::testing::requests::PairKind;
use imcaxy_testkit::progress::say;

use super::judge::{Alone, Findings, Reading, Together, Tried};

/// Faults that are shown in full.
const SHOWN: u64 = 20;

#[derive(Debug, Default)]
pub struct Tally {
    pairs: u64,
    meant_equal: u64,
    faults: u64,
    originals: u64,
    canonical: u64,
    alone: BTreeMap<Alone, u64>,
    together: BTreeMap<Together, u64>,
}

impl Tally {
    /// Counts a pair, and shows it if something about it must not be.
    pub fn add(&mut self, findings: &Findings) {
        self.pairs += 1;
        self.meant_equal += u64::from(findings.kind == PairKind::Equal);
        for alone in findings.alone {
            *self.alone.entry(alone).or_default() += 1;
        }
        *self.together.entry(findings.together).or_default() += 1;
        if findings.is_fault() {
            self.faults += 1;
            if self.faults <= SHOWN {
                show(findings);
            }
        }
    }

    /// Takes how often imaginary was asked.
    pub const fn asked(&mut self, originals: u64, canonical: u64) {
        (self.originals, self.canonical) = (originals, canonical);
    }

    pub const fn pairs(&self) -> u64 {
        self.pairs
    }

    pub const fn faults(&self) -> u64 {
        self.faults
    }

    /// Pairs with one key and one answer.
    #[cfg(test)]
    pub fn proven(&self) -> u64 {
        self.pair(Together::OneKey)
    }

    /// Prints the table, for `docs/measurements.md`.
    #[expect(clippy::print_stdout, reason = "the table is the result of the task")]
    pub fn print(&self, seed: u64, took: Duration) {
        let of = |alone| self.alone.get(&alone).copied().unwrap_or_default();
        println!(
            "Seed {seed}, {} s; imaginary was asked {} times for requests as they were written and {} times \
                  for canonical forms.\n",
            took.as_secs(),
            self.originals,
            self.canonical
        );
        println!("| | |\n|---|---|");
        let row = |what: &str, count: u64| println!("| {what} | {count} |");
        row("pairs", self.pairs);
        row("… meant to be equal", self.meant_equal);
        row("one key, one answer", self.pair(Together::OneKey));
        row(
            "one key, and an answer that imaginary does not always give",
            self.pair(Together::OneKeyUnsteady),
        );
        row("**one key, two answers**", self.pair(Together::Wrong));
        row("**meant to be equal, two keys**", self.pair(Together::Apart));
        row("two keys, two answers", self.pair(Together::Different));
        row("two keys, one picture (could have been shared)", self.pair(Together::Shareable));
        row("one or both refused", self.pair(Together::Refused));
        row("requests with the picture of their canonical form", of(Alone::Picture));
        row("requests with the error of their canonical form", of(Alone::Error));
        row("requests that imaginary answers in several ways", of(Alone::Unsteady));
        row("**requests with another answer than their canonical form**", of(Alone::Wrong));
        row("requests that both refuse", of(Alone::Refused));
        for (alone, count) in &self.alone {
            if let Alone::Deviation(why) = alone {
                row(&format!("refused, not by imaginary: {why}"), *count);
            }
        }
        row("**refused, not by imaginary: no reason known**", of(Alone::Lost));
        row("**accepted, and imaginary panics or ends**", of(Alone::Crash));
    }

    fn pair(&self, together: Together) -> u64 {
        self.together.get(&together).copied().unwrap_or_default()
    }
}

fn show(findings: &Findings) {
    say(&format!("seed {}: {:?} {:?} {:?}", findings.seed, findings.kind, findings.together, findings.alone));
    for Tried { raw, theirs, reading } in &findings.tried {
        say(&format!("  {}?{} (Accept: {:?})\n    imaginary: {theirs:?}", raw.path, raw.query, raw.accept));
        match reading {
            Reading::Accepted { sent, canonical, .. } => {
                say(&format!("    {sent}\n    imaginary: {canonical:?}"))
            }
            Reading::Refused(refusal) => say(&format!("    refused: {refusal}")),
        }
    }
}
