//! Values as documents: the id under `_id`, a version, dates as dates, absent instead of null.

use mongodb::bson::{self, Bson, DateTime, Document};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::operation::unusable;
use crate::backends::readable::{LeftOut, Readable};
use crate::entry::{Entry, RememberedFailure, Source};
use crate::ports::{AuditLine, EndedJob, Made, PortError, Revalidation};
use crate::time::Timestamp;

/// The version that documents carry under `v`.
pub(super) const VERSION: i32 = 1;

/// A value that is a document of its own.
pub(super) trait Stored: Serialize + DeserializeOwned {
    /// The field that is the document's `_id`.
    const ID: &'static str;
    /// The fields that are instants.
    const DATES: &'static [&'static str];
}

impl Stored for Entry {
    const ID: &'static str = "key";
    const DATES: &'static [&'static str] = &["created_at", "renewed_at", "last_used_at"];
}

impl Stored for RememberedFailure {
    const ID: &'static str = "key";
    const DATES: &'static [&'static str] = &["at", "until"];
}

impl Stored for Source {
    const ID: &'static str = "id";
    const DATES: &'static [&'static str] = &[
        "created_at",
        "discarded_at",
        "checked_at",
        "changed_at",
        "unsteady_until",
        "next_check_at",
        "last_used_at",
    ];
}

impl Stored for EndedJob {
    /// Made of two of its fields by who writes it.
    const ID: &'static str = "";
    const DATES: &'static [&'static str] = &["queued_at", "began_at", "ended_at"];
}

impl Stored for Revalidation {
    const ID: &'static str = "id";
    const DATES: &'static [&'static str] = &["started_at", "finished_at"];
}

impl Stored for AuditLine {
    const ID: &'static str = "id";
    const DATES: &'static [&'static str] = &["at"];
}

/// Part of an entry's.
impl Stored for Made {
    const ID: &'static str = "key";
    const DATES: &'static [&'static str] = &[];
}

pub(super) fn write<T: Stored>(value: &T) -> Result<Document, PortError> {
    let fields = bson::serialize_to_document(value).map_err(unusable)?;
    let mut document = Document::new();
    for (name, value) in fields {
        match value {
            Bson::Null => {}
            id if name == T::ID => drop(document.insert("_id", id)),
            Bson::Int64(millis) if T::DATES.contains(&name.as_str()) => {
                document.insert(name, DateTime::from_millis(millis));
            }
            value => drop(document.insert(name, value)),
        }
    }
    document.insert("v", VERSION);
    Ok(document)
}

pub(super) fn read<T: Stored>(document: Document) -> Result<T, PortError> {
    let mut fields = Document::new();
    for (name, value) in document {
        match value {
            id if name == "_id" => drop(fields.insert(T::ID, id)),
            Bson::DateTime(date) => drop(fields.insert(name, date.timestamp_millis())),
            value => drop(fields.insert(name, value)),
        }
    }
    bson::deserialize_from_document(fields).map_err(unusable)
}

/// Those that can be read.
///
/// # Errors
/// None that means that a document cannot be read.
pub(super) fn readable<T: Stored>(found: Vec<Document>) -> Result<Readable<T>, PortError> {
    Readable::of(found.into_iter().map(|document| (left_out(&document), read(document))))
}

/// Up to `most` that can be read of what `find` finds, which is told how many it may find, in the same order each time.
pub(super) async fn page<T: Stored, F>(
    collection: &'static str,
    most: usize,
    find: impl Fn(i64) -> F,
) -> Result<Vec<T>, PortError>
where
    F: Future<Output = Result<Vec<Document>, PortError>>,
{
    // Zero is no limit to a server.
    if most == 0 {
        return Ok(Vec::new());
    }
    let mut asked = most;
    loop {
        let found = find(limit(asked)).await?;
        let mut page = readable(found)?;
        match page.falls_short(most, asked)? {
            Some(more) => asked = more,
            None => {
                page.items.truncate(most);
                return Ok(page.told(collection).items);
            }
        }
    }
}

/// What a document says that cannot be read.
pub(super) fn left_out(document: &Document) -> LeftOut {
    let id = match document.get("_id") {
        Some(Bson::String(id)) => id.clone(),
        other => other.map(Bson::to_string).unwrap_or_default(),
    };
    LeftOut { id, url: document.get_str("url").ok().map(str::to_owned) }
}

/// A part of a document, such as a validator.
pub(super) fn part(value: &impl Serialize) -> Result<Document, PortError> {
    let fields = bson::serialize_to_document(value).map_err(unusable)?;
    Ok(fields.into_iter().filter(|(_, value)| *value != Bson::Null).collect())
}

/// An instant, as documents hold it.
pub(super) fn date(instant: Timestamp) -> DateTime {
    DateTime::from_millis(instant.as_millis())
}

/// The instant that a document holds in `field`.
pub(super) fn instant(document: &Document, field: &str) -> Result<Timestamp, PortError> {
    let date = document.get_datetime(field).map_err(unusable)?;
    Ok(Timestamp::from_millis(date.timestamp_millis()))
}

/// How many documents a query may find at most. Callers stop at zero, which a server takes for no limit at all.
pub(super) fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::{FailureCode, Seq};
    use crate::testing::build;

    #[test]
    fn an_entry_is_written_with_its_key_as_id_and_read_again() {
        let renewed_at = Some(Timestamp::from_millis(1_800_000_000_000));
        let entry = Entry { renewed_at, ..build::entry("http://a.test/1.jpg", Seq::new(7)) };
        let document = write(&entry).unwrap();
        assert_eq!(document.get_str("_id").unwrap(), entry.key.as_str());
        assert!(["created_at", "renewed_at"].iter().all(|instant| document.get_datetime(instant).is_ok()));
        assert!(!document.contains_key("last_used_at"));
        assert_eq!(read::<Entry>(document).unwrap(), entry);
    }

    #[test]
    fn a_failure_is_read_as_it_was_written() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let mut failed = build::failure("http://a.test/1.jpg", Seq::new(7), now);
        assert_eq!(read::<RememberedFailure>(write(&failed).unwrap()).unwrap(), failed);
        failed.failure.code = FailureCode::ImaginaryRefused(400);
        failed.failure.url = Some(build::source_ref("http://a.test/1.jpg").id);
        let document = write(&failed).unwrap();
        assert!(document.get_datetime("until").is_ok());
        assert_eq!(read::<RememberedFailure>(document).unwrap(), failed);
    }

    #[test]
    fn a_source_is_read_as_it_was_written() {
        let mut source = build::source("http://a.test/1.jpg", Seq::new(7));
        assert_eq!(read::<Source>(write(&source).unwrap()).unwrap(), source);
        let now = Timestamp::from_millis(1_700_000_000_000);
        (source.changed_at, source.unsteady_until) = (Some(now), Some(now));
        assert_eq!(read::<Source>(write(&source).unwrap()).unwrap(), source);
    }
}
