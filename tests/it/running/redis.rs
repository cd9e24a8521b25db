//! Redis as the process finds it at its start.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use imcaxy_testkit::child::Child;
use imcaxy_testkit::http::begin as ask;
use imcaxy_testkit::output::Output;
use imcaxy_testkit::process::binary_from_env;
use imcaxy_testkit::{Access, RedisCluster, RedisNode, RedisSentinel, http, port};
use reqwest::Method;

use crate::harness::{Answer, start, system, until, until_hit};

const EVICTS: [&str; 2] = ["--maxmemory-policy", "allkeys-lru"];
const SOON: Duration = Duration::from_secs(30);

/// A process of a role with a Redis alone: neither of the other stores is there.
fn begin(role: &str, redis_url: &str, probes: u16, folder: &Path) -> Child {
    let mut command = Command::new(binary_from_env().expect("the binary"));
    command.arg(role).env_clear().current_dir(folder);
    for (name, value) in [
        ("IMCAXY_LISTEN", "127.0.0.1:0"),
        ("IMCAXY_PROBE_LISTEN", &format!("127.0.0.1:{probes}")),
        ("IMCAXY_REDIS_URL", redis_url),
        ("IMCAXY_MONGODB_URL", "mongodb://127.0.0.1:1/imcaxy"),
        ("IMCAXY_S3_BUCKET", "pictures"),
        ("IMCAXY_S3_ENDPOINT", "http://127.0.0.1:1"),
        ("IMCAXY_S3_ACCESS_KEY", "x"),
        ("IMCAXY_S3_SECRET_KEY", "x"),
        ("IMCAXY_SOURCES_ALLOW", "*"),
        ("IMCAXY_IMAGINARY_URL", "http://127.0.0.1:1"),
    ] {
        command.env(name, value);
    }
    Child::start(role, command, Output::Kept).expect("the binary runs")
}

async fn is_refused(mut process: Child) {
    let status = process.wait(SOON).await.expect("it ends");
    let told = process.output();
    assert_eq!(status.code(), Some(2), "{told}");
    for part in ["redis.url", "allkeys-lru", "noeviction"] {
        assert!(told.contains(part), "{told}");
    }
}

#[tokio::test]
async fn one_that_evicts_is_refused_by_every_role() {
    let redis = RedisNode::start(&Access::default(), &EVICTS).await.expect("a Redis");
    let folder = tempfile::tempdir().expect("a folder");
    for role in ["api", "worker", "scheduler", "serve"] {
        is_refused(begin(role, &redis.url(), port::free().expect("a port"), folder.path())).await;
    }
}

#[tokio::test]
async fn one_that_is_away_keeps_nobody_from_starting_and_is_refused_when_it_comes_and_evicts() {
    let redis = RedisNode::start(&Access::default(), &EVICTS).await.expect("a Redis");
    redis.kill();
    let folder = tempfile::tempdir().expect("a folder");
    let probes = port::free().expect("a port");
    let mut process = begin("api", &redis.url(), probes, folder.path());
    let client = http::client();
    let lives = async || client.get(format!("http://127.0.0.1:{probes}/healthz")).send().await.is_ok();
    until("the process lives", lives).await;
    assert!(process.ended().is_none(), "{}", process.output());
    redis.restart().await.expect("a Redis");
    is_refused(process).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_cluster_over_tls_two_replicas_wait_for_one_render() {
    let access = Access::tls().await.expect("certificates");
    let cluster = RedisCluster::start(&access).await.expect("a Cluster");
    let authority = access.tls_ca().expect("an authority").display().to_string();
    let system = system().env("IMCAXY_REDIS_URL", &cluster.url()).env("IMCAXY_REDIS_TLS_CA", &authority);
    let system = start(system).await;
    let path = system.path("/resize?width=300", "large.jpg");
    let gate = system.gauge.hold();
    let asked = [0, 1].map(|replica| ask(system.request(Method::GET, replica, &path)));
    gate.wait_for(1).await;
    gate.open();
    for asked in asked {
        Answer::to(asked).await.picture();
    }
    assert_eq!(system.gauge.calls().len(), 1);
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_sentinels_promote_a_replica_pictures_are_rendered_again_and_little_is_said() {
    let access = Access::password("hush");
    let sentinel = RedisSentinel::start(&access).await.expect("a master, a replica and sentinels");
    let system = start(system().env("IMCAXY_REDIS_URL", &sentinel.url())).await;
    let known = system.path("/resize?width=300", "large.jpg");
    until_hit(&system, 0, &known).await;

    sentinel.master.kill();
    Answer::get(&system, 0, &known).await.hit();
    let new = system.path("/resize?width=301", "large.jpg");
    until("a new picture is rendered", async || Answer::get(&system, 1, &new).await.status == 200).await;

    for process in system.apis.iter().chain(&system.workers) {
        let log = process.log();
        assert!(!log.contains("hush"), "{log}");
        // Lost and back, of the connection for commands and of the one for listening, and what the role says of its
        // work; besides what each request is told that is refused meanwhile.
        let of_redis = log.lines().filter(|line| line.contains("redis"));
        let said = of_redis.filter(|line| !line.contains("a render could not be asked for")).count();
        assert!(said <= 8, "{said} lines:\n{log}");
    }
    system.finish().await;
}
