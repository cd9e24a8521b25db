//! One flight: subscribe, look again, submit, wait, look again.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use imcaxy_shared::entry::{Entry, Failure, Next, RememberedFailure, Seq, SourceRef, Verdict};
use imcaxy_shared::jobs::{Announced, Announcement, Timings, Token, Unkept};
use imcaxy_shared::ports::{
    ASKED_AGAIN, Bound, Ended, Ending, News, Overload, PortError, Submission, Submitted, Subscription,
    Waiting,
};
use imcaxy_shared::time::Timestamp;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};

use crate::App;
use crate::coalesce::Flight;
use crate::confirmed::Began;
use crate::lives::Lives;
use crate::lookup::{Asked, look_up};

/// How long a flight tries to reach a queue or a catalog that is away before those who wait are told.
const PATIENCE: Duration = Duration::from_secs(2);
/// The pause between two such tries.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a flight that has handed over its picture waits to hear that it was kept.
const KEPT_SOON: Duration = Duration::from_secs(10);

/// How a flight ended.
#[derive(Clone, Debug)]
pub(crate) struct Landed {
    pub outcome: Outcome,
    /// Whether it comes from a job that this flight's submission began, so that its leader caused the render.
    pub caused: bool,
    /// What the parts of the job took, as far as that was heard.
    pub took: Timings,
}

/// What a flight brings.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The entry was there when the flight looked again.
    Found(Arc<Entry>),
    /// It was rendered and kept.
    Stored(Arc<Entry>),
    /// It was rendered; whether it is kept is not known yet.
    Rendered(Arc<Entry>, Bytes),
    /// It was rendered, and is for those who wait now only; without bytes, its object has them for a while.
    Unkept(Arc<Entry>, Unkept, Option<Bytes>),
    /// It was not, from what was fetched with this stamp from these sources.
    Failed { failure: Failure, stamp: Seq, sources: Vec<SourceRef> },
    /// It was not a while ago, and that is remembered.
    Remembered(Box<RememberedFailure>),
    /// The queue has enough.
    Overloaded(Overload),
    /// The queue or a store is away.
    Unavailable,
}

/// Flies until something has landed or nobody waits any more.
pub(crate) async fn fly(app: Arc<App>, flight: Flight<Landed>, asked: Asked) {
    let want = flight.want();
    let took = Timings::default();
    let mut pilot = Pilot { app, flight, asked, lives: Lives::default(), want, took, too_old: None };
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
    lives: Lives,
    /// What was asked for last: the most that a seat wants, or a look-up saw.
    want: Seq,
    /// What the parts of the job took that was heard of last.
    took: Timings,
    /// When the entry that is too old, if there is one, was rendered or renewed last.
    too_old: Option<Timestamp>,
}

/// Whether a flight is over.
#[derive(PartialEq, Eq)]
enum Course {
    On,
    Over,
}

