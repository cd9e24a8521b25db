//! The ledger: a row for its position, and one for each rule.

use std::sync::Arc;

use rusqlite::{Connection, Row, params};

use super::{Answer, sources, unusable};
use crate::entry::{Ledger, MOST_OPEN, Rule, Scope, Seq};
use crate::ports::Appended;

/// The kind of a rule about one source, whose scope is the source's id.
const SOURCE: &str = "source";

pub(super) fn read(connection: &Connection) -> Answer<Ledger> {
    read_after(connection, Seq::ZERO)
}

/// The same for one who has read it before; when nothing is new, what is known.
pub(super) fn read_since(connection: &Connection, known: &Arc<Ledger>) -> Answer<Arc<Ledger>> {
    let recent = read_after(connection, known.seq)?;
    match known.with(&recent) {
        Some(same) if same.seq == known.seq => Ok(Arc::clone(known)),
        Some(whole) => Ok(Arc::new(whole)),
        None => read(connection).map(Arc::new),
    }
}

/// Commits a discard: moves the position on and appends the rule, open.
pub(super) fn append(connection: &Connection, scope: &Scope) -> Answer<Appended> {
    let seen = read(connection)?;
    if seen.open().count() >= MOST_OPEN {
        return Ok(Appended::TooManyOpen);
    }
    if let Some(surplus) = seen.surplus() {
        connection
            .prepare_cached("DELETE FROM rules WHERE NOT open AND at <= ?1")?
            .execute([surplus.get()])?;
        connection.execute("UPDATE ledger SET trims = trims + 1", [])?;
    }
    let at = Seq::new(seen.seq.get() + 1);
    let rule = Rule { at, below: at, scope: scope.clone(), open: true };
    let (kind, text) = match scope {
        Scope::Source(source) => (SOURCE, source.as_str()),
        Scope::Unknown => return Err(unusable("a discard of what is not known")),
    };
    connection.prepare_cached("UPDATE ledger SET seq = ?1")?.execute([at.get()])?;
    let mut insert = connection
        .prepare_cached("INSERT INTO rules (at, below, kind, scope, open) VALUES (?1, ?2, ?3, ?4, TRUE)")?;
    insert.execute(params![at.get(), rule.below.get(), kind, text])?;
    Ok(Appended::Rule(rule))
}

/// Writes a rule into the sources that it matches, and closes it.
pub(super) fn work_off(connection: &Connection, rule: &Rule) -> Answer<()> {
    match &rule.scope {
        Scope::Source(source) => sources::outdate(connection, source, rule.below)?,
        Scope::Unknown => return Ok(()),
    }
    connection.prepare_cached("UPDATE rules SET open = FALSE WHERE at = ?1")?.execute([rule.at.get()])?;
    Ok(())
}

fn read_after(connection: &Connection, after: Seq) -> Answer<Ledger> {
    let mut position = connection.prepare_cached("SELECT incarnation, seq, trims FROM ledger")?;
    let (incarnation, seq, trims) =
        position.query_row([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?, row.get(2)?)))?;
    let mut rules = connection
        .prepare_cached("SELECT at, below, kind, scope, open FROM rules WHERE at > ?1 ORDER BY at")?;
    let rules = rules.query_map([after.get()], rule)?.collect::<Result<_, _>>()?;
    Ok(Ledger { incarnation, seq: Seq::new(seq), rules, trims })
}

fn rule(row: &Row<'_>) -> rusqlite::Result<Rule> {
    let (kind, scope): (String, String) = (row.get(2)?, row.get(3)?);
    let scope = match (kind.as_str(), scope.parse()) {
        (SOURCE, Ok(source)) => Scope::Source(source),
        _ => Scope::Unknown,
    };
    Ok(Rule { at: Seq::new(row.get(0)?), below: Seq::new(row.get(1)?), scope, open: row.get(4)? })
}
