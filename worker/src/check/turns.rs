//! Asking a host about one source after the other.

use std::time::Duration;

use tokio::time::{Instant, sleep};

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
    /// Waits for the turn of `host`, asks, and leaves the host alone for as long as it took to answer: who is slow is asked less often.
    pub(super) async fn take<T>(&self, host: &str, asked: impl Future<Output = T>) -> T {
        let _turn = self.0.place(host).await;
        let began = Instant::now();
        let told = asked.await;
        sleep(began.elapsed().clamp(SHORTEST, LONGEST)).await;
        told
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
            turns.take("a.test", async move {
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
}
