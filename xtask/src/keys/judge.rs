//! What the answers say about the readings. Pure.

use imcaxy_shared::request::{CacheKey, Refusal, RefusalCode};
use imcaxy_shared::testing::requests::{PairKind, RawRequest};

use super::asking::Answer;

/// A request, what imaginary answered to it, and how Imcaxy reads it.
#[derive(Debug)]
pub struct Tried {
    pub raw: RawRequest,
    pub theirs: Answer,
    pub reading: Reading,
}

/// How Imcaxy reads a request.
#[derive(Debug)]
pub enum Reading {
    Accepted {
        key: CacheKey,
        /// The path and query that a worker sends.
        sent: String,
        /// What imaginary answers to that.
        canonical: Answer,
        agreement: Agreement,
    },
    Refused(Refusal),
}

/// Whether a request and its canonical form are answered alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    Same,
    /// Not at once: imaginary answers one request in several ways.
    Unsteady,
    Never,
}

/// What a request alone has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alone {
    /// Accepted, and answered with the picture of its canonical form.
    Picture,
    /// Accepted, and answered with the error, or the empty success, of its canonical form.
    Error,
    /// Accepted; the answers agree when asked for again.
    Unsteady,
    /// Refused by both.
    Refused,
    /// Refused although imaginary answers it, for this reason.
    Deviation(&'static str),
    /// The canonical form gives something else.
    Wrong,
    /// Accepted although it makes imaginary panic, or ends its process.
    Crash,
    /// Refused although imaginary answers it.
    Lost,
}

impl Tried {
    pub fn alone(&self) -> Alone {
        match &self.reading {
            Reading::Accepted { agreement: Agreement::Never, .. } => Alone::Wrong,
            Reading::Accepted { .. } if matches!(self.theirs, Answer::Closed | Answer::Ended) => Alone::Crash,
            Reading::Accepted { agreement: Agreement::Unsteady, .. } => Alone::Unsteady,
            Reading::Accepted { .. } if self.theirs.is_picture() => Alone::Picture,
            Reading::Accepted { .. } => Alone::Error,
            Reading::Refused(_) if self.theirs.is_empty_success() => {
                Alone::Deviation("imaginary's answer is empty")
            }
            Reading::Refused(_) if !self.theirs.is_picture() => Alone::Refused,
            Reading::Refused(refusal) => deliberate(refusal).map_or(Alone::Lost, Alone::Deviation),
        }
    }

    fn key(&self) -> Option<&CacheKey> {
        match &self.reading {
            Reading::Accepted { key, .. } => Some(key),
            Reading::Refused(_) => None,
        }
    }
}

/// Why a request is refused that imaginary answers.
fn deliberate(refusal: &Refusal) -> Option<&'static str> {
    let about =
        |name: &str| refusal.message.starts_with(name) || refusal.message.contains(&format!("): {name} "));
    match refusal.code {
        RefusalCode::LocalFile => Some("`file` is a file of imaginary's machine"),
        RefusalCode::BadParameter | RefusalCode::BadOperations if about("palette") || about("speed") => {
            Some("`palette` or `speed` that later versions refuse")
        }
        _ => None,
    }
}

/// What a pair has shown, beyond its two requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Together {
    /// One key, one answer.
    OneKey,
    /// One key; an answer that imaginary does not always give was among them.
    OneKeyUnsteady,
    /// One key and two answers: the wrong picture.
    Wrong,
    /// Different keys, different answers.
    Different,
    /// Different keys, and the same picture: it could have been shared.
    Shareable,
    /// One or both are refused.
    Refused,
    /// Meant to be equal and read differently.
    Apart,
}

/// All about a pair.
#[derive(Debug)]
pub struct Findings {
    pub seed: u64,
    pub kind: PairKind,
    pub alone: [Alone; 2],
    pub together: Together,
    pub tried: [Tried; 2],
}

impl Findings {
    pub fn of(seed: u64, kind: PairKind, tried: [Tried; 2]) -> Self {
        let alone = tried.each_ref().map(Tried::alone);
        let together = together(kind, &tried, alone);
        Self { seed, kind, alone, together, tried }
    }

