//! The bytes of an entry, from memory or from the store, in the form in which they are asked for.

use std::ops::Range;

use axum::body::Body;
use axum::http::Method;
use axum::http::request::Parts;
use bytes::Bytes;
use futures::TryStreamExt as _;
use imcaxy_shared::entry::Entry;
use imcaxy_shared::ports::PortError;

use crate::App;
use crate::cache_status::Tier;
use crate::conditional::{Current, Dates, Form, form};
use crate::memory::Got;

/// What can be answered.
pub(crate) struct Opened {
    pub form: Form,
    pub body: Body,
    pub tier: Tier,
}

impl Opened {
    /// From bytes in hand, which are not copied.
    pub(crate) fn from_bytes(http: &Parts, current: &Current<'_>, bytes: &Bytes, tier: Tier) -> Self {
        let form = form(http, current);
        match needed(http, current.size, &form) {
            Some(part) => Self::part_of(form, bytes, &part, tier),
            None => Self { form, body: Body::empty(), tier },
        }
    }

    fn part_of(form: Form, bytes: &Bytes, part: &Range<u64>, tier: Tier) -> Self {
        Self { form, body: Body::from(slice(bytes, part)), tier }
    }
}

/// Opens an entry. One whose object is not there is forgotten, so that the next step renders it again: `None`. Where no bytes are
/// needed none are asked for: to HEAD, and to a client that has them.
pub(crate) async fn open(app: &App, http: &Parts, entry: &Entry) -> Result<Option<Opened>, PortError> {
    let form = form(http, &Current::of(entry, Dates::Validate));
    let Some(part) = needed(http, entry.size, &form) else {
        return Ok(Some(Opened { form, body: Body::empty(), tier: app.memory.tier_of(entry) }));
    };
    let opened = match app.memory.get_or_read(entry, app.objects.open(&entry.object)).await? {
        Got::Held { bytes, tier } => Some(Opened::part_of(form, &bytes, &part, tier)),
        Got::Absent => None,
        Got::NoRoom => from_store(app, entry, form, part).await?,
    };
    if opened.is_none() {
        tracing::warn!(key = %entry.key, object = %entry.object, "an entry has lost its object: it is rendered again");
        app.confirmed.forget(&entry.key);
        app.stores.catalog.forget(&entry.key, &entry.object).await?;
    }
    Ok(opened)
}

/// Opens a picture that is not kept, whose object is read by those who waited for it and then deleted; `None` when it is gone.
pub(crate) async fn open_lent(app: &App, http: &Parts, entry: &Entry) -> Result<Option<Opened>, PortError> {
    let form = form(http, &Current::of(entry, Dates::SayNothing));
    match needed(http, entry.size, &form) {
        Some(part) => from_store(app, entry, form, part).await,
        None => Ok(Some(Opened { form, body: Body::empty(), tier: Tier::Store })),
    }
}

async fn from_store(
    app: &App,
    entry: &Entry,
    form: Form,
    part: Range<u64>,
) -> Result<Option<Opened>, PortError> {
    let object = app.objects.open_part(&entry.object, part).await?;
    // Another length is another's bytes.
    Ok(object.filter(|object| object.whole == entry.size).map(|object| Opened {
        form,
        body: Body::from_stream(object.bytes.into_stream()),
        tier: Tier::Store,
    }))
}

/// The bytes that go into the answer's body, if it has one.
fn needed(http: &Parts, size: u64, form: &Form) -> Option<Range<u64>> {
    match form {
        Form::Whole if http.method == Method::GET => Some(0..size),
        Form::Part(part) => Some(part.clone()),
        _ => None,
    }
}

/// A part of bytes that are known to have it.
fn slice(bytes: &Bytes, part: &Range<u64>) -> Bytes {
    let at = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(bytes.len());
    let (start, end) = (at(part.start), at(part.end));
    bytes.slice(start.min(end)..end)
}
