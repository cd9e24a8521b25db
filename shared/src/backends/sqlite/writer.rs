//! The one writer: a thread that carries out writes in the order in which they come, many in one transaction, and answers when it is
//! committed. What a write has read nobody has changed meanwhile, so each is one atomic step.

use std::thread;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{Answer, unavailable};
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
    run: Box<dyn FnOnce(&Connection) -> Reply + Send>,
}

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
        let run = Box::new(move |connection: &Connection| -> Reply {
            let outcome = apart(connection, step);
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
    let mut replies = Vec::with_capacity(batch.len());
    let committed = begin(connection, machine).and_then(|()| {
        for write in batch {
            replies.push((write.run)(connection));
        }
        let committed = connection.execute_batch("COMMIT").map_err(PortError::from);
        if committed.is_err() {
            // A failed commit may leave the transaction open, and none may begin in it.
            drop(connection.execute_batch("ROLLBACK"));
        }
        committed
    });
    if let Err(cause) = &committed {
        tracing::error!(%cause, "the catalog cannot be written");
    }
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
    let outcome = step(connection);
    connection.execute_batch(if outcome.is_ok() {
        "RELEASE write"
    } else {
        "ROLLBACK TO write; RELEASE write"
    })?;
    outcome
}
