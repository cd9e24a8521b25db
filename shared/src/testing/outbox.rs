//! What every outbox must do. Each function takes an outbox of its own, empty.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use super::build;
use crate::entry::{ObjectName, Seq};
use crate::jobs::{Delete, JobKind, PAYLOAD_VERSION};
use crate::ports::{Outbox, OutboxId, OutboxItem};
use crate::time::Timestamp;

type Subject = Arc<dyn Outbox>;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const DELAY: Duration = Duration::from_secs(60);
const HOLD: Duration = Duration::from_secs(300);
const MILLISECOND: Duration = Duration::from_millis(1);

/// The deletion of an object that nobody else names, due after [`DELAY`].
fn item() -> OutboxItem {
    let object = build::entry("http://a.test/1.jpg", Seq::ZERO).object;
    deletion(object, NOW)
}

fn deletion(object: ObjectName, now: Timestamp) -> OutboxItem {
    let delete = Delete::Object { object };
    OutboxItem::new(OutboxId::deletion(&delete), &JobKind::Delete(delete), now, DELAY).expect("an item")
}

async fn put(outbox: &Subject, items: &[OutboxItem]) {
    outbox.put(items).await.expect("put in");
}

async fn due(outbox: &Subject, now: Timestamp) -> Vec<OutboxItem> {
    outbox.due(now, 100, HOLD).await.expect("an answer")
}

pub async fn an_item_is_given_out_when_it_is_due_and_not_before(outbox: Subject) {
    let item = item();
    put(&outbox, &[]).await;
    put(&outbox, std::slice::from_ref(&item)).await;
    assert_eq!(due(&outbox, NOW).await, []);
    assert_eq!(due(&outbox, NOW.plus(DELAY).minus(MILLISECOND)).await, []);
    assert_eq!(due(&outbox, NOW.plus(DELAY)).await, [item]);
}

pub async fn an_item_that_is_held_is_given_to_nobody_else(outbox: Subject) {
    put(&outbox, &[item()]).await;
    let given = NOW.plus(DELAY * 10);
    assert_eq!(due(&outbox, given).await.len(), 1);
    assert_eq!(due(&outbox, given.plus(HOLD).minus(MILLISECOND)).await, []);
    assert_eq!(due(&outbox, given.plus(HOLD)).await.len(), 1);
}

pub async fn what_is_closed_is_gone_and_what_is_not_comes_again(outbox: Subject) {
    let (done, open) = (item(), item());
    put(&outbox, &[done.clone(), open.clone()]).await;
    assert_eq!(due(&outbox, NOW.plus(DELAY)).await.len(), 2);
    outbox.close(&done.id).await.expect("closed");
    outbox.close(&done.id).await.expect("the absent is fine");
    assert_eq!(due(&outbox, NOW.plus(DELAY).plus(HOLD)).await, [open]);
}

pub async fn an_item_that_is_there_already_stays_as_it_is(outbox: Subject) {
    let object = build::entry("http://a.test/1.jpg", Seq::ZERO).object;
    let (first, again) = (deletion(object.clone(), NOW), deletion(object, NOW.plus(DELAY)));
    let other = item();
    put(&outbox, std::slice::from_ref(&first)).await;
    // The one that is there already must not keep the other out.
    put(&outbox, &[again, other.clone()]).await;
    let mut given = due(&outbox, NOW.plus(DELAY)).await;
    given.sort_by(|one, two| one.id.cmp(&two.id));
    let mut expected = [first, other];
    expected.sort_by(|one, two| one.id.cmp(&two.id));
    assert_eq!(given, expected);
}

pub async fn of_many_pumps_at_once_one_gets_an_item(outbox: Subject) {
    let items: Vec<OutboxItem> = (0..20).map(|_| item()).collect();
    put(&outbox, &items).await;
    let given = join_all((0..8).map(|_| due(&outbox, NOW.plus(DELAY)))).await;
    let mut given: Vec<OutboxId> = given.into_iter().flatten().map(|item| item.id).collect();
    let mut expected: Vec<OutboxId> = items.into_iter().map(|item| item.id).collect();
    given.sort();
    expected.sort();
    assert_eq!(given, expected);
}

pub async fn no_more_are_given_out_than_are_asked_for(outbox: Subject) {
    let items: Vec<OutboxItem> = (0..5).map(|_| item()).collect();
    put(&outbox, &items).await;
    let mut seen = 0;
    for expected in [2, 2, 1, 0] {
        let given = outbox.due(NOW.plus(DELAY), 2, HOLD).await.expect("an answer").len();
        assert_eq!(given, expected);
        seen += given;
    }
    assert_eq!(seen, items.len());
}

pub async fn an_item_of_another_version_is_left_for_others(outbox: Subject) {
    let mut newer = item();
    newer.payload.version = PAYLOAD_VERSION + 1;
    put(&outbox, &[newer]).await;
    assert_eq!(due(&outbox, NOW.plus(DELAY * 10)).await, []);
}

pub async fn a_clock_that_stepped_back_silences_no_item(outbox: Subject) {
    let long = Duration::from_secs(365 * 24 * 3600);
    let item = item();
    put(&outbox, std::slice::from_ref(&item)).await;
    // A pump whose clock is a little behind does not take what is not due; one that is far behind does.
    assert_eq!(due(&outbox, NOW.minus(Duration::from_secs(5))).await, []);
    assert_eq!(due(&outbox, NOW.minus(long)).await, std::slice::from_ref(&item));
    assert_eq!(due(&outbox, NOW.minus(long)).await, [], "held");
    assert_eq!(due(&outbox, NOW.minus(long).plus(HOLD)).await, std::slice::from_ref(&item));
    // Held, and back once more.
    assert_eq!(due(&outbox, NOW.minus(long * 2)).await, [item]);
}
