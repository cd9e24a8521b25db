//! What the stores hold, seen without Imcaxy's help: through the ports, and, where they do not list what there is, as the vendor
//! lists it.

mod embedded;
mod leftovers;
mod remote;
mod table;

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::join_all;
use imcaxy_shared::entry::{
    Entry, Found, MOST_OPEN, Position, RememberedFailure, Scope as DiscardScope, Source, SourceRef,
};
use imcaxy_shared::ports::{
    Appended, Blocks, Catalog, Clock as _, JobHistory, ObjectStore, REPLICA_LEASE, SystemClock,
};
use imcaxy_shared::request::{CacheKey, SourceId};
use imcaxy_testkit::System;
use imcaxy_testkit::system::{Scope, Stores};
use reqwest::Method;
use tokio::time::timeout;

pub use leftovers::{leftovers, orphans};
pub use remote::{database, documents, queue};
pub use table::{
    Table, absences_are_long_ago, check_is_due, ids, outbox_is_due, source_is_unreadable, tick_is_due,
    ticks_are_settled, variants_are_uncounted,
};

/// The entries, sources and objects of one system.
pub struct Kept {
    pub entries: Vec<Entry>,
    pub sources: Vec<Source>,
    /// Names of objects, without the prefix.
    pub objects: BTreeSet<String>,
    store: Arc<dyn ObjectStore>,
}

impl Kept {
    pub async fn of(scope: &Scope) -> Self {
        let catalog = catalog(scope).await;
        let mut entries = Vec::new();
        for key in ids(scope, Table::Entries).await {
            entries.extend(found(&*catalog, &key).await.entry);
        }
        let sources = ids(scope, Table::Sources).await;
        let sources: Vec<SourceRef> = sources.iter().map(|id| by_id(id)).collect();
        let of_sources = catalog.find(&no_key(), &sources).await.expect("an answer");
        Self { entries, sources: of_sources.sources, objects: objects(scope).await, store: store(scope) }
    }

    /// The objects that entries name, and what waits in their place.
    pub fn named(&self) -> BTreeSet<String> {
        let next = self.entries.iter().filter_map(|entry| entry.next.as_ref());
        let objects = self.entries.iter().map(|entry| &entry.object).chain(next.map(|next| &next.object));
        objects.map(ToString::to_string).collect()
    }

    /// The bytes that an entry names.
    pub async fn bytes(&self, entry: &Entry) -> Bytes {
        let object = self.store.open(&entry.object).await.expect("an answer").expect("the object is there");
        object.collect().await.expect("a whole object")
    }
}

/// The catalog of one system.
pub async fn catalog(scope: &Scope) -> Arc<dyn Catalog> {
    match &scope.stores {
        Stores::Remote(stores) => Arc::new(remote::catalog(stores).await),
        Stores::Embedded(folder) => Arc::new(embedded::catalog(folder.path())),
    }
}

/// What is blocked.
pub async fn blocks(scope: &Scope) -> Arc<dyn Blocks> {
    match &scope.stores {
        Stores::Remote(stores) => Arc::new(remote::catalog(stores).await),
        Stores::Embedded(folder) => Arc::new(embedded::catalog(folder.path())),
    }
}

/// The jobs that have ended.
pub async fn history(scope: &Scope) -> Arc<dyn JobHistory> {
    match &scope.stores {
        Stores::Remote(stores) => Arc::new(remote::catalog(stores).await),
        Stores::Embedded(folder) => Arc::new(embedded::catalog(folder.path())),
    }
}

/// The objects of one system.
pub fn store(scope: &Scope) -> Arc<dyn ObjectStore> {
    match &scope.stores {
        Stores::Remote(stores) => Arc::new(remote::objects(stores)),
        Stores::Embedded(folder) => Arc::new(embedded::objects(folder.path())),
    }
}

/// The names of all objects, without the prefix.
pub async fn objects(scope: &Scope) -> BTreeSet<String> {
    let objects = store(scope).list(None, usize::MAX).await.expect("a listing");
    objects.into_iter().map(String::from).collect()
}

/// The failures that are remembered.
pub async fn failures(scope: &Scope) -> Vec<RememberedFailure> {
    let catalog = catalog(scope).await;
    let mut failures = Vec::new();
    for key in ids(scope, Table::Failures).await {
        let found = catalog.with_failure(&key.parse().expect("a key"), Found::default()).await;
        failures.extend(found.expect("an answer").failure);
    }
    failures
}

/// Discards a photograph of the origin, to the end: no replica answers any more with what was made of it before.
pub async fn discard(system: &System, photo: &str) {
    discard_source(system, &SourceId::of(&system.origin.url(photo))).await;
}

/// The same for any source.
pub async fn discard_source(system: &System, source: &SourceId) {
    append_and_work_off(&*catalog(&system.scope).await, source).await;
    ledger_is_read(system).await;
}

/// A call for which a replica reads the ledger: what a request of no picture would come to.
pub const READS_THE_LEDGER: &str =
    "/api/v1/explain?path=%2Fresize%3Fwidth%3D1%26url%3Dhttp%3A%2F%2Fa.test%2F1.jpg";

/// The same, of which the replicas need not know yet.
pub async fn append_and_work_off(catalog: &dyn Catalog, source: &SourceId) {
    let scopes = [DiscardScope::Source(source.clone())];
    let appended = catalog.append(&scopes, MOST_OPEN).await.expect("an answer");
    let Appended::At(Position { seq, .. }) = appended else { panic!("few discards are open") };
    catalog.outdate(std::slice::from_ref(source), seq, SystemClock.now()).await.expect("written");
    catalog.close(&[seq]).await.expect("closed");
}

/// Has every replica read the ledger, as it is now or later; one that answers nothing for so long has no lease any more.
pub async fn ledger_is_read(system: &System) {
    let asked = (0..system.apis.len())
        .map(|api| timeout(REPLICA_LEASE, system.admin(Method::GET, api, READS_THE_LEDGER).send()));
    join_all(asked).await;
}

async fn found(catalog: &dyn Catalog, key: &str) -> Found {
    catalog.find(&key.parse().expect("a key"), &[]).await.expect("an answer")
}

/// A source to be found; its URL is in what is found.
fn by_id(id: &str) -> SourceRef {
    SourceRef { id: id.parse().expect("an id"), url: String::new() }
}

/// The key of nothing.
fn no_key() -> CacheKey {
    "0".repeat(64).parse().expect("a key")
}
