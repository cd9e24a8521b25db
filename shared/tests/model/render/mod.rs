//! How a picture is rendered once for all who want it: two workers, one or two waiters, one key; claims and their loss, what is wanted,
//! announcements, waiting, discards. The queue in it is the reference that real queues are compared with.

mod protocol;
mod waiter;
mod worker;
mod world;

use crate::checker::{finds, holds};
use world::{Mistake, Rules};

#[test]
fn it_holds_with_two_discards() {
    holds(&Rules { discards: 2, ..Rules::QUIET });
}

#[test]
fn it_holds_with_a_discard_and_an_announcement_that_is_lost() {
    holds(&Rules { discards: 1, unheard: 1, ..Rules::QUIET });
}

#[test]
fn it_holds_with_two_crashes_or_freezes() {
    holds(&Rules { faults: 2, ..Rules::QUIET });
}

#[test]
fn it_holds_with_a_discard_and_a_crash_or_freeze() {
    holds(&Rules { discards: 1, faults: 1, ..Rules::QUIET });
}

#[test]
fn it_holds_with_a_discard_and_two_crashes_or_freezes() {
    holds(&Rules { waiters: 1, discards: 1, faults: 2, ..Rules::QUIET });
}

#[test]
fn it_holds_when_a_job_is_given_up_and_not_all_hear_it() {
    holds(&Rules { waiters: 1, faults: 3, unheard: 1, ..Rules::QUIET });
}

#[test]
fn it_holds_when_redis_is_flushed_around_a_discard() {
    holds(&Rules { discards: 1, flushes: 1, ..Rules::QUIET });
}

#[test]
fn it_holds_when_redis_is_flushed_around_a_crash_or_freeze() {
    holds(&Rules { waiters: 1, faults: 1, flushes: 1, unheard: 1, ..Rules::QUIET });
}

#[test]
fn it_holds_when_a_render_fails_around_a_discard() {
    holds(&Rules { discards: 1, failures: 1, ..Rules::QUIET });
}

#[test]
fn it_holds_when_renders_fail_and_not_all_hear_it() {
    holds(&Rules { failures: 2, unheard: 1, ..Rules::QUIET });
}

#[test]
fn it_holds_when_a_claim_is_taken_from_a_worker_that_is_well() {
    holds(&Rules { faults: 1, unfair: 1, ..Rules::QUIET });
}

#[test]
fn it_holds_when_waiters_leave_and_their_jobs_are_dropped() {
    holds(&Rules { faults: 1, departures: 1, ..Rules::QUIET });
}

#[test]
fn a_renewal_that_ignores_the_attempt_is_found() {
    let sentence = "imaginary is called once, and once more at most for each misfortune";
    finds(&Rules { faults: 1, mistake: Mistake::RenewIgnoresTheAttempt, ..Rules::QUIET }, sentence);
}

#[test]
fn a_finish_that_ignores_the_attempt_is_found() {
    let sentence = "a worker whose claim was taken away changes nothing";
    finds(&Rules { faults: 1, mistake: Mistake::FinishIgnoresTheAttempt, ..Rules::QUIET }, sentence);
}

#[test]
fn a_finish_that_ignores_what_is_wanted_is_found() {
    let sentence = "no life ends as done with less than those want who wait for it";
    finds(&Rules { discards: 1, mistake: Mistake::FinishIgnoresWhatIsWanted, ..Rules::QUIET }, sentence);
}

#[test]
fn a_reaper_that_does_not_compare_is_found() {
    let sentence = "who gives signs of life keeps its claim";
    finds(&Rules { faults: 1, mistake: Mistake::ReapDoesNotCompare, ..Rules::QUIET }, sentence);
}

#[test]
fn a_waiter_that_listens_late_and_looks_once_is_found() {
    finds(
        &Rules { mistake: Mistake::WaitersListenLateAndLookOnce, ..Rules::QUIET },
        "whoever waits can be answered",
    );
}

#[test]
fn a_waiter_that_looks_once_is_found() {
    finds(
        &Rules { unheard: 1, mistake: Mistake::WaitersLookOnce, ..Rules::QUIET },
        "whoever waits can be answered",
    );
}

#[test]
fn a_waiter_that_takes_any_picture_is_found() {
    let sentence =
        "nobody is answered with what was made before a discard that was acknowledged when they began";
    finds(&Rules { discards: 1, mistake: Mistake::WaitersTakeAnyPicture, ..Rules::QUIET }, sentence);
}

#[test]
fn a_waiter_that_takes_the_failure_of_another_life_is_found() {
    let sentence = "a failure reaches only those who wait for the life that failed";
    finds(&Rules { failures: 1, mistake: Mistake::WaitersTakeAnyFailure, ..Rules::QUIET }, sentence);
}

#[test]
fn a_catalog_in_which_the_last_record_stays_is_found() {
    let sentence = "an entry never gives way to one with a smaller stamp";
    finds(&Rules { faults: 1, discards: 1, mistake: Mistake::TheLastRecordStays, ..Rules::QUIET }, sentence);
}

#[test]
fn a_worker_that_does_not_look_first_is_found() {
    let sentence = "imaginary is called once, and once more at most for each misfortune";
    finds(&Rules { mistake: Mistake::WorkersDoNotLookFirst, ..Rules::QUIET }, sentence);
}
