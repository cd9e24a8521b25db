//! One operation: how long it may take, and what its failures mean.

use std::fmt::Display;
use std::time::Duration;

use futures::TryStreamExt as _;
use mongodb::bson::{Bson, Document};
use mongodb::error::{Error, ErrorKind, WriteFailure};
use mongodb::{Collection, Cursor};

use crate::patience::answer_within;
use crate::ports::PortError;

/// How long one operation may take.
const OPERATION: Duration = Duration::from_secs(5);
/// What a server answers when a document with the id is there already.
const DUPLICATE_KEY: i32 = 11000;

/// What the driver answers.
type Answer<T> = mongodb::error::Result<T>;

/// Carries out one operation. The driver's own limits leave a server that answers its pings and nothing else without one,
/// and nobody may wait for such a server for ever.
pub(super) async fn run<T>(operation: impl IntoFuture<Output = Answer<T>>) -> Result<T, PortError> {
    in_time(operation).await?.map_err(|cause| unavailable(&cause))
}

/// All that a query finds.
pub(super) async fn all(
    query: impl IntoFuture<Output = Answer<Cursor<Document>>>,
) -> Result<Vec<Document>, PortError> {
    run(run(query).await?.try_collect()).await
}

/// Inserts a document; false when one with its id is there already.
pub(super) async fn insert_new(
    collection: &Collection<Document>,
    document: Document,
) -> Result<bool, PortError> {
    match in_time(collection.insert_one(document)).await? {
        Ok(_) => Ok(true),
        Err(cause) if is_duplicate(&cause) => Ok(false),
        Err(cause) => Err(unavailable(&cause)),
    }
}

/// Inserts those documents whose ids are not there yet.
pub(super) async fn insert_all_new(
    collection: &Collection<Document>,
    documents: Vec<Document>,
) -> Result<(), PortError> {
    if documents.is_empty() {
        return Ok(());
    }
    match in_time(collection.insert_many(documents).ordered(false)).await? {
        Err(cause) if !is_duplicate(&cause) => Err(unavailable(&cause)),
        _ => Ok(()),
    }
}

async fn in_time<T>(operation: impl IntoFuture<Output = Answer<T>>) -> Result<Answer<T>, PortError> {
    let answer = answer_within(OPERATION, operation.into_future()).await;
    answer.ok_or_else(|| PortError::unavailable("mongodb", "no answer in time"))
}

/// A write of ours met another that came first.
fn is_duplicate(cause: &Error) -> bool {
    match &*cause.kind {
        ErrorKind::Write(WriteFailure::WriteError(error)) => error.code == DUPLICATE_KEY,
        ErrorKind::Command(error) => error.code == DUPLICATE_KEY,
        ErrorKind::InsertMany(several) => {
            let errors = several.write_errors.iter().flatten();
            several.write_concern_error.is_none() && errors.into_iter().all(|one| one.code == DUPLICATE_KEY)
        }
        _ => false,
    }
}

/// The server did not do it, or nobody knows.
pub(super) fn unavailable(cause: &Error) -> PortError {
    PortError::unavailable("mongodb", &cause.kind)
}

/// A part of what it was told to do it did not do.
pub(super) fn unavailable_for(failed: &Bson) -> PortError {
    PortError::unavailable("mongodb", failed)
}

/// What is there, or was to be written, is nothing that this program understands.
pub(super) fn unusable(cause: impl Display) -> PortError {
    PortError::unusable("mongodb", cause)
}
