//! Random requests: valid ones, odd spellings of them, and broken ones, in proportions that reach deep. And pairs of
//! them: two spellings of one, or two that nearly are.

mod draft;
mod generate;
mod nearby;
mod respell;
mod restep;
mod rewrite;
mod spelling;
mod steps;
mod values;

use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{Rng, RngExt as _};

use draft::Draft;

use crate::request::ImageRequest;

/// A request as a client sends it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RawRequest {
    /// The path, percent-encoded.
    pub path: String,
    /// The query without `?`, percent-encoded.
    pub query: String,
    /// The first `Accept` line.
    pub accept: Option<String>,
}

/// Two requests.
#[derive(Clone, Debug)]
pub struct Pair {
    /// What the second is to the first.
    pub kind: PairKind,
    /// The requests.
    pub requests: [RawRequest; 2],
}

/// What the second request of a pair is to the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairKind {
    /// The same in another spelling, by rewritings that imaginary does not see. Stated without the parser's tables, so
    /// that the two can disagree.
    Equal,
    /// One thing is changed, which may or may not matter, and the spelling too.
    Nearby,
    /// Anything else.
    Unrelated,
}

/// Makes a request whose `url` is among `sources`, and its `image` among `marks` (not empty, both).
///
/// Sizes stay below 200, so that a thousand renderings of a small picture take seconds.
pub fn random_request(rng: &mut impl Rng, sources: &[&str], marks: &[&str]) -> RawRequest {
    let draft = generate::draft(rng, sources, marks);
    spelling::spell(rng, &draft)
}

/// Makes two such requests. Half of all pairs are meant to be equal.
pub fn random_pair(rng: &mut impl Rng, sources: &[&str], marks: &[&str]) -> Pair {
    let first = mostly_sound(rng, sources, marks);
    let (equal, nearby) = (PairKind::Equal, PairKind::Nearby);
    let kind =
        one(rng, &[equal, equal, equal, equal, equal, nearby, nearby, nearby, nearby, PairKind::Unrelated]);
    let second = match kind {
        PairKind::Equal => rewrite::rewritten(rng, &first),
        PairKind::Nearby => {
            let near = nearby::changed(rng, &first, sources, marks);
            if often(rng, 0.5) { rewrite::rewritten(rng, &near) } else { near }
        }
        PairKind::Unrelated => mostly_sound(rng, sources, marks),
    };
    let requests = [spelling::spell(rng, &first), spelling::spell(rng, &second)];
    Pair { kind, requests }
}

/// A draft that is drawn again once or twice if it would be refused: most of a pair's worth is in what is rendered.
fn mostly_sound(rng: &mut impl Rng, sources: &[&str], marks: &[&str]) -> Draft {
    let mut draft = generate::draft(rng, sources, marks);
    for _ in 0..2 {
        let raw = spelling::spell(rng, &draft);
        if ImageRequest::parse(&raw.path, &raw.query, raw.accept.as_deref()).is_err() {
            draft = generate::draft(rng, sources, marks);
        }
    }
    draft
}

fn often(rng: &mut impl Rng, probability: f64) -> bool {
    rng.random_bool(probability)
}

#[expect(clippy::expect_used, reason = "for tests, which choose among something")]
fn one<T: Copy>(rng: &mut impl Rng, items: &[T]) -> T {
    *items.choose(rng).expect("something to choose from")
}

/// Shuffles what has names; what has the same name keeps its order, since of duplicates the place decides.
fn shuffle_names<T: Clone>(rng: &mut impl Rng, items: &mut [(String, T)]) {
    let before = items.to_vec();
    items.shuffle(rng);
    let names: Vec<String> = items.iter().map(|(name, _)| name.clone()).collect();
    for (at, name) in names.iter().enumerate() {
        let nth = names[..at].iter().filter(|other| *other == name).count();
        let original = before.iter().filter(|(other, _)| other == name).nth(nth);
        items[at] = original.cloned().unwrap_or_else(|| items[at].clone());
    }
}

fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
