//! What one process keeps by itself: SQLite, files, and the queue within it.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use imcaxy_shared::backends::files::FileObjects;
use imcaxy_shared::backends::local::{LocalNotifier, LocalQueue};
use imcaxy_shared::backends::sqlite::SqliteCatalog;
use imcaxy_shared::ports::{
    AuditLog, Blocks, Catalog, JobHistory, JobQueue, Notifier, ObjectStore, Outbox, Replicas, Revalidations,
    SystemClock, Ticks,
};
use imcaxy_shared::testing::usage::Store;
use tempfile::TempDir;

thread_local! {
    /// The folders of the test that runs on this thread.
    static FOLDERS: RefCell<Vec<TempDir>> = const { RefCell::new(Vec::new()) };
}

/// A folder that lives as long as its test.
pub fn folder() -> PathBuf {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_owned();
    FOLDERS.with_borrow_mut(|folders| folders.push(folder));
    path
}

pub fn sqlite(folder: &Path) -> SqliteCatalog {
    SqliteCatalog::open(&folder.join("catalog.db"), 1).expect("a catalog")
}

async fn catalog() -> Arc<dyn Catalog> {
    Arc::new(sqlite(&folder()))
}

async fn history() -> Arc<dyn JobHistory> {
    Arc::new(sqlite(&folder()))
}

async fn revalidations() -> Arc<dyn Revalidations> {
    Arc::new(sqlite(&folder()))
}

async fn ticks() -> Arc<dyn Ticks> {
    Arc::new(sqlite(&folder()))
}

async fn audit() -> Arc<dyn AuditLog> {
    Arc::new(sqlite(&folder()))
}

async fn blocks() -> (Arc<dyn Blocks>, Arc<dyn Catalog>) {
    let both = Arc::new(sqlite(&folder()));
    (both.clone(), both)
}

async fn outbox() -> Arc<dyn Outbox> {
    Arc::new(sqlite(&folder()))
}

async fn counted() -> Arc<dyn Store> {
    Arc::new(sqlite(&folder()))
}

async fn replicas() -> Arc<dyn Replicas> {
    Arc::new(sqlite(&folder()))
}

async fn files() -> Arc<dyn ObjectStore> {
    Arc::new(FileObjects::open(&folder()).await.expect("a folder"))
}

async fn queue() -> Arc<dyn JobQueue> {
    Arc::new(LocalQueue::new(&SystemClock))
}

async fn notifier() -> Arc<dyn Notifier> {
    Arc::new(LocalNotifier::default())
}

mod catalog_on_sqlite {
    imcaxy_shared::catalog_contract!(super::catalog());
}

mod replicas_in_the_process {
    imcaxy_shared::replicas_contract!(super::replicas());
}

mod revalidations_on_sqlite {
    imcaxy_shared::revalidations_contract!(super::revalidations());
}

mod ticks_on_sqlite {
    imcaxy_shared::ticks_contract!(super::ticks());
}

mod audit_on_sqlite {
    imcaxy_shared::audit_contract!(super::audit());
}

mod blocks_on_sqlite {
    imcaxy_shared::blocks_contract!(super::blocks());
}

mod history_on_sqlite {
    imcaxy_shared::history_contract!(super::history());
}

mod outbox_on_sqlite {
    imcaxy_shared::outbox_contract!(super::outbox());
}

mod usage_on_sqlite {
    imcaxy_shared::usage_contract!(super::counted());
}

mod inventory_on_sqlite {
    imcaxy_shared::inventory_contract!(super::counted());
}

mod objects_in_files {
    use imcaxy_shared::backends::files::FileObjects;
    use imcaxy_shared::entry::ObjectName;
    use imcaxy_shared::ports::ObjectStore as _;
    use imcaxy_shared::testing::build;

    imcaxy_shared::objects_contract!(super::files());

    #[tokio::test]
    async fn a_folder_that_is_not_there_is_an_outage_and_no_absent_object() {
        let folder = tempfile::tempdir().expect("a folder");
        let objects = FileObjects::open(folder.path()).await.expect("a folder");
        let name = ObjectName::new(&build::key("http://a.test/1.jpg", 300), 1);
        assert!(objects.open(&name).await.expect("an answer").is_none());
        folder.close().expect("removed");
        assert!(objects.open(&name).await.is_err());
    }
}

mod queue_in_the_process {
    imcaxy_shared::queue_contract!(super::queue());
}

mod notifier_in_the_process {
    imcaxy_shared::notifier_contract!(super::notifier());
}
