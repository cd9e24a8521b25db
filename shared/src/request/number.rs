//! Numbers as Go's `strconv.ParseFloat(text, 64)` reads them; Rust's own reader knows neither hexadecimal floats
//! nor underscores, and accepts spellings that Go refuses.

/// The value of a spelling, infinities and NaN included; `None` where Go reports bad syntax or a number that is
/// out of range. Underflow is zero, as in Go.
pub(super) fn parse(text: &[u8]) -> Option<f64> {
    if let Some(special) = special(text) {
        return Some(special);
    }
    let (negative, digits) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, text),
    };
    let magnitude = match digits {
        [b'0', b'x' | b'X', rest @ ..] if !rest.is_empty() => hexadecimal(rest)?,
        _ => decimal(digits)?,
    };
    magnitude.is_finite().then_some(if negative { -magnitude } else { magnitude })
}

fn special(text: &[u8]) -> Option<f64> {
    let lower = text.to_ascii_lowercase();
    match lower.as_slice() {
        b"inf" | b"+inf" | b"infinity" | b"+infinity" => Some(f64::INFINITY),
        b"-inf" | b"-infinity" => Some(f64::NEG_INFINITY),
        b"nan" => Some(f64::NAN),
        _ => None,
    }
}

fn decimal(text: &[u8]) -> Option<f64> {
    let (mantissa, exponent) = parts(text, b'e', u8::is_ascii_digit, false)?;
    // Go stops reading an exponent at five digits; such a number is out of range or zero either way.
    format!("{mantissa}e{}", exponent.unwrap_or(0)).parse().ok()
}

fn hexadecimal(text: &[u8]) -> Option<f64> {
    let (mantissa, exponent) = parts(text, b'p', u8::is_ascii_hexdigit, true)?;
    let mut bits: u64 = 0;
    let mut lost = false;
    let mut power = exponent?;
    let mut after_point = false;
    for c in mantissa.chars() {
        let Some(digit) = c.to_digit(16) else {
            after_point = true;
            continue;
        };
        if bits >> 60 == 0 {
            bits = bits << 4 | u64::from(digit);
            power -= if after_point { 4 } else { 0 };
        } else {
            lost |= digit != 0;
            power += if after_point { 0 } else { 4 };
        }
    }
    Some(scale(bits, lost, power))
}

/// `bits · 2^power`, rounded half to even; `lost` says that something non-zero followed the bits.
fn scale(bits: u64, lost: bool, power: i64) -> f64 {
    if bits == 0 {
        return 0.0;
    }
    // 64 significant bits; the last takes the place of all that was lost, far below the rounding position.
    let shift = bits.leading_zeros();
    let bits = bits << shift | u64::from(lost);
    let exponent = power - i64::from(shift) + 63;
    // A double keeps 53 bits, fewer below 2^-1022.
    let kept = (exponent + 1075).clamp(0, 53);
    let drop = u32::try_from(64 - kept).unwrap_or(64);
    let (head, tail) = (bits.checked_shr(drop).unwrap_or(0), u128::from(bits) & ((1 << drop) - 1));
    let half = 1_u128 << (drop - 1);
    let round_up = tail > half || (tail == half && head & 1 == 1);
    let mantissa = head + u64::from(round_up);
    let mut value = mantissa as f64;
    // Powers of two are exact; in steps, because a single one may be out of range where the product is not.
    let mut left = exponent - 63 + i64::from(drop);
    while left != 0 && value != 0.0 && value.is_finite() {
        let step = left.clamp(-1000, 1000);
        value *= f64::from(2).powi(i32::try_from(step).unwrap_or(0));
        left -= step;
    }
    value
}

