//! Objects as files, `{root}/objects/{key[0..2]}/{key}/{unique}`: the names are made of nothing that a client chose.
//!
//! A file is written under a temporary name, synced, and renamed, so that it is there whole or not at all. The folder belongs to one
//! process.

mod walk;

use std::fmt::Display;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _, SeekFrom};

use crate::entry::ObjectName;
use crate::ports::{ObjectBody, ObjectStore, PortError};

/// How much of a file is read at once.
const PIECE: usize = 256 << 10;

/// Objects in a folder. A clone is another handle to the same one.
#[derive(Clone, Debug)]
pub struct FileObjects {
    objects: PathBuf,
    unfinished: PathBuf,
}

impl FileObjects {
    /// Makes the folder when it is missing, and removes what a process that was killed has left half written.
    ///
    /// # Errors
    /// The folder cannot be made or read.
    pub async fn open(root: &Path) -> Result<Self, PortError> {
        let own = Self::of(root);
        let prepare = async {
            fs::create_dir_all(&own.objects).await?;
            match fs::remove_dir_all(&own.unfinished).await {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
                _ => {}
            }
            fs::create_dir_all(&own.unfinished).await
        };
        prepare.await.map_err(|cause| unavailable(format!("{}: {cause}", root.display())))?;
        Ok(own)
    }

    /// The objects of a folder that was opened before: nothing is made, and nothing that is being written is removed.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        Self { objects: root.join("objects"), unfinished: root.join("unfinished") }
    }

    fn path(&self, name: &ObjectName) -> PathBuf {
        self.objects.join(name.as_str())
    }

    /// What no file means: no such object, unless the whole folder is away.
    async fn absent<T>(&self, cause: io::Error) -> Result<Option<T>, PortError> {
        if cause.kind() != io::ErrorKind::NotFound {
            return Err(unavailable(cause));
        }
        self.ping().await.map(|()| None)
    }

    async fn read(&self, name: &ObjectName, part: Range<u64>) -> Result<Option<ObjectBody>, PortError> {
        let mut file = match File::open(self.path(name)).await {
            Ok(file) => file,
            Err(cause) => return self.absent(cause).await,
        };
        let whole = file.metadata().await.map_err(unavailable)?.len();
        let (start, end) = (part.start.min(whole), part.end.min(whole));
        if start > 0 {
            file.seek(SeekFrom::Start(start)).await.map_err(unavailable)?;
        }
        let length = end - start;
        Ok(Some(ObjectBody { length, whole, bytes: pieces(file, length).boxed() }))
    }
}

#[async_trait]
impl ObjectStore for FileObjects {
    async fn put(&self, name: &ObjectName, _content_type: &str, body: Bytes) -> Result<(), PortError> {
        let unfinished = self.unfinished.join(format!("{:032x}", rand::random::<u128>()));
        let put = async {
            let mut file = File::create_new(&unfinished).await?;
            file.write_all(&body).await?;
            file.flush().await?;
            file.sync_data().await?;
            rename(&unfinished, &self.path(name)).await
        };
        let outcome = put.await;
        if outcome.is_err() {
            // It may not even have been made.
            drop(fs::remove_file(&unfinished).await);
        }
        outcome.map_err(unavailable)
    }

    async fn open(&self, name: &ObjectName) -> Result<Option<ObjectBody>, PortError> {
        self.read(name, 0..u64::MAX).await
    }

    async fn open_part(&self, name: &ObjectName, part: Range<u64>) -> Result<Option<ObjectBody>, PortError> {
        self.read(name, part).await
    }

    async fn delete(&self, name: &ObjectName) -> Result<(), PortError> {
        let path = self.path(name);
        match fs::remove_file(&path).await {
            Ok(()) => {}
            Err(cause) => return self.absent::<()>(cause).await.map(drop),
        }
        // The folder of the key, if nothing else is in it.
        if let Some(folder) = path.parent() {
            drop(fs::remove_dir(folder).await);
        }
        Ok(())
    }

    async fn list(&self, after: Option<&ObjectName>, limit: usize) -> Result<Vec<ObjectName>, PortError> {
        walk::names(&self.objects, after, limit).await.map_err(unavailable)
    }

    async fn ping(&self) -> Result<(), PortError> {
        let there = fs::metadata(&self.objects).await;
        there.map(drop).map_err(|cause| unavailable(format!("{}: {cause}", self.objects.display())))
    }
}

/// Moves a file to its place; the folder of the key may be new, or on its way out with the last object in it.
async fn rename(from: &Path, to: &Path) -> io::Result<()> {
    const ATTEMPTS: usize = 5;

    let mut attempt = 1;
    loop {
        let made = match to.parent() {
            Some(folder) => fs::create_dir_all(folder).await,
            None => Ok(()),
        };
        let moved = match made {
            Ok(()) => fs::rename(from, to).await,
            // It was there, and has gone since.
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Err(io::ErrorKind::NotFound.into()),
            Err(cause) => Err(cause),
        };
        match moved {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound && attempt < ATTEMPTS => attempt += 1,
            other => return other,
        }
    }
}

/// The pieces of what is left of a file, `length` bytes; one that ends early ends with an error.
fn pieces(file: File, length: u64) -> impl futures::Stream<Item = Result<Bytes, PortError>> + Send + 'static {
    stream::unfold(Some((file, length)), |state| async {
        let (mut file, left) = state?;
        if left == 0 {
            return None;
        }
        let mut piece = Vec::with_capacity(PIECE.min(usize::try_from(left).unwrap_or(PIECE)));
        match (&mut file).take(left.min(PIECE as u64)).read_to_end(&mut piece).await {
            Ok(0) => Some((Err(unavailable(format!("{left} bytes are missing"))), None)),
            Ok(read) => Some((Ok(Bytes::from(piece)), Some((file, left.saturating_sub(read as u64))))),
            Err(cause) => Some((Err(unavailable(cause)), None)),
        }
    })
}

/// The folder cannot be read or written now.
fn unavailable(cause: impl Display) -> PortError {
    PortError::unavailable("files", cause)
}
