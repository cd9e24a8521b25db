//! What is wrong with a MongoDB, for who operates it.

mod rights;
mod server;

use std::time::Duration;

use mongodb::bson::{Document, doc};
use mongodb::error::{Error, ErrorKind};

use super::{MongoCatalog, indexes};
use crate::backends::step::{in_time, step};
use crate::finding::{self, Finding, Reading};
use crate::ports::Clock;
use crate::time::Timestamp;

const REACHED: &str = "reached";
const CLOCK: &str = "clock";
const INDEXES: &str = "indexes";
/// What a server answers to who may not do something.
const UNAUTHORIZED: i32 = 13;
/// What a server answers about a collection that is not there.
const NO_SUCH_NAMESPACE: i32 = 26;

impl MongoCatalog {
    /// Looks at what a catalog needs of it. It asks the catalog's collections for nothing that is there, writes into a collection of
    /// its own, named by `nobody`, which must be no other's name, and drops that again.
    pub async fn examine(&self, clock: &dyn Clock, nobody: &str) -> Vec<Finding> {
        let ping = self.database.run_command(doc! { "ping": 1 });
        match in_time(REACHED, ping.into_future()).await {
            Ok(Ok(_)) => {}
            Ok(Err(cause)) => return vec![not_reached(&cause)],
            Err(silent) => return vec![silent],
        }
        let asked = clock.now();
        // Who does not know the question is no MongoDB, and tells nothing about itself.
        let hello = self.database.run_command(doc! { "hello": 1 }).into_future();
        let hello = in_time("hello", hello).await.ok().and_then(Result::ok).unwrap_or_default();
        let answered = clock.now();
        let name = self.database.name();
        let mut findings = vec![Finding::ok(REACHED, format!("it answers, and the database is {name}"))];
        findings.push(step("version", self.version()).await);
        findings.push(step("replica set", self.decisions(&hello)).await);
        findings.push(told_time(&hello, asked, answered));
        findings.push(step("rights", rights::all(self, nobody)).await);
        findings.extend(rights::removed(self, nobody).await);
        findings.push(step(INDEXES, self.indexed()).await);
        findings
    }

    async fn version(&self) -> Finding {
        let told = self.database.run_command(doc! { "buildInfo": 1 }).await;
        let version = told.as_ref().ok().and_then(|told| told.get_str("version").ok());
        server::version(version)
    }

    /// Whether what a majority has is read and written, which is what a replica set is for.
    async fn decisions(&self, hello: &Document) -> Finding {
        // Linearizable: it comes only when a majority has confirmed the primary.
        let read = self.ledger.find_one(doc! { "_id": "doctor" }).max_time(Duration::from_secs(4)).await;
        server::decisions(hello, read.err().map(|cause| sentence(&cause)).as_deref())
    }

    async fn indexed(&self) -> Finding {
        match indexes::missing(&self.database).await {
            Ok(missing) => server::indexed(&missing),
            Err(cause) => Finding::warn(
                INDEXES,
                sentence(&cause),
                "allow listIndexes to this user, or look at them yourself",
            ),
        }
    }
}

fn told_time(hello: &Document, asked: Timestamp, answered: Timestamp) -> Finding {
    match hello.get_datetime("localTime") {
        Ok(told) => {
            let told = Timestamp::from_millis(told.timestamp_millis());
            let precision = Duration::from_millis(1);
            finding::clock(&Reading { asked, answered, told, precision }, None)
        }
        Err(_) => Finding::warn(CLOCK, "not told", "make sure that its machine takes the time from NTP"),
    }
}

fn not_reached(cause: &Error) -> Finding {
    let advice = match &*cause.kind {
        ErrorKind::Authentication { .. } => {
            "set user, password and, where it is not this database, authSource in mongodb.url as this MongoDB has them"
        }
        ErrorKind::ServerSelection { .. } => {
            "see whether it runs and has a primary, whether mongodb.url names its hosts, ports and replicaSet, whether a firewall lets \
             this machine through to each member, and whether one side speaks TLS and the other does not (tls=true)"
        }
        _ => "see what the message says; without MongoDB nothing is answered but what is in memory",
    };
    Finding::fail(REACHED, sentence(cause), advice)
}

/// What the driver says, on one line; it names hosts, and no passwords.
fn sentence(cause: &Error) -> String {
    cause.kind.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn code(cause: &Error) -> Option<i32> {
    match &*cause.kind {
        ErrorKind::Command(refused) => Some(refused.code),
        ErrorKind::Write(mongodb::error::WriteFailure::WriteError(refused)) => Some(refused.code),
        _ => None,
    }
}

/// Whether a collection is not there.
pub(super) fn is_absent(cause: &Error) -> bool {
    code(cause) == Some(NO_SUCH_NAMESPACE)
}
