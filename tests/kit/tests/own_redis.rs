//! A Redis of a test's own does what the worst day would.

#![expect(clippy::expect_used, reason = "these are tests: a panic is how one fails")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use imcaxy_testkit::{OwnRedis, Persistence};
use tokio::time::timeout;

const HOUR: Duration = Duration::from_secs(3_600);

async fn start(persistence: Persistence) -> OwnRedis {
    OwnRedis::start(persistence, false).await.expect("starts")
}

async fn steppable() -> OwnRedis {
    OwnRedis::start(Persistence::None, true).await.expect("starts")
}

async fn kept(redis: &OwnRedis) -> Option<String> {
    redis.ask(&["GET", "key"]).await
}

#[tokio::test]
async fn what_was_answered_survives_a_crash_where_it_is_written() {
    let redis = start(Persistence::AppendOnly).await;
    let url = redis.url();
    redis.ask::<()>(&["SET", "key", "kept"]).await;
    redis.restart_with_data().await;
    assert_eq!((redis.url(), kept(&redis).await.as_deref()), (url, Some("kept")));
    redis.restart_without_data().await;
    assert_eq!(kept(&redis).await, None);
    redis.ask::<()>(&["SET", "key", "again"]).await;
    redis.flush().await;
    redis.kill();
    redis.restart_with_data().await;
    assert_eq!(kept(&redis).await, None);
}

#[tokio::test]
async fn a_paused_redis_answers_when_it_goes_on() {
    let redis = start(Persistence::None).await;
    let mut connection = redis.connect().await;
    redis.pause();
    let ping = redis::cmd("PING");
    let ping = ping.query_async::<String>(&mut connection);
    let (answer, ()) = tokio::join!(ping, async { redis.resume() });
    assert_eq!(answer.expect("an answer"), "PONG");
}

#[tokio::test]
async fn a_full_redis_refuses_what_needs_more() {
    let redis = start(Persistence::None).await;
    redis.set_maxmemory(redis.info::<usize>("memory", "used_memory").await + (64 << 10)).await;
    let mut connection = redis.connect().await;
    let mut set = redis::cmd("SET");
    set.arg("key").arg(vec![b'x'; 1 << 20]);
    let error = set.query_async::<()>(&mut connection).await.expect_err("is refused");
    assert!(error.to_string().contains("OOM"), "{error}");
    redis.set_maxmemory(0).await;
    set.query_async::<()>(&mut connection).await.expect("there is room again");
}

#[tokio::test]
async fn only_the_wall_clock_of_this_redis_is_stepped() {
    let redis = steppable().await;
    is_ahead(&redis, 0).await;
    redis.ask::<()>(&["SET", "key", "value", "EX", "60"]).await;
    redis.step_forward(HOUR * 2);
    is_ahead(&redis, 2).await;
    assert_eq!(kept(&redis).await, None);
    redis.ask::<()>(&["SET", "key", "value", "EX", "60"]).await;
    redis.step_back(HOUR * 3);
    is_ahead(&redis, -1).await;
    let left: u64 = redis.ask(&["TTL", "key"]).await;
    assert!(left > 3 * 3_600, "{left}");
    redis.restart_without_data().await;
    is_ahead(&redis, -1).await;
}

/// Fails unless its clock is that many hours ahead of the real one, give or take some seconds.
async fn is_ahead(redis: &OwnRedis, hours: i64) {
    #[expect(clippy::disallowed_methods, reason = "the clock that was not stepped is looked at")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    let ahead = redis.time().await.as_secs().cast_signed() - now.as_secs().cast_signed();
    assert!((ahead - hours * 3_600).abs() < 30, "{ahead} s ahead, not {hours} h");
}

#[tokio::test]
async fn blocking_commands_still_end_after_a_step() {
    let redis = steppable().await;
    for step in [OwnRedis::step_forward, OwnRedis::step_back] {
        step(&redis, HOUR);
        let begun = Instant::now();
        let nothing: Option<(String, String)> = redis.ask(&["BRPOP", "nothing", "1"]).await;
        let took = begun.elapsed();
        assert_eq!(nothing, None);
        assert!((Duration::from_millis(900)..Duration::from_secs(10)).contains(&took), "{took:?}");
    }
}

#[tokio::test]
async fn a_blocking_command_that_is_under_way_goes_by_the_stepped_clock() {
    let redis = steppable().await;
    let mut connection = redis.connect().await;
    let mut wait = redis::cmd("BRPOP");
    wait.arg("nothing").arg(600);
    let waiting = wait.query_async::<Option<(String, String)>>(&mut connection);
    let stepping = async {
        while !redis.ask::<String>(&["CLIENT", "LIST"]).await.contains("cmd=brpop") {}
        redis.step_forward(HOUR);
    };
    let both = async { tokio::join!(waiting, stepping) };
    let (ended, ()) = timeout(Duration::from_secs(60), both).await.expect("long before its own time limit");
    assert_eq!(ended.expect("an answer"), None);
}
