//! What every catalog must do about what waits for a switch: part of the suite of [`super::catalog`].

use super::build;
use super::catalog::{NOW, OTHER, Subject, URL, accept, admit};
use super::discards::{append_below, look_up, render, work_off};
use crate::entry::{
    Change, Digest, DigestVerdict, Entry, NextPicture, Preparing, Rule, Seq, Source, Validator, Verdict,
};
use crate::ports::{Prepared, Recorded};

/// For a refresh that began when it fetched.
async fn prepare_bytes(catalog: &Subject, bytes: &[u8], stamp: Seq) -> Preparing {
    prepare_bytes_since(catalog, stamp, bytes, stamp).await
}

async fn prepare_bytes_since(catalog: &Subject, since: Seq, bytes: &[u8], stamp: Seq) -> Preparing {
    let (source, digest, validator) = (build::source_ref(URL).id, Digest::of(bytes), Validator::default());
    catalog.prepare_bytes(&source, &digest, &validator, since, stamp, NOW).await.expect("an answer")
}

/// What was made of other bytes than those that [`render`] has.
fn made(stamp: Seq) -> Entry {
    made_of(b"new", stamp)
}

fn made_of(bytes: &[u8], stamp: Seq) -> Entry {
    let mut entry = build::entry(URL, stamp);
    for source in &mut entry.sources {
        source.digest = Digest::of(bytes);
    }
    entry
}

async fn prepare(catalog: &Subject, entry: &Entry) -> Prepared {
    catalog.prepare(&entry.key, &NextPicture::of(entry.clone())).await.expect("an answer")
}

async fn document(catalog: &Subject) -> Source {
    let found = catalog.find(&build::key(URL, 300), &[build::source_ref(URL)]).await.expect("found");
    found.sources.into_iter().next().expect("a document")
}

async fn there(catalog: &Subject) -> Option<Entry> {
    catalog.find(&build::key(URL, 300), &[]).await.expect("found").entry
}

/// A rendering, and another that waits, made of other bytes since a position that outdates nothing.
async fn with_next(catalog: &Subject) -> (Entry, Entry) {
    let old = render(catalog, URL, Seq::ZERO).await;
    let seq = catalog.advance().await.expect("moved").seq;
    let new = made(seq);
    assert_eq!(prepare_bytes(catalog, b"new", seq).await, Preparing::Waiting);
    assert_eq!(prepare(catalog, &new).await, Prepared::Kept { replaced: None });
    (old, new)
}

/// The verdict on an entry in whose place nothing waits, and which nobody has used.
fn fresh(entry: &Entry) -> Verdict {
    Verdict::Fresh(Box::new(entry.clone()))
}

pub async fn a_position_can_be_taken_that_outdates_nothing(catalog: Subject) {
    let old = render(&catalog, URL, Seq::ZERO).await;
    let before = catalog.ledger().await.expect("a ledger");
    let position = catalog.advance().await.expect("moved");
    let ledger = catalog.ledger().await.expect("a ledger");
    assert_eq!((ledger.position(), ledger.open().count()), (position.clone(), 0));
    assert_eq!(position.seq.get(), before.seq.get() + 1);
    assert!(ledger.tells_all_since(before.seq), "nobody takes it for a discard that was missed");
    assert_eq!(look_up(&catalog, URL).await, fresh(&old));
}

pub async fn a_switch_outdates_at_once_and_what_waits_counts_when_it_is_written_down(catalog: Subject) {
    let (old, new) = with_next(&catalog).await;
    let waiting = there(&catalog).await.expect("an entry");
    assert_eq!(waiting.next.as_deref(), Some(&NextPicture::of(new.clone())));
    assert_eq!(look_up(&catalog, URL).await, fresh(&Entry { next: waiting.next.clone(), ..old.clone() }));
    let rule = append_below(&catalog, URL, new.stamp).await;
    assert!(rule.is_switch() && rule.below == new.stamp);
    assert_eq!(look_up(&catalog, URL).await, Verdict::Miss { want: new.stamp }, "others may not know it yet");
    work_off(&catalog, &rule).await;
    assert_eq!(look_up(&catalog, URL).await, fresh(&new));
    let source = document(&catalog).await;
    assert_eq!(source.digest.map(|digest| digest.value), Some(Digest::of(b"new")));
    assert_eq!((source.discarded, source.next), (new.stamp, None));
    // What is looked for by its object is not found any more, and what waited has taken its place.
    catalog.forget(&old.key, &old.object).await.expect("forgotten");
    assert_eq!(there(&catalog).await.as_ref(), Some(&new));
    assert_eq!(look_up(&catalog, URL).await, fresh(&new));
    catalog.forget(&new.key, &new.object).await.expect("forgotten");
    assert_eq!(there(&catalog).await, None);
}

