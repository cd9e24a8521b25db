//! One flight: subscribe, look again, submit, wait, look again.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use imcaxy_shared::entry::{Entry, Seq, Verdict};
use imcaxy_shared::jobs::{Announced, Announcement, Token};
use imcaxy_shared::ports::{
    Bound, Ended, Ending, News, PortError, Submission, Submitted, Subscription, Waiting,
};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};

use crate::App;
use crate::coalesce::Flight;
use crate::fill::{Landed, Outcome};
use crate::lookup::{Asked, look_up};

/// How often a waiting flight looks and submits by itself: an announcement may have been lost, and the queue learns that somebody
/// still waits.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How long a flight tries to reach a queue or a catalog that is away before those who wait are told.
const PATIENCE: Duration = Duration::from_secs(2);
/// The pause between two such tries.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a flight that has handed over its picture waits to hear that it was kept.
const KEPT_SOON: Duration = Duration::from_secs(10);

/// Flies until something has landed or nobody waits any more.
pub(crate) async fn fly(app: Arc<App>, flight: Flight<Landed>, asked: Asked) {
    let want = flight.want();
    let mut pilot = Pilot { app, flight, asked, token: None, want, queued: false };
    if let Err(cause) = pilot.fly().await {
        tracing::warn!(key = %pilot.asked.key, %cause, "a render could not be asked for");
        pilot.divert(Outcome::Unavailable);
    }
}

/// What a flight knows while it is in the air.
struct Pilot {
    app: Arc<App>,
    flight: Flight<Landed>,
    asked: Asked,
    /// The life of the job that is waited for.
    token: Option<Token>,
    /// What was asked for last: the most that a seat wants, or a look-up saw.
    want: Seq,
    queued: bool,
}

/// Whether a flight is over.
#[derive(PartialEq, Eq)]
enum Course {
    On,
    Over,
}

impl Pilot {
    async fn fly(&mut self) -> Result<(), PortError> {
        let mut subscription = self.subscribe().await?;
        let mut course = self.patiently_look_and_submit().await?;
        let mut again = interval_at(Instant::now() + LOOK_AGAIN, LOOK_AGAIN);
        again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while course == Course::On {
            course = tokio::select! {
                news = subscription.news.recv() => match news {
                    Some(News::Announced(news)) => self.hear(news, &mut subscription).await,
                    Some(News::Reconnected) => self.look_again().await,
                    None => {
                        subscription = self.subscribe().await?;
                        self.look_again().await
                    }
                },
                _ = again.tick() => self.look_again().await,
                // Somebody has joined who wants more than was asked for.
                want = self.flight.want_above(self.want) => {
                    self.want = want;
                    self.look_again().await
                }
                () = self.flight.deserted() => Course::Over,
            };
        }
        Ok(())
    }

