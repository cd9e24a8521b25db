//! Contract suites: what every backend of a port must do, as tests that take any backend.
//!
//! A backend runs a suite with one line, such as `imcaxy_shared::catalog_contract!(open())`, which makes a test of
//! each function of [`super::catalog`].

/// Makes one test of each named function of a suite; `$open` is an `async` expression that gives a fresh backend.
#[macro_export]
macro_rules! contract_tests {
    ($suite:path, $open:expr, $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                use $suite as suite;
                suite::$name($open.await).await;
            }
        )*
    };
}

/// The suite of the catalog port.
#[macro_export]
macro_rules! catalog_contract {
    ($open:expr) => {
        $crate::contract_tests! { $crate::testing::catalog, $open,
            what_was_recorded_is_found_with_its_sources
            nothing_is_found_where_nothing_was_recorded
            a_redirect_target_is_found_though_the_request_does_not_name_it
            the_first_success_of_a_stamp_stays
            a_newer_stamp_replaces_and_names_what_it_replaced
            at_equal_stamps_other_bytes_of_a_source_replace
            of_many_recorders_at_once_one_wins
            a_source_is_admitted_once
            a_source_is_new_once_and_used_when_an_entry_names_it
            a_digest_is_accepted_when_it_is_the_first_or_equal
            a_digest_from_before_a_discard_is_not_accepted
            an_outdated_digest_gives_way
            of_many_different_digests_at_once_one_is_accepted
            forgetting_names_the_object_that_was_seen
            an_entry_is_renewed_as_long_as_it_is_the_one_that_was_seen
            unused_sources_are_old_and_named_by_no_entry
            the_ledger_begins_at_zero_with_one_incarnation
            what_was_made_before_a_discard_does_not_count_and_what_is_made_after_it_does
            an_old_render_that_is_recorded_after_a_discard_does_not_count
            a_source_that_nobody_has_seen_can_be_discarded
            a_discard_of_many_is_about_those_that_it_names_seen_or_not
            sources_that_a_discard_is_about_come_in_pages
            who_stops_for_want_of_time_goes_on_there_and_closes_the_rule_at_the_end
            discards_are_committed_together_or_not_at_all
            entries_are_found_by_their_sources_and_stamps
            entries_that_are_forgotten_make_room_for_the_next
            documents_of_sources_are_found_by_their_ids
            a_discard_that_was_only_appended_counts_and_is_worked_off_by_another
            working_off_twice_or_late_changes_nothing_more
            when_a_source_was_discarded_is_told_of_the_last_discard_that_was_news
            discards_that_race_have_positions_of_their_own
            who_knows_the_ledger_learns_what_is_new
            no_look_up_that_begins_after_a_discard_finds_what_was_made_before
            no_more_than_a_thousand_rules_are_open
            a_failure_is_found_until_a_newer_one_replaces_it
            a_failure_beside_an_entry_that_stands_is_found_when_asked_for
            of_many_failures_at_once_the_newest_stays
            failures_that_are_over_are_forgotten
            of_many_who_find_a_change_at_once_one_is_told_to_discard
            who_changes_again_within_a_minute_is_unsteady_and_later_has_changed_again
            bytes_that_were_seen_to_change_at_once_are_unsteady
            what_is_no_change_any_more_is_over
            a_digest_that_a_discard_outdates_stands_for_nothing_that_changes
            a_position_can_be_taken_that_outdates_nothing
            a_switch_outdates_at_once_and_what_waits_counts_when_it_is_written_down
            a_discard_outdates_what_waits_and_working_it_off_drops_it
            bytes_wait_when_they_are_others_and_none_wait
            no_bytes_wait_for_a_refresh_whose_switch_leaves_alone_what_the_source_has
            what_waits_stands_for_its_source_until_it_is_taken_up
            a_rendering_waits_when_it_is_newer_than_what_is_there
            what_is_answered_since_a_switch_is_not_replaced_by_what_is_prepared_for_the_next
            what_waits_is_forgotten_by_its_object
            what_is_due_is_found_and_nothing_else
            a_check_that_a_clock_ahead_has_planned_is_due
            what_a_check_has_taught_is_written_unless_another_was_planned
            who_is_fetched_serves_and_is_checked_later
            who_is_fetched_for_a_refresh_serves
            what_a_check_has_found_changed_is_written_with_its_time
            whether_the_url_was_all_that_was_asked_for_is_told_of_the_last_fetch
        }
    };
}

