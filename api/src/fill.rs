//! A miss: subscribe, look again, submit, wait, look again.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use imcaxy_shared::entry::{Entry, Seq, Verdict};
use imcaxy_shared::jobs::{Announced, Announcement, Failure, FailureCode, Token};
use imcaxy_shared::ports::{Bound, Ended, News, PortError, Submission, Submitted, Subscription, Waiting};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};

use crate::App;
use crate::coalesce::Flight;
use crate::error::Refused;
use crate::lookup::{Asked, look_up};
use crate::reply::{Path, Tier};

/// How often a waiting flight looks and submits by itself: an announcement may have been lost.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How long a flight tries to reach a queue or a catalog that is away before those who wait are told.
const PATIENCE: Duration = Duration::from_secs(2);
/// The pause between two such tries.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a flight that has handed over its picture waits to hear that it was kept.
const KEPT_SOON: Duration = Duration::from_secs(10);

/// A picture that a request waited for.
pub(crate) struct Filled {
    pub entry: Arc<Entry>,
    /// The bytes, when they came with the news.
    pub body: Option<Bytes>,
    pub path: Path,
}

/// How a flight ended.
#[derive(Clone, Debug)]
pub(crate) struct Landed {
    outcome: Outcome,
    /// Whether this flight's submission began the job, so that its leader caused the render.
    queued: bool,
}

#[derive(Clone, Debug)]
enum Outcome {
    /// The entry was there when the flight looked again.
    Found(Arc<Entry>),
    /// It was rendered and kept.
    Stored(Arc<Entry>),
    /// It was rendered; whether it is kept is not known yet.
    Rendered(Arc<Entry>, Bytes),
    /// It was not.
    Failed(Failure),
}

/// Waits for the picture that `asked` names, with every other request for it.
pub(crate) async fn fill(app: &Arc<App>, asked: &Asked) -> Result<Filled, Refused> {
    let waiting = async {
        loop {
            let (seat, flight) = app.flights.join(&asked.key, Seq::ZERO);
            let leads = flight.is_some();
            if let Some(flight) = flight {
                // The flight outlives the request that began it: others may have joined.
                let flying = fly(Arc::clone(app), flight, asked.clone());
                app.lifecycle.spawn(flying);
            }
            match seat.landed().await {
                Some(landed) if landed.is_about(asked) => return landed.filled(leads),
                // It failed with another's URL: asked again, with this one if nobody else is first.
                Some(_) => sleep(PAUSE).await,
                None => {}
            }
        }
    };
    timeout(app.rules.wait, waiting).await.unwrap_or_else(|_| Err(Refused::deadline()))
}

impl Landed {
    /// Whether this says anything about what `asked` asks for: a failure of another URL does not.
    fn is_about(&self, asked: &Asked) -> bool {
        match &self.outcome {
            Outcome::Failed(Failure { url: Some(url), .. }) => *url == asked.url,
            _ => true,
        }
    }

    fn filled(self, leads: bool) -> Result<Filled, Refused> {
        let missed = |stored| if leads && self.queued { Path::Rendered { stored } } else { Path::Collapsed };
        match self.outcome {
            Outcome::Found(entry) => Ok(Filled { entry, body: None, path: Path::Hit(Tier::Store) }),
            Outcome::Stored(entry) => Ok(Filled { entry, body: None, path: missed(true) }),
            Outcome::Rendered(entry, bytes) => Ok(Filled { entry, body: Some(bytes), path: missed(false) }),
            Outcome::Failed(failure) => Err(failure.into()),
        }
    }
}

/// What a flight knows while it is in the air.
struct Pilot {
    app: Arc<App>,
    flight: Flight<Landed>,
    asked: Asked,
    /// The life of the job that is waited for.
    token: Option<Token>,
    want: Seq,
    queued: bool,
}

async fn fly(app: Arc<App>, flight: Flight<Landed>, asked: Asked) {
    let mut pilot = Pilot { app, flight, asked, token: None, want: Seq::ZERO, queued: false };
    if let Err(cause) = pilot.fly().await {
        tracing::warn!(key = %pilot.asked.key, %cause, "a render could not be asked for");
        let failure = Failure::new(FailureCode::Unavailable, "the queue or a store is away");
        pilot.divert(failure);
    }
}

