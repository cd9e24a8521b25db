use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Takes places until none is free, and answers where they were.
fn fill(board: &mut Board, now: Instant) -> Vec<usize> {
    let next = || match board.choose(now, None) {
        Choice::Base { base, .. } => Some(base),
        Choice::Full | Choice::Open => None,
    };
    std::iter::from_fn(next).collect()
}

fn ordinary(base: usize) -> Choice {
    Choice::Base { base, trial: false }
}

fn trial(base: usize) -> Choice {
    Choice::Base { base, trial: true }
}

#[test]
fn calls_go_where_the_fewest_are_under_way_and_equals_take_turns() {
    let (mut board, now) = (Board::new(3, 2), Instant::now());
    assert_eq!(fill(&mut board, now), [0, 1, 2, 0, 1, 2]);
    assert_eq!(board.choose(now, None), Choice::Full);
    board.ended(2, false, End::Well, now);
    board.ended(0, false, End::Well, now);
    board.ended(2, false, End::Well, now);
    assert_eq!(fill(&mut board, now), [2, 0, 2]);
}

#[test]
fn light_load_is_spread_too() {
    let (mut board, now) = (Board::new(2, 4), Instant::now());
    for base in [0, 1, 0, 1] {
        assert_eq!(board.choose(now, None), ordinary(base));
        board.ended(base, false, End::Well, now);
    }
}

#[test]
fn one_that_fails_is_left_alone_while_others_stand_in_for_it() {
    for end in [End::Failed, End::Unconnected, End::Throttled(SECOND)] {
        let (mut board, now) = (Board::new(2, 1), Instant::now());
        assert_eq!(fill(&mut board, now), [0, 1]);
        board.ended(0, false, end, now);
        board.ended(1, false, End::Well, now);
        assert_eq!(fill(&mut board, now), [1], "{end:?}");
        assert_eq!(board.choose(now, None), Choice::Full, "the other is well and has its places taken");
    }
}

#[test]
fn the_last_one_is_left_alone_when_nobody_is_there_or_it_fails_again_and_again() {
    for (ends, open) in [
        (&[End::Unconnected][..], true),
        (&[End::Failed, End::Failed], false),
        (&[End::Failed, End::Failed, End::Failed], true),
        (&[End::Failed, End::Failed, End::Well, End::Failed], false),
        (&[End::Abandoned, End::Abandoned, End::Abandoned], false),
    ] {
        let (mut board, now) = (Board::new(1, 1), Instant::now());
        for end in ends {
            assert_eq!(board.choose(now, None), ordinary(0));
            board.ended(0, false, *end, now);
        }
        assert_eq!(board.next_probe().is_some(), open, "{ends:?}");
    }
}

#[test]
fn while_none_is_well_one_call_at_a_time_finds_out_and_the_others_fail_at_once() {
    let (mut board, now) = (Board::new(2, 4), Instant::now());
    for base in [0, 1] {
        assert_eq!(board.choose(now, None), ordinary(base));
    }
    board.ended(1, false, End::Unconnected, now);
    board.ended(0, false, End::Unconnected, now + SECOND / 2);
    assert_eq!(board.choose(now, None), trial(1), "the one that was ejected first");
    assert_eq!(board.choose(now, None), Choice::Open);
    board.ended(1, true, End::Unconnected, now);
    assert_eq!(board.choose(now, None), trial(0));
    board.ended(0, true, End::Well, now);
    assert_eq!(board.choose(now, None), ordinary(0));
    // Nor is a trial made in the place of a call that has failed.
    board.ended(0, false, End::Unconnected, now);
    assert_eq!(board.choose(now, Some(0)), Choice::Open);
    // A trial that is given up leaves room for the next.
    assert!(matches!(board.choose(now, None), Choice::Base { base, trial: true } if {
        board.ended(base, true, End::Abandoned, now);
        true
    }));
    assert!(matches!(board.choose(now, None), Choice::Base { trial: true, .. }));
}

#[test]
fn one_that_throttles_is_not_tried_before_the_time_that_it_named() {
    let (mut board, now) = (Board::new(1, 1), Instant::now());
    assert_eq!(board.choose(now, None), ordinary(0));
    board.ended(0, false, End::Throttled(7 * SECOND), now);
    assert_eq!(board.next_probe(), Some(now + 7 * SECOND));
    assert_eq!(board.choose(now + 6 * SECOND, None), Choice::Open);
    assert_eq!(board.choose(now + 7 * SECOND, None), trial(0));
    board.ended(0, true, End::Throttled(3600 * SECOND), now);
    assert_eq!(board.next_probe(), Some(now + 30 * SECOND), "not for ever, whatever it says");
}

#[test]
fn the_time_grows_until_something_is_rendered_and_a_probe_gives_work_again() {
    let (mut board, now) = (Board::new(1, 1), Instant::now());
    for seconds in [1, 2, 4, 8, 16, 30, 30] {
        assert_eq!(board.choose(now, None), ordinary(0));
        board.ended(0, false, End::Unconnected, now);
        let until = now + seconds * SECOND;
        assert_eq!(board.next_probe(), Some(until));
        assert!(board.due(until - SECOND / 2).is_empty());
        assert_eq!(board.due(until), [0]);
        assert_eq!((board.due(until), board.next_probe()), (vec![], None), "it is being asked");
        board.probed(0, true, until);
    }
    assert_eq!(board.choose(now, None), ordinary(0));
    board.ended(0, false, End::Well, now);
    board.choose(now, None);
    board.ended(0, false, End::Unconnected, now);
    assert_eq!(board.next_probe(), Some(now + SECOND));
    board.due(now + SECOND);
    board.probed(0, false, now + SECOND);
    assert_eq!(board.next_probe(), Some(now + 3 * SECOND));
}

#[test]
fn calls_that_began_before_an_ejection_change_nothing() {
    let (mut board, now) = (Board::new(1, 4), Instant::now());
    fill(&mut board, now);
    board.ended(0, false, End::Unconnected, now);
    let until = board.next_probe();
    for end in [End::Unconnected, End::Failed, End::Well] {
        board.ended(0, false, end, now + SECOND / 4);
        assert_eq!(board.next_probe(), until, "{end:?}");
    }
    assert_eq!(board.choose(now, None), trial(0));
}
