//! What there is, in lists for people: the most, the latest or the largest first, page by page.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;

use super::PortError;
use crate::entry::{Entry, Source};
use crate::request::{SourceId, SourceTag};
use crate::time::Timestamp;

/// Lists of sources and variants. A list is walked by the [rank](Rank) of the last item of a page; what is counted meanwhile moves up,
/// so that nothing is listed twice, and what moves over the place that was reached is left out.
#[async_trait]
pub trait Inventory: Send + Sync {
    /// The document of one source.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn source(&self, id: &SourceId) -> Result<Option<Source>, PortError>;

    /// Sources of `among`, in the order of `page`.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn sources(&self, among: &Among, page: &Page<SourceOrder>) -> Result<Vec<Source>, PortError>;

    /// The entries that name a source, in the order of `page`.
    ///
    /// # Errors
    /// The store cannot be reached.
    async fn variants(&self, source: &SourceId, page: &Page<VariantOrder>) -> Result<Vec<Entry>, PortError>;
}

/// Which sources are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Among {
    /// Each.
    All,
    /// Those whose URLs begin with this text.
    Prefix(String),
    /// Those of a host.
    Host(String),
    /// Those with this value of `Cache-Tag`.
    Tag(SourceTag),
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page<Order> {
    /// What comes first is the greatest by this.
    pub order: Order,
    /// Only what comes after this.
    pub after: Option<Rank>,
    /// How many items at most.
    pub limit: usize,
}

/// What sources are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are fields of a source")]
pub enum SourceOrder {
    Uses,
    LastUsedAt,
    Bytes,
    CheckedAt,
    ChangedAt,
}

/// What entries are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are fields of an entry; bytes is its size")]
pub enum VariantOrder {
    Uses,
    LastUsedAt,
    Bytes,
    CreatedAt,
}

/// Where something stands in an order, as text `{number}.{id}`, or `-.{id}` of what has no number: it comes last. Equals stand by
/// their ids, the greatest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rank {
    /// What it is ordered by; milliseconds of an instant.
    pub number: Option<i64>,
    /// The id of the source, or the key of the entry.
    pub id: String,
}

/// A text that is no [`Rank`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in an order")]
pub struct NotARank;

impl SourceOrder {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Uses, Self::LastUsedAt, Self::Bytes, Self::CheckedAt, Self::ChangedAt];

    /// Its name in stores and in the administration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uses => "uses",
            Self::LastUsedAt => "last_used_at",
            Self::Bytes => "bytes",
            Self::CheckedAt => "checked_at",
            Self::ChangedAt => "changed_at",
        }
    }

    /// Where a source stands.
    #[must_use]
    pub fn rank(self, source: &Source) -> Rank {
        let number = match self {
            Self::Uses => Some(number(source.uses)),
            Self::Bytes => Some(number(source.bytes)),
            Self::LastUsedAt => source.last_used_at.map(Timestamp::as_millis),
            Self::CheckedAt => source.checked_at.map(Timestamp::as_millis),
            Self::ChangedAt => source.changed_at.map(Timestamp::as_millis),
        };
        Rank { number, id: source.id.to_string() }
    }
}

impl VariantOrder {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Uses, Self::LastUsedAt, Self::Bytes, Self::CreatedAt];

    /// Its name in the administration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Uses => "uses",
            Self::LastUsedAt => "last_used_at",
            Self::Bytes => "bytes",
            Self::CreatedAt => "created_at",
        }
    }

    /// Where an entry stands.
    #[must_use]
    pub fn rank(self, entry: &Entry) -> Rank {
        let number = match self {
            Self::Uses => Some(number(entry.uses)),
            Self::Bytes => Some(number(entry.size)),
            Self::LastUsedAt => entry.last_used_at.map(Timestamp::as_millis),
            Self::CreatedAt => Some(entry.created_at.as_millis()),
        };
        Rank { number, id: entry.key.to_string() }
    }
}

/// As stores count.
fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            Some(number) => write!(f, "{number}.{}", self.id),
            None => write!(f, "-.{}", self.id),
        }
    }
}

impl FromStr for Rank {
    type Err = NotARank;

    fn from_str(text: &str) -> Result<Self, NotARank> {
        let (number, id) = text.split_once('.').ok_or(NotARank)?;
        let number = match number {
            "-" => None,
            number => Some(number.parse().map_err(|_| NotARank)?),
        };
        Ok(Self { number, id: id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_is_read_as_it_was_written() {
        for number in [None, Some(7), Some(-3)] {
            let rank = Rank { number, id: "ab".to_owned() };
            assert_eq!(rank.to_string().parse(), Ok(rank));
        }
        for bad in ["", "12", "x.ab"] {
            assert_eq!(bad.parse::<Rank>(), Err(NotARank), "{bad}");
        }
    }
}
