//! How a discard reaches all who answer: the ledger, the register, leases, what is in memory, look-ups, the working off of rules, and a
//! writer who makes pictures of a source that changes, and a refresh. Two replicas, one source with one or two variants.

mod api;
mod catalog;
mod discarder;
mod lookup;
mod protocol;
mod refresher;
mod rules;
mod world;
mod writer;

use crate::checker::{finds, holds};
use rules::{About, Mistake, Rules};

const NOTHING_STALE: &str =
    "nobody is answered with what was fetched before a discard that was acknowledged when they began";
const SAME_BYTES: &str = "variants of one source that are answered as hits were made from the same bytes";
const ACKNOWLEDGED: &str = "every discard can be acknowledged";
const LEASES: &str = "every replica can have a lease";
const REFRESHED: &str = "every refresh can end";
const TAKEN_UP: &str = "what waits for the switch of a refresh is taken up by it";
const MADE_AGAIN: &str = "what was discarded can be made again";

/// One replica that asks the catalog and hears of what is kept, one writer, and discards that are worked off.
const ASKING: Rules = Rules { replicas: 1, asks: true, news: true, upkeep: true, writers: 1, ..Rules::QUIET };

/// One replica; of the discards only the last is about its picture.
const ALONE: Rules = Rules { replicas: 1, discards: &[About::Other, About::Everything], ..Rules::QUIET };

#[test]
fn it_holds_with_replicas_that_leave_or_crash() {
    holds(&Rules { departures: 2, ..Rules::QUIET });
}

#[test]
fn it_holds_with_an_entering_of_two_replicas_that_comes_to_pass_late() {
    holds(&Rules { unanswered: 1, ..Rules::QUIET });
}

#[test]
fn it_holds_with_three_discards() {
    holds(&Rules { discards: &[About::Other, About::Other, About::Own], ..ALONE });
}

#[test]
fn it_holds_with_an_entering_that_comes_to_pass_late_and_an_old_read() {
    holds(&Rules { unanswered: 1, old_reads: 1, ..ALONE });
}

#[test]
fn it_holds_with_a_replica_that_asks() {
    holds(&Rules { drops: 1, ..ASKING });
}

/// Two variants of a source that changes, in the memory of one replica and in the catalog, where others find them.
const CHANGING: Rules =
    Rules { replicas: 1, keys: 2, writers: 1, changes: 1, discards: &[About::Own], ..Rules::QUIET };

#[test]
fn it_holds_with_a_source_that_changes() {
    holds(&CHANGING);
}

/// The same with a refresh, and a variant that is asked for meanwhile, of which the replica hears.
const REFRESHING: Rules = Rules { refreshes: true, unmade: 1, news: true, discards: &[], ..CHANGING };

#[test]
fn it_holds_with_a_refresh() {
    holds(&REFRESHING);
}

#[test]
fn it_holds_with_a_refresh_and_a_discard() {
    holds(&Rules { keys: 1, unmade: 0, writers: 0, discards: &[About::Own], ..REFRESHING });
}

/// One variant of it, and rules that are dropped as soon as they are worked off.
const DROPPING: Rules = Rules { keys: 1, upkeep: true, drops: 1, ..CHANGING };

#[test]
fn it_holds_with_a_source_that_changes_and_rules_that_are_dropped() {
    holds(&DROPPING);
}

#[test]
fn a_lease_that_runs_from_the_beat_is_found() {
    finds(&Rules { mistake: Mistake::LeasesRunFromTheBeat, ..Rules::QUIET }, NOTHING_STALE);
}

#[test]
fn a_lease_that_runs_by_a_clock_that_stands_still_is_found() {
    finds(&Rules { mistake: Mistake::LeasesRunByAClockThatStandsStill, ..Rules::QUIET }, NOTHING_STALE);
}

#[test]
fn a_lease_that_does_not_ask_the_register_is_found() {
    finds(&Rules { mistake: Mistake::LeasesIgnoreTheRegister, ..ALONE }, NOTHING_STALE);
}

#[test]
fn a_lease_that_begins_with_a_beat_that_enters_is_found() {
    finds(&Rules { mistake: Mistake::LeasesBeginByABeatThatEnters, ..ALONE }, NOTHING_STALE);
}

#[test]
fn a_replica_that_enters_under_the_same_name_again_is_found() {
    let rules = Rules { discards: &[About::Other, About::Other, About::Own], ..ALONE };
    finds(&Rules { mistake: Mistake::ReplicasEnterUnderOneName, ..rules }, NOTHING_STALE);
}

#[test]
fn a_replica_that_goes_by_a_name_without_an_answer_is_found() {
    let rules = Rules { unanswered: 1, ..Rules::QUIET };
    finds(&Rules { mistake: Mistake::ReplicasGoByANameWithoutAnswer, ..rules }, NOTHING_STALE);
}

#[test]
fn a_replica_that_leaves_before_its_lease_ends_is_found() {
    let rules = Rules { departures: 1, ..Rules::QUIET };
    finds(&Rules { mistake: Mistake::ReplicasLeaveBeforeTheirLeaseEnds, ..rules }, NOTHING_STALE);
}

#[test]
fn a_refused_replica_that_does_not_enter_again_is_found() {
    finds(&Rules { mistake: Mistake::RefusedReplicasDoNotEnterAgain, ..Rules::QUIET }, LEASES);
}

#[test]
fn a_beat_that_tells_more_than_is_applied_is_found() {
    finds(&Rules { mistake: Mistake::BeatsTellMoreThanIsApplied, ..Rules::QUIET }, NOTHING_STALE);
}

