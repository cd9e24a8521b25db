//! What the figures were measured on, and what a process has used of it.

use std::fmt;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use imcaxy_testkit::KitError;

/// The unit of the kernel's times in `/proc/PID/stat` (proc(5), `USER_HZ`: 100 wherever this is likely to run).
const TICK: Duration = Duration::from_millis(10);

/// How busy the machine is.
#[derive(Clone)]
pub struct LoadAverage {
    /// Over the last minute.
    pub minute: f64,
    all: String,
}

impl LoadAverage {
    pub fn now() -> Result<Self, KitError> {
        let text = read("/proc/loadavg")?;
        let all: Vec<&str> = text.split(' ').take(3).collect();
        let minute = all.first().and_then(|minute| minute.parse().ok()).unwrap_or(f64::NAN);
        Ok(Self { minute, all: all.join(" ") })
    }
}

impl fmt::Display for LoadAverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.all)
    }
}

/// The name of the processor, and how many cores this process may use.
pub fn processor() -> (String, usize) {
    let info = read("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find(|line| line.starts_with("model name"));
    let name = name.and_then(|line| line.split_once(": ")).map_or("unknown processor", |(_, name)| name);
    (name.to_owned(), std::thread::available_parallelism().map_or(1, usize::from))
}

/// The user and system time that processes have used so far.
pub fn used_by(processes: impl IntoIterator<Item = u32>) -> Result<Duration, KitError> {
    let each = processes.into_iter().map(|id| Ok(ticks(&read(format!("/proc/{id}/stat"))?)));
    let ticks: u32 = each.sum::<Result<_, KitError>>()?;
    Ok(TICK * ticks)
}

/// The time that all threads of a process have spent on a processor, to the nanosecond (`/proc/PID/task/*/schedstat`).
pub fn on_cpu(process: u32) -> Result<Duration, KitError> {
    let folder = format!("/proc/{process}/task");
    let threads = fs::read_dir(&folder).map_err(KitError::io(format!("read {folder}")))?;
    let each = threads.filter_map(Result::ok).map(|thread| {
        // A thread may end meanwhile.
        let text = fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
        text.split(' ')
            .next()
            .and_then(|nanos| nanos.parse().ok())
            .map_or(Duration::ZERO, Duration::from_nanos)
    });
    Ok(each.sum())
}

/// The share of a core that a process uses. The pause is what is measured, not a wait for something.
pub async fn share(process: u32, span: Duration) -> Result<f64, KitError> {
    let (before, begun) = (on_cpu(process)?, Instant::now());
    tokio::time::sleep(span).await;
    Ok((on_cpu(process)? - before).as_secs_f64() / begun.elapsed().as_secs_f64())
}

/// User time is field 14, system time 15; field 2, the name, may contain anything and ends with the last parenthesis.
fn ticks(stat: &str) -> u32 {
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u32>().ok()).sum()
}

fn read(path: impl AsRef<Path>) -> Result<String, KitError> {
    fs::read_to_string(&path).map_err(KitError::at("read", path.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_process_does_not_hide_its_times() {
        assert_eq!(ticks("7 (a ) b) S 1 7 7 0 -1 4194560 100 0 0 0 31 11 5 6 20 0 9 0"), 42);
    }
}
