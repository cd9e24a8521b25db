//! How an answer came about, and how `Cache-Status` (RFC 9211) says it.

use std::fmt;

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
}

/// Why something was asked of a worker, or would have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forward {
    /// There was nothing that may be answered.
    UriMiss,
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
        })
    }
}

impl fmt::Display for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UriMiss => "uri-miss",
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
    use super::*;

    #[test]
    fn every_way_has_its_words() {
        let hit = |from, ttl| CacheStatus::Hit { from, ttl };
        for (status, words) in [
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
                CacheStatus::Forwarded { why: Forward::Bypass, came: Came::Detail("bad_url") },
                "fwd=bypass; detail=bad_url",
            ),
        ] {
            assert_eq!(status.to_string(), format!("imcaxy; {words}"));
        }
    }
}
