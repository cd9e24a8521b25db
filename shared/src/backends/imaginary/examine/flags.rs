//! Flags that bound what imaginary does, below what Imcaxy lets through.

use super::super::Imaginary;
use super::said::{Said, refusal};
use super::{LetThrough, pictures, small_picture};
use crate::finding::Finding;

/// Whether it bounds the pixels of sources, or its calls.
pub(super) async fn all(imaginary: &Imaginary, let_through: LetThrough) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(most) = let_through.max_pixels {
        let large = pictures::head_of_png(most);
        let refused = refusal(&imaginary.ask_for("/info", "", &large).await);
        findings.push(pixels(most, refused == Some(Said::TooManyPixels)));
    }
    let answered = imaginary.ask_for("/info", "", &small_picture()).await;
    let limit = answered.ok().and_then(|answer| answer.rate_limit);
    findings.push(calls(limit));
    findings
}

fn pixels(most: u64, refused: bool) -> Finding {
    const NAME: &str = "largest source";
    let megapixels = most.div_ceil(1_000_000);
    if refused {
        Finding::warn(
            NAME,
            format!("it refuses sources that sources.max_pixels lets through ({megapixels} megapixels)"),
            format!(
                "start it with -max-allowed-resolution {megapixels}, or set sources.max_pixels to what it takes (18000000, where it was not told)"
            ),
        )
    } else {
        Finding::ok(
            NAME,
            format!("{megapixels} megapixels, as sources.max_pixels lets through, are not refused"),
        )
    }
}

fn calls(limit: Option<u64>) -> Finding {
    const NAME: &str = "throttle";
    match limit {
        Some(limit) => Finding::warn(
            NAME,
            format!("{limit} calls a second"),
            "start it without -concurrency: workers bound what they ask for themselves (imaginary.concurrency), and what it refuses \
             waits or fails",
        ),
        None => Finding::ok(NAME, "none"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict::{Ok, Warn};

    #[test]
    fn bounds_below_those_of_the_settings_are_told() {
        assert_eq!(pixels(50_000_000, false).verdict, Ok);
        let refused = pixels(50_000_000, true);
        assert_eq!(refused.verdict, Warn);
        assert!(refused.advice.is_some_and(|advice| advice.contains("-max-allowed-resolution 50")));
        assert_eq!([calls(None).verdict, calls(Some(20)).verdict], [Ok, Warn]);
    }
}
