//! Lists of sources and variants.

use async_trait::async_trait;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::{Answer, SqliteCatalog, entries, pages, sources};
use crate::entry::{Entry, Source};
use crate::ports::{Among, Inventory, Page, PortError, Rank, SourceOrder, VariantOrder};
use crate::request::SourceId;

/// Comes after every character of a URL.
const BEYOND: char = '\u{10ffff}';
/// Stands for an instant that is not known, so that it comes last.
const NEVER: i64 = -1;

#[async_trait]
impl Inventory for SqliteCatalog {
    async fn source(&self, id: &SourceId) -> Result<Option<Source>, PortError> {
        let id = id.clone();
        self.readers.read(move |connection| sources::get(connection, &id)).await
    }

    async fn sources(&self, among: &Among, page: &Page<SourceOrder>) -> Result<Vec<Source>, PortError> {
        let (among, page) = (among.clone(), page.clone());
        self.readers.read(move |connection| list_sources(connection, &among, &page)).await
    }

    async fn variants(&self, source: &SourceId, page: &Page<VariantOrder>) -> Result<Vec<Entry>, PortError> {
        let (source, page) = (source.clone(), page.clone());
        self.readers.read(move |connection| list_variants(connection, &source, &page)).await
    }
}

fn list_sources(connection: &Connection, among: &Among, page: &Page<SourceOrder>) -> Answer<Vec<Source>> {
    pages::page("sources", page.limit, |most| {
        let (select, values) = select_sources(among, page, most);
        let mut select = connection.prepare_cached(&select)?;
        pages::readable(&mut select, params_from_iter(values), 0, sources::source)
    })
}

fn list_variants(
    connection: &Connection,
    source: &SourceId,
    page: &Page<VariantOrder>,
) -> Answer<Vec<Entry>> {
    pages::page("entries", page.limit, |most| {
        let (select, values) = select_variants(source, page, most);
        let mut select = connection.prepare_cached(&select)?;
        pages::readable(&mut select, params_from_iter(values), entries::KEY, entries::entry)
    })
}

fn select_sources(among: &Among, page: &Page<SourceOrder>, most: i64) -> (String, Vec<Value>) {
    let between = |(first, beyond): (&str, String)| vec![Value::from(first.to_owned()), Value::from(beyond)];
    let (chosen, values) = match among {
        Among::All => ("TRUE", vec![]),
        Among::Prefix(prefix) => ("url >= ? AND url < ?", between((prefix, format!("{prefix}{BEYOND}")))),
        Among::Host(host) => ("host = ?", vec![Value::from(host.clone())]),
        Among::Tag(tag) => ("id >= ? AND id < ?", between(tag.ids())),
    };
    let name = page.order.name();
    let by = match page.order {
        SourceOrder::Uses | SourceOrder::Bytes => name.to_owned(),
        SourceOrder::LastUsedAt | SourceOrder::CheckedAt | SourceOrder::ChangedAt => or_never(name),
    };
    let select = format!("SELECT {} FROM sources WHERE {chosen}", sources::COLUMNS);
    paged(select, values, (&by, "id"), page.after.as_ref(), most)
}

fn select_variants(source: &SourceId, page: &Page<VariantOrder>, most: i64) -> (String, Vec<Value>) {
    let by = match page.order {
        VariantOrder::Uses => "uses".to_owned(),
        VariantOrder::Bytes => "size".to_owned(),
        VariantOrder::CreatedAt => "created_at".to_owned(),
        VariantOrder::LastUsedAt => or_never("last_used_at"),
    };
    let select = format!(
        "SELECT {} FROM made_from JOIN entries ON entries.key = made_from.key WHERE made_from.source = ?",
        entries::COLUMNS
    );
    let values = vec![Value::from(source.to_string())];
    paged(select, values, (&by, "entries.key"), page.after.as_ref(), most)
}

/// An instant that may not be known, as the indexes have it.
fn or_never(column: &str) -> String {
    format!("ifnull({column}, {NEVER})")
}

/// The same, the greatest first, from where the last page ended.
fn paged(
    mut select: String,
    mut values: Vec<Value>,
    (by, id): (&str, &str),
    after: Option<&Rank>,
    most: i64,
) -> (String, Vec<Value>) {
    use std::fmt::Write as _;

    if let Some(Rank { number, id: last }) = after {
        let _ = write!(select, " AND ({by}, {id}) < (?, ?)");
        values.extend([Value::from(number.unwrap_or(NEVER)), Value::from(last.clone())]);
    }
    let _ = write!(select, " ORDER BY {by} DESC, {id} DESC LIMIT ?");
    values.push(Value::from(most));
    (select, values)
}

#[cfg(test)]
mod tests {
    use super::super::{connect, schema};
    use super::*;

    /// How SQLite carries out a query, a line a step.
    fn plan(connection: &Connection, (select, values): (String, Vec<Value>)) -> String {
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {select}")).unwrap();
        let steps = explain.query_map(params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
        steps.collect::<Result<Vec<_>, _>>().unwrap().join("\n")
    }

    #[test]
    fn every_list_goes_by_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = connect(&folder.path().join("catalog.db")).unwrap();
        schema::prepare(&mut connection, 1).unwrap();
        let text = || "a".to_owned();
        for after in [None, Some(Rank { number: Some(3), id: text() })] {
            for order in SourceOrder::ALL {
                let page = Page { order, after: after.clone(), limit: 10 };
                let plan = |among| plan(&connection, select_sources(&among, &page, 10));
                let all = plan(Among::All);
                assert!(all.contains("USING INDEX sources_by_") && !all.contains("TEMP"), "{order:?}: {all}");
                // These may be sorted afterwards, or looked for in order: but never is the table gone through from end to end.
                for among in [Among::Prefix(text()), Among::Host(text()), Among::Tag(SourceId::of("a").tag())]
                {
                    let plan = plan(among.clone());
                    assert!(
                        plan.contains("INDEX") || plan.contains("PRIMARY KEY"),
                        "{among:?} {order:?}: {plan}"
                    );
                }
            }
            for order in VariantOrder::ALL {
                let page = Page { order, after: after.clone(), limit: 10 };
                let plan = plan(&connection, select_variants(&SourceId::of("a"), &page, 10));
                assert!(!plan.contains("SCAN"), "{order:?}: {plan}");
            }
        }
    }
}
