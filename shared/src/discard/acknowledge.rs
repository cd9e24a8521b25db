//! When a discard has reached every replica.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, sleep_until};

use super::{Audience, Committed};
use crate::jobs::Nudge;
use crate::ports::{PortError, Replica, Replicas};

/// How often the register is read while a replica has not answered: nudges get lost.
const LOOK: Duration = Duration::from_millis(100);

/// Waits until every replica that is in the register after the commit has applied it or has left, `lease` after the commit at the
/// latest: by then nobody holds one that it held before. Those that have said nothing for so long are retired, so that the next discard does
/// not wait for them: their next beat is refused, and who is refused reads the ledger before it answers from memory again.
pub(super) async fn acknowledged(register: &dyn Replicas, committed: Committed, lease: Duration) {
    let Committed { position, at, mut ears, .. } = committed;
    let mut audience = Audience::of(position);
    let all_have = async {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let reached = tokio::select! {
                _ = look.tick() => register.all().await.map(|all| audience.see(all)).unwrap_or_else(|cause| {
                    tracing::debug!(%cause, "the register cannot be read");
                    false
                }),
                nudge = ears.next() => match nudge {
                    Ok(Nudge::Applied { replica, position: own }) => audience.hear(replica, &own),
                    _ => false,
                },
            };
            if reached {
                return;
            }
        }
    };
    tokio::select! {
        () = all_have => {}
        () = sleep_until(at + lease) => {
            for replica in audience.silent() {
                retire(register, replica).await;
            }
        }
    }
}

