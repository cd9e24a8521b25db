//! What this machine has.

use std::fs;

use nix::sys::resource::{Resource, getrlimit};

/// What a process can have here, as far as the system tells.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Machine {
    /// Bytes of memory: of the machine, or of the container where that has less.
    pub memory: Option<u64>,
    /// Files open at once: each connection is one.
    pub open_files: Option<u64>,
}

/// Asks the system.
pub(super) fn this() -> Machine {
    let file = |path: &str| fs::read_to_string(path).ok();
    // Linux tells these and no other does.
    let whole = file("/proc/meminfo").and_then(|told| total(&told));
    let granted = file("/sys/fs/cgroup/memory.max").and_then(|told| told.trim().parse().ok());
    let open_files = getrlimit(Resource::RLIMIT_NOFILE).ok().map(|(_, most)| most);
    Machine { memory: [whole, granted].into_iter().flatten().min(), open_files }
}

/// The total in the words of `/proc/meminfo`, which are KiB.
fn total(told: &str) -> Option<u64> {
    let line = told.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_the_machine_is_read() {
        assert_eq!(total("MemTotal:       16303428 kB\nMemFree: 1 kB\n"), Some(16_303_428 * 1024));
        assert_eq!(total("nothing"), None);
    }
}
