//! What every register of replicas must do. Each function takes a register of its own, empty.

use std::sync::Arc;

use crate::entry::{Position, Seq};
use crate::jobs::ReplicaId;
use crate::ports::{Replica, Replicas};
use crate::time::Timestamp;

type Subject = Arc<dyn Replicas>;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const LATER: Timestamp = Timestamp::from_millis(1_800_000_001_000);

fn at(seq: i64) -> Position {
    Position { incarnation: "0123456789abcdef".to_owned(), seq: Seq::new(seq) }
}

async fn all(register: &Subject) -> Vec<Replica> {
    let mut all = register.all().await.expect("all");
    all.sort_by(|one, other| one.id.cmp(&other.id));
    all
}

async fn enter(register: &Subject, number: u64) -> ReplicaId {
    let replica = ReplicaId::new(number);
    register.enter(&replica, NOW).await.expect("entered");
    replica
}

pub async fn who_has_entered_is_seen_with_what_it_said_last(register: Subject) {
    assert_eq!(all(&register).await, []);
    let (one, two) = (enter(&register, 1).await, enter(&register, 2).await);
    for seq in [3, 7] {
        assert!(register.beat(&two, &at(seq), LATER).await.expect("an answer"));
    }
    enter(&register, 2).await;
    let silent = Replica { id: one, position: None, beats: 0, seen_at: NOW };
    let heard = Replica { id: two, position: Some(at(7)), beats: 2, seen_at: LATER };
    assert_eq!(all(&register).await, [silent, heard]);
}

pub async fn who_has_not_entered_is_told_so_and_stays_outside(register: Subject) {
    assert!(!register.beat(&ReplicaId::new(1), &at(1), NOW).await.expect("an answer"));
    assert_eq!(all(&register).await, []);
}

pub async fn who_has_left_is_outside(register: Subject) {
    let (one, two) = (enter(&register, 1).await, enter(&register, 2).await);
    for _ in 0..2 {
        register.leave(&one).await.expect("left");
    }
    assert!(!register.beat(&one, &at(1), NOW).await.expect("an answer"));
    assert_eq!(all(&register).await.into_iter().map(|replica| replica.id).collect::<Vec<_>>(), [two]);
}

pub async fn who_was_silent_can_be_retired_and_who_spoke_since_cannot(register: Subject) {
    let replica = enter(&register, 1).await;
    let seen = all(&register).await.remove(0);
    assert!(register.beat(&replica, &at(1), LATER).await.expect("an answer"));
    assert!(!register.retire(&seen).await.expect("an answer"), "it has said something");
    let seen = all(&register).await.remove(0);
    assert!(register.retire(&seen).await.expect("an answer"));
    assert!(!register.retire(&seen).await.expect("an answer"), "it is gone");
    assert!(!register.beat(&replica, &at(2), LATER).await.expect("an answer"), "it must enter again");
}