async fn retire(register: &dyn Replicas, silent: &Replica) {
    let retired: Result<bool, PortError> = register.retire(silent).await;
    match retired {
        Ok(true) => {
            tracing::warn!(replica = %silent.id, "a replica has been silent for a lease, and is not waited for any more")
        }
        Ok(false) => {}
        Err(cause) => tracing::debug!(%cause, "a silent replica is left in the register"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::time::{Instant, sleep, timeout};

    use super::*;
    use crate::backends::local::LocalNotifier;
    use crate::backends::sqlite::SqliteCatalog;
    use crate::discard::{Discarded, Discards};
    use crate::entry::{MOST_OPEN, Position, Scope, Seq, SourceRef};
    use crate::jobs::ReplicaId;
    use crate::ports::{Catalog as _, DiscardLog as _, Notifier as _};
    use crate::testing::build;
    use crate::time::Timestamp;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const LONG: Duration = Duration::from_secs(600);
    const SHORT: Duration = Duration::from_millis(300);

    struct Stage {
        _folder: tempfile::TempDir,
        catalog: SqliteCatalog,
        notifier: LocalNotifier,
        discards: Discards,
    }

    impl Stage {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let catalog = SqliteCatalog::open(&folder.path().join("catalog.db"), 7).unwrap();
            let notifier = LocalNotifier::default();
            let all = Arc::new(catalog.clone());
            let discards = Discards::new(all.clone(), all, Arc::new(notifier.clone()), MOST_OPEN);
            Self { _folder: folder, catalog, notifier, discards }
        }

        async fn commit(&self) -> Committed {
            match self.discards.commit(vec![Scope::Everything]).await.unwrap() {
                Discarded::Committed(committed) => committed,
                Discarded::TooManyOpen => panic!("few are open"),
            }
        }

        async fn enter(&self, number: u64) -> ReplicaId {
            let replica = ReplicaId::new(number);
            self.catalog.enter(&replica, NOW).await.unwrap();
            replica
        }

        async fn position(&self) -> Position {
            self.catalog.ledger().await.unwrap().position()
        }
    }

    #[tokio::test]
    async fn without_replicas_a_discard_is_acknowledged_at_once() {
        let stage = Stage::new();
        let committed = stage.commit().await;
        acknowledged(&stage.catalog, committed, LONG).await;
    }

    #[tokio::test]
    async fn every_replica_is_waited_for_until_it_says_by_nudge_or_beat_that_it_has_applied_it() {
        let stage = Stage::new();
        let (one, two, three) = (stage.enter(1).await, stage.enter(2).await, stage.enter(3).await);
        let before = stage.position().await;
        let committed = stage.commit().await;
        let mut waiting = std::pin::pin!(acknowledged(&stage.catalog, committed, LONG));
        let still = async |waiting: &mut std::pin::Pin<&mut _>| timeout(LOOK * 2, waiting).await.is_err();
        assert!(still(&mut waiting).await);
        let position = stage.position().await;
        stage.notifier.nudge(&Nudge::Applied { replica: one, position: position.clone() }).await.unwrap();
        stage.catalog.beat(&two, &before, NOW).await.unwrap();
        stage.catalog.leave(&three).await.unwrap();
        assert!(still(&mut waiting).await, "one has applied what was before");
        stage.catalog.beat(&two, &position, NOW).await.unwrap();
        timeout(LONG, waiting).await.unwrap();
    }

    #[tokio::test]
    async fn who_is_silent_for_a_lease_is_retired_and_not_waited_for_again() {
        let stage = Stage::new();
        let silent = stage.enter(1).await;
        let committed = stage.commit().await;
        let began = Instant::now();
        acknowledged(&stage.catalog, committed, SHORT).await;
        assert!(began.elapsed() >= SHORT - Duration::from_millis(50), "{:?}", began.elapsed());
        let position = stage.position().await;
        assert!(!stage.catalog.beat(&silent, &position, NOW).await.unwrap(), "it must enter again");
        let committed = stage.commit().await;
        timeout(SHORT, acknowledged(&stage.catalog, committed, LONG)).await.unwrap();
    }

    #[tokio::test]
    async fn who_beats_without_having_applied_it_is_not_retired() {
        let stage = Stage::new();
        let slow = stage.enter(1).await;
        let before = stage.position().await;
        let committed = stage.commit().await;
        let beats = async {
            sleep(SHORT / 2).await;
            stage.catalog.beat(&slow, &before, NOW).await.unwrap()
        };
        tokio::join!(acknowledged(&stage.catalog, committed, SHORT), beats);
        assert!(stage.catalog.beat(&slow, &before, NOW).await.unwrap());
    }

    #[tokio::test]
    async fn who_has_read_of_the_discard_of_another_waits_for_the_replicas_once() {
        let stage = Stage::new();
        let one = stage.enter(1).await;
        stage.commit().await;
        let position = stage.position().await;
        let mut waiting = std::pin::pin!(stage.discards.reached(position.clone()));
        assert!(timeout(LOOK * 2, &mut waiting).await.is_err());
        stage.catalog.beat(&one, &position, NOW).await.unwrap();
        timeout(LONG, waiting).await.unwrap();
        stage.enter(2).await;
        timeout(LOOK * 2, stage.discards.reached(position)).await.expect("it is known");
    }

    #[tokio::test]
    async fn discards_at_the_same_time_share_writes_and_each_has_its_position() {
        let stage = Stage::new();
        let all = (0..500).map(|_| stage.commit());
        let mut positions: Vec<i64> =
            futures::future::join_all(all).await.into_iter().map(|one| one.position.seq.get()).collect();
        positions.sort_unstable();
        assert_eq!(positions, (1..=500).collect::<Vec<_>>());
        assert_eq!(stage.position().await.seq, Seq::new(500));
    }

    #[tokio::test]
    async fn those_that_share_a_write_have_the_same_written_down_as_their_rules_say() {
        let stage = Stage::new();
        let sources: Vec<SourceRef> =
            (0..50).map(|number| build::source_ref(&format!("http://a.test/{number}.jpg"))).collect();
        for source in &sources {
            stage.catalog.admit(source, "a.test", Seq::ZERO, NOW).await.unwrap();
        }
        let all = sources.iter().map(|source| stage.discards.discard_source(&source.id, NOW));
        let told: Vec<Option<Seq>> =
            futures::future::join_all(all).await.into_iter().map(Result::unwrap).collect();
        let ledger = stage.catalog.ledger().await.unwrap();
        for (source, told) in sources.iter().zip(told) {
            let known = stage.catalog.known_sources(std::slice::from_ref(&source.id)).await.unwrap();
            let newest = ledger.newest_against([source]);
            assert_eq!((told, known.sources[0].discarded), (Some(newest), newest));
        }
    }

    #[tokio::test]
    async fn a_switch_is_written_down_when_it_has_reached_all() {
        let stage = Stage::new();
        let (source, one) = (build::source_ref("http://a.test/1.jpg"), stage.enter(1).await);
        stage.catalog.admit(&source, "a.test", Seq::ZERO, NOW).await.unwrap();
        let since = stage.catalog.advance().await.unwrap().seq;
        let (sources, ids) = (stage.catalog.clone(), [source.id.clone()]);
        let written = async || sources.known_sources(&ids).await.unwrap().sources[0].discarded;
        let mut switching = std::pin::pin!(stage.discards.switch(&ids, since, NOW));
        assert!(timeout(LOOK * 2, &mut switching).await.is_err());
        assert_eq!((written().await, stage.position().await.seq), (Seq::ZERO, Seq::new(2)));
        stage.catalog.beat(&one, &stage.position().await, NOW).await.unwrap();
        assert_eq!(timeout(LONG, switching).await.unwrap().unwrap(), Some(since));
        assert_eq!((written().await, stage.catalog.ledger().await.unwrap().open().count()), (since, 0));
        let beyond = Seq::new(99);
        stage.catalog.leave(&one).await.unwrap();
        let told = stage.discards.switch(&ids, beyond, NOW).await.unwrap().expect("few are open");
        assert_eq!((told, written().await), (Seq::new(3), Seq::new(3)), "not beyond its rule");
    }

    #[tokio::test]
    async fn those_that_fit_are_committed_though_others_do_not() {
        let stage = Stage::new();
        let scopes = |count| vec![Scope::Everything; count];
        let (few, many) =
            tokio::join!(stage.discards.commit(scopes(1)), stage.discards.commit(scopes(MOST_OPEN)));
        assert!(matches!(few.unwrap(), Discarded::Committed(_)));
        assert!(matches!(many.unwrap(), Discarded::TooManyOpen));
    }
}
