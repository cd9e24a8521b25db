//! What is known of a key: the entry, the last failure, and what they are worth now.

use std::sync::Arc;
use std::time::Duration;

use imcaxy_shared::entry::{Age, Entry, Found, Ledger, MadeFrom, RememberedFailure, Source, judge};
use imcaxy_shared::jobs::Failure;
use imcaxy_shared::ports::{PortError, Trouble};
use imcaxy_shared::time::Timestamp;
use serde_json::{Value, json};

use super::why;
use crate::App;
use crate::cache_status::Tier;
use crate::error::Refused;
use crate::lookup::{Asked, Read, see};
use crate::serve;

/// Looks as a request would, and says what it would find, and why it is not answered if it was made by way of what is blocked.
/// `lacks`: why it would not be rendered, whatever its source.
pub(super) async fn look_up(
    app: &Arc<App>,
    asked: &Asked,
    lacks: Option<&Failure>,
) -> (Value, Result<(), Refused>) {
    match see(app, asked).await {
        Ok(read) => judged(app, &read, lacks),
        Err(cause) => {
            let last = app.confirmed.last(&asked.key).filter(|_| cause.trouble() == Trouble::Unavailable);
            let admitted = last.as_ref().map_or(Ok(()), |entry| serve::admit_made(app, entry));
            (unknown(&cause, last.is_some()), admitted)
        }
    }
}

fn judged(app: &App, Read { found, ledger }: &Read, lacks: Option<&Failure>) -> (Value, Result<(), Refused>) {
    let switched = found.switched(ledger);
    let found = switched.as_ref().unwrap_or(found);
    let (ages, now) = (&app.rules.ages, app.stores.clock.now());
    let verdict = judge(found.clone(), ledger, ages, now);
    let ttl = found.entry.as_ref().and_then(|entry| match ages.of(entry, now) {
        Age::Fresh(left) => left.map(millis),
        Age::Past(past) => Some(-millis(past)),
    });
    let entry = found.entry.as_ref().map(|entry| described(entry, found, ledger, app.memory.tier_of(entry)));
    let told = json!({
        "verdict": why::name(&verdict),
        "why": why::sentence(&verdict, found, ledger, ages, lacks),
        "ttl_ms": ttl,
        "ledger": ledger.seq,
        "entry": entry,
        "failure": found.failure.as_ref().map(failure),
    });
    (told, serve::admit_found(app, &verdict))
}

/// `confirmed`: this process knows an entry that the catalog confirmed.
fn unknown(cause: &PortError, confirmed: bool) -> Value {
    let why = match cause.trouble() {
        Trouble::Unavailable if confirmed => {
            "the catalog does not answer: the entry that it confirmed last is answered, stale, for cache.stale_if_error at most"
        }
        Trouble::Unavailable => "the catalog does not answer, and nothing that it confirmed is known here",
        Trouble::Unusable => "the catalog holds what cannot be read",
    };
    json!({
        "verdict": "unknown", "why": why, "ttl_ms": null, "ledger": null, "entry": null, "failure": null,
    })
}

fn described(entry: &Entry, found: &Found, ledger: &Ledger, tier: Tier) -> Value {
    json!({
        "object": entry.object,
        "stamp": entry.stamp,
        "content_type": entry.content_type,
        "size": entry.size,
        "etag": entry.etag,
        "processor": entry.processor,
        "renderer": entry.renderer,
        "created_at": entry.created_at.rfc3339(),
        "renewed_at": entry.renewed_at.map(Timestamp::rfc3339),
        "render_ms": entry.render_ms,
        "in_memory": matches!(tier, Tier::Memory),
        "sources": entry.sources.iter().map(|made| source(made, found, ledger)).collect::<Vec<_>>(),
    })
}

/// A source as it was when the entry was made, and as it is now.
fn source(made: &MadeFrom, found: &Found, ledger: &Ledger) -> Value {
    let document = found.sources.iter().find(|document| document.id == made.id);
    let doubt = found.doubts(ledger).find(|(source, _)| source.id == made.id);
    json!({
        "url": made.url,
        "id": made.id,
        "digest": made.digest,
        "doubt": doubt.map(|(_, doubt)| why::doubt(doubt)),
        "now": document.map(now),
    })
}

fn now(source: &Source) -> Value {
    json!({
        "digest": source.digest.as_ref().map(|digest| &digest.value),
        "discarded": source.discarded,
        "checked_at": source.checked_at.map(Timestamp::rfc3339),
        "changed_at": source.changed_at.map(Timestamp::rfc3339),
    })
}

fn failure(failed: &RememberedFailure) -> Value {
    json!({
        "error": Refused::remembered(failed.clone()).told(),
        "stamp": failed.stamp,
        "at": failed.at.rfc3339(),
        "until": failed.until.rfc3339(),
        "in_a_row": failed.in_a_row,
    })
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}
