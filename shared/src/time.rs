//! Instants as the catalog and the API write them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A wall-clock instant in milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant `millis` milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This instant moved on by `span`; the end of time where that cannot be told.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This instant moved back by `span`.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The span from `earlier` to this instant; none where that is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or_default())
    }

    /// RFC 3339 in UTC with milliseconds, as every time in the API is written.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.format("%Y-%m-%dT%H:%M:%S%.3fZ")
    }

    /// An HTTP date (RFC 9110 §5.6.7): whole seconds, rounded down.
    #[must_use]
    pub fn http_date(self) -> String {
        self.format("%a, %d %b %Y %H:%M:%S GMT")
    }

    /// The last whole second that is not after this instant, which is what an HTTP date can say.
    #[must_use]
    pub const fn whole_second(self) -> i64 {
        self.0.div_euclid(1000)
    }

    fn format(self, pattern: &str) -> String {
        let instant = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        instant.strftime(pattern).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_rfc_3339_and_as_an_http_date() {
        let instant = Timestamp::from_millis(784_111_777_042);
        assert_eq!(instant.rfc3339(), "1994-11-06T08:49:37.042Z");
        assert_eq!(instant.http_date(), "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn a_span_too_long_ends_at_the_end_of_time() {
        assert_eq!(Timestamp::from_millis(1).plus(Duration::MAX).as_millis(), i64::MAX);
    }

    #[test]
    fn there_is_no_span_since_what_is_later() {
        let [earlier, later] = [5, 8].map(Timestamp::from_millis);
        assert_eq!((later.since(earlier), earlier.since(later)), (Duration::from_millis(3), Duration::ZERO));
    }
}
