//! What a look-up comes to, in words.

use std::time::Duration;

use imcaxy_shared::entry::{Ages, Doubt, Failure, Found, Ledger, Next, RememberedFailure, Stale, Verdict};

/// The word for programs.
pub(super) const fn name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Fresh(_) => "fresh",
        Verdict::Stale(_) => "stale",
        Verdict::Refused(_) => "refused",
        Verdict::Miss { .. } => "miss",
    }
}

/// The sentence for people: what a request would be answered with, and why. `lacks`: why it would not be rendered, whatever its source.
pub(super) fn sentence(
    verdict: &Verdict,
    found: &Found,
    ledger: &Ledger,
    ages: &Ages,
    lacks: Option<&Failure>,
) -> String {
    match verdict {
        Verdict::Fresh(_) => {
            let age = if ages.ttl.is_some() {
                "it is younger than cache.ttl"
            } else {
                "nothing gets old (cache.ttl)"
            };
            format!(
                "the entry is answered: each of its sources still has the bytes that it was made from, none was discarded \
                 since, and {age}"
            )
        }
        Verdict::Stale(stale) => old(stale),
        Verdict::Refused(failed) => {
            format!("the last render failed, which is answered instead: {}", told(failed))
        }
        Verdict::Miss { .. } if found.entry.is_none() => {
            format!("{}: there is no entry of this key", comes_to(lacks))
        }
        Verdict::Miss { .. } => {
            let doubts: Vec<_> =
                found.doubts(ledger).map(|(source, why)| format!("{}: {}", source.url, doubt(why))).collect();
            format!("{}: the entry does not count; {}", comes_to(lacks), doubts.join("; "))
        }
    }
}

/// What comes of a miss.
fn comes_to(lacks: Option<&Failure>) -> String {
    match lacks {
        None => "it would be rendered".to_owned(),
        Some(Failure { code, message, .. }) => format!("it would be refused ({}, {message})", code.name()),
    }
}

fn old(Stale { past, next, .. }: &Stale) -> String {
    let seconds = seconds(*past);
    let since = format!("the entry has been older than cache.ttl for {seconds} s");
    match next {
        Next::Renew => format!("{since}: it is answered within cache.grace, while it is renewed"),
        Next::Leave(failed) => {
            format!("{since}, and is answered all the same: its renewal failed: {}", told(failed))
        }
        Next::Wait { last_resort: true } => format!(
            "{since}, which is past cache.grace: a request waits for its renewal, and is answered with it only if that fails \
             in passing (cache.stale_if_error)"
        ),
        Next::Wait { last_resort: false } => {
            format!(
                "{since}, which is past cache.grace and cache.stale_if_error: a request waits for its renewal"
            )
        }
    }
}

fn told(failed: &RememberedFailure) -> String {
    let failure = &failed.failure;
    format!("{} ({}), remembered until {}", failure.message, failure.code.name(), failed.until.rfc3339())
}

/// Why a source makes an entry not count.
pub(super) fn doubt(doubt: Doubt) -> String {
    match doubt {
        Doubt::NoDocument => "nothing is known of this source any more".to_owned(),
        Doubt::Discarded(at) => format!("discarded at {at}, after the fetch that the entry was made from"),
        Doubt::Ruled(at) => {
            format!("a rule of the ledger discarded it at {at}, after the fetch that the entry was made from")
        }
        Doubt::NoBytes => "it has not been fetched since it was discarded".to_owned(),
        Doubt::OtherBytes => "it has other bytes now than those that the entry was made from".to_owned(),
    }
}

const fn seconds(span: Duration) -> u64 {
    span.as_secs()
}

#[cfg(test)]
mod tests {
    use imcaxy_shared::entry::{Seq, judge};
    use imcaxy_shared::testing::build;
    use imcaxy_shared::time::Timestamp;

    use super::*;

    const URL: &str = "http://a.test/1.jpg";

    /// What is said of an entry with a stamp of 5 that is `age` seconds old, whose source was discarded at `discarded`.
    fn said(discarded: i64, age: u64, fails: bool) -> String {
        let second = |seconds| Some(Duration::from_secs(seconds));
        let ages = Ages { ttl: second(100), grace: second(50), stale_if_error: second(500) };
        let entry = build::entry(URL, Seq::new(5));
        let now: Timestamp = entry.created_at.plus(Duration::from_secs(age));
        let failure = fails.then(|| build::failure(URL, Seq::new(discarded), now));
        let sources = vec![build::source(URL, Seq::new(discarded))];
        let found = Found { entry: Some(entry), failure, sources, ..Found::default() };
        let ledger = build::ledger(vec![]);
        let verdict = judge(found.clone(), &ledger, &ages, now);
        format!("{}: {}", name(&verdict), sentence(&verdict, &found, &ledger, &ages, None))
    }

    #[test]
    fn each_verdict_says_why() {
        for (discarded, age, fails, expected) in [
            (5, 0, false, "fresh: the entry is answered"),
            (
                6,
                0,
                false,
                "miss: it would be rendered: the entry does not count; http://a.test/1.jpg: discarded at 6",
            ),
            (6, 0, true, "refused: the last render failed"),
            (
                5,
                103,
                false,
                "stale: the entry has been older than cache.ttl for 3 s: it is answered within cache.grace",
            ),
            (
                5,
                103,
                true,
                "stale: the entry has been older than cache.ttl for 3 s, and is answered all the same",
            ),
            (
                5,
                153,
                false,
                "stale: the entry has been older than cache.ttl for 53 s, which is past cache.grace: ",
            ),
            (
                5,
                700,
                false,
                "stale: the entry has been older than cache.ttl for 600 s, which is past cache.grace and",
            ),
        ] {
            let said = said(discarded, age, fails);
            assert!(said.starts_with(expected), "{said}");
        }
    }
}
