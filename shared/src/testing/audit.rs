//! What every audit must do. Each function takes one of its own, empty.

use std::sync::Arc;
use std::time::Duration;

use crate::ports::{AuditLine, AuditLog};
use crate::time::Timestamp;

type Subject = Arc<dyn AuditLog>;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn line(number: u64) -> AuditLine {
    AuditLine {
        id: format!("{number:016x}"),
        at: NOW.plus(Duration::from_secs(number / 2)),
        actor: "ci".to_owned(),
        action: "revalidate".to_owned(),
        scope: "discard: host a.test".to_owned(),
        result: "202".to_owned(),
    }
}

pub async fn what_was_noted_is_listed_once_the_last_first(subject: Subject) {
    let lines: Vec<AuditLine> = (0..5).map(line).collect();
    for line in lines.iter().chain(lines.first()) {
        subject.note(line).await.expect("noted");
    }
    let (mut seen, mut place) = (Vec::new(), None);
    loop {
        let page = subject.lines(place.as_ref(), 2).await.expect("a page");
        place = page.last().map(AuditLine::moment);
        seen.extend(page.iter().cloned());
        if page.len() < 2 {
            break;
        }
    }
    seen.reverse();
    assert_eq!(seen, lines);
}

pub async fn old_lines_are_forgotten_in_batches(subject: Subject) {
    for number in 0..6 {
        subject.note(&line(number)).await.expect("noted");
    }
    for (limit, removed) in [(3, 3), (3, 1), (3, 0)] {
        let before = NOW.plus(Duration::from_secs(2));
        assert_eq!(subject.forget(before, limit).await.expect("forgotten"), removed);
    }
    let left = subject.lines(None, 10).await.expect("lines");
    assert_eq!(left, [line(5), line(4)]);
}
