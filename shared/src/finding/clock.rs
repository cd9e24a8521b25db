//! Whether another machine's clock goes as ours does.

use std::time::Duration;

use super::Finding;
use crate::time::Timestamp;

const NAME: &str = "clock";
/// A difference from which on people who compare logs are misled.
const NOTABLE: Duration = Duration::from_secs(1);
/// What is to be done.
const ADVICE: &str = "let both machines take the time from NTP";

/// What another clock told, and when it was asked by ours.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// When it was asked.
    pub asked: Timestamp,
    /// When its answer was there.
    pub answered: Timestamp,
    /// What it told, rounded down to its precision.
    pub told: Timestamp,
    /// The unit in which it tells.
    pub precision: Duration,
}

/// By how much a clock is off, at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Difference {
    None,
    Ahead(Duration),
    Behind(Duration),
}

/// Judges a clock. With one that is off by `refused` or more, the other side refuses what we ask.
#[must_use]
pub fn clock(reading: &Reading, refused: Option<Duration>) -> Finding {
    let (span, direction) = match difference(reading) {
        Difference::None => return Finding::ok(NAME, "as this machine's"),
        Difference::Ahead(span) => (span, "ahead of"),
        Difference::Behind(span) => (span, "behind"),
    };
    let found =
        format!("at least {}.{:03} s {direction} this machine's", span.as_secs(), span.subsec_millis());
    match refused {
        Some(refused) if span >= refused => {
            Finding::fail(NAME, format!("{found}: it refuses what is signed here"), ADVICE)
        }
        _ if span >= NOTABLE => Finding::warn(NAME, found, ADVICE),
        _ => Finding::ok(NAME, found),
    }
}

/// Between question and answer there is no telling when the other looked at its clock.
fn difference(reading: &Reading) -> Difference {
    let latest_told = reading.told.plus(reading.precision);
    if reading.told > reading.answered {
        Difference::Ahead(reading.told.since(reading.answered))
    } else if latest_told < reading.asked {
        Difference::Behind(reading.asked.since(latest_told))
    } else {
        Difference::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict;

    const MINUTE: i64 = 60_000;

    fn judged(told: i64, precision: u64, refused: Option<Duration>) -> (Verdict, String) {
        let [asked, answered, told] = [1_000_000, 1_000_300, 1_000_000 + told].map(Timestamp::from_millis);
        let reading = Reading { asked, answered, told, precision: Duration::from_millis(precision) };
        let finding = clock(&reading, refused);
        (finding.verdict, finding.found)
    }

    #[test]
    fn a_clock_is_off_by_what_neither_the_way_nor_its_precision_explains() {
        for (told, precision, verdict, said) in [
            (0, 0, Verdict::Ok, "as this"),
            (300, 0, Verdict::Ok, "as this"),
            (-900, 1000, Verdict::Ok, "as this"),
            (-900, 0, Verdict::Ok, "0.900 s behind"),
            (1299, 0, Verdict::Ok, "0.999 s ahead"),
            (1300, 0, Verdict::Warn, "1.000 s ahead"),
            (-2000, 1000, Verdict::Warn, "1.000 s behind"),
            (-20 * MINUTE, 1000, Verdict::Warn, "1199.000 s behind"),
        ] {
            let (judged, found) = judged(told, precision, None);
            assert_eq!(judged, verdict, "{told} {precision}: {found}");
            assert!(found.contains(said), "{told} {precision}: {found}");
        }
    }

    #[test]
    fn who_checks_signatures_refuses_a_quarter_of_an_hour() {
        let refused = Some(Duration::from_secs(15 * 60));
        assert_eq!(judged(-15 * MINUTE + 1, 0, refused).0, Verdict::Warn);
        let (verdict, found) = judged(-15 * MINUTE, 0, refused);
        assert_eq!(verdict, Verdict::Fail, "{found}");
    }
}
