//! The remote stack's stores.

use futures::TryStreamExt as _;
use imcaxy_shared::backends::mongo::MongoCatalog;
use imcaxy_shared::backends::redis::{Keys, Redis, RedisQueue};
use imcaxy_shared::backends::s3::S3Objects;
use imcaxy_shared::config::{RemoteRedis, RemoteS3, S3Credentials, Secret};
use imcaxy_shared::ports::DiscardLog as _;
use imcaxy_testkit::system::{RemoteStores, Scope};
use mongodb::Database;
use mongodb::bson::{Document, doc};

/// The catalog of one system, and its history.
pub(super) async fn catalog(stores: &RemoteStores) -> MongoCatalog {
    let url = Secret::from(stores.mongodb_url.clone());
    MongoCatalog::open(&url).await.expect("a URL that is understood")
}

/// The queue of one system.
pub async fn queue(scope: &Scope) -> RedisQueue {
    let stores = scope.remote();
    let incarnation = catalog(stores).await.ledger().await.expect("a ledger").incarnation;
    let remote = RemoteRedis { url: Secret::from(stores.redis_url.clone()), tls_ca: None };
    let keys = Keys::new(&stores.namespace, &incarnation);
    Redis::open(&remote, keys).expect("a URL that is understood").queue()
}

/// The bucket of one system.
pub(super) fn objects(stores: &RemoteStores) -> S3Objects {
    S3Objects::open(&RemoteS3 {
        bucket: stores.bucket.clone(),
        endpoint: Some(stores.s3.endpoint.parse().expect("a URL")),
        region: stores.s3.region.clone(),
        credentials: S3Credentials {
            access_key: stores.s3.access_key.clone(),
            secret_key: Secret::from(stores.s3.secret_key.clone()),
            session_token: None,
        },
        prefix: "imcaxy/".to_owned(),
    })
}

/// The database of one system.
pub async fn database(scope: &Scope) -> Database {
    let client = mongodb::Client::with_uri_str(&scope.remote().mongodb_url).await.expect("MongoDB");
    client.default_database().expect("a database")
}

/// All documents of a collection.
pub async fn documents(scope: &Scope, collection: &str) -> Vec<Document> {
    let collection = database(scope).await.collection::<Document>(collection);
    let found = collection.find(doc! {}).await.expect("documents");
    found.try_collect().await.expect("documents")
}

/// The keys in Redis that do not pass by themselves.
pub(super) async fn lasting_keys(stores: &RemoteStores) -> Vec<String> {
    /// Failures and the pace of an idle queue live for a minute, and a bell may ring on.
    const PASS: [&str; 3] = [":ended:", ":pace", ":bell:"];

    let client = redis::Client::open(stores.redis_url.as_str()).expect("a URL");
    let mut redis = client.get_multiplexed_async_connection().await.expect("Redis");
    let keys = redis::cmd("KEYS").arg(format!("{}:*", stores.namespace)).query_async(&mut redis).await;
    let keys: Vec<String> = keys.expect("keys");
    keys.into_iter().filter(|key| !PASS.iter().any(|part| key.contains(part))).collect()
}
