//! What somebody broke, or another version wrote, costs nobody the rest: pages go on without it, and work that cannot be read is left alone for
//! a while.

#![expect(clippy::indexing_slicing, reason = "these are tests: a panic is how one fails")]

use std::future::ready;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use imcaxy_shared::backends::mongo::MongoCatalog;
use imcaxy_shared::backends::sqlite::SqliteCatalog;
use imcaxy_shared::entry::{
    Block, BlockTarget, Digest, DigestVerdict, Entry, MOST_OPEN, NextPicture, Scope, Seq, Validator,
};
use imcaxy_shared::jobs::{Delete, JobKind};
use imcaxy_shared::ports::{
    Among, Appended, Blocks, Catalog, Inventory, LEFT_ALONE, Mode, Outbox, OutboxId, OutboxItem, Page,
    PortError, Prepared, Revalidation, RevalidationState, Revalidations, SourceOrder, Tally, Trouble,
    VariantOrder, Walk, work_off,
};
use imcaxy_shared::request::SourceId;
use imcaxy_shared::testing::build;
use imcaxy_shared::time::Timestamp;
use mongodb::Database;
use mongodb::bson::{Bson, Document, doc};
use rusqlite::{Connection, params};

use crate::{embedded, remote};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const DAY: Duration = Duration::from_secs(24 * 3600);
const HOLD: Duration = Duration::from_secs(300);

macro_rules! on_both_stores {
    ($($name:ident)*) => {
        mod on_mongodb {
            imcaxy_shared::contract_tests! { crate::unreadable, crate::unreadable::mongodb(), $($name)* }
        }
        mod on_sqlite {
            imcaxy_shared::contract_tests! { crate::unreadable, crate::unreadable::sqlite(), $($name)* }
        }
    };
}

on_both_stores! {
    sources_that_cannot_be_read_keep_no_other_from_being_due
    a_source_that_cannot_be_read_is_due_again_after_a_while
    a_discard_is_written_into_documents_that_cannot_be_read
    a_discard_of_a_place_is_not_written_into_documents_of_another_that_cannot_be_read
    lists_of_sources_go_on_without_those_that_cannot_be_read
    lists_of_variants_go_on_without_those_that_cannot_be_read
    an_entry_that_cannot_be_read_is_removed_when_its_source_is_discarded
    an_entry_that_cannot_be_read_is_removed_with_what_waits_in_its_place
    items_that_cannot_be_read_keep_no_other_from_being_given_out
    a_revalidation_that_cannot_be_read_keeps_no_other_from_going_on
    what_is_blocked_is_known_though_the_rest_of_a_block_cannot_be_read
}

/// All that is kept in the place of MongoDB.
trait Kept: Blocks + Catalog + Inventory + Outbox + Revalidations {}

impl<T: Blocks + Catalog + Inventory + Outbox + Revalidations> Kept for T {}

/// A store, and the way into it beside the program.
struct Store {
    kept: Arc<dyn Kept>,
    raw: Raw,
}

enum Raw {
    Mongodb(Database),
    Sqlite(PathBuf),
}

async fn mongodb() -> Store {
    let name = remote::unique();
    let kept: MongoCatalog = remote::mongodb_of(&name).await;
    let client =
        mongodb::Client::with_uri_str(remote::servers().mongodb_database(&name)).await.expect("MongoDB");
    Store { kept: Arc::new(kept), raw: Raw::Mongodb(client.default_database().expect("a database")) }
}

async fn sqlite() -> Store {
    let folder = embedded::folder();
    let kept: SqliteCatalog = embedded::sqlite(&folder);
    Store { kept: Arc::new(kept), raw: Raw::Sqlite(folder.join("catalog.db")) }
}

/// What is broken, and mended: what no version of the program has written, and what it writes.
#[derive(Clone, Copy)]
enum Part {
    Source,
    Entry,
    Item,
    Revalidation,
    Block,
}

impl Part {
    const fn document(self) -> (&'static str, &'static str) {
        match self {
            Self::Source => ("sources", "changed_to"),
            Self::Entry => ("entries", "content_type"),
            Self::Item => ("outbox", "payload"),
            Self::Revalidation => ("revalidations", "mode"),
            Self::Block => ("blocks", "at"),
        }
    }

    const fn row(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Source => ("sources", "id", "changed_to = x'00'"),
            Self::Entry => ("entries", "key", "document = '{}'"),
            Self::Item => ("outbox", "id", "payload = x'00'"),
            Self::Revalidation => ("revalidations", "id", "document = '{}'"),
            Self::Block => ("blocks", "kind || ' ' || text", "at = 'broken'"),
        }
    }
}

