//! From sources that were fetched to a picture, and what is said of it.

use std::collections::HashMap;
use std::time::Duration;

use imcaxy_shared::entry::{Entry, ObjectName};
use imcaxy_shared::jobs::{Failure, FailureCode, RenderJob};
use imcaxy_shared::time::Timestamp;

use crate::Parts;
use crate::errand::Errand;
use crate::processor::{Picture, Rendered};
use crate::relay;
use crate::source::Sources;
use crate::suits::suits;

/// Has the picture made of what was fetched, its watermark images lent to imaginary meanwhile. `previous` is when the key was rendered
/// last, as far as that is known.
///
/// # Errors
/// The render does not suit the source; imaginary refuses, or fails in one of its ways; the job is lost.
pub(crate) async fn make(
    parts: &Parts,
    errand: Errand<'_>,
    job: &RenderJob,
    sources: &Sources,
    previous: Option<Timestamp>,
) -> Result<(Entry, Picture), Failure> {
    let nothing = || Failure::new(FailureCode::Internal, "the source was not fetched");
    let source = sources.fetched.first().ok_or_else(nothing)?;
    suits(&job.render, &source.picture, parts.max_result)?;
    let urls = job.sources().map(|(url, _)| url);
    let fetched: HashMap<_, _> =
        urls.zip(sources.fetched.iter().map(|fetched| fetched.bytes.clone())).collect();
    let lent = relay::lend(parts.lender.as_ref(), &job.render, &fetched)?;
    let Rendered { picture, renderer } =
        parts.processor.render(&lent.render, source.bytes.clone(), errand).await?;
    let now = parts.clock.now();
    let entry = Entry {
        object: ObjectName::new(&job.key, rand::random()),
        key: job.key.clone(),
        sources: sources.made_from(),
        stamp: sources.stamp(),
        next: None,
        operation: job.render.operation,
        params: job.params.clone(),
        size: picture.bytes.len() as u64,
        etag: Entry::etag_of(&picture.bytes),
        content_type: picture.content_type.clone(),
        processor: parts.processor_name.clone(),
        created_at: previous.map_or(now, |previous| now.max(previous.plus(Duration::from_secs(1)))),
        renderer,
        renewed_at: None,
        render_ms: errand.took().so_far().imaginary.unwrap_or_default(),
        uses: 0,
        last_used_at: None,
    };
    Ok((entry, picture))
}
