//! Redis that goes away, comes back empty, or hands over to another node. Each test has a deployment of its own.

use std::time::{Duration, Instant};

use imcaxy_shared::backends::redis::{Policy, Redis};
use imcaxy_shared::entry::Seq;
use imcaxy_shared::jobs::{Announced, Announcement, Failure, FailureCode, Timings, Token, WorkerId};
use imcaxy_shared::ports::{JobQueue, News, Notifier, PortError, Submission, Subscription, Trouble};
use imcaxy_shared::testing::build;
use imcaxy_testkit::{Access, RedisCluster, RedisNode, RedisSentinel};
use tokio::time::{sleep, timeout};

use crate::redis::{INCARNATION, cluster, open, started};

const URL: &str = "http://a.test/1.jpg";
/// Detection, election and promotion take some seconds; a machine that compiles meanwhile needs more.
const FAILS_OVER_WITHIN: Duration = Duration::from_secs(40);

/// A queue and a notifier, with an ear at one key.
struct Client {
    queue: Box<dyn JobQueue>,
    notifier: Box<dyn Notifier>,
    ear: Subscription,
    width: u32,
}

impl Client {
    async fn new(redis: &Redis) -> Self {
        let notifier: Box<dyn Notifier> = Box::new(redis.notifier());
        let ear = notifier.subscribe(&build::key(URL, 1)).await.expect("subscribed");
        let mut client = Self { queue: Box::new(redis.queue()), notifier, ear, width: 0 };
        client.submits().await.expect("submitted");
        client.is_heard().await;
        client
    }

    /// Submits a new job.
    async fn submits(&mut self) -> Result<(), PortError> {
        self.width += 1;
        let job = build::render_job(URL, self.width);
        let submission = Submission::of(&job, Seq::ZERO, Token::new(rand::random()))?;
        self.queue.submit(&submission).await.map(drop)
    }

    /// Submits until it succeeds; every failure on the way is an outage. Answers how long it took.
    async fn submits_again(&mut self) -> Duration {
        let begun = Instant::now();
        while let Err(cause) = self.submits().await {
            assert_eq!(cause.trouble(), Trouble::Unavailable, "{cause}");
            assert!(begun.elapsed() < FAILS_OVER_WITHIN, "still: {cause}");
            sleep(Duration::from_millis(20)).await;
        }
        begun.elapsed()
    }

