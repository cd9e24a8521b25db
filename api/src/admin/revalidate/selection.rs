//! Which sources a call is about.

use std::fmt::Display;
use std::str::FromStr;

use imcaxy_shared::entry::{BlockTarget, Scope, SourceRef};
use imcaxy_shared::request::{IgnoredQuery, SourceId, SourceUrl};
use imcaxy_shared::told::cut;

use super::super::query::wrong;
use crate::error::Refused;

/// URLs in one call at most.
pub(crate) const MOST_URLS: usize = 1000;
/// Of several URLs, as many are told in records.
const MOST_TOLD: usize = 10;

/// What is selected.
#[derive(Debug, PartialEq)]
pub(super) enum Selection {
    /// These sources, each once: as they are named, and in every spelling.
    Sources { named: Vec<SourceRef>, spelled: Vec<SourceId> },
    /// A place, a tag or everything.
    Place(Scope),
}

impl Selection {
    /// The sources of some URLs, each of `longest` bytes at most.
    ///
    /// # Errors
    /// What is wrong, and what is allowed.
    pub(super) fn of_urls(urls: &[String], ignored: &IgnoredQuery, longest: u64) -> Result<Self, Refused> {
        if urls.is_empty() {
            return Err(wrong("urls is empty; leave it out to select everything"));
        }
        if urls.len() > MOST_URLS {
            return Err(wrong(format!("urls has {} URLs; {MOST_URLS} are allowed", urls.len())));
        }
        let (mut named, mut spelled) = (Vec::<SourceRef>::with_capacity(urls.len()), Vec::new());
        for text in urls {
            if text.len() as u64 > longest {
                let long = text.len();
                return Err(wrong(format!(
                    "a url has {long} bytes; requests.max_uri ({longest} bytes) is the most"
                )));
            }
            let url = SourceUrl::parse(text).map_err(|cause| bad("url", text, &cause))?;
            spelled.extend(url.spellings().iter().map(|url| SourceRef::of(url, ignored).id));
            named.push(SourceRef::of(&url, ignored));
        }
        named.sort_by(|one, other| one.id.cmp(&other.id));
        named.dedup_by(|one, other| one.id == other.id);
        spelled.sort();
        spelled.dedup();
        if spelled.len() > MOST_URLS {
            let many = format!("urls has {} URLs in {} spellings", named.len(), spelled.len());
            return Err(wrong(format!("{many}, with escapes and without; {MOST_URLS} are allowed")));
        }
        Ok(Self::Sources { named, spelled })
    }

    /// A place or a tag, which a member of this name names.
    ///
    /// # Errors
    /// What is wrong, and what is allowed.
    pub(super) fn place<P>(name: &str, text: &str, scope: fn(P) -> Scope) -> Result<Self, Refused>
    where
        P: FromStr<Err: Display>,
    {
        text.parse().map(|place| Self::Place(scope(place))).map_err(|cause| bad(name, text, &cause))
    }

    /// What is to be discarded: a rule for each.
    pub(super) fn scopes(&self) -> Vec<Scope> {
        match self {
            Self::Sources { spelled, .. } => spelled.iter().cloned().map(Scope::Source).collect(),
            Self::Place(scope) => vec![scope.clone()],
        }
    }

    /// What is refused, where it can be: a block is about every spelling.
    pub(super) fn targets(&self) -> Vec<BlockTarget> {
        match self {
            Self::Sources { named, .. } => {
                named.iter().map(|source| BlockTarget::Url(source.url.clone())).collect()
            }
            Self::Place(Scope::Prefix(prefix)) => vec![BlockTarget::Prefix(prefix.clone())],
            Self::Place(Scope::Host(host)) => vec![BlockTarget::Host(host.clone())],
            Self::Place(_) => Vec::new(),
        }
    }

    /// In words, for records.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Sources { named, .. } => match named.as_slice() {
                [only] => cut(format!("url {}", only.url)),
                named => cut(several(named)),
            },
            Self::Place(scope) => cut(scope.to_string()),
        }
    }

    pub(super) fn is_everything(&self) -> bool {
        *self == Self::Place(Scope::Everything)
    }
}

/// How many there are, and the first of them in the order of their URLs.
fn several(named: &[SourceRef]) -> String {
    let mut urls: Vec<&str> = named.iter().map(|source| source.url.as_str()).collect();
    urls.sort_unstable();
    let more = match urls.len().saturating_sub(MOST_TOLD) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let told: Vec<&str> = urls.iter().copied().take(MOST_TOLD).collect();
    format!("{} urls: {}{more}", urls.len(), told.join(", "))
}

fn bad(name: &str, text: &str, cause: &impl Display) -> Refused {
    wrong(format!("{name} = {}: {cause}", cut(text.to_owned())))
}
