//! What a Redis tells about itself, and what it means for a queue. Pure, but for reading `INFO`.

use redis::InfoDict;

use super::super::policy::Policy;
use crate::finding::Finding;

/// The first whose scripts may read the clock before they write.
const OLDEST: u32 = 5;
/// The first that the scripts were written for (`lua/common.lua`).
const OLDEST_TRIED: u32 = 6;
/// Percent of its memory from which on a Redis is about to refuse.
const ALMOST_FULL: u64 = 90;

/// What `INFO` says, as far as it does.
#[derive(Clone, Debug, Default)]
pub(super) struct Information {
    /// Of the protocol and commands: Valkey has the version of the Redis that it does as.
    version: Option<String>,
    /// Valkey's own.
    valkey: Option<String>,
    /// Bytes in use.
    used: Option<u64>,
    /// Bytes that may be; 0 is no bound.
    most: Option<u64>,
    /// Whether every write is logged on disk.
    append_only: Option<bool>,
}

impl Information {
    pub(super) fn read(told: &InfoDict) -> Self {
        Self {
            version: told.get("redis_version"),
            valkey: told.get("valkey_version"),
            used: told.get("used_memory"),
            most: told.get("maxmemory"),
            append_only: told.get::<u8>("aof_enabled").map(|enabled| enabled == 1),
        }
    }
}

/// Judges one master.
pub(super) fn judged(told: Option<&Information>, policy: &Policy) -> Vec<Finding> {
    let Some(told) = told else {
        let advice = "allow INFO to the user of redis.url: nothing but the messages of failures tells version, memory and persistence then";
        return vec![Finding::warn("information", "not told", advice), evicts(policy)];
    };
    vec![version(told), evicts(policy), memory(told), persistence(told)]
}

fn version(told: &Information) -> Finding {
    const NAME: &str = "version";
    let Some(version) = &told.version else {
        return Finding::warn(NAME, "not told", "make sure that it is Redis 6 or later, or Valkey");
    };
    let found = match &told.valkey {
        Some(valkey) => format!("Valkey {valkey}"),
        None => format!("Redis {version}"),
    };
    match version.split('.').next().and_then(|major| major.parse::<u32>().ok()) {
        Some(major) if major < OLDEST => {
            let advice = "run Redis 6 or later, or Valkey: the queue's scripts read the clock and then write, which this one refuses";
            Finding::fail(NAME, found, advice)
        }
        Some(major) if major < OLDEST_TRIED => {
            let advice = "run Redis 6 or later, or Valkey: how an older one behaves when its memory is full was not tried";
            Finding::warn(NAME, found, advice)
        }
        _ => Finding::ok(NAME, found),
    }
}

fn evicts(policy: &Policy) -> Finding {
    const NAME: &str = "eviction policy";
    match policy {
        Policy::Keeps => Finding::ok(NAME, "noeviction"),
        Policy::Evicts { policy } => Finding::fail(
            NAME,
            policy.as_str(),
            "set maxmemory-policy noeviction: with another Redis throws away jobs and claims when it is full, and Imcaxy does not start",
        ),
        Policy::Untold => Finding::warn(
            NAME,
            "not told: neither INFO nor CONFIG GET says it",
            "make sure that maxmemory-policy is noeviction",
        ),
    }
}

fn memory(told: &Information) -> Finding {
    const NAME: &str = "memory";
    let (Some(used), Some(most)) = (told.used, told.most) else {
        return Finding::warn(NAME, "not told", "make sure that maxmemory leaves room for the queue");
    };
    if most == 0 {
        return Finding::ok(NAME, format!("{} in use, no maxmemory", mebibytes(used)));
    }
    let found = format!("{} of {} in use", mebibytes(used), mebibytes(most));
    if used >= most {
        Finding::fail(
            NAME,
            found,
            "raise maxmemory, or remove what else is kept there: Redis refuses new jobs",
        )
    } else if used.saturating_mul(100) / most >= ALMOST_FULL {
        Finding::warn(
            NAME,
            found,
            "raise maxmemory, or remove what else is kept there: a full Redis refuses new jobs",
        )
    } else {
        Finding::ok(NAME, found)
    }
}

fn persistence(told: &Information) -> Finding {
    const NAME: &str = "persistence";
    match told.append_only {
        Some(true) => Finding::ok(NAME, "appendonly is on"),
        Some(false) => Finding::warn(
            NAME,
            "appendonly is off",
            "set appendonly yes: without it a restart forgets the jobs that are alive; nothing wrong is answered, but who waits submits \
             again, and what was being rendered is rendered once more",
        ),
        None => Finding::warn(
            NAME,
            "not told",
            "make sure that appendonly is on, or expect a restart to cost renders",
        ),
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict::{self, Fail, Ok, Warn};

    const MIB: u64 = 1 << 20;

    fn told(info: &str) -> Vec<(&'static str, Verdict)> {
        let information = Information::read(&InfoDict::new(info));
        judged(Some(&information), &Policy::Keeps)
            .into_iter()
            .map(|found| (found.name, found.verdict))
            .collect()
    }

    #[test]
    fn each_thing_that_redis_tells_is_judged() {
        for (info, name, verdict) in [
            ("redis_version:7.0.15", "version", Ok),
            ("redis_version:7.2.4\r\nvalkey_version:9.1.0", "version", Ok),
            ("redis_version:5.0.7", "version", Warn),
            ("redis_version:4.0.14", "version", Fail),
            ("", "version", Warn),
            ("aof_enabled:1", "persistence", Ok),
            ("aof_enabled:0", "persistence", Warn),
            ("", "persistence", Warn),
            ("used_memory:10\r\nmaxmemory:0", "memory", Ok),
            ("used_memory:10", "memory", Warn),
        ] {
            assert!(told(info).contains(&(name, verdict)), "{info:?}: {:?}", told(info));
        }
    }

    #[test]
    fn memory_that_is_nearly_used_up_is_told_before_it_is() {
        for (used, verdict) in [(89, Ok), (90, Warn), (99, Warn), (100, Fail), (120, Fail)] {
            let information =
                Information { used: Some(used * MIB), most: Some(100 * MIB), ..Information::default() };
            assert_eq!(memory(&information).verdict, verdict, "{used}");
        }
    }

    #[test]
    fn only_noeviction_will_do() {
        for (policy, verdict) in [
            (Policy::Keeps, Ok),
            (Policy::Evicts { policy: "allkeys-lru".to_owned() }, Fail),
            (Policy::Untold, Warn),
        ] {
            let found: Vec<_> = judged(None, &policy).into_iter().map(|found| found.verdict).collect();
            assert_eq!(found, [Warn, verdict]);
        }
    }
}