impl Pilot {
    async fn fly(&mut self) -> Result<(), PortError> {
        let mut subscription = self.subscribe().await?;
        if self.patiently_look_and_submit().await? {
            return Ok(());
        }
        let mut again = interval_at(Instant::now() + LOOK_AGAIN, LOOK_AGAIN);
        again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                news = subscription.news.recv() => match news {
                    Some(News::Announced(news)) => {
                        if self.hear(news, &mut subscription).await {
                            return Ok(());
                        }
                    }
                    Some(News::Reconnected) => {
                        if self.look_and_submit().await.unwrap_or(false) {
                            return Ok(());
                        }
                    }
                    None => subscription = self.subscribe().await?,
                },
                // Nobody is told of a store that is away now: the job may be running, and each has a deadline of its own.
                _ = again.tick() => match self.look_and_submit().await {
                    Ok(true) => return Ok(()),
                    Ok(false) => {}
                    Err(cause) => tracing::debug!(key = %self.asked.key, %cause, "could not look again"),
                },
                want = self.flight.want_above(self.want) => {
                    self.want = want;
                    if self.look_and_submit().await.unwrap_or(false) {
                        return Ok(());
                    }
                }
                () = self.flight.deserted() => return Ok(()),
            }
        }
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

    async fn patiently_look_and_submit(&mut self) -> Result<bool, PortError> {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.look_and_submit().await {
                Err(_) if Instant::now() < end => sleep(PAUSE).await,
                answer => return answer,
            }
        }
    }

    /// Looks for the entry, then for the failure of the awaited life, then submits. True when the flight has landed.
    async fn look_and_submit(&mut self) -> Result<bool, PortError> {
        match look_up(&self.app, &self.asked).await? {
            Verdict::Fresh(entry) => {
                let entry = Arc::new(*entry);
                // Before anything was submitted it is a hit, afterwards it is what was waited for.
                let (found, stamp) = (self.token.is_none(), entry.stamp);
                let outcome = if found { Outcome::Found(entry) } else { Outcome::Stored(entry) };
                if self.land(outcome, stamp) {
                    return Ok(true);
                }
            }
            Verdict::Miss { want } => self.want = self.want.max(want),
        }
        self.want = self.want.max(self.flight.want());
        if let Some(token) = &self.token
            && self.land_if_failed(token).await?
        {
            return Ok(true);
        }
        let waiting = Waiting { replica: &self.app.replica, requests: self.flight.seats() };
        let fresh = Token::new(rand::random());
        let submission = Submission::of(&self.asked.job, self.want, fresh)?;
        let bound = Bound { depth: 1000, wait: self.app.rules.wait };
        let submitted = self.app.stores.queue.submit(&submission.for_requests(waiting, bound)).await?;
        let Some(token) = submitted.token() else { return Err(PortError::unavailable("queue", "full")) };
        let ended = self.token.replace(token.clone()).filter(|old| old != token);
        match (submitted, ended) {
            (Submitted::Refused(_), _) => {}
            // The awaited life ended between the look and the submission; what it failed with is the answer.
            (_, Some(old)) => return self.land_if_failed(&old).await,
            (Submitted::Queued(_), None) => self.queued = true,
            (Submitted::Joined(_), None) => {}
        }
        Ok(false)
    }

    /// Lands with the failure of one life of the job. False when it did not fail, or not lately.
    async fn land_if_failed(&self, token: &Token) -> Result<bool, PortError> {
        let ending = self.app.stores.queue.ended(token).await?;
        let Some(Ended::Failed(failure)) = ending.map(|ending| ending.ended) else {
            return Ok(false);
        };
        self.divert(failure);
        Ok(true)
    }

    /// Takes news that fits. True when the flight is over.
    async fn hear(&mut self, news: Announcement, subscription: &mut Subscription) -> bool {
        if news.key != self.asked.key || news.stamp < self.want {
            return false;
        }
        match news.outcome {
            Announced::Stored(entry) => return self.land(Outcome::Stored(Arc::new(*entry)), news.stamp),
            Announced::Body(entry, bytes) => {
                if !self.land(Outcome::Rendered(Arc::new(*entry), bytes.clone()), news.stamp) {
                    return false;
                }
                self.hold_when_kept(subscription, bytes).await;
            }
            // A failure of another life says nothing about this one.
            Announced::Failed(_) if self.token.as_ref() != Some(&news.token) => return false,
            Announced::Failed(failure) => self.divert(failure),
        }
        true
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

    /// False when somebody who waits can only use what was made later.
    fn land(&self, outcome: Outcome, stamp: Seq) -> bool {
        self.flight.land(Landed { outcome, queued: self.queued }, stamp)
    }

    fn divert(&self, failure: Failure) {
        self.flight.divert(Landed { outcome: Outcome::Failed(failure), queued: self.queued });
    }
}
