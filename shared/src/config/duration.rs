//! How a duration is spelled: one whole number and its unit.

use std::time::Duration;

/// What is allowed, for messages.
pub(super) const ALLOWED: &str =
    "a duration is a whole number with its unit, such as 500ms, 30s, 10m, 24h or 7d";
/// A hundred years; a clock can be added to it.
const LONGEST: Duration = Duration::from_secs(36_500 * DAY);
const DAY: u64 = 24 * 60 * 60;

/// Reads one; 0 needs no unit.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let number: u64 = number.parse().ok()?;
    let seconds = |unit: u64| number.checked_mul(unit).map(Duration::from_secs);
    let duration = match unit {
        "" if number == 0 => Some(Duration::ZERO),
        "ms" => Some(Duration::from_millis(number)),
        "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(60 * 60),
        "d" => seconds(DAY),
        _ => None,
    };
    duration.filter(|duration| *duration <= LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        for (text, millis) in [
            ("0", Some(0)),
            ("0s", Some(0)),
            ("500ms", Some(500)),
            ("30s", Some(30_000)),
            ("10m", Some(600_000)),
            ("24h", Some(86_400_000)),
            ("7d", Some(604_800_000)),
            ("36500d", Some(3_153_600_000_000)),
        ] {
            assert_eq!(parse(text), millis.map(Duration::from_millis), "{text}");
        }
        for text in [
            "",
            "s",
            "30",
            "1.5h",
            "30seconds",
            "1h30m",
            "1h 30m",
            "-1s",
            "+1s",
            "1 s",
            "1S",
            "36501d",
            "99999999999999999999s",
            "18446744073709551615d",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
