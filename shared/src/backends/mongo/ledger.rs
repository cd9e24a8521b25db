//! The ledger of discards: one document, `{ incarnation, seq, trims, blocks_at, rules: [{ at, below, scope: { kind, id }, open }] }`.
//!
//! Rules are changed one by one, never written back as a whole, so that what a newer version has written stays as it is.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mongodb::Collection;
use mongodb::bson::{Bson, Document, doc};

use super::MongoCatalog;
use super::documents::VERSION;
use super::operation::{run, unusable};
use crate::entry::{Ledger, Position, Rule, Scope, Seq};
use crate::ports::{Appended, DiscardLog, PortError};

/// How long the server may take for a read: a linearizable one waits until a majority has confirmed that the
/// server is the primary, and without a limit it waits for a majority that never comes.
const READ: Duration = Duration::from_secs(4);
/// How many of the newest rules are read by one who knows the older ones: more discards than that between two reads are
/// rare, and cost a read of all.
const NEWEST: i32 = 32;

#[async_trait]
impl DiscardLog for MongoCatalog {
    async fn ledger(&self) -> Result<Ledger, PortError> {
        read(&self.ledger).await
    }

    async fn ledger_since(&self, known: &Arc<Ledger>) -> Result<Arc<Ledger>, PortError> {
        read_since(&self.ledger, known).await
    }

    async fn append(&self, scopes: &[Scope], most_open: usize) -> Result<Appended, PortError> {
        append(&self.ledger, most_open, |seen| seen.next(scopes).collect()).await
    }

    async fn append_below(
        &self,
        scopes: &[Scope],
        below: Seq,
        most_open: usize,
    ) -> Result<Appended, PortError> {
        append(&self.ledger, most_open, |seen| seen.next_below(scopes, below).collect()).await
    }

    async fn tell_blocks(&self) -> Result<Position, PortError> {
        tell_blocks(&self.ledger).await
    }

    async fn advance(&self) -> Result<Position, PortError> {
        advance(&self.ledger).await
    }

    async fn close(&self, rules: &[Seq]) -> Result<(), PortError> {
        close(&self.ledger, rules).await
    }
}

/// The document as it is made with the catalog.
pub(super) fn new(incarnation: u64) -> Document {
    doc! {
        "_id": "ledger", "v": VERSION, "incarnation": format!("{incarnation:016x}"),
        "seq": 0_i64, "trims": 0_i64, "rules": [],
    }
}

/// Reads the ledger on the primary, linearizably: a primary that was deposed and does not know it answers nothing.
async fn read(ledger: &Collection<Document>) -> Result<Ledger, PortError> {
    read_rules(ledger, doc! {}).await
}

/// Reads what is new in the ledger. It may hold a thousand rules, and is read for every look-up.
async fn read_since(ledger: &Collection<Document>, known: &Arc<Ledger>) -> Result<Arc<Ledger>, PortError> {
    let newest =
        doc! { "incarnation": 1, "seq": 1, "trims": 1, "blocks_at": 1, "rules": { "$slice": -NEWEST } };
    let recent = read_rules(ledger, newest).await?;
    match known.with(&recent) {
        Some(same) if same.seq == known.seq => Ok(Arc::clone(known)),
        Some(whole) => Ok(Arc::new(whole)),
        None => read(ledger).await.map(Arc::new),
    }
}

async fn read_rules(ledger: &Collection<Document>, projection: Document) -> Result<Ledger, PortError> {
    let found = ledger.find_one(doc! { "_id": "ledger" }).projection(projection).max_time(READ);
    let found = run(found).await?.ok_or_else(|| unusable("the ledger is missing"))?;
    let rules = found.get_array("rules").map_err(unusable)?;
    Ok(Ledger {
        incarnation: found.get_str("incarnation").map_err(unusable)?.to_owned(),
        seq: Seq::new(found.get_i64("seq").map_err(unusable)?),
        rules: rules.iter().map(rule).collect::<Result<_, _>>()?,
        trims: found.get_i64("trims").unwrap_or_default(),
        blocks_at: Seq::new(found.get_i64("blocks_at").unwrap_or_default()),
    })
}

/// Appends the rules that `following` has follow, if not too many are open then. Their number cannot have grown since it was read, because
/// nothing but an append lets it grow.
async fn append(
    ledger: &Collection<Document>,
    most_open: usize,
    following: impl Fn(&Ledger) -> Vec<Rule>,
) -> Result<Appended, PortError> {
    loop {
        let seen = read(ledger).await?;
        let rules = following(&seen);
        if seen.open().count() + rules.len() > most_open {
            return Ok(Appended::TooManyOpen);
        }
        if let Some(at) = push(ledger, &seen, &rules, Document::new()).await? {
            return Ok(Appended::At(at));
        }
    }
}

