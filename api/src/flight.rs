//! One flight: subscribe, look again, submit, wait, look again. Around a queue that is away it goes another way.

mod detour;
mod news;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use imcaxy_shared::entry::{Entry, Failure, Next, RememberedFailure, Seq, SourceRef, Verdict};
use imcaxy_shared::jobs::{Timings, Token, Unkept};
use imcaxy_shared::ports::{
    ASKED_AGAIN, Bound, Ended, Ending, News, Overload, PortError, Submission, Submitted, Subscription,
    Waiting,
};
use imcaxy_shared::time::Timestamp;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};

use crate::App;
use crate::coalesce::Flight;
use crate::lives::Lives;
use crate::lookup::{Asked, Looked, look_up};

/// How long a flight tries to reach a queue or a catalog that is away before those who wait are told.
const PATIENCE: Duration = Duration::from_secs(2);
/// The pause between two such tries.
const PAUSE: Duration = Duration::from_millis(100);

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
    /// The queue is away, and every worker that is asked directly has enough; one of them may be asked again after this time.
    Busy(Duration),
    /// The queue or a store is away.
    Unavailable,
}

/// Flies until something has landed or nobody waits any more.
pub(crate) async fn fly(app: Arc<App>, flight: Flight<Landed>, asked: Asked) {
    let want = flight.want();
    let took = Timings::default();
    let mut pilot = Pilot { app, flight, asked, lives: Lives::default(), want, took, too_old: None };
    let flown = match pilot.fly().await {
        Ok(Way::Flown) => Ok(()),
        Ok(Way::Around) => pilot.fly_around().await,
        Err(_) if pilot.app.detour.is_open() => pilot.fly_around().await,
        Err(cause) => Err(cause),
    };
    if let Err(cause) = flown {
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

/// What a flight has to do next.
enum Way {
    /// Nothing: it is over.
    Flown,
    /// Go around the queue, which is away.
    Around,
}

/// What a look has come to.
enum Sight {
    /// The flight is over.
    Landed,
    /// There is nothing that will do, in a ledger at this position.
    Nothing { seq: Seq },
}

impl Pilot {
    async fn fly(&mut self) -> Result<Way, PortError> {
        let (mut subscription, mut course) = self.take_off().await?;
        let mut again = interval_at(Instant::now() + ASKED_AGAIN, ASKED_AGAIN);
        again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while course == Course::On {
            if self.app.detour.is_open() {
                return Ok(Way::Around);
            }
            course = tokio::select! {
                news = subscription.news.recv() => match news {
                    Some(News::Announced(news)) => self.hear(news, &mut subscription).await,
                    Some(News::Reconnected) => self.look_again().await,
                    None => {
                        let course;
                        (subscription, course) = self.take_off().await?;
                        course
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
        Ok(Way::Flown)
    }

    /// Listens before looking, so that nothing can happen unheard in between.
    async fn take_off(&mut self) -> Result<(Subscription, Course), PortError> {
        // A pause more: who has found the queue away all that time knows that it was away for so long.
        let end = Instant::now() + PATIENCE + PAUSE;
        loop {
            if self.app.detour.is_open() {
                return Err(PortError::unavailable("queue", "it is away"));
            }
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
        self.app.detour.ask(self.app.stores.notifier.subscribe(&self.asked.key)).await
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
        let Sight::Nothing { .. } = self.look().await? else { return Ok(Course::Over) };
        if let Some(token) = self.lives.awaited()
            && self.tell_if_failed(token).await? == Course::Over
        {
            return Ok(Course::Over);
        }
        self.submit().await
    }

    /// Looks for the entry, or for a failure that is remembered.
    async fn look(&mut self) -> Result<Sight, PortError> {
        let Looked { verdict, ledger } = look_up(&self.app, &self.asked).await?;
        match verdict {
            Verdict::Fresh(entry) => {
                if self.find(*entry) == Course::Over {
                    return Ok(Sight::Landed);
                }
            }
            Verdict::Stale(stale) => {
                if let Next::Leave(failed) = stale.next {
                    self.divert(Outcome::Remembered(Box::new(failed)));
                    return Ok(Sight::Landed);
                }
                let confirmed = stale.entry.confirmed_at();
                // It was rendered or renewed since the flight began, and is too old again.
                let anew = self.lives.submitted() && self.too_old.is_none_or(|too_old| too_old < confirmed);
                if anew && self.find(stale.entry) == Course::Over {
                    return Ok(Sight::Landed);
                }
                self.too_old = Some(confirmed);
                self.want = self.want.max(stale.want);
            }
            Verdict::Refused(failed) if failed.stamp >= self.want.max(self.flight.want()) => {
                self.divert(Outcome::Remembered(failed));
                return Ok(Sight::Landed);
            }
            // It is older than what somebody here wants.
            Verdict::Refused(_) => {}
            Verdict::Miss { want } => self.want = self.want.max(want),
        }
        self.want = self.want.max(self.flight.want());
        Ok(Sight::Nothing { seq: ledger.seq })
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
        let waiting = Waiting { replica: self.app.lease.replica.as_str(), requests: self.flight.seats() };
        let bound = Bound { depth: rules.max_depth, wait: rules.wait };
        let life = Token::new(rand::random());
        let submission = Submission::of(&self.asked.job, self.want, life.clone())?;
        self.lives.propose(life);
        let submission = submission.for_requests(waiting, bound);
        let submitted = self.app.detour.ask(self.app.stores.queue.submit(&submission)).await?;
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
            self.app.detour.ask(self.app.stores.queue.ended(token)).await?
        else {
            return Ok(Course::On);
        };
        Ok(self.divert(Outcome::Failed { failure, stamp, sources }))
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
