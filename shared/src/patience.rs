//! How long an answer is waited for by a process that may itself stand still meanwhile.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

/// A timer that fires later than this was not served: the process, or the machine under it, stood still.
const LATE: Duration = Duration::from_millis(100);

/// What is answered within `limit`, if anything is. Time in which this process stood still (a paused virtual machine, `SIGSTOP`) is not held
/// against who was asked: its answer may lie there unread. Who finds its timer late waits a quarter longer.
pub async fn answer_within<T>(limit: Duration, question: impl Future<Output = T>) -> Option<T> {
    let mut question = pin!(question);
    let deadline = Instant::now() + limit;
    match timeout_at(deadline, &mut question).await {
        Ok(answer) => Some(answer),
        Err(_) if deadline.elapsed() > LATE => timeout(limit / 4, question).await.ok(),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::sync::oneshot;
    use tokio::time::advance;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(2);

    #[tokio::test(start_paused = true)]
    async fn who_does_not_answer_is_waited_for_as_long_as_is_said() {
        let begun = Instant::now();
        assert_eq!(answer_within(LIMIT, pending::<()>()).await, None);
        assert!(begun.elapsed() < LIMIT + LATE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_process_that_stood_still_reads_what_was_answered_meanwhile() {
        let (answer, question) = oneshot::channel();
        let still = async {
            advance(LIMIT * 3).await;
            tokio::task::yield_now().await;
            answer.send(1)
        };
        let (answered, sent) = tokio::join!(answer_within(LIMIT, question), still);
        assert!(sent.is_ok(), "it was still waited for");
        assert_eq!(answered, Some(Ok(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_process_that_stood_still_does_not_wait_for_ever() {
        let still = async { advance(LIMIT * 3).await };
        let (answered, ()) = tokio::join!(answer_within(LIMIT, pending::<()>()), still);
        assert_eq!(answered, None);
    }
}
