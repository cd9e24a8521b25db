//! Where a system keeps what it stores.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use crate::{KitError, S3};

/// What keeps a system's things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stack {
    /// Redis, MongoDB and S3, with a process for each role and replica.
    Remote,
    /// A directory, with one process that has all roles.
    Embedded,
}

/// Where a system keeps what it stores. The directory of an embedded one is deleted with the last clone of its scope.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The token for its administration.
    pub admin_token: String,
    /// The stores.
    pub stores: Stores,
}

/// The stores of a system, which nobody else uses.
#[derive(Debug, Clone)]
pub enum Stores {
    /// On servers, under names of their own.
    Remote(RemoteStores),
    /// In `data_dir`.
    Embedded(Arc<TempDir>),
}

/// What the remote stack's stores are called.
#[derive(Debug, Clone)]
pub struct RemoteStores {
    /// The Redis.
    pub redis_url: String,
    /// The prefix of its keys there.
    pub namespace: String,
    /// The MongoDB, with the database.
    pub mongodb_url: String,
    /// The S3.
    pub s3: S3,
    /// The bucket there.
    pub bucket: String,
}

impl Scope {
    /// The names on the servers. A system that keeps its things in a directory fails the test.
    #[must_use]
    pub fn remote(&self) -> &RemoteStores {
        match &self.stores {
            Stores::Remote(stores) => stores,
            Stores::Embedded(_) => panic!("an embedded system has no servers"),
        }
    }

    /// Its `data_dir`. A system that keeps its things on servers fails the test.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        match &self.stores {
            Stores::Embedded(folder) => folder.path(),
            Stores::Remote(_) => panic!("a remote system keeps nothing in a directory"),
        }
    }

    /// Which of the two it is.
    #[must_use]
    pub fn stack(&self) -> Stack {
        match self.stores {
            Stores::Remote(_) => Stack::Remote,
            Stores::Embedded(_) => Stack::Embedded,
        }
    }
}

impl Stores {
    /// A directory that is empty.
    pub(super) fn embedded() -> Result<Self, KitError> {
        let folder = tempfile::Builder::new().prefix("imcaxy-kept-").tempdir();
        folder.map(|folder| Self::Embedded(Arc::new(folder))).map_err(KitError::io("create a data_dir"))
    }
}