#[test]
fn a_nudge_that_tells_more_than_is_applied_is_found() {
    finds(&Rules { mistake: Mistake::NudgesTellMoreThanIsApplied, ..Rules::QUIET }, NOTHING_STALE);
}

#[test]
fn a_replica_that_believes_an_old_read_is_found() {
    let rules = Rules { old_reads: 1, ..ALONE };
    finds(&Rules { mistake: Mistake::OldReadsAreBelieved, ..rules }, NOTHING_STALE);
}

#[test]
fn a_discard_that_looks_before_its_commit_is_found() {
    finds(&Rules { mistake: Mistake::DiscardsLookBeforeTheCommit, ..Rules::QUIET }, NOTHING_STALE);
}

#[test]
fn a_discard_that_counts_from_before_its_commit_is_found() {
    finds(&Rules { mistake: Mistake::DiscardsCountFromBeforeTheCommit, ..Rules::QUIET }, NOTHING_STALE);
}

#[test]
fn a_discard_that_is_acknowledged_before_its_commit_is_found() {
    finds(&Rules { mistake: Mistake::DiscardsAreAcknowledgedBeforeTheCommit, ..Rules::QUIET }, NOTHING_STALE);
}

#[test]
fn a_discard_that_does_not_wait_is_found() {
    finds(&Rules { mistake: Mistake::DiscardsDoNotWait, ..Rules::QUIET }, NOTHING_STALE);
}

#[test]
fn a_discard_that_waits_for_the_silent_for_ever_is_found() {
    let rules = Rules { departures: 1, ..Rules::QUIET };
    finds(&Rules { mistake: Mistake::DiscardsWaitForTheSilentForEver, ..rules }, ACKNOWLEDGED);
}

#[test]
fn a_discard_that_retires_who_has_spoken_is_found() {
    finds(&Rules { mistake: Mistake::DiscardsRetireWhoSpoke, ..ALONE }, NOTHING_STALE);
}

#[test]
fn a_fill_that_is_not_barred_is_found() {
    finds(&Rules { mistake: Mistake::FillsAreNotBarred, ..ASKING }, NOTHING_STALE);
}

#[test]
fn a_memory_that_forgets_what_was_dropped_is_found() {
    finds(&Rules { drops: 1, mistake: Mistake::MemoryForgetsWhatWasDropped, ..ASKING }, NOTHING_STALE);
}

#[test]
fn a_look_up_that_ignores_that_rules_were_dropped_is_found() {
    finds(&Rules { drops: 1, mistake: Mistake::LookUpsIgnoreWhatWasDropped, ..ASKING }, NOTHING_STALE);
}

#[test]
fn a_look_up_that_ignores_closed_rules_is_found() {
    finds(&Rules { mistake: Mistake::LookUpsIgnoreClosedRules, ..ASKING }, NOTHING_STALE);
}

#[test]
fn a_rule_that_is_closed_before_it_is_worked_off_is_found() {
    finds(&Rules { drops: 1, mistake: Mistake::RulesAreClosedFirst, ..ASKING }, NOTHING_STALE);
}

#[test]
fn a_stamp_that_is_read_after_the_fetch_is_found() {
    let discards = &[About::Own, About::Own];
    finds(&Rules { discards, mistake: Mistake::StampsAreReadAfterTheFetch, ..ASKING }, NOTHING_STALE);
}

#[test]
fn a_writer_that_keeps_other_bytes_is_found() {
    finds(&Rules { mistake: Mistake::OtherBytesAreKept, ..CHANGING }, MADE_AGAIN);
}

#[test]
fn a_writer_that_keeps_a_picture_before_its_discard_is_acknowledged_is_found() {
    finds(&Rules { mistake: Mistake::PicturesAreKeptAtOnce, ..CHANGING }, SAME_BYTES);
}

#[test]
fn a_writer_that_does_not_wait_for_what_was_dropped_is_found() {
    finds(&Rules { mistake: Mistake::DroppedRulesAreAboutNothing, ..DROPPING }, SAME_BYTES);
}

#[test]
fn a_picture_that_is_prepared_before_a_discard_is_acknowledged_is_found() {
    let rules = Rules { keys: 1, unmade: 0, writers: 0, discards: &[About::Own], ..REFRESHING };
    finds(&Rules { mistake: Mistake::PicturesArePreparedAtOnce, ..rules }, SAME_BYTES);
}

#[test]
fn bytes_that_wait_for_a_switch_that_leaves_alone_what_the_source_has_are_found() {
    finds(&Rules { mistake: Mistake::BytesWaitForASwitchThatIsNotTheirs, ..REFRESHING }, TAKEN_UP);
}

#[test]
fn a_prepared_picture_that_counts_from_the_commit_of_its_switch_is_found() {
    finds(&Rules { mistake: Mistake::WhatWaitsCountsFromTheCommit, ..REFRESHING }, SAME_BYTES);
}

#[test]
fn a_switch_that_is_written_down_before_it_has_reached_all_is_found() {
    finds(&Rules { mistake: Mistake::SwitchesAreWrittenAtOnce, ..REFRESHING }, SAME_BYTES);
}

#[test]
fn a_writer_that_writes_down_a_switch_that_has_not_reached_all_is_found() {
    finds(&Rules { mistake: Mistake::SwitchesAreWrittenByWhoFindsThem, ..REFRESHING }, SAME_BYTES);
}

#[test]
fn a_memory_that_upholds_what_is_newer_than_a_switch_is_found() {
    finds(&Rules { mistake: Mistake::MemoryUpholdsWhatIsNewerThanASwitch, ..REFRESHING }, SAME_BYTES);
}