impl Store {
    async fn spoil(&self, part: Part, id: &str) {
        match &self.raw {
            Raw::Mongodb(database) => {
                let (collection, field) = part.document();
                let collection = database.collection::<Document>(collection);
                let broken = doc! { "$set": { field: Bson::Int32(7) } };
                let spoilt = collection.update_one(doc! { "_id": id }, broken).await.expect("spoilt");
                assert_eq!(spoilt.matched_count, 1);
            }
            Raw::Sqlite(path) => {
                let (table, key, broken) = part.row();
                let statement = format!("UPDATE {table} SET {broken} WHERE {key} = ?1");
                assert_eq!(connect(path).execute(&statement, params![id]).expect("spoilt"), 1);
            }
        }
    }

    async fn mend_source(&self, url: &str) {
        let id = SourceId::of(url);
        match &self.raw {
            Raw::Mongodb(database) => {
                let mended = doc! { "$unset": { "changed_to": "" } };
                let sources = database.collection::<Document>("sources");
                sources.update_one(doc! { "_id": id.as_str() }, mended).await.expect("mended");
            }
            Raw::Sqlite(path) => {
                let mended = "UPDATE sources SET changed_to = NULL WHERE id = ?1";
                connect(path).execute(mended, params![id.as_str()]).expect("mended");
            }
        }
    }

    async fn spoil_source(&self, url: &str) {
        self.spoil(Part::Source, SourceId::of(url).as_str()).await;
    }

