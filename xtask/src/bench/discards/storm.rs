//! As many discards of single sources as are taken, from several connections at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::json;
use tokio::time::sleep;

use super::end::End;
use crate::bench::error::{BenchError, Faults};
use crate::bench::figures::{Figures, Unit, count, per_second};
use crate::bench::statistics::Times;

/// Connections that discard at the same time.
pub const CONNECTIONS: usize = 64;
/// Who is refused waits so long: less than it is asked to, so that places are taken as soon as they are free.
const PAUSE: Duration = Duration::from_millis(20);

/// What one connection came to.
#[derive(Default)]
struct Part {
    acknowledged: Vec<Duration>,
    refused: usize,
    faults: Faults,
}

pub async fn measure(
    part: &'static str,
    ends: &[End],
    below: &str,
    during: Duration,
    figures: &mut Figures,
    faults: &mut Faults,
) -> Result<(), BenchError> {
    let (number, end) = (AtomicUsize::new(0), Instant::now() + during);
    let connections = ends.iter().cycle().take(CONNECTIONS).map(|api| from_one(api, below, &number, end));
    let (mut times, mut refused) = (Vec::new(), 0);
    for part in join_all(connections).await {
        times.extend(part.acknowledged);
        refused += part.refused;
        faults.absorb(part.faults);
    }
    let begun = Instant::now();
    if let Some(api) = ends.first() {
        api.until_worked_off().await?;
    }
    let times: Times = times.into_iter().collect();
    figures.add(part, "**storm: acknowledged**", Unit::PerSecond, per_second(times.count(), during));
    figures.add(part, "storm: acknowledged, median", Unit::Milliseconds, times.median());
    figures.add(part, "storm: acknowledged, p99", Unit::Milliseconds, times.percentile(0.99));
    figures.add(part, "storm: refused for too many open ones", Unit::Count, count(refused));
    let left = begun.elapsed().as_secs_f64();
    figures.add(part, "storm: reports finished after its end", Unit::Seconds, left);
    Ok(())
}

async fn from_one(api: &End, below: &str, number: &AtomicUsize, end: Instant) -> Part {
    let mut part = Part::default();
    while Instant::now() < end {
        if let Err(broken) = until_it_breaks(api, below, number, end, &mut part).await {
            part.faults.add(broken);
            sleep(PAUSE).await;
        }
    }
    part
}

async fn until_it_breaks(
    api: &End,
    below: &str,
    number: &AtomicUsize,
    end: Instant,
    part: &mut Part,
) -> std::io::Result<()> {
    let mut line = api.connect().await?;
    while Instant::now() < end {
        let url = format!("{below}/{}.jpg", number.fetch_add(1, Ordering::Relaxed));
        let begun = Instant::now();
        match line.discard(&json!({ "url": url })).await? {
            202 if Instant::now() <= end => part.acknowledged.push(begun.elapsed()),
            202 => {}
            503 => {
                part.refused += 1;
                sleep(PAUSE).await;
            }
            status => part.faults.add(format!("status {status} for a discard in a storm")),
        }
    }
    Ok(())
}
