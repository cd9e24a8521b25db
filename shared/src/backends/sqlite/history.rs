//! Ended jobs: documents, with what is asked of them in columns.

use async_trait::async_trait;
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::{Answer, SqliteCatalog, moments, pages, written};
use crate::ports::{EndedJob, EndedState, JobHistory, PortError, Search};
use crate::time::Timestamp;

#[async_trait]
impl JobHistory for SqliteCatalog {
    async fn record(&self, ended: &[EndedJob]) -> Result<(), PortError> {
        let ended = ended.to_vec();
        self.writer.write(move |connection| ended.iter().try_for_each(|job| record(connection, job))).await
    }

    async fn search(&self, search: &Search) -> Result<Vec<EndedJob>, PortError> {
        let search = search.clone();
        self.readers.read(move |connection| find(connection, &search)).await
    }

    async fn forget(&self, states: &[EndedState], before: Timestamp, limit: usize) -> Result<u64, PortError> {
        let states = states.to_vec();
        self.writer.write(move |connection| forget(connection, &states, before, limit)).await
    }
}

fn record(connection: &Connection, job: &EndedJob) -> Answer<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO history (life, ended_at, url, host, kind, state, error, document)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
    )?;
    let (life, ended_at, state) = (job.life(), job.ended_at.as_millis(), job.state.name());
    insert.execute(params![life, ended_at, job.url, job.host, job.kind, state, job.error, written(job)?])?;
    Ok(())
}

fn find(connection: &Connection, search: &Search) -> Answer<Vec<EndedJob>> {
    let (conditions, values) = conditions(search);
    let select = format!(
        "SELECT life, document FROM history WHERE {conditions} ORDER BY ended_at DESC, life DESC LIMIT ?"
    );
    let mut select = connection.prepare_cached(&select)?;
    pages::page("history", search.limit, |most| {
        let given = params_from_iter(values.iter().cloned().chain([Value::from(most)]));
        pages::readable(&mut select, given, 0, moments::document)
    })
}

fn conditions(search: &Search) -> (String, Vec<Value>) {
    let mut conditions = vec!["TRUE".to_owned()];
    let mut values = Vec::new();
    for (column, value) in [
        ("url", search.url.as_deref()),
        ("host", search.host.as_deref()),
        ("kind", search.kind.as_deref()),
        ("state", search.state.map(EndedState::name)),
        ("error", search.error.as_deref()),
    ] {
        if let Some(value) = value {
            conditions.push(format!("{column} = ?"));
            values.push(Value::from(value.to_owned()));
        }
    }
    if let Some(after) = &search.after {
        conditions.push("(ended_at, life) < (?, ?)".to_owned());
        values.push(Value::from(after.at.as_millis()));
        values.push(Value::from(after.id.clone()));
    }
    (conditions.join(" AND "), values)
}

fn forget(connection: &Connection, states: &[EndedState], before: Timestamp, most: usize) -> Answer<u64> {
    let places = vec!["?"; states.len()].join(", ");
    let delete = format!(
        "DELETE FROM history WHERE life IN (
             SELECT life FROM history WHERE state IN ({places}) AND ended_at < ? ORDER BY ended_at LIMIT ?)"
    );
    let states = states.iter().map(|state| Value::from(state.name().to_owned()));
    let values = states.chain([before.as_millis(), pages::limit(most)].map(Value::from));
    Ok(connection.prepare_cached(&delete)?.execute(params_from_iter(values))? as u64)
}
