//! The way of a request for an image, on one screen.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use imcaxy_shared::entry::{Age, Entry, Ledger, Seq, Verdict};
use imcaxy_shared::jobs::{Failure, Unkept};
use imcaxy_shared::request;
use tokio::time::Instant;

use crate::App;
use crate::cache_status::{CacheStatus, Tier};
use crate::conditional::{Current, Dates};
use crate::confirmed;
use crate::error::{Code, Refused};
use crate::fill::{Filled, fill};
use crate::lookup::{Asked, Looked, look_up};
use crate::open::{Opened, open, open_lent};
use crate::parse::parse;
use crate::renewal::{self, Course};
use crate::reply::{Answer, reply};
use crate::stopwatch::{Part, Stopwatch};

/// How often one request has an entry rendered again that has lost its object.
const MOST_HEALS: usize = 3;

/// Answers one request: parse, key, look up, fill, reply.
pub(crate) async fn image(app: &Arc<App>, http: &Parts) -> Response {
    let query = http.uri.query().unwrap_or_default();
    if let Some(answer) = app.rules.cors.preflight(http) {
        return answer;
    }
    let mut watch = Stopwatch::start();
    let mut response = match answer(app, http, query, &mut watch).await {
        Ok(answer) => {
            app.usage.count(&answer, app.stores.clock.now());
            reply(answer)
        }
        Err(refused) => refused.negotiated(request::negotiates(query)).into_response(),
    };
    watch.mark(response.headers_mut());
    app.rules.cors.mark(&http.headers, response.headers_mut());
    response
}

async fn answer(app: &Arc<App>, http: &Parts, query: &str, watch: &mut Stopwatch) -> Result<Answer, Refused> {
    let asked = parse(app, http, query)?;
    let looked = watch.measure(Part::Lookup, look_up(app, &asked)).await;
    // As the look-up, or the lease, knows them.
    admit(app, &asked)?;
    let Looked { verdict, ledger } = match looked {
        Ok(looked) => looked,
        Err(cause) => return confirmed::answer(app, http, &asked, cause).await,
    };
    admit_found(app, &verdict)?;
    let want = match verdict {
        Verdict::Fresh(entry) => match watch.measure(Part::Read, open(app, http, &entry)).await? {
            Some(opened) => {
                let status = CacheStatus::hit(opened.tier);
                return Ok(picture(app, asked, Arc::new(*entry), opened, status, None));
            }
            None => entry.stamp,
        },
        Verdict::Stale(stale) => {
            match watch.measure(Part::Read, renewal::meet(app, http, &asked, stale)).await? {
                Course::Answer(answer) => return Ok(*answer),
                Course::Wait { want, last_resort } => {
                    return match fill_in(app, http, asked.clone(), want, &ledger, watch).await {
                        Ok(answer) => Ok(Answer { status: answer.status.instead_of_stale(), ..answer }),
                        Err(refused) => renewal::resort(app, http, &asked, last_resort, refused).await,
                    };
                }
            }
        }
        Verdict::Refused(failed) => return Err(Refused::remembered(*failed)),
        Verdict::Miss { want } => want,
    };
    fill_in(app, http, asked, want, &ledger, watch).await
}

/// Refuses what is blocked.
pub(crate) fn admit(app: &App, asked: &Asked) -> Result<(), Refused> {
    app.blocks.against(&asked.sources).map_or(Ok(()), |blocked| Err(blocked_at(&blocked.url)))
}

/// Refuses what was found, as [`admit_made`] does.
pub(crate) fn admit_found(app: &App, verdict: &Verdict) -> Result<(), Refused> {
    match verdict {
        Verdict::Fresh(entry) => admit_made(app, entry),
        Verdict::Stale(stale) => admit_made(app, &stale.entry),
        Verdict::Refused(_) | Verdict::Miss { .. } => Ok(()),
    }
}

/// Refuses what was made by way of what is blocked: the request names the beginning alone.
pub(crate) fn admit_made(app: &App, entry: &Entry) -> Result<(), Refused> {
    let blocked = app.blocks.against_made_from(&entry.sources);
    blocked.map_or(Ok(()), |blocked| Err(blocked_at(&blocked.url)))
}

fn blocked_at(url: &str) -> Refused {
    let Failure { code, message, .. } = Failure::blocked(url);
    Refused::new(Code::Job(code), message)
}

/// Waits for a picture, and opens it.
async fn fill_in(
    app: &Arc<App>,
    http: &Parts,
    asked: Asked,
    want: Seq,
    ledger: &Ledger,
    watch: &mut Stopwatch,
) -> Result<Answer, Refused> {
    let until = Instant::now() + app.rules.wait;
    for _ in 0..MOST_HEALS {
        let filled = fill(app, &asked, want, ledger, until).await?;
        let Filled { entry, body, status, took, unkept } = filled;
        watch.job_took(took);
        // Its worker may have begun before the block, and this request after it.
        admit_made(app, &entry)?;
        let opened = match body {
            Some(bytes) => {
                let current = Current::of(&entry, Dates::of(unkept));
                Some(Opened::from_bytes(http, &current, &bytes, Tier::Memory))
            }
            None if unkept.is_some() => watch.measure(Part::Read, open_lent(app, http, &entry)).await?,
            None => watch.measure(Part::Read, open(app, http, &entry)).await?,
        };
        // An entry without its object was forgotten by `open`: ask again.
        if let Some(opened) = opened {
            let status = match status {
                CacheStatus::Hit { .. } => CacheStatus::hit(opened.tier),
                status => status,
            };
            return Ok(picture(app, asked, entry, opened, status, unkept));
        }
    }
    Err(Refused::new(Code::Unavailable, "the object store loses what is put into it"))
}

/// A picture that was found or made, with the time that is left to it.
fn picture(
    app: &App,
    asked: Asked,
    entry: Arc<Entry>,
    opened: Opened,
    status: CacheStatus,
    unkept: Option<Unkept>,
) -> Answer {
    let status = match app.rules.ages.of(&entry, app.stores.clock.now()) {
        Age::Fresh(left) => status.expiring(left),
        Age::Past(_) => status,
    };
    Answer { asked, entry, opened, status, unkept }
}
