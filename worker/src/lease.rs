//! How long a claim may give no sign of life, and all that has to fit into it.

use std::time::Duration;

use imcaxy_shared::ports::RENEWED_WITHIN;

/// How long a claim may go without a sign of life before it is taken away, by the clock of whoever watches.
pub(crate) const LEASE: Duration = Duration::from_secs(5);

/// How often a claim gives one.
pub(crate) const RENEW: Duration = Duration::from_secs(1);

/// For how long after one a claim is taken to be held without asking: a process that was frozen for longer finds out before it does
/// anything that costs.
pub(crate) const TRUSTED: Duration = Duration::from_millis(1500);

/// How often claims are looked at.
pub(crate) const LOOK: Duration = Duration::from_secs(1);

/// The longest pause between two looks that are one watch: after a longer one the watcher was frozen or cut off, and those it
/// watches may have been as well.
pub(crate) const LONGEST_GAP: Duration = Duration::from_millis(2500);

// One sign of life may get no answer and the next one be late, and none of them is trusted for as long as a lease.
const _: () = assert!((RENEW.as_millis() + RENEWED_WITHIN.as_millis()) * 2 < LEASE.as_millis());
const _: () = assert!(RENEW.as_millis() < TRUSTED.as_millis() && TRUSTED.as_millis() * 2 < LEASE.as_millis());
const _: () = assert!(LOOK.as_millis() * 2 < LONGEST_GAP.as_millis());
const _: () = assert!(LONGEST_GAP.as_millis() < LEASE.as_millis());
