//! Discards one after another, each of a picture that every replica has in memory.

use serde_json::json;

use super::end::End;
use crate::bench::error::{BenchError, Faults};
use crate::bench::figures::{Figures, Unit};
use crate::bench::statistics::Times;

pub async fn measure(
    part: &'static str,
    ends: &[End],
    url: &str,
    count: usize,
    figures: &mut Figures,
    faults: &mut Faults,
) -> Result<(), BenchError> {
    let path = format!("/resize?width=300&url={url}");
    let mut times = Vec::new();
    for end in ends.iter().cycle().take(count) {
        for replica in ends {
            replica.until_in_memory(&path).await?;
        }
        match end.discard(&json!({ "url": url })).await {
            Ok(took) => times.push(took),
            Err(error) => faults.add(error),
        }
    }
    let times: Times = times.into_iter().collect();
    figures.add(part, "**acknowledged, median**", Unit::Milliseconds, times.median());
    figures.add(part, "acknowledged, p99", Unit::Milliseconds, times.percentile(0.99));
    Ok(())
}
