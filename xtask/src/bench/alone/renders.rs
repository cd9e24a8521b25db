//! How often a source was rendered, as the history of jobs tells it when the process has ended.

use std::path::Path;

use imcaxy_shared::backends::sqlite::SqliteCatalog;
use imcaxy_shared::ports::{JobHistory as _, Search};

use crate::bench::error::BenchError;

/// The attempts of all render jobs of the source at `url`.
pub async fn of(catalog: &Path, url: &str) -> Result<usize, BenchError> {
    const MOST: usize = 1000;

    let history = SqliteCatalog::open(catalog, 0)?;
    let kind = Some("render".to_owned());
    let search = Search { url: Some(url.to_owned()), kind, limit: MOST, ..Search::default() };
    let ended = history.search(&search).await?;
    Ok(ended.iter().map(|job| job.attempts as usize).sum())
}
