//! What was measured, round by round.

use std::borrow::Cow;
use std::time::Duration;

use super::statistics::Spread;

/// Figures in the order in which they were first added.
#[derive(Default)]
pub struct Figures(Vec<Figure>);

/// One of them, with its value in each round.
pub struct Figure {
    pub part: &'static str,
    pub name: Cow<'static, str>,
    pub unit: Unit,
    pub rounds: Vec<f64>,
}

/// What is counted.
#[derive(Clone, Copy)]
pub enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
    PerSecond,
    JobsPerSecond,
    Bytes,
    Mebibytes,
    Percent,
    Count,
    Ratio,
}

impl Figures {
    /// Adds what a round came to.
    pub fn add(&mut self, part: &'static str, name: impl Into<Cow<'static, str>>, unit: Unit, value: f64) {
        let name = name.into();
        match self.0.iter_mut().find(|figure| figure.part == part && figure.name == name) {
            Some(figure) => figure.rounds.push(value),
            None => self.0.push(Figure { part, name, unit, rounds: vec![value] }),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Figure> {
        self.0.iter()
    }
}

impl Figure {
    pub fn spread(&self) -> Spread {
        Spread::of(&self.rounds)
    }
}

impl Unit {
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Milliseconds => "ms",
            Self::Microseconds => "µs",
            Self::PerSecond => "req/s",
            Self::JobsPerSecond => "jobs/s",
            Self::Bytes => "bytes",
            Self::Mebibytes => "MiB",
            Self::Percent => "%",
            Self::Count | Self::Ratio => "",
        }
    }

    /// A value with as many digits as mean something.
    pub fn show(self, value: f64) -> String {
        let decimals = match self {
            Self::Milliseconds if value.abs() < 10.0 => 2,
            Self::PerSecond | Self::JobsPerSecond if value >= 100.0 => 0,
            Self::Percent | Self::Seconds => 3,
            Self::Bytes => 0,
            Self::Count => 0,
            Self::Ratio if value < 10.0 => 2,
            Self::Ratio if value >= 100.0 => 0,
            Self::Milliseconds
            | Self::Microseconds
            | Self::PerSecond
            | Self::JobsPerSecond
            | Self::Mebibytes
            | Self::Ratio => 1,
        };
        format!("{value:.decimals$}")
    }
}

/// A count as a figure.
#[expect(clippy::cast_precision_loss, reason = "nothing is counted up to 2^52 here")]
pub const fn count(number: usize) -> f64 {
    number as f64
}

/// A count with its digits in groups of three: 1,000,000.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let ahead_of =
        |place: usize| if place > 0 && (digits.len() - place).is_multiple_of(3) { "," } else { "" };
    digits.chars().enumerate().map(|(place, digit)| format!("{}{digit}", ahead_of(place))).collect()
}

/// So many in that time, by the second.
pub fn per_second(number: usize, time: Duration) -> f64 {
    count(number) / time.as_secs_f64()
}

/// The share of one in the time that so many took, in microseconds.
pub fn microseconds_each(time: Duration, number: usize) -> f64 {
    time.as_secs_f64() * 1e6 / count(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_groups_of_three() {
        for (number, written) in [(0, "0"), (100, "100"), (10_000, "10,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), written);
        }
    }
}
