//! Where the time of a request went, as `Server-Timing` says it (W3C Server Timing).

use std::fmt::{self, Write as _};
use std::time::Duration;

use axum::http::header::HeaderMap;
use imcaxy_shared::jobs::Timings;
use tokio::time::Instant;

use crate::headers::{SERVER_TIMING, insert};

/// Measures one request.
pub(crate) struct Stopwatch {
    began: Instant,
    lookup: Option<Duration>,
    read: Option<Duration>,
    /// Those of the job that was waited for, which may have begun before the request.
    job: Timings,
}

/// What a request spends time on itself.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    /// Asking the catalog.
    Lookup,
    /// Opening the bytes.
    Read,
}

impl Stopwatch {
    /// Started now.
    pub(crate) fn start() -> Self {
        Self { began: Instant::now(), lookup: None, read: None, job: Timings::default() }
    }

    /// Measures what one part takes.
    pub(crate) async fn measure<T>(&mut self, part: Part, work: impl Future<Output = T>) -> T {
        let began = Instant::now();
        let done = work.await;
        let took = match part {
            Part::Lookup => &mut self.lookup,
            Part::Read => &mut self.read,
        };
        *took = Some(took.unwrap_or_default() + began.elapsed());
        done
    }

    /// Takes over what is known of the job.
    pub(crate) const fn job_took(&mut self, job: Timings) {
        self.job = job;
    }

    /// Says all of it.
    pub(crate) fn mark(&self, answer: &mut HeaderMap) {
        let mut value = String::new();
        // Writing to a string cannot fail.
        let _written = self.write(self.began.elapsed(), &mut value);
        insert(answer, SERVER_TIMING, value);
    }

    fn write(&self, total: Duration, value: &mut String) -> fmt::Result {
        write!(value, "total;dur={}", Millis(total))?;
        for (name, took) in [("lookup", self.lookup), ("read", self.read)] {
            if let Some(took) = took {
                write!(value, ", {name};dur={}", Millis(took))?;
            }
        }
        let Timings { queue, fetch, imaginary, store } = self.job;
        for (name, took) in [("queue", queue), ("fetch", fetch), ("imaginary", imaginary), ("store", store)] {
            if let Some(took) = took {
                write!(value, ", {name};dur={took}")?;
            }
        }
        Ok(())
    }
}

/// Milliseconds with a tenth.
struct Millis(Duration);

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0.as_millis(), self.0.subsec_micros() / 100 % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_not_said() {
        let mut watch = Stopwatch::start();
        let said = |watch: &Stopwatch| {
            let mut value = String::new();
            watch.write(Duration::from_micros(1_012_345), &mut value).unwrap();
            value
        };
        assert_eq!(said(&watch), "total;dur=1012.3");
        watch.lookup = Some(Duration::from_micros(950));
        watch.read = Some(Duration::from_micros(20));
        assert_eq!(said(&watch), "total;dur=1012.3, lookup;dur=0.9, read;dur=0.0");
        watch.read = None;
        watch.job_took(Timings { fetch: Some(30), imaginary: Some(45), ..Timings::default() });
        assert_eq!(said(&watch), "total;dur=1012.3, lookup;dur=0.9, fetch;dur=30, imaginary;dur=45");
    }
}