    /// Whether any of it must not be.
    pub fn is_fault(&self) -> bool {
        let bad = |alone: &Alone| matches!(alone, Alone::Wrong | Alone::Crash | Alone::Lost);
        matches!(self.together, Together::Wrong | Together::Apart) || self.alone.iter().any(bad)
    }
}

fn together(kind: PairKind, tried: &[Tried; 2], alone: [Alone; 2]) -> Together {
    let [first, second] = tried;
    let same_answer = first.theirs.agrees(&second.theirs);
    match (first.key(), second.key()) {
        (Some(one), Some(other)) if one == other => {
            if alone.contains(&Alone::Unsteady) {
                Together::OneKeyUnsteady
            } else if same_answer {
                Together::OneKey
            } else {
                Together::Wrong
            }
        }
        (None, None) => Together::Refused,
        _ if kind == PairKind::Equal => Together::Apart,
        (Some(_), Some(_)) if same_answer && first.theirs.is_picture() => Together::Shareable,
        (Some(_), Some(_)) => Together::Different,
        _ => Together::Refused,
    }
}

#[cfg(test)]
mod tests {
    use imcaxy_shared::request::{IgnoredQuery, ImageRequest};

    use super::*;

    fn answer(status: u16, content: u8) -> Answer {
        Answer::Whole { status, media: String::new(), digest: [content; 32], length: 1, words: String::new() }
    }

    fn tried(query: &str, theirs: Answer, agreement: Agreement) -> Tried {
        let raw = RawRequest { path: "/resize".to_owned(), query: query.to_owned(), accept: None };
        let reading = match ImageRequest::parse(&raw.path, &raw.query, None) {
            Ok(request) => Reading::Accepted {
                key: CacheKey::of("imaginary", "", &request.canonical(&IgnoredQuery::default())),
                sent: String::new(),
                canonical: theirs.clone(),
                agreement,
            },
            Err(refusal) => Reading::Refused(refusal),
        };
        Tried { raw, theirs, reading }
    }

    #[test]
    fn requests_are_faults_when_they_are_read_otherwise_than_imaginary_reads_them() {
        use Agreement::*;
        for (query, theirs, agreement, expected) in [
            ("url=http://h/&width=1", answer(200, 1), Same, Alone::Picture),
            ("url=http://h/&width=1", answer(400, 1), Same, Alone::Error),
            ("url=http://h/&width=1", answer(200, 1), Unsteady, Alone::Unsteady),
            ("url=http://h/&width=1", answer(200, 1), Never, Alone::Wrong),
            ("url=http://h/&width=1", Answer::Closed, Same, Alone::Crash),
            ("url=http://h/", answer(400, 1), Same, Alone::Refused),
            ("url=http://h/", Answer::Closed, Same, Alone::Refused),
            ("url=http://h/", answer(200, 1), Same, Alone::Lost),
        ] {
            assert_eq!(tried(query, theirs, agreement).alone(), expected, "{query}");
        }
        let speed = tried("url=http://h/&width=1&speed=x", answer(200, 1), Same).alone();
        assert!(matches!(speed, Alone::Deviation(_)), "{speed:?}");
    }

    #[test]
    fn pairs_are_faults_when_one_key_has_two_answers_or_two_spellings_have_two_keys() {
        let base = "url=http://h/&width=1";
        for (kind, other, content, expected) in [
            (PairKind::Equal, "url=http://h/&width=1.0", 1, Together::OneKey),
            (PairKind::Nearby, "url=http://h/&width=1.0", 2, Together::Wrong),
            (PairKind::Nearby, "url=http://h/&width=2", 2, Together::Different),
            (PairKind::Nearby, "url=http://h/&width=2", 1, Together::Shareable),
            (PairKind::Equal, "url=http://h/&width=2", 1, Together::Apart),
            (PairKind::Equal, "url=http://h/&width=x", 1, Together::Apart),
            (PairKind::Nearby, "url=http://h/&width=x", 1, Together::Refused),
        ] {
            let pair = [(base, 1), (other, content)];
            let pair = pair.map(|(query, content)| tried(query, answer(200, content), Agreement::Same));
            assert_eq!(Findings::of(0, kind, pair).together, expected, "{other}");
        }
    }
}
