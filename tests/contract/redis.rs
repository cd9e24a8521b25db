//! The queue and the notifier on every way in which Redis is run. Each kind is started once for all tests of this
//! binary, and ended with it.

use std::sync::Arc;

use imcaxy_shared::backends::redis::{Keys, Redis};
use imcaxy_shared::config::{RemoteRedis, Secret};
use imcaxy_shared::ports::{JobQueue, Notifier};
use imcaxy_testkit::servers::valkey;
use imcaxy_testkit::{Access, KitError, RedisCluster, RedisNode, RedisSentinel};
use tokio::sync::OnceCell;

use crate::remote::{servers, unique};

/// What every catalog of these tests has as its incarnation, and so as the hash tag of its keys.
pub const INCARNATION: &str = "0123456789abcdef";

/// A Redis at a URL, with keys of its own.
pub fn open(url: String, access: &Access) -> Redis {
    let remote = RemoteRedis { url: Secret::from(url), tls_ca: access.tls_ca() };
    Redis::open(&remote, Keys::new(&unique(), INCARNATION)).expect("a URL that is understood")
}

pub async fn alone() -> Redis {
    open(servers().redis_url.clone(), &Access::default())
}

async fn over_tls() -> Redis {
    static NODE: OnceCell<RedisNode> = OnceCell::const_new();
    let access = started(Access::tls().await);
    let node = NODE.get_or_init(async || started(RedisNode::start(&access, &[]).await)).await;
    open(node.url(), &access)
}

async fn behind_sentinels() -> Redis {
    static SENTINEL: OnceCell<RedisSentinel> = OnceCell::const_new();
    let access = Access::password("hush");
    let sentinel = SENTINEL.get_or_init(async || started(RedisSentinel::start(&access).await)).await;
    open(sentinel.url(), &access)
}

async fn in_a_cluster() -> Redis {
    open(cluster().await.url(), &Access::default())
}

async fn on_valkey() -> Redis {
    static NODE: OnceCell<RedisNode> = OnceCell::const_new();
    let access = Access::password("hush");
    let node = NODE.get_or_init(async || started(valkey::start(&access).await)).await;
    open(node.url(), &access)
}

/// A Cluster that nobody harms.
pub async fn cluster() -> &'static RedisCluster {
    static CLUSTER: OnceCell<RedisCluster> = OnceCell::const_new();
    CLUSTER.get_or_init(async || started(RedisCluster::start(&Access::default()).await)).await
}

/// What was started, else a failed test with what the kit says about it.
pub fn started<T>(it: Result<T, KitError>) -> T {
    it.unwrap_or_else(|error| panic!("{error}"))
}

async fn queue(redis: impl Future<Output = Redis>) -> Arc<dyn JobQueue> {
    Arc::new(redis.await.queue())
}

async fn notifier(redis: impl Future<Output = Redis>) -> Arc<dyn Notifier> {
    Arc::new(redis.await.notifier())
}

macro_rules! suites {
    ($($deployment:ident)*) => {
        $(
            mod $deployment {
                mod queue {
                    imcaxy_shared::queue_contract!(crate::redis::queue(crate::redis::$deployment()));
                }
                mod notifier {
                    imcaxy_shared::notifier_contract!(crate::redis::notifier(crate::redis::$deployment()));
                }
            }
        )*
    };
}

suites! { alone over_tls behind_sentinels in_a_cluster on_valkey }
