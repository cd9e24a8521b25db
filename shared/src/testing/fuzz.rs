//! What holds for every request, whatever bytes a client sends.

use crate::request::{CacheKey, IgnoredQuery, ImageRequest, Render};

/// Reads the bytes as three lines, path, query and `Accept`, and checks what must hold for any of them: nothing
/// panics, the canonical text parses to itself with the same key, what would be sent parses to the same
/// rendering, and order and foreign parameters do not count.
///
/// # Panics
/// When one of these does not hold.
pub fn check_request(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.splitn(3, '\n');
    let (path, query) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let accept = lines.next();
    check(path, query, accept);
}

#[expect(clippy::expect_used, reason = "a check, whose way to say no is to panic")]
fn check(path: &str, query: &str, accept: Option<&str>) {
    let ignored = IgnoredQuery::from_names(["sig", "X-Expires"]);
    let none = IgnoredQuery::default();
    let request = match ImageRequest::parse(path, query, accept) {
        Ok(request) => request,
        Err(refusal) => {
            assert!(refusal.message.len() < 2_000, "{}", refusal.message);
            assert!(!refusal.message.contains(char::is_control), "{}", refusal.message);
            return;
        }
    };
    let form = request.canonical(&none);
    let key = CacheKey::of("imaginary", "", &form);

    // The canonical text is a request, of the same form.
    let text = form.text();
    let (again_path, again_query) = text.split_once('?').unwrap_or_default();
    let again = ImageRequest::parse(again_path, again_query, None).expect("a canonical text is a request");
    assert_eq!(again.canonical(&none), form);
    assert!(!again.negotiates());
    assert_eq!(again.params, request.params);
    assert_eq!(again.sources(), request.sources());

    // What is sent renders as the request does, and reads back.
    assert_eq!(request.render().read(), Ok((request.params.clone(), request.steps.clone())));
    let links = |render: Render| render.relinked(|url| url.as_str().to_owned());
    assert_eq!(links(request.render()), Ok(request.render()));
    assert_eq!(again.render(), request.render());
    assert_eq!(&request.render().params, form.params());

    // Neither what nobody knows nor what comes later counts.
    let mut longer = format!("utm_source=x&{query}");
    if !query.contains(['%', ';', '+']) {
        for pair in query.split('&').filter_map(|pair| pair.split_once('=')) {
            longer.push_str(&format!("&{}=7", pair.0));
        }
    }
    let longer = ImageRequest::parse(path, &longer, accept).map(|request| request.canonical(&none));
    assert_eq!(longer, Ok(form.clone()));

    // Order does not count where no name comes twice.
    let mut pairs: Vec<_> = again_query.split('&').collect();
    pairs.reverse();
    let reversed = ImageRequest::parse(again_path, &pairs.join("&"), None);
    assert_eq!(reversed.map(|request| request.canonical(&none)), Ok(form.clone()));

    // Ignored parameters are sent and not hashed; ignoring twice is ignoring once.
    let identity = request.canonical(&ignored);
    assert_eq!(identity.source(), request.source.identity(&ignored));
    assert!(identity.source().len() <= form.source().len());
    assert_eq!(request.render(), again.render());
    assert_eq!(key.as_str().parse(), Ok(key.clone()));
    assert_ne!(CacheKey::of("imaginary", "salt", &form), key);
    assert_ne!(CacheKey::of("builtin/1", "", &form), key);
}