    /// Waits until an announcement comes back; some may be lost on the way.
    async fn is_heard(&mut self) {
        let begun = Instant::now();
        loop {
            let news = Announcement {
                key: build::key(URL, 1),
                token: Token::new(rand::random()),
                stamp: Seq::ZERO,
                sources: vec![build::source_ref(URL)],
                took: Timings::default(),
                outcome: Announced::Failed(Failure::new(FailureCode::SourceGone, "gone")),
            };
            let announced = self.notifier.announce(&news).await;
            let heard = async {
                while let Some(heard) = self.ear.news.recv().await {
                    if heard == News::Announced(news.clone()) {
                        return;
                    }
                }
            };
            if announced.is_ok() && timeout(Duration::from_millis(500), heard).await.is_ok() {
                return;
            }
            assert!(begun.elapsed() < FAILS_OVER_WITHIN, "never heard");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Takes what waits, and answers how much it was.
    async fn takes(&mut self) -> Result<usize, PortError> {
        self.queue
            .take(&WorkerId::new(rand::random()), &build::room(100))
            .await
            .map(|taken| taken.claims.len())
    }

    /// Takes what waits and sleeps on the bell. A connection for sleeping that broke is told of once.
    async fn works(&mut self) {
        while self.takes().await.expect("taken") > 0 {}
        let slept = async || timeout(Duration::from_secs(10), self.queue.wakened()).await.expect("in time");
        if slept().await.is_err() {
            slept().await.expect("wakened");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_comes_back_empty_is_used_at_once() {
    let access = Access::default();
    let node = started(RedisNode::start(&access, &[]).await);
    let mut client = Client::new(&open(node.url(), &access)).await;
    client.works().await;
    started(node.restart().await);
    assert!(client.submits_again().await < Duration::from_secs(3));
    client.is_heard().await;
    client.works().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_is_away_commands_fail_soon_and_it_is_found_when_it_comes() {
    let access = Access::default();
    let node = started(RedisNode::start(&access, &[]).await);
    let mut client = Client::new(&open(node.url(), &access)).await;
    node.kill();
    for _ in 0..20 {
        let begun = Instant::now();
        client.submits().await.expect_err("it is away");
        assert!(begun.elapsed() < Duration::from_secs(1));
        sleep(Duration::from_millis(50)).await;
    }
    started(node.restart().await);
    assert!(client.submits_again().await < Duration::from_secs(3));
    client.is_heard().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_master_dies_the_replica_that_the_sentinels_promote_takes_over() {
    let access = Access::password("hush");
    let sentinel = started(RedisSentinel::start(&access).await);
    let mut client = Client::new(&open(sentinel.url(), &access)).await;
    sentinel.master.kill();
    client.submits_again().await;
    assert!(started(sentinel.replica.ask(&["ROLE"]).await).starts_with("master"));
    client.is_heard().await;
    client.works().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_that_is_demoted_or_frozen_is_left() {
    let access = Access::default();
    let sentinel = started(RedisSentinel::start(&access).await);
    let mut client = Client::new(&open(sentinel.url(), &access)).await;
    started(sentinel.fail_over().await);
    client.submits_again().await;
    client.is_heard().await;
    client.works().await;
    // The roles have changed: the replica of before is the master that freezes, and the master of before takes over.
    started(sentinel.settled(&sentinel.replica, &sentinel.master).await);
    sentinel.replica.pause();
    client.submits_again().await;
    client.is_heard().await;
    sentinel.replica.resume();
    client.submits_again().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_cluster_our_slot_is_followed_when_it_moves_and_when_its_master_dies() {
    let access = Access::default();
    let mut cluster = started(RedisCluster::start(&access).await);
    let key = format!("{{{INCARNATION}}}");
    // The URL names the one node that will be dead: the others are known from the Cluster itself.
    let before = started(cluster.master_of(&key).await).address();
    let mut client = Client::new(&open(format!("redis-cluster://{before}"), &access)).await;

    started(cluster.hand_over(&key).await);
    // The node of before is a replica now and names the new master: nothing fails.
    client.submits().await.expect("sent to the right node");
    client.is_heard().await;
    client.works().await;

    started(cluster.hand_over(&key).await);
    client.submits().await.expect("sent to the right node");
    let dead = started(cluster.master_of(&key).await);
    assert_eq!(dead.address(), before);
    dead.kill();
    client.submits_again().await;
    client.is_heard().await;
    client.works().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_our_slot_is_being_moved_nothing_is_done_by_halves() {
    let access = Access::default();
    let cluster = started(RedisCluster::start(&access).await);
    let mut client = Client::new(&open(cluster.url(), &access)).await;
    client.submits().await.expect("submitted");
    let key = format!("{{{INCARNATION}}}");
    let kept = started(cluster.ask(&key, &["KEYS", "*:job:*"]).await);
    let jobs: Vec<&str> = kept.lines().collect();
    assert_eq!(jobs.len(), 2, "{kept}");

    started(cluster.begin_moving(&key, &jobs).await);
    for _ in 0..3 {
        for refused in [client.submits().await.err(), client.takes().await.err()] {
            // Sent away before the script began, not stopped in its midst.
            let cause = refused.expect("refused");
            assert!(cause.to_string().contains("Ask"), "{cause}");
            assert_eq!(cause.trouble(), Trouble::Unavailable);
        }
    }
    started(cluster.end_moving().await);
    client.submits_again().await;
    assert_eq!(client.takes().await.expect("taken"), 3);
    client.is_heard().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentinels_that_ask_for_a_password_are_told_it() {
    let access = Access::password("hush");
    let sentinel = started(RedisSentinel::start(&access).await);
    started(sentinel.guard().await);
    Client::new(&open(sentinel.url(), &access)).await.works().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentinels_and_clusters_speak_tls_too() {
    let access = started(Access::tls().await);
    let (sentinel, cluster) = tokio::join!(RedisSentinel::start(&access), RedisCluster::start(&access));
    let (sentinel, cluster) = (started(sentinel), started(cluster));
    for url in [sentinel.url(), cluster.url()] {
        let mut client = Client::new(&open(url, &access)).await;
        client.works().await;
    }
    // Nobody else trusts that authority.
    let stranger = open(sentinel.url(), &Access::default());
    stranger.queue().ping().await.expect_err("an unknown authority");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_master_of_a_cluster_is_asked_for_its_policy() {
    let access = Access::default();
    let cluster = started(RedisCluster::start(&access).await);
    let redis = open(cluster.url(), &access);
    assert_eq!(redis.policy().await.expect("told"), Policy::Keeps);
    for (index, policy) in ["allkeys-lru", "volatile-ttl", "allkeys-random"].into_iter().enumerate() {
        let node = &cluster.nodes[index];
        started(node.ask(&["CONFIG", "SET", "maxmemory-policy", policy]).await);
        assert_eq!(redis.policy().await.expect("told"), Policy::Evicts { policy: policy.to_owned() });
        started(node.ask(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_may_not_be_asked_for_is_untold() {
    let access = Access::default();
    let node = started(RedisNode::start(&access, &[]).await);
    let user = ["ACL", "SETUSER", "ann", "on", ">hush", "~*", "&*", "+@all", "-info", "-config", "-role"];
    started(node.ask(&user).await);
    let url = format!("redis://ann:hush@{}", node.address());
    let redis = open(url, &access);
    assert_eq!(redis.policy().await.expect("told"), Policy::Untold);
    Client::new(&redis).await.works().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_of_another_kind_than_the_redis_is_told() {
    let access = Access::default();
    let cluster = cluster().await;
    let key = format!("{{{INCARNATION}}}");
    let (mut told, mut replicas) = (0, 0);
    for node in &cluster.nodes {
        let owner = started(node.ask(&["EXISTS", &key]).await).trim() == "0";
        let answer = open(node.url(), &access).policy().await;
        match answer {
            Ok(_) => assert!(owner),
            Err(cause) if cause.trouble() == Trouble::Unusable => {
                assert!(cause.to_string().contains("redis-cluster://"), "{cause}");
                told += 1;
            }
            // A replica says so first.
            Err(cause) => {
                assert!(cause.to_string().contains("is a slave"), "{cause}");
                replicas += 1;
            }
        }
    }
    assert_eq!((told, replicas), (2, 3), "one of three masters has our slot");
}