/// Moves the position on; however many are open, a rule that is closed is not too many.
async fn advance(ledger: &Collection<Document>) -> Result<Position, PortError> {
    loop {
        let seen = read(ledger).await?;
        if let Some(at) = push(ledger, &seen, &[seen.advance()], Document::new()).await? {
            return Ok(at);
        }
    }
}

/// The same, and tells that blocks have changed.
async fn tell_blocks(ledger: &Collection<Document>) -> Result<Position, PortError> {
    loop {
        let seen = read(ledger).await?;
        let rule = seen.advance();
        let told = doc! { "blocks_at": rule.at.get() };
        if let Some(at) = push(ledger, &seen, &[rule], told).await? {
            return Ok(at);
        }
    }
}

/// Appends rules to the ledger that was seen, moves the position on to the last of them, and sets what is `told` with it, by compare-and-set
/// of the position: each rule has one of its own, and they stand in their order. `None` when another was first.
async fn push(
    ledger: &Collection<Document>,
    seen: &Ledger,
    rules: &[Rule],
    told: Document,
) -> Result<Option<Position>, PortError> {
    if let Some(surplus) = seen.surplus() {
        trim(ledger, surplus).await?;
    }
    let Some(at) = rules.last().map(|rule| rule.at) else { return Ok(Some(seen.position())) };
    let rules = rules.iter().map(written).collect::<Result<Vec<_>, _>>()?;
    let unmoved = doc! { "_id": "ledger", "seq": seen.seq.get() };
    let mut moved = doc! { "seq": at.get() };
    moved.extend(told);
    let pushed = doc! { "$set": moved, "$push": { "rules": { "$each": rules } } };
    let is_moved = run(ledger.update_one(unmoved, pushed)).await?.matched_count == 1;
    Ok(is_moved.then(|| Position { seq: at, ..seen.position() }))
}

/// Closes the rules at these positions. Closing twice changes nothing, nor does closing a rule that has been dropped since.
async fn close(ledger: &Collection<Document>, rules: &[Seq]) -> Result<(), PortError> {
    let positions: Vec<i64> = rules.iter().map(|at| at.get()).collect();
    let closed = doc! { "$set": { "rules.$[rule].open": false } };
    let those = [doc! { "rule.at": { "$in": positions } }];
    run(ledger.update_one(doc! { "_id": "ledger" }, closed).array_filters(those)).await?;
    Ok(())
}

/// Drops closed rules up to `last`, and counts that it did: a look-up that was under way meanwhile may have missed one
/// in the ledger and in the documents, and looks once more.
async fn trim(ledger: &Collection<Document>, last: Seq) -> Result<(), PortError> {
    let dropped = doc! {
        "$pull": { "rules": { "open": false, "at": { "$lte": last.get() } } },
        "$inc": { "trims": 1_i64 },
    };
    run(ledger.update_one(doc! { "_id": "ledger" }, dropped)).await?;
    Ok(())
}

fn rule(written: &Bson) -> Result<Rule, PortError> {
    let rule = written.as_document().ok_or_else(|| unusable("a rule of the ledger is no document"))?;
    Ok(Rule {
        at: Seq::new(rule.get_i64("at").map_err(unusable)?),
        below: Seq::new(rule.get_i64("below").map_err(unusable)?),
        scope: rule.get_document("scope").map_or(Scope::Unknown, scope),
        open: rule.get_bool("open").map_err(unusable)?,
    })
}

fn scope(written: &Document) -> Scope {
    let text = |name| written.get_str(name).unwrap_or_default();
    Scope::from_store(text("kind"), text("id"))
}

fn written(rule: &Rule) -> Result<Document, PortError> {
    let kind = rule.scope.kind().ok_or_else(|| unusable("a discard of what is not known"))?;
    let scope = doc! { "kind": kind, "id": rule.scope.text() };
    Ok(doc! { "at": rule.at.get(), "below": rule.below.get(), "scope": scope, "open": rule.open })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::build;

    #[test]
    fn a_rule_is_read_as_it_was_written() {
        let source = build::source_ref("http://a.test/1.jpg").id;
        let own = Rule { at: Seq::new(7), below: Seq::new(5), scope: Scope::Source(source), open: true };
        assert_eq!(rule(&written(&own).unwrap().into()).unwrap(), own);
    }

    #[test]
    fn a_scope_of_a_newer_version_is_unknown_and_no_error() {
        for scope in [doc! { "kind": "colour", "id": "red" }, doc! { "kind": "source" }, doc! {}] {
            let newer =
                doc! { "at": 7_i64, "below": 7_i64, "scope": scope, "open": true, "why": "nobody knows" };
            assert_eq!(rule(&newer.into()).unwrap().scope, Scope::Unknown);
        }
    }
}
