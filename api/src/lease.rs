//! The lease of this replica: while it is held, what was confirmed before is answered without asking anybody, less the discards that this
//! process has read of since.
//!
//! Whoever makes a discard waits until every replica in the register has applied it, or for as long as a lease lasts. So the
//! register is entered before the ledger is read; what is read counts from then on; and only when the register still has this replica is
//! the lease longer, counted from before that read. A replica that slept, or was cut off, finds its lease over.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use imcaxy_shared::discard::Tenure;
use imcaxy_shared::entry::{Ledger, Position, Scope, Seq};
use imcaxy_shared::jobs::{Nudge, ReplicaId};
use imcaxy_shared::ports::{Clock, PortError, REPLICA_LEASE};
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::App;
use crate::blocked;
use crate::ledger::lock;

/// Between the beginnings of two reads. With the time after which a question counts as in vain it leaves the lease half a second.
const PACE: Duration = Duration::from_millis(500);
/// Discards that were heard of and not read yet; with more of them everything counts as discarded.
const MOST_RUMOURS: usize = 10_000;

/// What this replica may do without asking.
pub(crate) struct Lease {
    /// The name of this process. In the register it goes by others.
    pub replica: ReplicaId,
    tenure: Mutex<Tenure>,
    hurry: Notify,
    rumours: Mutex<Rumours>,
}

/// Discards that others have told of. They count for who cannot read the ledger.
#[derive(Default)]
struct Rumours {
    heard: Vec<(Position, Scope)>,
    /// Whether some were missed since the ledger was read: they may have been about everything.
    missed: bool,
}

impl Lease {
    pub(crate) fn new(replica: ReplicaId) -> Self {
        Self { replica, tenure: Mutex::default(), hurry: Notify::new(), rumours: Mutex::default() }
    }

    /// Whether it is held now. What is asked afterwards of the ledger that was read last is as good as a read that begins now.
    pub(crate) fn is_held(&self, clock: &dyn Clock) -> bool {
        lock(&self.tenure).is_held(clock.running())
    }

    /// Has the ledger read at once.
    pub(crate) fn hurry(&self) {
        self.hurry.notify_one();
    }

    /// Whether a discard was heard of, and not read in `ledger`, that may be about one of these sources.
    pub(crate) fn is_rumoured(&self, ledger: &Ledger, matches: impl Fn(&Scope) -> bool) -> bool {
        self.rumours().is_about(ledger, matches)
    }

    fn rumours(&self) -> MutexGuard<'_, Rumours> {
        lock(&self.rumours)
    }
}

impl Rumours {
    fn hear(&mut self, position: &Position, scopes: Vec<Scope>) {
        let first = position.seq.get() - i64::try_from(scopes.len()).unwrap_or(i64::MAX);
        for (scope, seq) in scopes.into_iter().zip(first + 1..) {
            if self.heard.len() >= MOST_RUMOURS {
                self.heard.clear();
                self.heard.push((position.clone(), Scope::Everything));
            }
            self.heard.push((Position { seq: Seq::new(seq), ..position.clone() }, scope));
        }
    }

    fn miss(&mut self) {
        self.missed = true;
    }

    /// The ledger was read up to `read`, by a read that began after the last of these was heard or missed.
    fn forget(&mut self, read: &Position) {
        self.heard.retain(|(position, _)| !read.covers(position));
        self.missed = false;
    }

    fn is_about(&self, ledger: &Ledger, matches: impl Fn(&Scope) -> bool) -> bool {
        let read = ledger.position();
        let unread = |(position, scope): &(Position, Scope)| !read.covers(position) && matches(scope);
        (self.missed && matches(&Scope::Everything)) || self.heard.iter().any(unread)
    }
}

/// Whether the lease was held when the catalog was found away at `away`, by a read of the ledger that began at `read`.
pub(crate) fn was_held(read: Instant, away: Instant) -> bool {
    away.saturating_duration_since(read) <= REPLICA_LEASE
}

/// Holds the lease until it is time to stop, whether somebody asks for something or not, and gives it up then.
pub(crate) fn hold(app: &Arc<App>) {
    let holding = Arc::clone(app);
    app.lifecycle.spawn(async move {
        tokio::select! {
            () = follow(&holding) => {}
            () = holding.lifecycle.stopping() => {}
        }
        let Some(name) = lock(&holding.lease.tenure).end() else { return };
        let leave = holding.stores.replicas.leave(&name);
        if let Err(cause) = holding.catalog.ask(Duration::ZERO, leave).await {
            tracing::warn!(%cause, "this replica could not leave the register: the next discard waits for its lease to end");
        }
    });
}

async fn follow(app: &Arc<App>) {
    let mut nudges = app.stores.notifier.nudges();
    let mut due = interval(PACE);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // What others were told that this replica has applied.
    let mut told = None;
    loop {
        tokio::select! {
            _ = due.tick() => {}
            () = app.lease.hurry.notified() => {}
            nudge = nudges.next() => match nudge {
                Ok(Nudge::Discarded { position, scopes }) => {
                    app.lease.rumours().hear(&position, scopes);
                    if told.as_ref().is_some_and(|told: &Position| told.covers(&position)) {
                        continue;
                    }
                }
                Ok(Nudge::Applied { .. }) => continue,
                Err(_missed) => app.lease.rumours().miss(),
            },
        }
        // While the catalog is away this asks nothing: who looks for its return says in the log that it is.
        let _renewed = renew(app, &mut told).await;
    }
}

