//! What is handed out at this moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// Images by the names under which each can be fetched once.
#[derive(Default)]
pub(crate) struct Table(Mutex<HashMap<String, Bytes>>);

/// What is handed out for one render; dropped, it is taken back.
#[derive(Default)]
pub(super) struct Lending {
    table: Option<Arc<Table>>,
    tokens: Mutex<Vec<String>>,
}

impl Table {
    /// The image of that name, for the first who asks.
    pub(super) fn take(&self, token: &str) -> Option<Bytes> {
        self.images().remove(token)
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.images().is_empty()
    }

    fn images(&self) -> MutexGuard<'_, HashMap<String, Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lending {
    pub(super) fn of(table: &Arc<Table>) -> Self {
        Self { table: Some(Arc::clone(table)), tokens: Mutex::default() }
    }

    /// Hands out one image, and answers its name: 128 random bits.
    pub(super) fn lend(&self, image: Bytes) -> String {
        let token = format!("{:032x}", rand::random::<u128>());
        if let Some(table) = &self.table {
            table.images().insert(token.clone(), image);
            self.tokens().push(token.clone());
        }
        token
    }

    fn tokens(&self) -> MutexGuard<'_, Vec<String>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lending {
    fn drop(&mut self) {
        if let Some(table) = &self.table {
            let mut images = table.images();
            for token in self.tokens().iter() {
                images.remove(token);
            }
        }
    }
}
