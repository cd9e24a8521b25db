//! Operations at random: what may happen to a queue, in terms that fit whatever it answered before.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Jobs that a sequence is about: the second half of other origin than the first.
pub(super) const JOBS: usize = 4;

/// One operation. `claim`, `seen` and `life` choose among all that was answered so far, what is outdated included.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation {
    Submit { job: usize, request: bool, want: i64, depth: Option<u64>, replica: Option<&'static str> },
    Take { slots: usize, share: usize, busy: bool, patient: bool },
    Renew { claim: usize },
    Finish { claim: usize, stamp: i64, failed: bool },
    Postpone { claim: usize, soon: bool },
    Tend { patient: bool },
    Reap { seen: usize },
    Ended { life: usize },
    Live,
}

/// `length` operations that follow from `seed`.
pub(super) fn operations(seed: u64, length: usize) -> Vec<Operation> {
    let mut random = StdRng::seed_from_u64(seed);
    (0..length).map(|_| operation(&mut random)).collect()
}

fn operation(random: &mut StdRng) -> Operation {
    // The latest answers are chosen often: an outdated claim is refused by whatever queue.
    let recent = |random: &mut StdRng| {
        if random.random_bool(0.7) { random.random_range(0..3) } else { random.random_range(0..30) }
    };
    match random.random_range(0..100) {
        0..30 => Operation::Submit {
            job: random.random_range(0..JOBS),
            request: random.random_bool(0.6),
            want: random.random_range(0..4),
            depth: random.random_bool(0.3).then(|| random.random_range(1..4)),
            replica: [None, Some("one"), Some("two")][random.random_range(0..3)],
        },
        30..50 => Operation::Take {
            slots: random.random_range(0..4),
            share: random.random_range(1..3),
            busy: random.random_bool(0.2),
            patient: random.random_bool(0.9),
        },
        50..56 => Operation::Renew { claim: recent(random) },
        56..72 => Operation::Finish {
            claim: recent(random),
            stamp: random.random_range(0..4),
            failed: random.random_bool(0.3),
        },
        72..78 => Operation::Postpone { claim: recent(random), soon: random.random_bool(0.5) },
        78..84 => Operation::Tend { patient: random.random_bool(0.8) },
        84..94 => Operation::Reap { seen: recent(random) },
        94..97 => Operation::Ended { life: recent(random) },
        _ => Operation::Live,
    }
}