/// The suite of the ticks of schedules.
#[macro_export]
macro_rules! ticks_contract {
    ($open:expr) => {
        $crate::contract_tests! { $crate::testing::ticks, $open,
            a_tick_is_given_to_one_of_many
            a_tick_comes_again_after_its_interval_and_not_before
            a_claimed_tick_that_was_not_settled_is_given_out_again
            a_clock_that_stepped_back_silences_nothing
        }
    };
}

/// The suite of the object port.
#[macro_export]
macro_rules! objects_contract {
    ($open:expr) => {
        $crate::contract_tests! { $crate::testing::objects, $open,
            what_was_put_is_opened_whole
            a_part_is_opened_and_ends_with_the_object
            an_absent_object_is_none
            deleting_is_final_and_the_absent_is_fine
            names_are_listed_in_order_from_anywhere
            an_empty_object_is_an_object
        }
    };
}

/// The suite of the queue port.
#[macro_export]
macro_rules! queue_contract {
    ($open:expr) => {
        $crate::contract_tests! { $crate::testing::queue, $open,
            a_second_submission_joins_the_first
            of_many_submitters_at_once_one_queues
            a_job_is_taken_once_and_counted
            requests_are_taken_before_upkeep
            joining_raises_the_priority_and_the_job_is_taken_once
            joining_raises_what_is_wanted
            a_finished_job_is_gone_and_its_key_free
            a_failure_can_be_read_by_its_own_token_only
            a_result_older_than_what_is_wanted_lets_the_job_wait_again
            a_job_waits_again_twice_at_most
            a_claim_that_is_not_held_changes_nothing
            a_held_claim_is_renewed_and_a_lost_one_is_not
            living_jobs_are_listed_page_by_page
            those_who_wait_are_counted_over_all_replicas
            a_submission_wakes_a_worker
            a_job_left_in_the_queue_wakes_the_next_worker
            submissions_racing_finishes_lose_no_job
            origins_are_served_in_turn
            an_origin_that_has_its_share_of_a_worker_is_passed_over
            upkeep_leaves_room_for_requests
            a_slot_more_is_of_use_only_for_a_request_whose_origin_has_not_its_share
            of_those_that_may_be_lost_only_once_more_few_run_at_a_time
            a_worker_that_may_not_take_what_waits_wakes_another
            a_worker_without_a_free_slot_passes_the_bell_on
            what_nobody_asks_for_any_more_is_not_begun
            who_asks_again_keeps_a_job_waiting
            a_job_that_runs_is_never_dropped
            a_full_queue_refuses_new_jobs_of_requests_and_no_others
            one_origin_that_fills_the_queue_does_not_shut_out_the_others
            what_waits_is_counted_by_priority
            a_new_job_is_refused_that_would_wait_too_long
            a_postponed_job_waits_until_it_is_due
            a_delayed_job_that_a_request_joins_waits_at_once
            a_claim_is_reaped_as_it_was_seen_or_not_at_all
            who_lost_a_claim_changes_nothing_for_who_has_it_now
            a_job_whose_claim_is_lost_too_often_is_given_to_who_reaps_it
            a_job_that_waits_again_goes_before_those_that_came_later
        }
        $crate::contract_tests! { $crate::testing::reference, $open,
            it_answers_as_the_reference_does
        }
    };
}

/// The suite of the notifier port.
#[macro_export]
macro_rules! notifier_contract {
    ($open:expr) => {
        $crate::contract_tests! { $crate::testing::notifier, $open,
            every_listener_of_a_key_hears_what_is_announced
            a_listener_of_another_key_hears_nothing
            who_left_is_not_told_and_the_others_are
            a_body_of_a_mebibyte_arrives_whole
            a_thousand_keys_are_listened_to_at_once
            nudges_are_heard_by_all_who_listen_in_their_order
        }
    };
}

