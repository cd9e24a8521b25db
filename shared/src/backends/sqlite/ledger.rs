//! The ledger: a row for its position, and one for each rule.

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, Row, params};

use super::writer::Durability;
use super::{Answer, SqliteCatalog, unusable};
use crate::entry::{Ledger, Position, Rule, Scope, Seq};
use crate::ports::{Appended, DiscardLog, PortError};

#[async_trait]
impl DiscardLog for SqliteCatalog {
    async fn ledger(&self) -> Result<Ledger, PortError> {
        self.readers.read(read).await
    }

    async fn ledger_since(&self, known: &Arc<Ledger>) -> Result<Arc<Ledger>, PortError> {
        let known = Arc::clone(known);
        self.readers.read(move |connection| read_since(connection, &known)).await
    }

    async fn append(&self, scopes: &[Scope], most_open: usize) -> Result<Appended, PortError> {
        let scopes = scopes.to_vec();
        let append =
            move |connection: &Connection| append(connection, most_open, |seen| seen.next(&scopes).collect());
        self.writer.write_as(Durability::Machine, append).await
    }

    async fn append_below(
        &self,
        scopes: &[Scope],
        below: Seq,
        most_open: usize,
    ) -> Result<Appended, PortError> {
        let scopes = scopes.to_vec();
        let append = move |connection: &Connection| {
            append(connection, most_open, |seen| seen.next_below(&scopes, below).collect())
        };
        self.writer.write_as(Durability::Machine, append).await
    }

    async fn tell_blocks(&self) -> Result<Position, PortError> {
        self.writer.write_as(Durability::Machine, tell_blocks).await
    }

    async fn advance(&self) -> Result<Position, PortError> {
        self.writer.write_as(Durability::Machine, advance).await
    }

    async fn close(&self, rules: &[Seq]) -> Result<(), PortError> {
        let rules = rules.to_vec();
        self.writer.write(move |connection| close(connection, &rules)).await
    }
}

fn read(connection: &Connection) -> Answer<Ledger> {
    read_after(connection, Seq::ZERO)
}

/// The same for one who has read it before; when nothing is new, what is known.
fn read_since(connection: &Connection, known: &Arc<Ledger>) -> Answer<Arc<Ledger>> {
    let recent = read_after(connection, known.seq)?;
    match known.with(&recent) {
        Some(same) if same.seq == known.seq => Ok(Arc::clone(known)),
        Some(whole) => Ok(Arc::new(whole)),
        None => read(connection).map(Arc::new),
    }
}

/// Appends the rules that `following` has follow, if not too many are open then.
fn append(
    connection: &Connection,
    most_open: usize,
    following: impl FnOnce(&Ledger) -> Vec<Rule>,
) -> Answer<Appended> {
    let seen = read(connection)?;
    let rules = following(&seen);
    if seen.open().count() + rules.len() > most_open {
        return Ok(Appended::TooManyOpen);
    }
    push(connection, &seen, rules).map(Appended::At)
}

/// Moves the position on; however many are open, a rule that is closed is not too many.
fn advance(connection: &Connection) -> Answer<Position> {
    let seen = read(connection)?;
    push(connection, &seen, vec![seen.advance()])
}

/// The same, and tells that blocks have changed.
fn tell_blocks(connection: &Connection) -> Answer<Position> {
    let at = advance(connection)?;
    connection.prepare_cached("UPDATE ledger SET blocks_at = ?1")?.execute([at.seq.get()])?;
    Ok(at)
}

/// Appends rules to the ledger that was seen, and moves the position on to the last of them.
fn push(connection: &Connection, seen: &Ledger, rules: Vec<Rule>) -> Answer<Position> {
    if let Some(surplus) = seen.surplus() {
        connection
            .prepare_cached("DELETE FROM rules WHERE NOT open AND at <= ?1")?
            .execute([surplus.get()])?;
        connection.execute("UPDATE ledger SET trims = trims + 1", [])?;
    }
    let mut insert = connection
        .prepare_cached("INSERT INTO rules (at, below, kind, scope, open) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let mut last = seen.seq;
    for Rule { at, below, scope, open } in rules {
        let kind = scope.kind().ok_or_else(|| unusable("a discard of what is not known"))?;
        insert.execute(params![at.get(), below.get(), kind, scope.text(), open])?;
        last = at;
    }
    connection.prepare_cached("UPDATE ledger SET seq = ?1")?.execute([last.get()])?;
    Ok(Position { seq: last, ..seen.position() })
}

/// Closes the rules at these positions.
fn close(connection: &Connection, rules: &[Seq]) -> Answer<()> {
    let mut close = connection.prepare_cached("UPDATE rules SET open = FALSE WHERE at = ?1")?;
    for at in rules {
        close.execute([at.get()])?;
    }
    Ok(())
}

fn read_after(connection: &Connection, after: Seq) -> Answer<Ledger> {
    let mut position = connection.prepare_cached("SELECT incarnation, seq, trims, blocks_at FROM ledger")?;
    let (incarnation, seq, trims, blocks_at) = position
        .query_row([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?, row.get(2)?, row.get::<_, i64>(3)?)))?;
    let mut rules = connection
        .prepare_cached("SELECT at, below, kind, scope, open FROM rules WHERE at > ?1 ORDER BY at")?;
    let rules = rules.query_map([after.get()], rule)?.collect::<Result<_, _>>()?;
    Ok(Ledger { incarnation, seq: Seq::new(seq), rules, trims, blocks_at: Seq::new(blocks_at) })
}

fn rule(row: &Row<'_>) -> rusqlite::Result<Rule> {
    let (kind, scope): (String, String) = (row.get(2)?, row.get(3)?);
    let scope = Scope::from_store(&kind, &scope);
    Ok(Rule { at: Seq::new(row.get(0)?), below: Seq::new(row.get(1)?), scope, open: row.get(4)? })
}
