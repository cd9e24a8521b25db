//! How much memory a process takes.

use std::fs;
use std::path::Path;

use imcaxy_testkit::KitError;

/// In bytes.
pub struct Memory {
    /// What is in memory of it, what it shares with others included.
    pub resident: u64,
    /// The same, of what is shared its part.
    pub proportional: u64,
    /// The most that ever was.
    pub peak: u64,
}

impl Memory {
    pub fn of(process: u32) -> Result<Self, KitError> {
        let read = |name: &str| {
            let path = format!("/proc/{process}/{name}");
            fs::read_to_string(&path).map_err(KitError::at("read", Path::new(&path)))
        };
        let (rollup, status) = (read("smaps_rollup")?, read("status")?);
        Ok(Self {
            resident: bytes(&rollup, "Rss:"),
            proportional: bytes(&rollup, "Pss:"),
            peak: bytes(&status, "VmHWM:"),
        })
    }
}

/// The kernel tells kibibytes (proc(5)). What it does not tell is 0.
fn bytes(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    number.unwrap_or_default() << 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_lines_are_read() {
        let text = "Rss:                  12 kB\nPss:                   3 kB\nPss_Dirty:  1 kB\n";
        assert_eq!((bytes(text, "Rss:"), bytes(text, "Pss:"), bytes(text, "Swap:")), (12 << 10, 3 << 10, 0));
    }
}
