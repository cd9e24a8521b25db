//! Reading beside the writer: each read is a transaction of its own on a connection that nobody else uses meanwhile.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::{Answer, connect, unavailable};

/// Reads at once.
const READERS: usize = 8;

/// Connections that are opened as they are needed, and kept.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    places: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), idle: Mutex::default(), places: Arc::new(Semaphore::new(READERS)) }
    }

    /// Reads one state of the file: what was committed when this was called, or later.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        step: impl FnOnce(&Connection) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(unavailable)?;
        let readers = Arc::clone(self);
        // Who asked may leave: the place is taken until the read has ended.
        let read = move || {
            let _place = place;
            readers.read_here(step)
        };
        spawn_blocking(read).await.map_err(unavailable)?
    }

    fn read_here<T>(&self, step: impl FnOnce(&Connection) -> Answer<T>) -> Answer<T> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle().pop();
        let mut connection = kept.map_or_else(|| connect(&self.path), Ok)?;
        let transaction = connection.transaction()?;
        let outcome = step(&transaction);
        drop(transaction);
        idle().push(connection);
        outcome
    }
}
