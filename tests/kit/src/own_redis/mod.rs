//! A Redis of one test's own, which may be treated badly.

mod clock;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, FromRedisValue};
use nix::sys::signal::Signal;
use tempfile::TempDir;

use crate::KitError;
use crate::child::Child;
use crate::servers::{Failure, on_a_free_port, redis, start};
use clock::Clock;

/// What is still there after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persistence {
    /// Nothing: everything is in memory alone.
    None,
    /// Everything that was answered: it is written to an append-only file, and to the disk, before the answer.
    AppendOnly,
}

/// A running Redis that nobody else uses. Dropping it kills it. Whatever goes wrong while it is treated fails the test.
#[derive(Debug)]
pub struct OwnRedis {
    program: PathBuf,
    port: u16,
    persistence: Persistence,
    clock: Option<Clock>,
    child: Mutex<Child>,
    folder: TempDir, // after the process, which writes there
    _home: TempDir,
}

impl OwnRedis {
    /// Starts one, with a wall clock that can be stepped if that is wanted.
    pub async fn start(persistence: Persistence, steppable_clock: bool) -> Result<Self, KitError> {
        let program = redis::program().await?;
        let (folder, home) = (folder()?, folder()?);
        let clock = if steppable_clock { Some(Clock::prepare(home.path()).await?) } else { None };
        let (port, child) = on_a_free_port("own-redis", async |port| {
            launch(&program, port, folder.path(), persistence, clock.as_ref()).await
        })
        .await?;
        Ok(Self { program, port, persistence, clock, child: Mutex::new(child), folder, _home: home })
    }

    /// Its URL, the same after a restart.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
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
        self.child().kill();
    }

    /// Kills it if it runs and starts it again with what it had written. One that writes nothing fails the test.
    pub async fn restart_with_data(&self) {
        assert_eq!(self.persistence, Persistence::AppendOnly, "this Redis keeps nothing");
        self.kill();
        self.start_again().await;
    }

    /// Kills it if it runs and starts it again empty.
    pub async fn restart_without_data(&self) {
        self.kill();
        let entries = fs::read_dir(self.folder.path()).expect("its folder is there");
        for path in entries.map(|entry| entry.expect("its folder can be read").path()) {
            let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.expect("what it had written can be removed");
        }
        self.start_again().await;
    }

    /// Forgets everything while it runs.
    pub async fn flush(&self) {
        self.ask::<()>(&["FLUSHALL"]).await;
    }

    /// Stops it in its tracks until [`OwnRedis::resume`]; connections stay, and nothing is answered.
    pub fn pause(&self) {
        self.child().signal(Signal::SIGSTOP);
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.child().signal(Signal::SIGCONT);
    }

    /// Limits its memory from now on, zero for no limit. Nothing is evicted: commands that need more are refused.
    pub async fn set_maxmemory(&self, bytes: usize) {
        self.ask::<()>(&["CONFIG", "SET", "maxmemory", &bytes.to_string()]).await;
    }

    /// The bytes that it uses now, as it counts them for its limit.
    pub async fn memory_used(&self) -> usize {
        let info: String = self.ask(&["INFO", "memory"]).await;
        let used = info.lines().find_map(|line| line.strip_prefix("used_memory:"));
        used.and_then(|used| used.trim().parse().ok()).expect("Redis says what it uses")
    }

    /// The time on its wall clock, since 1970.
    pub async fn time(&self) -> Duration {
        let (seconds, micros): (u64, u64) = self.ask(&["TIME"]).await;
        Duration::from_secs(seconds) + Duration::from_micros(micros)
    }

    /// Steps its wall clock forward, and leaves everybody else's. What expires by that clock expires at once, and blocking commands
    /// (BRPOP) reach their time limit, as in Redis 7 they go by it too. Timers of its event loop go by the monotonic clock.
    pub fn step_forward(&self, by: Duration) {
        self.clock().step_forward(by).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Steps its wall clock back. What expires lives longer by that, and blocking commands (BRPOP) wait longer.
    pub fn step_back(&self, by: Duration) {
        self.clock().step_back(by).unwrap_or_else(|error| panic!("{error}"));
    }

    async fn start_again(&self) {
        /// Its port was free a moment ago, but another's outgoing connection may have taken it for a while.
        const PATIENCE: Duration = Duration::from_secs(90);
        const PAUSE: Duration = Duration::from_millis(50);

        let begun = Instant::now();
        let child = loop {
            let folder = self.folder.path();
            match launch(&self.program, self.port, folder, self.persistence, self.clock.as_ref()).await {
                Ok(child) => break child,
                Err(Failure::PortTaken { .. }) if begun.elapsed() < PATIENCE => {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(Failure::PortTaken { output }) => {
                    panic!("the port of a Redis is not free again: {output}")
                }
                Err(Failure::Other(error)) => panic!("{error}"),
            }
        };
        *self.child() = child;
    }

    fn clock(&self) -> &Clock {
        self.clock.as_ref().expect("a Redis whose clock is to be stepped is started with such a clock")
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn folder() -> Result<TempDir, KitError> {
    let folder = tempfile::Builder::new().prefix("imcaxy-own-redis-").tempdir();
    folder.map_err(KitError::io("create a temporary folder"))
}

async fn launch(
    program: &Path,
    port: u16,
    folder: &Path,
    persistence: Persistence,
    clock: Option<&Clock>,
) -> Result<Child, Failure> {
    let mut command = redis::command(program, port, folder);
    match persistence {
        Persistence::None => {}
        Persistence::AppendOnly => drop(command.args(["--appendonly", "yes", "--appendfsync", "always"])),
    }
    if let Some(clock) = clock {
        clock.give_to(&mut command);
    }
    start("own-redis", command, folder, async || redis::answers(port).await).await
}
