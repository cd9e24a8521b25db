//! A load that is as high as the server lets it be: every connection asks again as soon as it is answered.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::error::{BenchError, Faults};
use super::exchange::Target;
use super::statistics::Times;

/// Connections that ask at the same time.
pub const CONNECTIONS: usize = 64;

/// What came of it.
pub struct Served {
    /// From each request to the end of its answer, of those answered within the time.
    pub times: Times,
    pub faults: Faults,
}

/// Asks `target` for these paths in turn for as long as `during`, from a thread of its own.
pub async fn apply(target: &Target, paths: &[String], during: Duration) -> Result<Served, BenchError> {
    let requests: Arc<[Vec<u8>]> = paths.iter().map(|path| target.request(path)).collect();
    let target = target.clone();
    let (done, served) = oneshot::channel();
    std::thread::spawn(move || {
        let served = Builder::new_current_thread()
            .enable_all()
            .build()
            .map(|runtime| runtime.block_on(from_all_connections(target, requests, during)));
        let _abandoned = done.send(served);
    });
    let served = served.await.map_err(|_| BenchError::TaskEnded("makes the load"))?;
    served.map_err(|_| BenchError::TaskEnded("makes the load"))
}

async fn from_all_connections(target: Target, requests: Arc<[Vec<u8>]>, during: Duration) -> Served {
    let end = Instant::now() + during;
    let mut connections = JoinSet::new();
    for first in 0..CONNECTIONS {
        connections.spawn(from_one(target.clone(), Arc::clone(&requests), first, end));
    }
    let mut times = Vec::new();
    let mut faults = Faults::default();
    for (some, few) in connections.join_all().await {
        times.extend(some);
        faults.absorb(few);
    }
    Served { times: times.into_iter().collect(), faults }
}

/// One connection; it is opened anew when it breaks. The answer that is under way at the end is waited for and not
/// counted.
async fn from_one(
    target: Target,
    requests: Arc<[Vec<u8>]>,
    first: usize,
    end: Instant,
) -> (Vec<Duration>, Faults) {
    const PAUSE: Duration = Duration::from_millis(10);

    let mut times = Vec::new();
    let mut faults = Faults::default();
    while Instant::now() < end {
        if let Err(broken) = until_it_breaks(&target, &requests, first, end, &mut times, &mut faults).await {
            faults.add(broken);
            tokio::time::sleep(PAUSE).await;
        }
    }
    (times, faults)
}

async fn until_it_breaks(
    target: &Target,
    requests: &[Vec<u8>],
    first: usize,
    end: Instant,
    times: &mut Vec<Duration>,
    faults: &mut Faults,
) -> io::Result<()> {
    let mut connection = target.connect().await?;
    let mut asked = Instant::now();
    for request in requests.iter().cycle().skip(first % requests.len().max(1)) {
        if asked >= end {
            break;
        }
        let answer = connection.ask(request).await?;
        let answered = Instant::now();
        match answer.status {
            200 if answered <= end => times.push(answered - asked),
            200 => {}
            status => faults.add(format!("status {status} under load")),
        }
        asked = answered;
    }
    Ok(())
}
