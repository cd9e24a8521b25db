//! An API that is asked to discard.

use std::io;
use std::time::{Duration, Instant};

use imcaxy_testkit::{KitError, http};
use serde_json::{Value, json};

use crate::bench::error::BenchError;
use crate::bench::exchange::{Connection, Target};
use crate::bench::look::until;

const ACKNOWLEDGED: u16 = 202;

/// One of them, and the token that it wants.
#[derive(Clone)]
pub struct End {
    target: Target,
    token: String,
    client: reqwest::Client,
}

/// A connection to it.
pub struct Line<'a> {
    end: &'a End,
    connection: Connection,
}

impl End {
    pub fn of(target: Target, token: &str) -> Self {
        Self { target, token: token.to_owned(), client: http::client() }
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
        match status {
            ACKNOWLEDGED => Ok(took),
            other => Err(BenchError::NotReady(format!("a discard was answered with {other}"))),
        }
    }

    /// Waits until the newest revalidations are all finished: what they have discarded is worked off.
    pub async fn until_worked_off(&self) -> Result<(), BenchError> {
        const NEWEST: &str = "/api/v1/revalidations?limit=1000";

        let url = self.target.url(NEWEST);
        let are_finished = async || {
            let listed = self.client.get(&url).bearer_auth(&self.token).send().await.ok()?;
            let listed: Value = serde_json::from_slice(&listed.bytes().await.ok()?).ok()?;
            let is_running = |one: &Value| one.get("state").is_some_and(|state| state == "running");
            let is_any_running = listed.get("items")?.as_array()?.iter().any(is_running);
            (!is_any_running).then_some(())
        };
        until("all that was discarded is worked off", are_finished).await
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