/// Reads the ledger, tells how far it was read, and holds the lease for longer.
async fn renew(app: &Arc<App>, told: &mut Option<Position>) -> Result<(), PortError> {
    let name = enter(app).await?;
    let from = app.stores.clock.running();
    // From here on every look-up of this process goes by what was read.
    let ledger = app.catalog.ask(Duration::ZERO, app.ledger.next()).await?.ledger;
    let position = ledger.position();
    // What is blocked by then is refused before this replica says how far it is.
    blocked::follow(app, &ledger).await?;
    app.lease.rumours().forget(&position);
    if told.as_ref() != Some(&position) {
        tell(app, Nudge::Applied { replica: name.clone(), position: position.clone() });
        *told = Some(position.clone());
    }
    let beat = app.stores.replicas.beat(&name, &position, app.stores.clock.now());
    let registered = app.catalog.ask(Duration::ZERO, beat).await?;
    lock(&app.lease.tenure).confirm(from, registered);
    if !registered {
        *told = None;
        app.lease.hurry();
    }
    Ok(())
}

/// The name in the register, which is entered under a new one if need be. One that got no answer is never used: whoever looks for it may find
/// it, and waits for it no longer than a lease lasts.
async fn enter(app: &App) -> Result<ReplicaId, PortError> {
    if let Some(name) = lock(&app.lease.tenure).name() {
        return Ok(name.clone());
    }
    let name = ReplicaId::new(rand::random());
    let entering = app.stores.replicas.enter(&name, app.stores.clock.now());
    app.catalog.ask(Duration::ZERO, entering).await?;
    lock(&app.lease.tenure).enter(name.clone());
    Ok(name)
}

/// Tells the others, without waiting for it: that may take long where the queue is away, and a discard does without.
fn tell(app: &Arc<App>, nudge: Nudge) {
    let notifier = Arc::clone(&app.stores.notifier);
    app.lifecycle.spawn(async move {
        if let Err(cause) = notifier.nudge(&nudge).await {
            tracing::debug!(%cause, "a nudge was not sent");
        }
    });
}

#[cfg(test)]
mod tests {
    use imcaxy_shared::testing::build;

    use super::*;

    #[test]
    fn the_lease_is_held_when_the_ledger_was_read_shortly_before_the_catalog_was_found_away_or_since() {
        let read = Instant::now();
        assert!(was_held(read, read) && was_held(read, read + REPLICA_LEASE));
        assert!(was_held(read + REPLICA_LEASE, read), "it was read as it came back");
        assert!(!was_held(read, read + REPLICA_LEASE + Duration::from_millis(1)));
    }

    #[test]
    fn what_was_heard_of_counts_until_it_is_read() {
        let ledger = |seq| Ledger { seq: Seq::new(seq), ..build::ledger(vec![]) };
        let mut rumours = Rumours::default();
        let scopes = vec![Scope::from_store("host", "a.test"), Scope::from_store("host", "b.test")];
        rumours.hear(&ledger(5).position(), scopes);
        let is_about = |rumours: &Rumours, seq, host: &str| {
            rumours.is_about(&ledger(seq), |scope| *scope == Scope::from_store("host", host))
        };
        for (seq, host, about) in [
            (3, "a.test", true),
            (4, "a.test", false),
            (4, "b.test", true),
            (5, "b.test", false),
            (3, "c.test", false),
        ] {
            assert_eq!(is_about(&rumours, seq, host), about, "{host} at {seq}");
        }
        rumours.forget(&ledger(4).position());
        assert_eq!(rumours.heard.len(), 1);
        let another = Position { incarnation: "another".to_owned(), seq: Seq::new(9) };
        rumours.forget(&another);
        assert_eq!(rumours.heard.len(), 1, "of another ledger it says nothing");
    }

    #[test]
    fn what_was_missed_may_be_about_everything_until_the_ledger_is_read() {
        let mut rumours = Rumours::default();
        let ledger = build::ledger(vec![]);
        let about = |rumours: &Rumours| rumours.is_about(&ledger, |scope| *scope == Scope::Everything);
        assert!(!about(&rumours));
        rumours.miss();
        assert!(about(&rumours));
        rumours.forget(&ledger.position());
        assert!(!about(&rumours));
    }

    #[test]
    fn of_too_many_rumours_everything_is_believed() {
        let mut rumours = Rumours::default();
        let position = Position { incarnation: "x".to_owned(), seq: Seq::new(20_000) };
        rumours.hear(&position, vec![Scope::from_store("host", "a.test"); MOST_RUMOURS + 1]);
        assert!(
            rumours.heard.len() < 10
                && rumours.is_about(&build::ledger(vec![]), |scope| *scope == Scope::Everything)
        );
    }
}
