//! Lines for whoever waits at the terminal.

/// Says on stderr what takes its time now.
#[expect(clippy::print_stderr, reason = "progress is for the person at the terminal; there is no log here")]
pub fn say(line: &str) {
    eprintln!("{line}");
}
