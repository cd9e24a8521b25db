//! An API that is asked to discard.

use std::io;
use std::time::{Duration, Instant};

use imcaxy_testkit::KitError;
use serde_json::{Value, json};

use crate::bench::error::BenchError;
use crate::bench::exchange::{Connection, Target};
use crate::bench::look::until;

const ACKNOWLEDGED: u16 = 202;
const FINISHED: u16 = 200;

/// One of them, and the token that it wants.
#[derive(Clone)]
pub struct End {
    target: Target,
    token: String,
}

/// A connection to it.
pub struct Line<'a> {
    end: &'a End,
    connection: Connection,
}

impl End {
    pub fn of(target: Target, token: &str) -> Self {
        Self { target, token: token.to_owned() }
    }

    pub async fn connect(&self) -> io::Result<Line<'_>> {
        Ok(Line { end: self, connection: self.target.connect().await? })
    }

    /// Discards a selection over a connection that was opened before; how long it took until it was acknowledged.
    pub async fn discard(&self, selection: &Value) -> Result<Duration, BenchError> {
        let mut line = self.connect().await.map_err(KitError::io("open a connection to an API"))?;
        let begun = Instant::now();
        let status = line.discard(selection).await.map_err(KitError::io("discard"))?;
        let took = begun.elapsed();
        expect(status, ACKNOWLEDGED)?;
        Ok(took)
    }

    /// Waits until everything is worked off that was discarded before: the oldest is worked off first.
    pub async fn until_worked_off(&self) -> Result<(), BenchError> {
        const WAIT: u32 = 120;

        let mut line = self.connect().await.map_err(KitError::io("open a connection to an API"))?;
        let last = json!({ "url": "http://last.test/", "wait": WAIT });
        expect(line.discard(&last).await.map_err(KitError::io("discard"))?, FINISHED)
    }

    /// Asks for a picture until the answer comes from memory.
    pub async fn until_in_memory(&self, path: &str) -> Result<(), BenchError> {
        let is_in_memory = async || self.target.get(path).await.is_ok_and(|answer| answer.from_memory);
        until("a picture is answered from memory", async || is_in_memory().await.then_some(())).await
    }
}

impl Line<'_> {
    /// Discards a selection; the status.
    pub async fn discard(&mut self, selection: &Value) -> io::Result<u16> {
        let mut body = selection.clone();
        if let Some(members) = body.as_object_mut() {
            members.insert("mode".to_owned(), json!("discard"));
        }
        let request = self.end.target.post("/api/v1/revalidate", &self.end.token, &body.to_string());
        Ok(self.connection.ask(&request).await?.status)
    }
}

fn expect(status: u16, expected: u16) -> Result<(), BenchError> {
    if status == expected {
        Ok(())
    } else {
        Err(BenchError::NotReady(format!("a discard was answered with {status} instead of {expected}")))
    }
}
