//! The queue's scripts: each step is one, so that no crash of a client leaves a job half way.

use redis::{Script, ScriptInvocation};

use super::Keys;
use crate::ports::{BEYOND, FEW, LAST_CHANCE, MOST_LOSSES, PACE_SPAN};

const COMMON: &str = include_str!("lua/common.lua");
const CLAIM: &str = include_str!("lua/claim.lua");

/// One script a step.
pub(super) struct Scripts {
    pub submit: Script,
    pub take: Script,
    pub would_give: Script,
    pub renew: Script,
    pub finish: Script,
    pub postpone: Script,
    pub tend: Script,
    pub reap: Script,
    pub live: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let constants = format!(
            "local SPAN, MOST_LOSSES, LAST_CHANCE = {}, {MOST_LOSSES}, '{LAST_CHANCE}'\nlocal FEW, BEYOND = {FEW}, {BEYOND}\n",
            PACE_SPAN.as_secs()
        );
        let script = |parts: &[&str]| Script::new(&[&[constants.as_str()], parts].concat().concat());
        Self {
            submit: script(&[COMMON, include_str!("lua/submit.lua")]),
            take: script(&[COMMON, CLAIM, include_str!("lua/take.lua")]),
            would_give: script(&[COMMON, include_str!("lua/would_give.lua")]),
            renew: script(&[COMMON, include_str!("lua/renew.lua")]),
            finish: script(&[COMMON, include_str!("lua/finish.lua")]),
            postpone: script(&[COMMON, include_str!("lua/postpone.lua")]),
            tend: script(&[COMMON, include_str!("lua/tend.lua")]),
            reap: script(&[COMMON, CLAIM, include_str!("lua/reap.lua")]),
            live: script(&[COMMON, include_str!("lua/live.lua")]),
        }
    }
}

/// The name by which Redis is told to end a claim, for tests that lose exactly that.
#[cfg(feature = "testing")]
#[must_use]
pub fn finish_script_hash() -> String {
    Scripts::new().finish.get_hash().to_owned()
}

/// A call of `script` with what every script is given.
pub(super) fn call<'a>(script: &'a Script, keys: &Keys) -> ScriptInvocation<'a> {
    let mut call = script.prepare_invoke();
    // A Cluster looks at the declared keys before it begins. While it moves our slot it sends away whoever declares one that is not
    // there, as this one never is; with another the script would begin, and stop half way at the first key that has moved.
    call.key(keys.probe()).arg(keys.prefix());
    call
}
