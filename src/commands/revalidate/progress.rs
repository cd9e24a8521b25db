//! How far it is, as a bar on a terminal; elsewhere nothing is drawn.

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

const BAR: &str = "{bar:40} {human_pos} of {human_len} sources, {elapsed}";

/// The bar over all that was begun. It goes when it is dropped.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Of what the server has answered as it began.
    pub(super) fn of(begun: &[Value]) -> Self {
        let matched = |answer: &Value| answer.pointer("/matched/sources").and_then(Value::as_u64);
        let bar = ProgressBar::new(begun.iter().filter_map(matched).sum());
        if let Ok(style) = ProgressStyle::with_template(BAR) {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// Moves it on. What was matched may have been an estimate: it grows when there is more.
    pub(super) fn show(&self, answers: &[Value]) {
        let done = answers.iter().map(done).sum();
        self.0.set_length(self.0.length().unwrap_or_default().max(done));
        self.0.set_position(done);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Of how many sources it is known what became of them.
fn done(answer: &Value) -> u64 {
    let of = if answer["mode"] == "discard" { "discarded" } else { "checked" };
    answer[of].as_u64().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_is_as_far_as_the_reports_say_and_grows_beyond_an_estimate() {
        let begun = |sources| json!({ "id": "x", "mode": "check", "matched": { "sources": sources } });
        let report =
            |mode, checked, discarded| json!({ "mode": mode, "checked": checked, "discarded": discarded });
        let progress = Progress::of(&[begun(2), begun(3)]);
        let seen = |progress: &Progress| (progress.0.position(), progress.0.length());
        assert_eq!(seen(&progress), (0, Some(5)));
        progress.show(&[report("check", 2, 1), begun(3)]);
        assert_eq!(seen(&progress), (2, Some(5)));
        progress.show(&[report("check", 2, 1), report("discard", 0, 7)]);
        assert_eq!(seen(&progress), (9, Some(9)));
    }
}