impl Pilot {
    async fn fly(&mut self) -> Result<(), PortError> {
        let (mut subscription, mut course) = self.take_off().await?;
        let mut again = interval_at(Instant::now() + ASKED_AGAIN, ASKED_AGAIN);
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
                // An announcement may have been lost, and the queue learns that somebody still waits.
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
    async fn take_off(&mut self) -> Result<(Subscription, Course), PortError> {
        let end = Instant::now() + PATIENCE;
        loop {
            let begun = async {
                let subscription = self.subscribe().await?;
                Ok((subscription, self.look_and_submit().await?))
            };
            match begun.await {
                Err(_) if Instant::now() < end => sleep(PAUSE).await,
                begun => return begun,
            }
        }
    }

    async fn subscribe(&self) -> Result<Subscription, PortError> {
        self.app.stores.notifier.subscribe(&self.asked.key).await
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
                if self.find(*entry) == Course::Over {
                    return Ok(Course::Over);
                }
            }
            Verdict::Stale(stale) => {
                if let Next::Leave(failed) = stale.next {
                    return Ok(self.divert(Outcome::Remembered(Box::new(failed))));
                }
                let confirmed = stale.entry.confirmed_at();
                // It was rendered or renewed since the flight began, and is too old again.
                let anew = self.lives.submitted() && self.too_old.is_none_or(|too_old| too_old < confirmed);
                if anew && self.find(stale.entry) == Course::Over {
                    return Ok(Course::Over);
                }
                self.too_old = Some(confirmed);
                self.want = self.want.max(stale.want);
            }
            Verdict::Refused(failed) if failed.stamp >= self.want.max(self.flight.want()) => {
                return Ok(self.divert(Outcome::Remembered(failed)));
            }
            // It is older than what somebody here wants.
            Verdict::Refused(_) => {}
            Verdict::Miss { want } => self.want = self.want.max(want),
        }
        self.want = self.want.max(self.flight.want());
        if let Some(token) = self.lives.awaited()
            && self.tell_if_failed(token).await? == Course::Over
        {
            return Ok(Course::Over);
        }
        self.submit().await
    }

    /// Lands with what the catalog has.
    fn find(&self, entry: Entry) -> Course {
        let (stamp, entry) = (entry.stamp, Arc::new(entry));
        // Where nothing was submitted, it is a hit.
        let outcome = if self.lives.submitted() { Outcome::Stored(entry) } else { Outcome::Found(entry) };
        self.land(outcome, stamp, self.lives.began_awaited())
    }

    async fn submit(&mut self) -> Result<Course, PortError> {
        let rules = &self.app.rules;
        let waiting = Waiting { replica: &self.app.replica, requests: self.flight.seats() };
        let bound = Bound { depth: rules.max_depth, wait: rules.wait };
        let life = Token::new(rand::random());
        let submission = Submission::of(&self.asked.job, self.want, life.clone())?;
        self.lives.propose(life);
        let submitted = self.app.stores.queue.submit(&submission.for_requests(waiting, bound)).await?;
        let before = self.lives.settle(&submitted);
        if let Submitted::Refused(overload) = submitted {
            return Ok(self.divert(Outcome::Overloaded(overload)));
        }
        match before {
            // The awaited life ended between the look and the submission; what it failed with is the answer.
            Some(ended) => self.tell_if_failed(&ended).await,
            None => Ok(Course::On),
        }
    }

    /// Tells of the failure of one life of the job, if it failed, and lately.
    async fn tell_if_failed(&self, token: &Token) -> Result<Course, PortError> {
        let Some(Ending { ended: Ended::Failed(failure), stamp, sources }) =
            self.app.stores.queue.ended(token).await?
        else {
            return Ok(Course::On);
        };
        Ok(self.divert(Outcome::Failed { failure, stamp, sources }))
    }

    /// Takes news that fits.
    async fn hear(&mut self, news: Announcement, subscription: &mut Subscription) -> Course {
        let Announcement { key, token, stamp, sources, took, outcome } = news;
        if key != self.asked.key || stamp < self.want {
            return Course::On;
        }
        self.took = took;
        // What comes from a life that ended before this flight's own began was caused by somebody else.
        let caused = self.lives.began(&token);
        match outcome {
            Announced::Stored(entry) => {
                self.confirm(&entry);
                self.land(Outcome::Stored(Arc::new(*entry)), stamp, caused)
            }
            Announced::Body(entry, bytes) => {
                let course = self.land(Outcome::Rendered(Arc::new(*entry), bytes.clone()), stamp, caused);
                if course == Course::Over {
                    self.hold_when_kept(subscription, bytes).await;
                }
                course
            }
            Announced::Unkept { entry, why, body } => {
                self.land(Outcome::Unkept(Arc::new(*entry), why, body), stamp, caused)
            }
            // A failure of another life says nothing about this one.
            Announced::Failed(_) if self.lives.awaited() != Some(&token) => Course::On,
            Announced::Failed(failure) => self.divert(Outcome::Failed { failure, stamp, sources }),
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
            self.confirm(&entry);
            self.app.memory.insert(&entry, bytes).await;
        }
    }

    /// What was kept just now counted when its sources were fetched, and may be answered when the catalog goes away.
    fn confirm(&self, entry: &Entry) {
        if let Some(ledger) = self.app.ledger.known() {
            self.app.confirmed.confirm(entry, &ledger.incarnation, entry.stamp, Began::now(&self.app));
        }
    }

    /// Tells all seats, unless somebody who waits by now can only use what is made later.
    fn land(&self, outcome: Outcome, stamp: Seq, caused: bool) -> Course {
        let landed = self.flight.land(Landed { outcome, caused, took: self.took }, stamp);
        if landed { Course::Over } else { Course::On }
    }

    /// Tells those who have a seat now, each of whom decides whether it is an answer.
    fn divert(&self, outcome: Outcome) -> Course {
        self.flight.divert(Landed { outcome, caused: self.lives.began_awaited(), took: self.took });
        Course::Over
    }
}