/// The suite of the register of replicas.
#[macro_export]
macro_rules! replicas_contract {
    ($open:expr) => {
        $crate::contract_tests! { $crate::testing::replicas, $open,
            who_has_entered_is_seen_with_what_it_said_last
            who_has_not_entered_is_told_so_and_stays_outside
            who_has_left_is_outside
            who_was_silent_can_be_retired_and_who_spoke_since_cannot
        }
    };
}

/// The suite of the record of revalidations.
#[macro_export]
macro_rules! revalidations_contract {
    ($open:expr) => {
        $crate::contract_tests! { $crate::testing::revalidations, $open,
            what_was_begun_is_found_as_it_was
            of_all_who_finish_one_the_first_is_right
            of_all_who_advance_one_at_once_one_does
            those_that_run_are_listed_the_oldest_first
            pages_hold_every_one_once_the_last_first
            the_old_are_forgotten_in_batches
        }
    };
}

/// The suite of the list of blocks, over stores that are a catalog, too.
#[macro_export]
macro_rules! blocks_contract {
    ($open:expr) => {
        $crate::contract_tests! { $crate::testing::blocks, $open,
            what_is_blocked_is_listed_until_it_is_unblocked
            blocks_are_listed_page_by_page
            the_ledger_tells_where_they_were_changed_last
        }
    };
}

/// The suite of the audit.
#[macro_export]
macro_rules! audit_contract {
    ($open:expr) => {
        $crate::contract_tests! { $crate::testing::audit, $open,
            what_was_noted_is_listed_once_the_last_first
            old_lines_are_forgotten_in_batches
        }
    };
}

/// The suite of the history of jobs.
#[macro_export]
macro_rules! history_contract {
    ($open:expr) => {
        $crate::contract_tests! { $crate::testing::history, $open,
            what_was_recorded_is_found_whole
            a_life_is_recorded_once
            jobs_are_found_by_everything_that_can_be_asked
            pages_hold_every_job_once_the_last_first
            jobs_are_forgotten_in_batches_by_state_and_age
        }
    };
}

/// The suite of the outbox.
#[macro_export]
macro_rules! outbox_contract {
    ($open:expr) => {
        $crate::contract_tests! { $crate::testing::outbox, $open,
            an_item_is_given_out_when_it_is_due_and_not_before
            an_item_that_is_held_is_given_to_nobody_else
            what_is_closed_is_gone_and_what_is_not_comes_again
            an_item_that_is_there_already_stays_as_it_is
            of_many_pumps_at_once_one_gets_an_item
            no_more_are_given_out_than_are_asked_for
            an_item_of_another_version_is_left_for_others
            a_clock_that_stepped_back_silences_no_item
        }
    };
}

/// The suite of the usage log, over stores that are a catalog and an inventory, too.
#[macro_export]
macro_rules! usage_contract {
    ($open:expr) => {
        $crate::contract_tests! { $crate::testing::usage, $open,
            uses_add_up_and_the_last_is_the_latest
            counting_makes_nothing_and_names_the_entries_that_are_not_there
            of_many_who_count_at_once_each_counts
            a_thousand_are_counted_together
            what_is_rendered_again_or_learnt_anew_keeps_its_uses
            a_day_is_the_sum_of_all_runs_and_a_number_that_is_written_twice_counts_once
            days_are_forgotten_in_batches
        }
    };
}

/// The suite of the inventory, over the same stores.
#[macro_export]
macro_rules! inventory_contract {
    ($open:expr) => {
        $crate::contract_tests! { $crate::testing::inventory, $open,
            pages_hold_every_source_once_the_greatest_first
            sources_are_listed_by_host_by_prefix_and_by_tag
            what_is_used_while_a_list_is_walked_is_not_listed_twice
            variants_are_those_that_name_the_source_the_greatest_first
            a_source_knows_how_many_variants_and_bytes_there_are_of_it
            a_source_whose_document_was_lost_learns_anew_what_there_is_of_it
            variants_that_come_at_the_same_time_are_all_known
            who_looks_for_unused_sources_tells_the_others_what_they_have
        }
    };
}
