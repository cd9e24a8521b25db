//! A Redis of one test's own, which may be treated badly.

mod clock;

use std::fs;
use std::str::FromStr;
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, FromRedisValue};

use crate::KitError;
use crate::servers::{Access, Recipe, RedisNode, redis};
use clock::Clock;

/// What is still there after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persistence {
    /// Nothing: everything is in memory alone.
    None,
    /// Everything that was answered: it is written to an append-only file, and to the disk, before the answer.
    AppendOnly,
}

/// A running Redis that nobody else uses, without password or TLS. Dropping it kills it. Whatever goes wrong while it
/// is treated fails the test.
///
/// It is a [`RedisNode`] with what the Redis of a [`System`](crate::System) is asked to suffer: to keep or lose what
/// it held, to be full, to be put into another time. Where a test is about how Redis is talked to, the node itself is
/// enough.
#[derive(Debug)]
pub struct OwnRedis {
    node: RedisNode,
    persistence: Persistence,
    clock: Option<Clock>,
}

impl OwnRedis {
    /// Starts one, with a wall clock that can be stepped if that is wanted.
    pub async fn start(persistence: Persistence, steppable_clock: bool) -> Result<Self, KitError> {
        let clock = if steppable_clock { Some(Clock::prepare().await?) } else { None };
        let recipe = Recipe {
            program: redis::program().await?,
            access: Access::default(),
            settings: persistence.settings().iter().map(|&setting| setting.to_owned()).collect(),
            environment: clock.as_ref().map(Clock::environment).unwrap_or_default(),
        };
        Ok(Self { node: RedisNode::start_with(recipe).await?, persistence, clock })
    }

    /// Its URL, the same after a restart.
    #[must_use]
    pub fn url(&self) -> String {
        self.node.url()
    }

    /// A connection of the test's own, which waits for answers as long as it takes.
    pub async fn connect(&self) -> MultiplexedConnection {
        let client = ::redis::Client::open(self.url()).expect("a URL");
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let connected = client.get_multiplexed_async_connection_with_config(&config).await;
        connected.expect("Redis should accept a connection")
    }

    /// Runs one command, given as its words.
    pub async fn ask<T: FromRedisValue>(&self, words: &[&str]) -> T {
        let mut words = words.iter();
        let mut command = ::redis::cmd(words.next().expect("a command"));
        command.arg(words.as_slice());
        command.query_async(&mut self.connect().await).await.expect("Redis should do what it is told")
    }

    /// Kills it, as a crash would; it is away until it is restarted.
    pub fn kill(&self) {
        self.node.kill();
    }

    /// Kills it if it runs and starts it again with what it had written. One that writes nothing fails the test.
    pub async fn restart_with_data(&self) {
        assert_eq!(self.persistence, Persistence::AppendOnly, "this Redis keeps nothing");
        self.restart().await;
    }

    /// Kills it if it runs and starts it again empty.
    pub async fn restart_without_data(&self) {
        self.kill();
        let entries = fs::read_dir(self.node.folder()).expect("its folder is there");
        for path in entries.map(|entry| entry.expect("its folder can be read").path()) {
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.expect("what it had written can be removed");
        }
        self.restart().await;
    }

    /// Forgets everything while it runs.
    pub async fn flush(&self) {
        self.ask::<()>(&["FLUSHALL"]).await;
    }

    /// Stops it in its tracks until [`OwnRedis::resume`]; connections stay, and nothing is answered.
    pub fn pause(&self) {
        self.node.pause();
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.node.resume();
    }

    /// Limits its memory from now on, zero for no limit. Nothing is evicted: commands that need more are refused.
    pub async fn set_maxmemory(&self, bytes: usize) {
        self.ask::<()>(&["CONFIG", "SET", "maxmemory", &bytes.to_string()]).await;
    }

    /// A number of a section of `INFO`, such as `used_memory` of `memory`: the bytes that it counts for its limit.
    pub async fn info<T: FromStr>(&self, section: &str, name: &str) -> T {
        let info: String = self.ask(&["INFO", section]).await;
        let line = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|value| value.trim().parse().ok()).expect("Redis tells such a number")
    }

    /// The time on its wall clock, since 1970.
    pub async fn time(&self) -> Duration {
        let (seconds, micros): (u64, u64) = self.ask(&["TIME"]).await;
        Duration::from_secs(seconds) + Duration::from_micros(micros)
    }

    /// Steps its wall clock forward, and leaves everybody else's. What expires by that clock expires at once, and
    /// blocking commands (BRPOP) reach their time limit, as in Redis 7 they go by it too. Timers of its event loop go
    /// by the monotonic clock.
    pub fn step_forward(&self, by: Duration) {
        self.clock().step_forward(by).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Steps its wall clock back. What expires lives longer by that, and blocking commands (BRPOP) wait longer.
    pub fn step_back(&self, by: Duration) {
        self.clock().step_back(by).unwrap_or_else(|error| panic!("{error}"));
    }

    async fn restart(&self) {
        self.node.restart().await.unwrap_or_else(|error| panic!("{error}"));
    }

    fn clock(&self) -> &Clock {
        self.clock.as_ref().expect("a Redis whose clock is to be stepped is started with such a clock")
    }
}

impl Persistence {
    const fn settings(self) -> &'static [&'static str] {
        match self {
            Self::None => &[],
            Self::AppendOnly => &["--appendonly", "yes", "--appendfsync", "always"],
        }
    }
}
