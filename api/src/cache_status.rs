//! How an answer came about, and how `Cache-Status` (RFC 9211) says it.

use std::fmt;
use std::time::Duration;

/// How an answer came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CacheStatus {
    /// Nothing was asked of a worker.
    Hit {
        from: Tier,
        /// Whole seconds until it expires, negative when it has; `None` where nothing expires.
        ttl: Option<i64>,
    },
    /// It was not there, or not to be had from here.
    Forwarded { why: Forward, came: Came },
}

/// Where a hit was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tier {
    /// The bytes were in memory.
    Memory,
    /// The bytes were in the object store.
    Store,
    /// It is a failure that is remembered.
    Negative,
    /// Wherever it was, it is answered although it is too old, or although nobody can say whether it still counts.
    Stale,
}

/// Why something was asked of a worker, or would have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forward {
    /// There was nothing that may be answered.
    UriMiss,
    /// What there was is too old.
    Stale,
    /// What is kept was not looked for, or could not count.
    Bypass,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// This request caused the render; `stored` says whether it was kept before the answer began.
    Rendered { stored: bool },
    /// It joined a render that another request caused.
    Collapsed,
    /// Something else, in a word: the code of an error, mostly.
    Detail(&'static str),
}

impl CacheStatus {
    /// A hit that does not expire.
    pub(crate) const fn hit(from: Tier) -> Self {
        Self::Hit { from, ttl: None }
    }

    /// A hit that should not be one any more since `past`.
    pub(crate) fn stale(past: Duration) -> Self {
        let seconds = i64::try_from(past.as_millis().div_ceil(1000)).unwrap_or(i64::MAX);
        Self::Hit { from: Tier::Stale, ttl: Some(-seconds.max(1)) }
    }

    /// The same hit, which expires after `left`.
    pub(crate) fn expiring(self, left: Option<Duration>) -> Self {
        let seconds = left.map(|left| i64::try_from(left.as_secs()).unwrap_or(i64::MAX));
        match self {
            Self::Hit { from, ttl: None } => Self::Hit { from, ttl: seconds },
            other => other,
        }
    }

    /// The same, where what there was is too old.
    pub(crate) const fn instead_of_stale(self) -> Self {
        match self {
            Self::Forwarded { why: Forward::UriMiss, came: Came::Rendered { .. } } => {
                Self::Forwarded { why: Forward::Stale, came: Came::Rendered { stored: false } }
            }
            Self::Forwarded { why: Forward::UriMiss, came } => Self::Forwarded { why: Forward::Stale, came },
            other => other,
        }
    }

    /// Whether caches downstream must ask again before they use the answer.
    pub(crate) const fn is_stale(self) -> bool {
        matches!(self, Self::Hit { from: Tier::Stale, .. })
    }

    /// A miss, and what came of it.
    pub(crate) const fn miss(came: Came) -> Self {
        Self::Forwarded { why: Forward::UriMiss, came }
    }
}

impl fmt::Display for CacheStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("imcaxy; ")?;
        match self {
            Self::Hit { from, ttl: None } => write!(f, "hit; detail={from}"),
            Self::Hit { from, ttl: Some(ttl) } => write!(f, "hit; ttl={ttl}; detail={from}"),
            Self::Forwarded { why, came } => write!(f, "fwd={why}; {came}"),
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "memory",
            Self::Store => "store",
            Self::Negative => "negative",
            Self::Stale => "stale",
        })
    }
}

impl fmt::Display for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UriMiss => "uri-miss",
            Self::Stale => "stale",
            Self::Bypass => "bypass",
        })
    }
}

impl fmt::Display for Came {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rendered { stored: false } => f.write_str("fwd-status=200"),
            Self::Rendered { stored: true } => f.write_str("fwd-status=200; stored"),
            Self::Collapsed => f.write_str("collapsed"),
            Self::Detail(detail) => write!(f, "detail={detail}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use imcaxy_shared::jobs::Unkept;

    use super::*;

    #[test]
    fn every_way_has_its_words() {
        let hit = |from, ttl| CacheStatus::Hit { from, ttl };
        let stored = CacheStatus::miss(Came::Rendered { stored: true });
        let span = Duration::from_millis;
        for (status, words) in [
            (CacheStatus::stale(span(0)), "hit; ttl=-1; detail=stale"),
            (CacheStatus::stale(span(1_001)), "hit; ttl=-2; detail=stale"),
            (CacheStatus::hit(Tier::Memory).expiring(Some(span(9_999))), "hit; ttl=9; detail=memory"),
            (CacheStatus::hit(Tier::Memory).expiring(None), "hit; detail=memory"),
            (stored.expiring(Some(span(9_999))), "fwd=uri-miss; fwd-status=200; stored"),
            (stored.instead_of_stale(), "fwd=stale; fwd-status=200"),
            (CacheStatus::miss(Came::Collapsed).instead_of_stale(), "fwd=stale; collapsed"),
            (CacheStatus::hit(Tier::Store).instead_of_stale(), "hit; detail=store"),
            (CacheStatus::hit(Tier::Memory), "hit; detail=memory"),
            (CacheStatus::hit(Tier::Store), "hit; detail=store"),
            (hit(Tier::Store, Some(290)), "hit; ttl=290; detail=store"),
            (hit(Tier::Memory, Some(-4)), "hit; ttl=-4; detail=memory"),
            (CacheStatus::hit(Tier::Negative), "hit; detail=negative"),
            (CacheStatus::miss(Came::Rendered { stored: false }), "fwd=uri-miss; fwd-status=200"),
            (CacheStatus::miss(Came::Rendered { stored: true }), "fwd=uri-miss; fwd-status=200; stored"),
            (CacheStatus::miss(Came::Collapsed), "fwd=uri-miss; collapsed"),
            (CacheStatus::miss(Came::Detail("source_gone")), "fwd=uri-miss; detail=source_gone"),
            (
                CacheStatus::Forwarded { why: Forward::Bypass, came: Came::Detail(Unkept::Degraded.name()) },
                "fwd=bypass; detail=degraded",
            ),
            (
                CacheStatus::Forwarded { why: Forward::Bypass, came: Came::Detail("bad_url") },
                "fwd=bypass; detail=bad_url",
            ),
        ] {
            assert_eq!(status.to_string(), format!("imcaxy; {words}"));
        }
    }
}
