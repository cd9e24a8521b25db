//! Asking a host about one source after the other.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use crate::places::HostPlaces;

/// The shortest pause.
const SHORTEST: Duration = Duration::from_millis(10);
/// The longest one.
const LONGEST: Duration = Duration::from_secs(1);

/// One turn for each host, among all checks of this worker.
pub(crate) struct Turns(HostPlaces);

impl Default for Turns {
    fn default() -> Self {
        Self(HostPlaces::new(1))
    }
}

impl Turns {
    /// Waits for the turn of `host`, asks, and leaves the host alone for as long as it took to answer: who is slow is asked less often. `None`
    /// where the turn has not come by `until`.
    pub(super) async fn take<T>(
        &self,
        host: &str,
        until: Instant,
        asked: impl Future<Output = T>,
    ) -> Option<T> {
        let _turn = timeout_at(until, self.0.place(host)).await.ok()?;
        let began = Instant::now();
        let told = asked.await;
        sleep(began.elapsed().clamp(SHORTEST, LONGEST)).await;
        Some(told)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_host_is_asked_one_after_the_other_and_left_alone_as_long_as_it_took() {
        let (turns, asking, most) = (Turns::default(), AtomicUsize::new(0), AtomicUsize::new(0));
        let ask = |millis| {
            let (asking, most) = (&asking, &most);
            turns.take("a.test", Instant::now() + Duration::from_secs(60), async move {
                most.fetch_max(asking.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                sleep(Duration::from_millis(millis)).await;
                asking.fetch_sub(1, Ordering::SeqCst);
            })
        };
        let began = Instant::now();
        join_all([100, 0, 5000].map(ask)).await;
        assert_eq!(most.load(Ordering::SeqCst), 1);
        assert_eq!(began.elapsed(), Duration::from_millis(100 + 100 + 10 + 5000 + 1000));
    }

    #[tokio::test(start_paused = true)]
    async fn whose_turn_does_not_come_in_time_does_not_ask() {
        let (turns, began) = (Turns::default(), Instant::now());
        let first = turns.take("a.test", began + Duration::from_secs(9), sleep(Duration::from_secs(9)));
        let other = turns.take("a.test", began + Duration::from_secs(5), async { panic!("it is not asked") });
        let (first, other): (Option<()>, Option<()>) = tokio::join!(first, other);
        assert_eq!((first, other), (Some(()), None));
        assert_eq!(began.elapsed(), Duration::from_secs(10));
    }
}
