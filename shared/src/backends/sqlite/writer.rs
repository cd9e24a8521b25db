//! The one writer: a thread that carries out writes in the order in which they come, many in one transaction, and answers when it is
//! committed. What a write has read nobody has changed meanwhile, so each is one atomic step.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{Answer, unavailable, unusable};
use crate::ports::PortError;

/// Writes in one transaction at most: later ones must not wait for ever.
const BATCH: usize = 200;
/// Writes that may wait.
const WAITING: usize = 4096;

/// What a commit outlives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// The end of the process.
    Process,
    /// The loss of power, too: a discard that was acknowledged stays.
    Machine,
}

/// A handle to the writer; the thread ends with the last one.
#[derive(Clone)]
pub(super) struct Writer(mpsc::Sender<Write>);

struct Write {
    durability: Durability,
    run: Box<Run>,
}

/// Carries out a write; given why there is no transaction, it only tells that.
type Run = dyn FnOnce(Answer<&Connection>) -> Reply + Send;

/// Tells the outcome of a write to who waits for it, once it is known whether its transaction was committed.
type Reply = Box<dyn FnOnce(&Answer<()>)>;

impl Writer {
    pub(super) fn start(connection: Connection) -> Answer<Self> {
        let (writes, waiting) = mpsc::channel(WAITING);
        let writer = thread::Builder::new().name("sqlite-writer".to_owned());
        writer.spawn(move || write_all(&connection, waiting)).map_err(unavailable)?;
        Ok(Self(writes))
    }

    /// Carries out one write, whole or not at all. One whose caller has gone is carried out all the same.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Connection) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        self.write_as(Durability::Process, step).await
    }

    /// The same, with a say in what it outlives.
    pub(super) async fn write_as<T: Send + 'static>(
        &self,
        durability: Durability,
        step: impl FnOnce(&Connection) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let (answer, answered) = oneshot::channel();
        let run = Box::new(move |connection: Answer<&Connection>| -> Reply {
            let outcome = connection.and_then(|connection| apart(connection, step));
            Box::new(move |committed| {
                let outcome = match committed {
                    Ok(()) => outcome,
                    Err(cause) => Err(cause.again()),
                };
                // Whoever asked may be gone.
                drop(answer.send(outcome));
            })
        });
        self.0.send(Write { durability, run }).await.map_err(ended)?;
        answered.await.map_err(ended)?
    }
}

fn ended(_: impl Sized) -> PortError {
    unavailable("the writer has ended")
}

fn write_all(connection: &Connection, mut waiting: mpsc::Receiver<Write>) {
    while let Some(first) = waiting.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(next) = waiting.try_recv()
        {
            batch.push(next);
        }
        commit(connection, batch);
    }
}

fn commit(connection: &Connection, batch: Vec<Write>) {
    let machine = batch.iter().any(|write| write.durability == Durability::Machine);
    let begun = begin(connection, machine);
    let within = || begun.as_ref().map(|()| connection).map_err(PortError::again);
    let replies: Vec<Reply> = batch.into_iter().map(|write| (write.run)(within())).collect();
    let committed = begun.and_then(|()| {
        let committed = connection.execute_batch("COMMIT").map_err(PortError::from);
        if committed.is_err() {
            // A failed commit may leave the transaction open, and none may begin in it.
            drop(connection.execute_batch("ROLLBACK"));
        }
        committed
    });
    for reply in replies {
        reply(&committed);
    }
}

fn begin(connection: &Connection, machine: bool) -> Answer<()> {
    // In WAL mode FULL is one more sync of the log with each commit.
    connection.pragma_update(None, "synchronous", if machine { "FULL" } else { "NORMAL" })?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    Ok(())
}

/// One write of a transaction: what it has done is undone when it fails, and the others stay.
fn apart<T>(connection: &Connection, step: impl FnOnce(&Connection) -> Answer<T>) -> Answer<T> {
    connection.execute_batch("SAVEPOINT write")?;
    // One that breaks off takes nothing with it but itself: without this thread nothing is ever written again.
    let stepped = catch_unwind(AssertUnwindSafe(|| step(connection)));
    let outcome = stepped.unwrap_or_else(|_| Err(unusable("a write broke off")));
    connection.execute_batch(if outcome.is_ok() {
        "RELEASE write"
    } else {
        "ROLLBACK TO write; RELEASE write"
    })?;
    outcome
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{connect, schema};
    use super::*;

    #[tokio::test]
    async fn who_writes_while_no_transaction_can_begin_is_told_why_and_later_writes_are_carried_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.db");
        let mut connection = connect(&path).unwrap();
        schema::prepare(&mut connection, 1).unwrap();
        connection.busy_timeout(Duration::ZERO).unwrap();
        let writer = Writer::start(connection).unwrap();
        let other = connect(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let write = || writer.write(|connection| Ok(connection.execute("UPDATE ledger SET trims = 7", [])?));
        let told = write().await.unwrap_err().to_string();
        assert!(told.contains("locked"), "{told}");
        other.execute_batch("ROLLBACK").unwrap();
        assert_eq!(write().await.unwrap(), 1);
    }
}
