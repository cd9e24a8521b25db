//! A catalog in which there is much to discard.

use std::fs;
use std::path::Path;
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use imcaxy_shared::backends::sqlite::SqliteCatalog;
use imcaxy_shared::entry::{Digest, Entry, ObjectName, Seq, Validator};
use imcaxy_shared::ports::{Catalog as _, Clock as _, DiscardLog as _, PortError, SystemClock};
use imcaxy_shared::testing::build;
use imcaxy_testkit::KitError;
use tempfile::TempDir;
use tokio::time::sleep;

use crate::bench::error::BenchError;

/// Variants of each source that has many.
pub const VARIANTS: usize = 10_000;
/// Sources below [`PREFIX`].
pub const SOURCES: usize = 100_000;
/// Where they are.
pub const PREFIX: &str = "http://shop.test/pictures";

const FILE: &str = "catalog.db";
/// None of the sources is checked while it is measured.
const NOT_DUE: Duration = Duration::from_secs(24 * 3600);
/// Writes that are under way at once: they share commits.
const AT_ONCE: usize = 512;

/// The catalog, as it was made. It is copied for whoever changes it.
pub struct Seeds(TempDir);

impl Seeds {
    /// With so many sources of many variants.
    pub async fn make(with_many: usize) -> Result<Self, BenchError> {
        let folder = tempfile::tempdir().map_err(KitError::io("create a temporary folder"))?;
        let catalog = SqliteCatalog::open(&folder.path().join(FILE), 1)?;
        let seq = catalog.ledger().await?.seq;
        for number in 0..with_many {
            let url = with_many_variants(number);
            admit(&catalog, &url, seq).await?;
            each(1..=VARIANTS, async |width| variant(&catalog, &url, width, seq).await).await?;
        }
        each(0..=SOURCES - 1, async |number| {
            let url = format!("{PREFIX}/{number}.jpg");
            admit(&catalog, &url, seq).await?;
            variant(&catalog, &url, 300, seq).await
        })
        .await?;
        drop(catalog);
        until_closed(folder.path()).await?;
        Ok(Self(folder))
    }

    /// A directory with a copy.
    pub fn copy(&self) -> Result<TempDir, BenchError> {
        let copy = tempfile::tempdir().map_err(KitError::io("create a temporary folder"))?;
        let (from, to) = (self.0.path().join(FILE), copy.path().join(FILE));
        fs::copy(&from, &to).map_err(KitError::at("copy", &from))?;
        Ok(copy)
    }
}

/// One of the sources that have many variants.
pub fn with_many_variants(number: usize) -> String {
    format!("http://many.test/{number}.jpg")
}

async fn each(
    numbers: std::ops::RangeInclusive<usize>,
    write: impl AsyncFn(usize) -> Result<(), PortError>,
) -> Result<(), PortError> {
    let write = &write;
    let writes = stream::iter(numbers).map(|number| async move { write(number).await });
    writes.buffer_unordered(AT_ONCE).try_collect().await
}

async fn admit(catalog: &SqliteCatalog, url: &str, seq: Seq) -> Result<(), PortError> {
    let (source, now) = (build::source_ref(url), SystemClock.now());
    let host = url.split('/').nth(2).unwrap_or_default();
    catalog.admit(&source, host, seq, now).await?;
    let (digest, later) = (Digest::of(build::BYTES), now.plus(NOT_DUE));
    catalog.accept_digest(&source.id, &digest, &Validator::default(), seq, now, later).await?;
    Ok(())
}

async fn variant(catalog: &SqliteCatalog, url: &str, width: usize, seq: Seq) -> Result<(), PortError> {
    let key = build::key(url, u32::try_from(width).unwrap_or(u32::MAX));
    let entry = Entry { object: ObjectName::new(&key, rand::random()), key, ..build::entry(url, seq) };
    catalog.record(&entry).await?;
    Ok(())
}

/// The last of its threads to end writes the journal into the file, and removes it.
async fn until_closed(folder: &Path) -> Result<(), BenchError> {
    const PAUSE: Duration = Duration::from_millis(20);
    const LOOKS: usize = 1000;

    let journal = folder.join(format!("{FILE}-wal"));
    for _ in 0..LOOKS {
        if !journal.exists() {
            return Ok(());
        }
        sleep(PAUSE).await;
    }
    Err(BenchError::NotReady("the catalog that was made is not closed".to_owned()))
}
