//! What a request asks for, or why it is refused. All that is checked here is checked before a hit is answered, too.

use std::borrow::Cow;

use axum::http::header::ACCEPT;
use axum::http::request::Parts;
use imcaxy_shared::jobs::{FailureCode, Job, JobKind, Priority, RenderJob};
use imcaxy_shared::request::{ImageRequest, RefusalCode};

use crate::error::{Code, Refused};
use crate::lookup::Asked;
use crate::{App, Rules};

/// What is asked, or why it is refused.
pub(crate) fn parse(app: &App, http: &Parts, query: &str) -> Result<Asked, Refused> {
    app.rules.gate.admit(http)?;
    let accept = accept(http);
    let image = ImageRequest::parse(http.uri.path(), query, accept.as_deref())?;
    admit(&app.rules, &image)?;
    Ok(asked(&app.rules, &image))
}

/// The first `Accept` line. A byte that is no text spoils its own part of the list, and no other.
fn accept(http: &Parts) -> Option<Cow<'_, str>> {
    http.headers.get(ACCEPT).map(|accept| String::from_utf8_lossy(accept.as_bytes()))
}

/// Refuses what was understood and is not allowed: a source by its place, a result by its extent.
pub(crate) fn admit(rules: &Rules, image: &ImageRequest) -> Result<(), Refused> {
    for source in image.sources() {
        let forbidden = |why| Refused::new(Code::Job(FailureCode::SourceForbidden), why);
        rules.admit(source).map_err(forbidden)?;
    }
    match rules.max_pixels.and_then(|most| image.asked_extent()?.beyond(most)) {
        Some(message) => Err(Refused::new(Code::Request(RefusalCode::BadParameter), message)),
        None => Ok(()),
    }
}

/// What is looked up for a request, and made when it is not there.
pub(crate) fn asked(rules: &Rules, image: &ImageRequest) -> Asked {
    let render = RenderJob::of(image, &rules.ignored, rules.processor.name, &rules.salt);
    let key = render.key.clone();
    let sources = render.source_refs();
    let url = render.url_id();
    let control = rules.cache_control.of(&image.source).to_owned();
    let job = Job { kind: JobKind::Render(render), priority: Priority::Request };
    Asked { key, sources, url, job, control, negotiated: image.negotiates() }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, Request};

    use super::*;

    #[test]
    fn a_byte_that_is_no_text_leaves_the_rest_of_accept_as_it_is() {
        let value = HeaderValue::from_bytes(b"text/\xff, image/webp").expect("a value");
        let request = Request::builder().header(ACCEPT, value).body(()).expect("a request");
        let (http, ()) = request.into_parts();
        let query = "type=auto&width=300&url=http://a.test/1.jpg";
        let image = ImageRequest::parse("/resize", query, accept(&http).as_deref()).expect("a request");
        let webp = ImageRequest::parse("/resize", query, Some("image/webp")).expect("a request");
        assert_eq!(image, webp);
        let none = ImageRequest::parse("/resize", query, None).expect("a request");
        assert_ne!(image, none);
    }
}
