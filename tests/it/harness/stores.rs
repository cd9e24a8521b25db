//! What the stores hold, seen without Imcaxy's help.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures::TryStreamExt as _;
use imcaxy_shared::backends::mongo::MongoCatalog;
use imcaxy_shared::backends::redis::{Keys, Redis, RedisQueue};
use imcaxy_shared::backends::s3::S3Objects;
use imcaxy_shared::config::{RemoteRedis, RemoteS3, S3Credentials, Secret};
use imcaxy_shared::entry::MOST_OPEN;
use imcaxy_shared::ports::{Catalog as _, Discarded, ObjectStore as _};
use imcaxy_shared::request::SourceId;
use imcaxy_testkit::System;
use imcaxy_testkit::system::Scope;
use mongodb::Database;
use mongodb::bson::{Document, doc};

/// The entries and objects of one system.
pub struct Kept {
    pub entries: Vec<Document>,
    pub sources: Vec<Document>,
    /// Names of objects, without the prefix.
    pub objects: BTreeSet<String>,
    store: S3Objects,
}

impl Kept {
    pub async fn of(scope: &Scope) -> Self {
        Self {
            entries: documents(scope, "entries").await,
            sources: documents(scope, "sources").await,
            objects: objects(scope).await,
            store: store(scope),
        }
    }

    /// The objects that entries name.
    pub fn named(&self) -> BTreeSet<String> {
        self.entries.iter().map(|entry| entry.get_str("object").expect("an object").to_owned()).collect()
    }

    /// The bytes that an entry names.
    pub async fn bytes(&self, entry: &Document) -> Bytes {
        let name = entry.get_str("object").expect("an object").parse().expect("an object's name");
        let object = self.store.open(&name).await.expect("an answer").expect("the object is there");
        object.collect().await.expect("a whole object")
    }
}

/// The catalog of one system, and its history.
pub async fn catalog(scope: &Scope) -> MongoCatalog {
    let url = Secret::from(scope.mongodb_url.clone());
    MongoCatalog::open(&url).await.expect("a URL that is understood")
}

/// The queue of one system.
pub async fn queue(scope: &Scope) -> RedisQueue {
    let incarnation = catalog(scope).await.ledger().await.expect("a ledger").incarnation;
    let remote = RemoteRedis { url: Secret::from(scope.redis_url.clone()), tls_ca: None };
    let keys = Keys::new(&scope.namespace, &incarnation);
    Redis::open(&remote, keys).expect("a URL that is understood").queue()
}

/// Discards a photograph of the origin, to the end.
pub async fn discard(system: &System, photo: &str) {
    let source = SourceId::of(&system.origin.url(photo));
    let discarded = catalog(&system.scope).await.discard(&source, MOST_OPEN).await.expect("an answer");
    assert!(matches!(discarded, Discarded::Committed { left_open: None, .. }), "{discarded:?}");
}

/// The bucket of one system.
pub fn store(scope: &Scope) -> S3Objects {
    S3Objects::open(&RemoteS3 {
        bucket: scope.bucket.clone(),
        endpoint: Some(scope.s3.endpoint.parse().expect("a URL")),
        region: scope.s3.region.clone(),
        credentials: S3Credentials {
            access_key: scope.s3.access_key.clone(),
            secret_key: Secret::from(scope.s3.secret_key.clone()),
            session_token: None,
        },
        prefix: "imcaxy/".to_owned(),
    })
}

/// The names of all objects, without the prefix.
pub async fn objects(scope: &Scope) -> BTreeSet<String> {
    let objects = store(scope).list(None, usize::MAX).await.expect("a listing");
    objects.into_iter().map(String::from).collect()
}

/// The database of one system.
pub async fn database(scope: &Scope) -> Database {
    let client = mongodb::Client::with_uri_str(&scope.mongodb_url).await.expect("MongoDB");
    client.default_database().expect("a database")
}

/// All documents of a collection.
pub async fn documents(scope: &Scope, collection: &str) -> Vec<Document> {
    let collection = database(scope).await.collection::<Document>(collection);
    let found = collection.find(doc! {}).await.expect("documents");
    found.try_collect().await.expect("documents")
}

/// What should not be there when a system has ended: jobs, claims, entries without object, objects without entry.
pub async fn leftovers(scope: Scope) -> Vec<String> {
    let mut left = Vec::new();
    let client = redis::Client::open(scope.redis_url.as_str()).expect("a URL");
    let mut redis = client.get_multiplexed_async_connection().await.expect("Redis");
    let keys: Vec<String> =
        redis::cmd("KEYS").arg(format!("{}:*", scope.namespace)).query_async(&mut redis).await.expect("keys");
    // Failures and the pace of an idle queue live for a minute, and a bell may ring on.
    let passes = [":ended:", ":pace", ":bell:"];
    left.extend(keys.into_iter().filter(|key| !passes.iter().any(|part| key.contains(part))));
    let kept = Kept::of(&scope).await;
    let named = kept.named();
    left.extend(
        named.difference(&kept.objects).map(|object| format!("an entry without its object {object}")),
    );
    // What was replaced waits in the outbox until its readers have gone.
    let outbox = documents(&scope, "outbox").await;
    let leaving = |object: &&String| {
        let deletion = format!("delete/{object}");
        outbox.iter().any(|item| item.get_str("_id").is_ok_and(|id| id == deletion))
    };
    let forgotten = kept.objects.difference(&named).filter(|object| !leaving(object));
    left.extend(forgotten.map(|object| format!("an object without entry: {object}")));
    left
}