    /// Sources that have bytes, checked next when so many minutes have passed, and an entry of each.
    async fn with_sources<const MANY: usize>(self, minutes: [u64; MANY]) -> (Self, Vec<String>) {
        let urls: Vec<String> = (0..MANY).map(|number| format!("http://a.test/{number}.jpg")).collect();
        for (url, minutes) in urls.iter().zip(minutes) {
            let source = build::source_ref(url);
            self.kept.admit(&source, "a.test", Seq::ZERO, NOW).await.expect("admitted");
            let (digest, validator) = (Digest::of(build::BYTES), Validator::default());
            let at = NOW.plus(Duration::from_secs(60 * minutes));
            let accepted = self.kept.accept_digest(&source.id, &digest, &validator, Seq::ZERO, NOW, at).await;
            assert_eq!(accepted.expect("a verdict"), DigestVerdict::Accepted);
            self.kept.record(&build::entry(url, Seq::ZERO)).await.expect("recorded");
        }
        (self, urls)
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Vec<String> {
        let due = Catalog::due(&*self.kept, now, now.plus(DAY), limit).await.expect("a page");
        due.into_iter().map(|source| source.url).collect()
    }

    async fn is_due(&self, now: Timestamp) -> bool {
        self.kept.is_due(now, now.plus(DAY)).await.expect("an answer")
    }

    async fn given_out(&self, now: Timestamp) -> Vec<OutboxItem> {
        Outbox::due(&*self.kept, now, 3, HOLD).await.expect("an answer")
    }

    /// Works off the newest discard whole; answers how many sources it was about, and which were followed up.
    async fn work_off_the_newest(&self) -> (u64, Vec<SourceId>) {
        let rule = self.kept.ledger().await.expect("a ledger").rules.pop().expect("a rule");
        let (mut walk, mut followed) = (Walk::default(), Vec::new());
        let follow = |page: Vec<SourceId>| {
            followed.extend(page);
            ready(Ok(()))
        };
        let closed = work_off(&*self.kept as &dyn Catalog, &rule, &mut walk, NOW, || true, follow).await;
        assert!(closed.expect("worked off"));
        (walk.sources, followed)
    }

    async fn running(&self) -> Vec<String> {
        let running = self.kept.running(2).await.expect("a list");
        running.into_iter().map(|one| one.id).collect()
    }
}

fn connect(path: &PathBuf) -> Connection {
    let connection = Connection::open(path).expect("a catalog");
    connection.busy_timeout(Duration::from_secs(10)).expect("set");
    connection
}

fn is_unusable<T>(answer: Result<T, PortError>) -> bool {
    answer.is_err_and(|cause| cause.trouble() == Trouble::Unusable)
}

async fn sources_that_cannot_be_read_keep_no_other_from_being_due(store: Store) {
    let (store, urls) = store.with_sources([0, 1, 2, 3, 4, 5]).await;
    for url in &urls[..3] {
        store.spoil_source(url).await;
    }
    let now = NOW.plus(Duration::from_secs(600));
    assert_eq!(store.due(now, 2).await, urls[3..5], "more than a page of them come first");
    assert_eq!(store.due(now, 9).await, urls[3..]);
    let late = now.plus(DAY * 3);
    store.spoil_source(&urls[3]).await;
    assert_eq!(
        store.due(late, 9).await,
        urls[4..],
        "those that were left alone are due again, and one more is"
    );
}

async fn a_source_that_cannot_be_read_is_due_again_after_a_while(store: Store) {
    let (store, urls) = store.with_sources([0]).await;
    store.spoil_source(&urls[0]).await;
    for now in [NOW, NOW.plus(LEFT_ALONE)] {
        assert!(store.is_due(now).await);
        assert_eq!(store.due(now, 9).await, [""; 0]);
        assert!(!store.is_due(now).await, "nobody looks for it again and again");
    }
    store.mend_source(&urls[0]).await;
    assert_eq!(store.due(NOW.plus(LEFT_ALONE * 2), 9).await, urls);
}

async fn a_discard_is_written_into_documents_that_cannot_be_read(store: Store) {
    let (store, urls) = store.with_sources([0, 0, 0]).await;
    let ids: Vec<SourceId> = urls.iter().map(|url| SourceId::of(url)).collect();
    store.spoil_source(&urls[1]).await;
    let known = store.kept.known_sources(&ids).await.expect("an answer");
    assert_eq!((known.sources.len(), known.unreadable), (2, vec![build::source_ref(&urls[1])]));
    assert!(
        is_unusable(store.kept.find(&build::key(&urls[1], 300), &[]).await),
        "who asks for it alone is told"
    );
    assert!(is_unusable(store.kept.source(&ids[1]).await));
    for scope in [Scope::from_store("host", "a.test"), Scope::Everything] {
        let appended = store.kept.append(&[scope], MOST_OPEN).await.expect("an answer");
        let Appended::At(at) = appended else { panic!("few discards are open") };
        let (sources, mut followed) = store.work_off_the_newest().await;
        assert_eq!(sources, 3);
        followed.sort_unstable();
        let mut all = ids.clone();
        all.sort_unstable();
        assert_eq!(followed, all);
        store.mend_source(&urls[1]).await;
        let mended = store.kept.source(&ids[1]).await.expect("an answer").expect("a source");
        assert_eq!(mended.discarded, at.seq);
        store.spoil_source(&urls[1]).await;
    }
}

async fn a_discard_of_a_place_is_not_written_into_documents_of_another_that_cannot_be_read(store: Store) {
    let (store, urls) = store.with_sources([0, 0, 0]).await;
    for url in &urls[..2] {
        store.spoil_source(url).await;
    }
    let scope = Scope::Prefix(urls[0].parse().expect("a prefix"));
    store.kept.append(&[scope], MOST_OPEN).await.expect("an answer");
    assert_eq!(store.work_off_the_newest().await, (1, vec![SourceId::of(&urls[0])]));
    store.mend_source(&urls[1]).await;
    let other = store.kept.source(&SourceId::of(&urls[1])).await.expect("an answer").expect("a source");
    assert_eq!(other.discarded, Seq::ZERO, "no rule is about it");
}

async fn lists_of_sources_go_on_without_those_that_cannot_be_read(store: Store) {
    let (store, urls) = store.with_sources([0; 7]).await;
    let mut listed: Vec<(String, String)> =
        urls.iter().map(|url| (SourceId::of(url).to_string(), url.clone())).collect();
    listed.sort_unstable_by(|one, other| other.cmp(one));
    // One in the first page, and all that a second one would hold.
    for number in [1, 3, 4] {
        store.spoil_source(&listed[number].1).await;
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = Page { order: SourceOrder::Uses, after: after.take(), limit: 2 };
        let found = store.kept.sources(&Among::All, &page).await.expect("a page");
        after = found.last().map(|source| SourceOrder::Uses.rank(source));
        seen.extend(found.iter().map(|source| source.url.clone()));
        if found.len() < 2 {
            break;
        }
    }
    let expected: Vec<String> = [0, 2, 5, 6].map(|number: usize| listed[number].1.clone()).to_vec();
    assert_eq!(seen, expected);
    let unused = store.kept.unused_sources(None, NOW.plus(DAY), 9).await.expect("an answer");
    assert_eq!(unused, (vec![], None));
}

async fn lists_of_variants_go_on_without_those_that_cannot_be_read(store: Store) {
    let (store, urls) = store.with_sources([0]).await;
    let variant = |width| Entry { key: build::key(&urls[0], width), ..build::entry(&urls[0], Seq::ZERO) };
    for width in [301, 302, 303] {
        store.kept.record(&variant(width)).await.expect("recorded");
    }
    store.spoil(Part::Entry, variant(302).key.as_str()).await;
    let page = Page { order: VariantOrder::Uses, after: None, limit: 3 };
    let found = store.kept.variants(&SourceId::of(&urls[0]), &page).await.expect("a page");
    assert_eq!(found.len(), 3, "a page is filled up");
    assert!(found.iter().all(|entry| entry.key != variant(302).key));
    assert!(is_unusable(store.kept.find(&variant(302).key, &[]).await));
}

async fn an_entry_that_cannot_be_read_is_removed_when_its_source_is_discarded(store: Store) {
    let (store, urls) = store.with_sources([0, 0]).await;
    let ids: Vec<SourceId> = urls.iter().map(|url| SourceId::of(url)).collect();
    store.spoil(Part::Entry, build::key(&urls[0], 300).as_str()).await;
    let made = store.kept.made_before(&ids, Seq::new(1), 9).await.expect("a page");
    assert_eq!(made.len(), 2);
    for one in &made {
        store.kept.forget(&one.key, &one.object).await.expect("forgotten");
    }
    assert_eq!(store.kept.made_before(&ids, Seq::new(1), 9).await.expect("a page"), []);
    assert!(!store.kept.is_used(&ids[0]).await.expect("an answer"));
}

async fn an_entry_that_cannot_be_read_is_removed_with_what_waits_in_its_place(store: Store) {
    let (store, urls) = store.with_sources([0]).await;
    let key = build::key(&urls[0], 300);
    let entry = store.kept.find(&key, &[]).await.expect("an answer").entry.expect("an entry");
    let next = NextPicture::of(build::entry(&urls[0], Seq::new(1)));
    let prepared = store.kept.prepare(&entry.key, &next).await.expect("an answer");
    assert_eq!(prepared, Prepared::Kept { replaced: None });
    store.spoil(Part::Entry, entry.key.as_str()).await;
    store.kept.forget(&entry.key, &entry.object).await.expect("forgotten");
    let found = store.kept.find(&entry.key, &[]).await.expect("an answer");
    assert_eq!(found.entry, None);
}

async fn items_that_cannot_be_read_keep_no_other_from_being_given_out(store: Store) {
    let items = [1, 2, 3].map(|number| {
        let object = build::entry(&format!("http://a.test/{number}.jpg"), Seq::ZERO).object;
        let delete = Delete::Object { object };
        let delay = Duration::from_secs(number);
        OutboxItem::new(OutboxId::deletion(&delete), &JobKind::Delete(delete), NOW, delay).expect("an item")
    });
    store.kept.put(&items).await.expect("put in");
    store.spoil(Part::Item, items[0].id.as_str()).await;
    let now = NOW.plus(Duration::from_secs(10));
    assert_eq!(store.given_out(now).await, items[1..]);
    for item in &items[1..] {
        Outbox::close(&*store.kept, &item.id).await.expect("closed");
    }
    for passed in [HOLD * 2, LEFT_ALONE] {
        assert_eq!(store.given_out(now.plus(passed)).await, []);
    }
}

async fn a_revalidation_that_cannot_be_read_keeps_no_other_from_going_on(store: Store) {
    for (number, id) in (0..).zip(["a", "b", "c"]) {
        let revalidation = Revalidation {
            id: id.to_owned(),
            mode: Mode::Check,
            scope: "everything".to_owned(),
            by: "ci".to_owned(),
            started_at: NOW.plus(Duration::from_secs(number)),
            finished_at: None,
            state: RevalidationState::Running,
            tally: Tally::default(),
            rules: None,
            progress: None,
        };
        store.kept.begin(&revalidation).await.expect("begun");
    }
    store.spoil(Part::Revalidation, "a").await;
    assert_eq!(store.running().await, ["b", "c"]);
    let listed = store.kept.revalidations(None, 9).await.expect("a list");
    assert_eq!(listed.into_iter().map(|one| one.id).collect::<Vec<_>>(), ["c", "b"]);
    assert!(is_unusable(store.kept.revalidation("a").await));
}

async fn what_is_blocked_is_known_though_the_rest_of_a_block_cannot_be_read(store: Store) {
    let blocked = ["a.test", "b.test"].map(|host| BlockTarget::from_store("host", host).expect("a target"));
    let blocks = blocked.clone().map(|target| Block { target, at: NOW, by: "ci".to_owned() });
    store.kept.block(&blocks).await.expect("blocked");
    store.spoil(Part::Block, "host a.test").await;
    let page = store.kept.blocks(None, 9).await.expect("a page");
    assert_eq!(page.blocks.into_iter().map(|block| block.target).collect::<Vec<_>>(), blocked);
    let removed = store.kept.unblock(&blocked[0]).await.expect("an answer");
    assert_eq!(removed.map(|block| block.target).as_ref(), Some(&blocked[0]));
}
