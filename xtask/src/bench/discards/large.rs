//! Discards of what is large, in a catalog of many sources.

use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use super::TOKEN;
use super::end::End;
use super::seed::{PREFIX, Seeds, with_many_variants};
use crate::bench::alone::process::Alone;
use crate::bench::error::{BenchError, Faults};
use crate::bench::figures::{Figures, Unit};

const PART: &str = "large, one process alone";

pub async fn measure(
    seeds: &Seeds,
    round: usize,
    binary: &Path,
    figures: &mut Figures,
    faults: &mut Faults,
) -> Result<(), BenchError> {
    let mut alone = Alone::start_in(seeds.copy()?, binary, &[("IMCAXY_ADMIN_TOKEN", TOKEN)]).await?;
    let end = End::of(alone.target().clone(), TOKEN);
    let selections: [(&str, Value); 3] = [
        ("a source with many variants", json!({ "url": with_many_variants(round) })),
        ("a prefix over many sources", json!({ "prefix": PREFIX })),
        ("everything", json!({})),
    ];
    for (name, selection) in selections {
        let begun = Instant::now();
        match end.discard(&selection).await {
            Ok(took) => {
                let took = took.as_secs_f64() * 1e3;
                figures.add(PART, format!("**{name}: acknowledged**"), Unit::Milliseconds, took);
            }
            Err(error) => faults.add(format!("{name}: {error}")),
        }
        end.until_worked_off().await?;
        figures.add(PART, format!("{name}: worked off"), Unit::Seconds, begun.elapsed().as_secs_f64());
    }
    alone.stop().await
}
