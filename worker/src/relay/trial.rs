//! Whether imaginary reaches a relay, tried as a render would.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use imcaxy_shared::backends::imaginary::{Answer, Imaginary, LARGEST_PICTURE, NoAnswer};
use imcaxy_shared::request::ImageRequest;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::answer::PATH;
use super::table::{Lending, Table};
use crate::listener::{Counters, serve};

/// What came of a watermark image that one imaginary was to fetch.
#[derive(Debug)]
pub struct Trial {
    /// Whether anybody came for it.
    pub fetched: bool,
    /// What imaginary answered.
    pub answered: Result<Answer, NoAnswer>,
}

/// Asks each imaginary to draw `picture` on itself, and to fetch it from `listener`, which it reaches under the base URL `base`.
///
/// # Errors
/// The relay cannot be served.
pub async fn try_relay(
    listener: TcpListener,
    base: &str,
    imaginaries: &[Imaginary],
    picture: &Bytes,
) -> io::Result<Vec<Trial>> {
    let table = Arc::new(Table::default());
    let trials = async {
        let mut trials = Vec::new();
        for imaginary in imaginaries {
            trials.push(one(base, &table, imaginary, picture).await);
        }
        trials
    };
    let counters = Counters { table: Arc::clone(&table), desk: None };
    tokio::select! {
        trials = trials => Ok(trials),
        served = serve(listener, counters, CancellationToken::new()) => Err(served.err().unwrap_or_else(|| io::ErrorKind::NotConnected.into())),
    }
}

async fn one(base: &str, table: &Arc<Table>, imaginary: &Imaginary, picture: &Bytes) -> Trial {
    let lending = Lending::of(table);
    let token = lending.lend(picture.clone());
    let query = format!("url=http://doctor.invalid/&image={base}/{PATH}/{token}");
    let answered = match ImageRequest::parse("/watermarkimage", &query, None) {
        Ok(request) => imaginary.post(&request.render(), picture.clone(), LARGEST_PICTURE).await,
        Err(_) => Err(NoAnswer::Unconnected),
    };
    Trial { fetched: table.take(&token).is_none(), answered }
}
