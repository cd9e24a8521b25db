//! What no port tells or does, since the program has no need of it.

use imcaxy_testkit::system::{Scope, Stores};
use mongodb::bson::{DateTime, Document, doc};

use super::{database, documents, embedded};

/// What the catalog keeps by ids: the names of a collection of MongoDB and of a table of SQLite.
#[derive(Clone, Copy)]
pub enum Table {
    Entries,
    Sources,
    Failures,
    Outbox,
}

impl Table {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Entries => "entries",
            Self::Sources => "sources",
            Self::Failures => "failures",
            Self::Outbox => "outbox",
        }
    }
}

/// The ids of all that is there.
pub async fn ids(scope: &Scope, table: Table) -> Vec<String> {
    match &scope.stores {
        Stores::Remote(_) => {
            let all = documents(scope, table.name()).await;
            all.iter().map(|one| one.get_str("_id").expect("an id").to_owned()).collect()
        }
        Stores::Embedded(folder) => embedded::ids(folder.path(), table),
    }
}

/// The time of what is in the outbox has come.
pub async fn outbox_is_due(scope: &Scope) {
    match &scope.stores {
        Stores::Remote(_) => {
            let outbox = database(scope).await.collection::<Document>("outbox");
            let long_ago = doc! { "$set": { "next_at": DateTime::from_millis(0) } };
            outbox.update_many(doc! {}, long_ago).await.expect("moved on");
        }
        Stores::Embedded(folder) => embedded::run(folder.path(), "UPDATE outbox SET next_at = 0"),
    }
}

/// The check of a source is due.
pub async fn check_is_due(scope: &Scope, url: &str) {
    match &scope.stores {
        Stores::Remote(_) => {
            let sources = database(scope).await.collection::<Document>("sources");
            let long_ago = doc! { "$set": { "next_check_at": DateTime::from_millis(0) } };
            sources.update_one(doc! { "url": url }, long_ago).await.expect("moved on");
        }
        Stores::Embedded(folder) => {
            let statement = format!("UPDATE sources SET next_check_at = 0 WHERE url = '{url}'");
            embedded::run(folder.path(), &statement);
        }
    }
}

/// The document of a source is such that no version of the program can read it, or is as it was.
pub async fn source_is_unreadable(scope: &Scope, url: &str, is_unreadable: bool) {
    match &scope.stores {
        Stores::Remote(_) => {
            let sources = database(scope).await.collection::<Document>("sources");
            let to = if is_unreadable {
                doc! { "$set": { "changed_to": 7 } }
            } else {
                doc! { "$unset": { "changed_to": "" } }
            };
            sources.update_one(doc! { "url": url }, to).await.expect("written");
        }
        Stores::Embedded(folder) => {
            let to = if is_unreadable { "x'00'" } else { "NULL" };
            embedded::run(
                folder.path(),
                &format!("UPDATE sources SET changed_to = {to} WHERE url = '{url}'"),
            );
        }
    }
}

/// Nobody has come to count what was made of sources.
pub async fn variants_are_uncounted(scope: &Scope) {
    match &scope.stores {
        Stores::Remote(_) => {
            let sources = database(scope).await.collection::<Document>("sources");
            let none = doc! { "$set": { "variants": 0_i64, "bytes": 0_i64 } };
            sources.update_many(doc! {}, none).await.expect("forgotten");
        }
        Stores::Embedded(folder) => {
            embedded::run(folder.path(), "UPDATE sources SET variants = 0, bytes = 0")
        }
    }
}

/// Origins have said that there is no such source, as far as they have, an age ago.
pub async fn absences_are_long_ago(scope: &Scope) {
    match &scope.stores {
        Stores::Remote(_) => {
            let sources = database(scope).await.collection::<Document>("sources");
            let absent = doc! { "checks.value.absences": { "$exists": true } };
            let long_ago = doc! { "$set": { "checks.value.absences.last": 0_i64 } };
            sources.update_many(absent, long_ago).await.expect("moved on");
        }
        Stores::Embedded(folder) => {
            let statement = "UPDATE sources SET checks = json_set(checks, '$.value.absences.last', 0) \
                             WHERE checks ->> '$.value.absences.last' IS NOT NULL";
            embedded::run(folder.path(), statement);
        }
    }
}

/// Each periodic job is due.
pub async fn tick_is_due(scope: &Scope) {
    match &scope.stores {
        Stores::Remote(_) => {
            let schedule = database(scope).await.collection::<Document>("schedule");
            schedule.delete_many(doc! {}).await.expect("deleted");
        }
        Stores::Embedded(folder) => embedded::run(folder.path(), "DELETE FROM schedule"),
    }
}

/// Whether each tick that was given out is settled, and there is one.
pub async fn ticks_are_settled(scope: &Scope) -> bool {
    let settled: Vec<bool> = match &scope.stores {
        Stores::Remote(_) => {
            let all = documents(scope, "schedule").await;
            all.iter().map(|one| one.get_bool("settled").is_ok_and(|settled| settled)).collect()
        }
        Stores::Embedded(folder) => embedded::ticks(folder.path()),
    };
    !settled.is_empty() && settled.into_iter().all(|settled| settled)
}
