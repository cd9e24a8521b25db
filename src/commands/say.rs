//! Answers of commands: on standard output, and what is for people alone beside it.

use std::io::{self, Write as _};

use serde_json::Value;

/// Writes text as it is.
pub(super) fn text(text: &str) -> io::Result<()> {
    written(io::stdout().lock().write_all(text.as_bytes()))
}

/// Writes text to standard error, where it is in nobody's way who reads the answer.
pub(super) fn aside(text: &str) -> io::Result<()> {
    written(io::stderr().lock().write_all(text.as_bytes()))
}

/// Writes JSON for people and programs.
pub(super) fn json(value: &Value) -> io::Result<()> {
    text(&format!("{value:#}\n"))
}

/// Who reads only the first lines (`| head`) has all that was wanted.
fn written(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
