//! MongoDB and S3, each test under names of its own.

use std::sync::Arc;

use imcaxy_shared::backends::mongo::MongoCatalog;
use imcaxy_shared::backends::s3::S3Objects;
use imcaxy_shared::config::{RemoteS3, S3Credentials, Secret};
use imcaxy_shared::ports::{
    AuditLog, Blocks, Catalog, JobHistory, ObjectStore, Outbox, Replicas, Revalidations, Ticks,
};
use imcaxy_shared::testing::usage::Store;
use imcaxy_testkit::Servers;

pub fn servers() -> Servers {
    Servers::from_env().unwrap_or_else(|missing| panic!("{missing}"))
}

pub fn unique() -> String {
    format!("imcaxy-contract-{:016x}", rand::random::<u64>())
}

async fn mongodb() -> MongoCatalog {
    mongodb_of(&unique()).await
}

/// The catalog in the database of that name.
pub async fn mongodb_of(name: &str) -> MongoCatalog {
    let url = Secret::from(servers().mongodb_database(name));
    let catalog = MongoCatalog::open(&url).await.expect("a URL that is understood");
    // Several processes start at once on an empty database.
    let (first, second) = tokio::join!(catalog.prepare(1), catalog.prepare(2));
    first.and(second).expect("prepared");
    catalog
}

async fn catalog() -> Arc<dyn Catalog> {
    Arc::new(mongodb().await)
}

async fn history() -> Arc<dyn JobHistory> {
    Arc::new(mongodb().await)
}

async fn revalidations() -> Arc<dyn Revalidations> {
    Arc::new(mongodb().await)
}

async fn ticks() -> Arc<dyn Ticks> {
    Arc::new(mongodb().await)
}

async fn audit() -> Arc<dyn AuditLog> {
    Arc::new(mongodb().await)
}

async fn blocks() -> (Arc<dyn Blocks>, Arc<dyn Catalog>) {
    let both = Arc::new(mongodb().await);
    (both.clone(), both)
}

async fn outbox() -> Arc<dyn Outbox> {
    Arc::new(mongodb().await)
}

async fn counted() -> Arc<dyn Store> {
    Arc::new(mongodb().await)
}

async fn replicas() -> Arc<dyn Replicas> {
    Arc::new(mongodb().await)
}

fn bucket() -> S3Objects {
    let s3 = servers().s3;
    S3Objects::open(&RemoteS3 {
        bucket: unique(),
        endpoint: Some(s3.endpoint.parse().expect("a URL")),
        region: s3.region,
        credentials: S3Credentials {
            access_key: s3.access_key,
            secret_key: Secret::from(s3.secret_key),
            session_token: None,
        },
        prefix: "pictures/".to_owned(),
    })
}

async fn s3() -> Arc<dyn ObjectStore> {
    let objects = bucket();
    let (first, second) = tokio::join!(objects.create_bucket(), objects.create_bucket());
    first.and(second).expect("a bucket");
    Arc::new(objects)
}

mod catalog_on_mongodb {
    use futures::future::join_all;
    use imcaxy_shared::entry::{Digest, Seq, Validator};
    use imcaxy_shared::ports::Catalog as _;
    use imcaxy_shared::testing::build;
    use imcaxy_shared::time::Timestamp;

    imcaxy_shared::catalog_contract!(super::catalog());

    /// More than are planned together.
    const MANY: usize = 1001;

    #[tokio::test]
    async fn a_source_whose_check_nobody_has_planned_is_due_after_the_next_start() {
        let (catalog, now) = (super::mongodb().await, Timestamp::from_millis(1_800_000_000_000));
        let due = async || catalog.due(now, now, 2 * MANY).await.expect("a page").len();
        let admit = async |number: usize, has_bytes: bool| {
            let source = build::source_ref(&format!("http://a.test/{number}.jpg"));
            catalog.admit(&source, "a.test", Seq::ZERO, now).await.expect("admitted");
            if has_bytes {
                let (digest, validator, since) = (Digest::of(b"x"), Validator::default(), Seq::ZERO);
                let waits = catalog.prepare_bytes(&source.id, &digest, &validator, since, since, now);
                waits.await.expect("an answer");
            }
        };
        admit(MANY, false).await;
        // Those that wait for a connection wait as long as an operation may take.
        for some in (0..MANY).collect::<Vec<_>>().chunks(100) {
            join_all(some.iter().map(|number| admit(*number, true))).await;
        }
        assert_eq!(due().await, 0);
        for _ in 0..2 {
            catalog.prepare(3).await.expect("prepared");
            assert_eq!(due().await, MANY);
        }
    }
}

mod replicas_on_mongodb {
    imcaxy_shared::replicas_contract!(super::replicas());
}

mod revalidations_on_mongodb {
    imcaxy_shared::revalidations_contract!(super::revalidations());
}

mod ticks_on_mongodb {
    imcaxy_shared::ticks_contract!(super::ticks());
}

mod audit_on_mongodb {
    imcaxy_shared::audit_contract!(super::audit());
}

mod blocks_on_mongodb {
    imcaxy_shared::blocks_contract!(super::blocks());
}

mod history_on_mongodb {
    imcaxy_shared::history_contract!(super::history());
}

mod outbox_on_mongodb {
    imcaxy_shared::outbox_contract!(super::outbox());
}

mod usage_on_mongodb {
    imcaxy_shared::usage_contract!(super::counted());
}

mod inventory_on_mongodb {
    imcaxy_shared::inventory_contract!(super::counted());
}

mod objects_in_s3 {
    use imcaxy_shared::entry::ObjectName;
    use imcaxy_shared::ports::ObjectStore as _;
    use imcaxy_shared::testing::build;

    imcaxy_shared::objects_contract!(super::s3());

    #[tokio::test]
    async fn a_bucket_that_is_not_there_is_an_outage_and_no_absent_object() {
        let name = ObjectName::new(&build::key("http://a.test/1.jpg", 300), 1);
        assert!(super::bucket().open(&name).await.is_err());
    }
}