pub async fn a_discard_outdates_what_waits_and_working_it_off_drops_it(catalog: Subject) {
    let (_, new) = with_next(&catalog).await;
    let ledger = catalog.ledger().await.expect("a ledger");
    let beyond = Seq::new(ledger.seq.get() + 1);
    let rule: Rule = append_below(&catalog, URL, beyond).await;
    assert_eq!(look_up(&catalog, URL).await, Verdict::Miss { want: beyond });
    work_off(&catalog, &rule).await;
    assert_eq!(document(&catalog).await.next, None);
    assert_eq!(look_up(&catalog, URL).await, Verdict::Miss { want: beyond });
    assert_eq!(prepare_bytes(&catalog, b"new", new.stamp).await, Preparing::TooLate);
    assert_eq!(prepare_bytes(&catalog, b"newer", beyond).await, Preparing::Same, "the first since");
}

pub async fn bytes_wait_when_they_are_others_and_none_wait(catalog: Subject) {
    assert_eq!(prepare_bytes(&catalog, b"new", Seq::ZERO).await, Preparing::TooLate, "no such source");
    admit(&catalog, URL, 0).await;
    assert_eq!(accept(&catalog, URL, b"old", 0).await, DigestVerdict::Accepted);
    assert_eq!(prepare_bytes(&catalog, b"old", Seq::new(2)).await, Preparing::Same);
    assert_eq!(prepare_bytes(&catalog, b"new", Seq::new(3)).await, Preparing::Waiting);
    for bytes in [b"other".as_slice(), b"old"] {
        assert_eq!(prepare_bytes(&catalog, bytes, Seq::new(4)).await, Preparing::Differs, "others wait");
    }
    let source = document(&catalog).await;
    assert_eq!(source.digest.map(|digest| digest.stamp), Some(Seq::new(2)));
    let next = source.next.expect("bytes that wait").digest;
    assert_eq!((next.value, next.stamp), (Digest::of(b"new"), Seq::new(3)));
    // Meanwhile the source has what it had, and its stamp does not outlive a switch.
    assert_eq!(accept(&catalog, URL, b"old", 9).await, DigestVerdict::Accepted);
    assert_eq!(accept(&catalog, URL, b"new", 9).await, DigestVerdict::Differs);
    assert_eq!(document(&catalog).await.digest.map(|digest| digest.stamp), Some(Seq::new(2)));
}

pub async fn no_bytes_wait_for_a_refresh_whose_switch_leaves_alone_what_the_source_has(catalog: Subject) {
    admit(&catalog, URL, 0).await;
    assert_eq!(accept(&catalog, URL, b"old", 3).await, DigestVerdict::Accepted);
    let prepare = async |since, bytes: &[u8], stamp| {
        prepare_bytes_since(&catalog, Seq::new(since), bytes, Seq::new(stamp)).await
    };
    for since in [2, 3] {
        assert_eq!(prepare(since, b"new", 5).await, Preparing::Differs, "{since}");
        let source = document(&catalog).await;
        let known = source.digest.map(|digest| (digest.value, digest.stamp));
        assert_eq!((known, source.next), (Some((Digest::of(b"old"), Seq::new(3))), None), "{since}");
    }
    assert_eq!(prepare(4, b"new", 5).await, Preparing::Waiting);
    assert_eq!(prepare(3, b"new", 6).await, Preparing::Differs, "they wait for a later switch");
    let next = document(&catalog).await.next.expect("bytes that wait").digest;
    assert_eq!((next.value, next.stamp), (Digest::of(b"new"), Seq::new(5)));
    catalog.outdate(&[build::source_ref(URL).id], Seq::new(6), NOW).await.expect("written");
    assert_eq!(prepare(3, b"newer", 6).await, Preparing::Same, "what it had counts no more");
}

