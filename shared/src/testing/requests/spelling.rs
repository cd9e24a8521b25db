//! One of the ways to write a request.

use rand::{Rng, RngExt as _};

use super::draft::Draft;
use super::{RawRequest, often, one, shuffle_names, steps};

/// Raw pairs that imaginary does not see, wherever they stand.
const UNSEEN: &[&str] = &["", "a;b", "width=5;height=3", "quality=%zz", "%", "type=%4", "%zz=1"];

pub(super) fn spell(rng: &mut impl Rng, draft: &Draft) -> RawRequest {
    let mut pairs = draft.pairs.clone();
    if !draft.steps.is_empty() {
        pairs.insert(0, ("operations".to_owned(), steps::write(rng, &draft.steps)));
    }
    shuffle_names(rng, &mut pairs);
    let mut query: Vec<String> = pairs.iter().map(|(name, value)| pair(rng, name, value)).collect();
    if often(rng, 0.05) {
        let at = rng.random_range(0..=query.len());
        query.insert(at, one(rng, UNSEEN).to_owned());
    }
    query.extend(draft.tail.map(str::to_owned));
    let prefix = one(rng, &["", "", "/imaginary"]);
    let name =
        if often(rng, 0.05) { encode(rng, draft.operation.name()) } else { draft.operation.to_string() };
    let path = format!("{prefix}/{name}{}", if draft.slash { "/" } else { "" });
    RawRequest { path, query: query.join("&"), accept: draft.accept.clone() }
}

fn pair(rng: &mut impl Rng, name: &str, value: &str) -> String {
    if value.is_empty() && often(rng, 0.2) {
        return encode(rng, name);
    }
    format!("{}={}", encode(rng, name), encode(rng, value))
}

fn encode(rng: &mut impl Rng, text: &str) -> String {
    let (lower, all, plus, bold) = (often(rng, 0.2), often(rng, 0.1), often(rng, 0.5), often(rng, 0.3));
    let plain = if bold { "-._~:/,!$()*[]{}|^`\\@?" } else { "-._~:/," };
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' if plus => out.push('+'),
            b if !all && (b.is_ascii_alphanumeric() || plain.as_bytes().contains(&b)) => {
                out.push(char::from(b))
            }
            b if lower => out.push_str(&format!("%{b:02x}")),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}