    /// Listens before looking, so that nothing can happen unheard in between.
    async fn subscribe(&self) -> Result<Subscription, PortError> {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.app.stores.notifier.subscribe(&self.asked.key).await {
                Err(_) if Instant::now() < end => sleep(PAUSE).await,
                answer => return answer,
            }
        }
    }

    async fn patiently_look_and_submit(&mut self) -> Result<Course, PortError> {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.look_and_submit().await {
                Err(_) if Instant::now() < end => sleep(PAUSE).await,
                answer => return answer,
            }
        }
    }

    /// Nobody is told of a store that is away now: the job may be running, and each who waits has a deadline of its own.
    async fn look_again(&mut self) -> Course {
        self.look_and_submit().await.unwrap_or_else(|cause| {
            tracing::debug!(key = %self.asked.key, %cause, "could not look again");
            Course::On
        })
    }

    /// Looks for the entry, then for the failure of the awaited life, then submits.
    async fn look_and_submit(&mut self) -> Result<Course, PortError> {
        match look_up(&self.app, &self.asked).await?.verdict {
            Verdict::Fresh(entry) => {
                let entry = Arc::new(*entry);
                // Before anything was submitted it is a hit, afterwards it is what was waited for.
                let found = self.token.is_none();
                let outcome = if found {
                    Outcome::Found(Arc::clone(&entry))
                } else {
                    Outcome::Stored(Arc::clone(&entry))
                };
                if self.land(outcome, entry.stamp) {
                    return Ok(Course::Over);
                }
            }
            Verdict::Refused(failed) => {
                self.divert(Outcome::Remembered(failed.failure));
                return Ok(Course::Over);
            }
            Verdict::Miss { want } => self.want = self.want.max(want),
        }
        self.want = self.want.max(self.flight.want());
        if let Some(token) = &self.token
            && self.land_if_failed(token).await? == Course::Over
        {
            return Ok(Course::Over);
        }
        self.submit().await
    }

    async fn submit(&mut self) -> Result<Course, PortError> {
        let rules = &self.app.rules;
        let waiting = Waiting { replica: &self.app.replica, requests: self.flight.seats() };
        let bound = Bound { depth: rules.max_depth, wait: rules.wait };
        let submission = Submission::of(&self.asked.job, self.want, Token::new(rand::random()))?;
        let submitted = self.app.stores.queue.submit(&submission.for_requests(waiting, bound)).await?;
        let token = match submitted {
            Submitted::Queued(token) => {
                self.queued = true;
                token
            }
            Submitted::Joined(token) => token,
            Submitted::Refused(overload) => {
                self.divert(Outcome::Overloaded(overload));
                return Ok(Course::Over);
            }
        };
        match self.token.replace(token) {
            // The awaited life ended between the look and the submission; what it failed with is the answer.
            Some(old) if self.token.as_ref() != Some(&old) => self.land_if_failed(&old).await,
            _ => Ok(Course::On),
        }
    }

    /// Lands with the failure of one life of the job, if it failed, and lately.
    async fn land_if_failed(&self, token: &Token) -> Result<Course, PortError> {
        let Some(Ending { ended: Ended::Failed(failure), stamp, sources }) =
            self.app.stores.queue.ended(token).await?
        else {
            return Ok(Course::On);
        };
        self.divert(Outcome::Failed { failure, stamp, sources });
        Ok(Course::Over)
    }

    /// Takes news that fits.
    async fn hear(&mut self, news: Announcement, subscription: &mut Subscription) -> Course {
        let Announcement { key, token, stamp, sources, outcome } = news;
        if key != self.asked.key || stamp < self.want {
            return Course::On;
        }
        match outcome {
            Announced::Stored(entry) => {
                if self.land(Outcome::Stored(Arc::new(*entry)), stamp) {
                    Course::Over
                } else {
                    Course::On
                }
            }
            Announced::Body(entry, bytes) => {
                if !self.land(Outcome::Rendered(Arc::new(*entry), bytes.clone()), stamp) {
                    return Course::On;
                }
                self.hold_when_kept(subscription, bytes).await;
                Course::Over
            }
            // A failure of another life says nothing about this one.
            Announced::Failed(_) if self.token.as_ref() != Some(&token) => Course::On,
            Announced::Failed(failure) => {
                self.divert(Outcome::Failed { failure, stamp, sources });
                Course::Over
            }
        }
    }

    /// A picture enters memory when it is recorded, as recorded: if an equal twin was first, that one.
    async fn hold_when_kept(&self, subscription: &mut Subscription, bytes: Bytes) {
        let kept = async {
            while let Some(news) = subscription.news.recv().await {
                match news {
                    News::Announced(Announcement { outcome: Announced::Stored(entry), .. }) => {
                        return Some(entry);
                    }
                    News::Announced(Announcement { outcome: Announced::Failed(_), .. }) => return None,
                    _ => {}
                }
            }
            None
        };
        let kept = tokio::select! {
            kept = timeout(KEPT_SOON, kept) => kept.ok().flatten(),
            // A process that ends has no use for its memory.
            () = self.app.lifecycle.stopping() => None,
        };
        if let Some(entry) = kept
            && entry.etag == Entry::etag_of(&bytes)
        {
            self.app.memory.insert(&entry, bytes).await;
        }
    }

    /// Tells all seats; false when somebody who waits by now can only use what is made later.
    fn land(&self, outcome: Outcome, stamp: Seq) -> bool {
        self.flight.land(Landed { outcome, queued: self.queued }, stamp)
    }

    /// Tells those who have a seat now, each of whom decides whether it is an answer.
    fn divert(&self, outcome: Outcome) {
        self.flight.divert(Landed { outcome, queued: self.queued });
    }
}