pub async fn what_waits_stands_for_its_source_until_it_is_taken_up(catalog: Subject) {
    let (_, new) = with_next(&catalog).await;
    append_below(&catalog, URL, new.stamp).await;
    catalog.outdate(&[build::source_ref(URL).id], new.stamp, NOW).await.expect("written");
    let note = async |bytes: &[u8]| {
        let source = build::source_ref(URL).id;
        catalog.note_change(&source, &Digest::of(bytes), Seq::new(9), NOW).await.expect("an answer")
    };
    assert_eq!(note(b"new").await, Change::Over);
    assert_eq!(accept(&catalog, URL, build::BYTES, 9).await, DigestVerdict::Differs);
    assert_eq!(note(build::BYTES).await, Change::Found);
    assert_eq!(accept(&catalog, URL, b"new", 9).await, DigestVerdict::Accepted);
}

pub async fn a_rendering_waits_when_it_is_newer_than_what_is_there(catalog: Subject) {
    let first = made(Seq::new(3));
    assert_eq!(prepare(&catalog, &first).await, Prepared::Useless, "there is no entry");
    let old = render(&catalog, URL, Seq::new(2)).await;
    assert_eq!(prepare(&catalog, &made(Seq::new(2))).await, Prepared::Useless);
    assert_eq!(prepare(&catalog, &first).await, Prepared::Kept { replaced: None });
    assert_eq!(
        prepare(&catalog, &made(Seq::new(3))).await,
        Prepared::Useless,
        "the first of its stamp stays"
    );
    let newer = made(Seq::new(5));
    assert_eq!(prepare(&catalog, &newer).await, Prepared::Kept { replaced: Some(first.object) });
    // What is recorded meanwhile replaces the entry, and what waits only if that is no newer.
    let between = build::entry(URL, Seq::new(4));
    let recorded = catalog.record(&between).await.expect("recorded");
    assert_eq!(recorded, Recorded::Kept { replaced: vec![old.object] });
    let next = Some(Box::new(NextPicture::of(newer.clone())));
    assert_eq!(there(&catalog).await, Some(Entry { next, ..between.clone() }));
    let last = build::entry(URL, Seq::new(5));
    let recorded = catalog.record(&last).await.expect("recorded");
    assert_eq!(recorded, Recorded::Kept { replaced: vec![between.object, newer.object] });
    assert_eq!(there(&catalog).await, Some(last));
}

pub async fn what_is_answered_since_a_switch_is_not_replaced_by_what_is_prepared_for_the_next(
    catalog: Subject,
) {
    let (old, first) = with_next(&catalog).await;
    let rule = append_below(&catalog, URL, first.stamp).await;
    work_off(&catalog, &rule).await;
    assert_eq!(look_up(&catalog, URL).await, fresh(&first));
    let seq = catalog.advance().await.expect("moved").seq;
    assert_eq!(prepare_bytes(&catalog, b"newer", seq).await, Preparing::Waiting);
    let second = made_of(b"newer", seq);
    let replaced = Some(old.object);
    assert_eq!(prepare(&catalog, &second).await, Prepared::Kept { replaced }, "it is answered no more");
    let next = Some(Box::new(NextPicture::of(second.clone())));
    assert_eq!(look_up(&catalog, URL).await, fresh(&Entry { next, ..first.clone() }));
    let third = made_of(b"newer", Seq::new(seq.get() + 1));
    assert_eq!(prepare(&catalog, &third).await, Prepared::Kept { replaced: Some(second.object) });
    let rule = append_below(&catalog, URL, seq).await;
    work_off(&catalog, &rule).await;
    assert_eq!(look_up(&catalog, URL).await, fresh(&third));
    catalog.forget(&first.key, &first.object).await.expect("forgotten");
    assert_eq!(there(&catalog).await, Some(third));
}

pub async fn what_waits_is_forgotten_by_its_object(catalog: Subject) {
    let (old, new) = with_next(&catalog).await;
    let other = build::entry(OTHER, Seq::ZERO);
    catalog.forget(&new.key, &other.object).await.expect("fine");
    assert!(there(&catalog).await.is_some_and(|entry| entry.next.is_some()));
    catalog.forget(&new.key, &new.object).await.expect("forgotten");
    assert_eq!(there(&catalog).await, Some(old));
}