/// Splits into mantissa (without underscores, with its point) and exponent. `based` says that a base prefix
/// preceded, which counts as a digit for underscores.
fn parts(text: &[u8], mark: u8, is_digit: fn(&u8) -> bool, based: bool) -> Option<(String, Option<i64>)> {
    let end = text.iter().position(|b| b.to_ascii_lowercase() == mark).unwrap_or(text.len());
    let (mantissa, exponent) = text.split_at_checked(end)?;
    if !mantissa.iter().any(is_digit)
        || !mantissa.iter().all(|b| is_digit(b) || *b == b'.' || *b == b'_')
        || mantissa.iter().filter(|b| **b == b'.').count() > 1
        || !underscores_separate(mantissa, is_digit, based)
    {
        return None;
    }
    let exponent = match exponent.split_first() {
        Some((_, rest)) => Some(power(rest)?),
        None => None,
    };
    Some((mantissa.iter().filter(|b| **b != b'_').map(|b| char::from(*b)).collect(), exponent))
}

fn power(text: &[u8]) -> Option<i64> {
    let (sign, digits) = match text.split_first()? {
        (b'-', rest) => (-1, rest),
        (b'+', rest) => (1, rest),
        _ => (1, text),
    };
    if !digits.first()?.is_ascii_digit()
        || !digits.iter().all(|b| b.is_ascii_digit() || *b == b'_')
        || !underscores_separate(digits, u8::is_ascii_digit, false)
    {
        return None;
    }
    let value = digits.iter().filter(|b| **b != b'_').fold(0_i64, |value, digit| {
        if value < 10_000 { value * 10 + i64::from(digit - b'0') } else { value }
    });
    Some(sign * value)
}

/// Each underscore stands between two digits.
fn underscores_separate(text: &[u8], is_digit: fn(&u8) -> bool, mut after_digit: bool) -> bool {
    let mut after_underscore = false;
    for byte in text {
        let underscore = *byte == b'_';
        if (underscore && !after_digit) || (after_underscore && !is_digit(byte)) {
            return false;
        }
        (after_digit, after_underscore) = (is_digit(byte), underscore);
    }
    !after_underscore
}

/// The shortest decimal that reads back as the same number, in Go, in JSON and here.
pub(super) fn shortest(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-7..1e21).contains(&magnitude) {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_three_hundred() {
        for text in [
            "300", "300.0", "3e2", "3E+2", "+300", "00300", "3_00", "30_0e0_0", "0x1.2cp8", "0X12Cp0",
            "0x_12cp0", "300.",
        ] {
            assert_eq!(parse(text.as_bytes()), Some(300.0), "{text}");
        }
        assert_eq!(parse(b"-.5"), Some(-0.5));
        assert_eq!(parse(b"1e-400"), Some(0.0));
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for text in [
            "", " 300", "300 ", "abc", "1e400", "0x12c", "0x", "0xp1", "1__0", "_1", "1_", "1_.5", "1._5",
            "1e", "1e_1", "1e1_", "+-1", "+nan", "infi", "1.2.3", "0b1", "0o7", ".", "e5", "1e5.5", "0x1p",
            "0x1p1024", "1f",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn hexadecimal_floats_round_half_to_even() {
        assert_eq!(parse(b"0x1.00000000000008p0"), Some(1.0));
        assert_eq!(parse(b"0x1.00000000000018p0"), Some(1.0 + 2.0 * f64::EPSILON));
        assert_eq!(parse(b"0x1.000000000000080000001p0"), Some(1.0 + f64::EPSILON));
        assert_eq!(parse(b"0x1p-1074"), Some(5e-324));
        assert_eq!(parse(b"0x1p-1075"), Some(0.0));
        assert_eq!(parse(b"0x1.8p-1075"), Some(5e-324));
        assert_eq!(parse(b"0x1.fffffffffffffp1023"), Some(f64::MAX));
        assert_eq!(parse(b"0x0.0001p16"), Some(1.0));
        assert_eq!(parse(b"0x10000000000000000000p0"), Some(75_557_863_725_914_323_419_136.0));
    }

    #[test]
    fn the_shortest_spelling_reads_back() {
        for value in [0.1, 300.0, 1e21, 1e-8, f64::MAX, f64::MIN_POSITIVE, 5e-324] {
            assert_eq!(parse(shortest(value).as_bytes()), Some(value));
        }
    }
}
