//! Statuses and codes: one row for each way to be refused.

use imcaxy_testkit::system::Builder;
use imcaxy_testkit::{Behaviour, Gate, System};
use reqwest::Method;

use super::{Settings, filled_in, with};
use crate::harness::{Answer, Stack, on, on_both_stacks, start, system};

on_both_stacks! {
    every_way_to_be_refused_has_its_status_and_code,
}

/// The status, the code, the method and the path.
type Row = (u16, &'static str, &'static str, &'static str);

/// Rows that need the same system.
struct Group {
    settings: Settings,
    /// What goes wrong before they are asked; a gate stays closed until they are answered.
    before: fn(&System) -> Option<Gate>,
    rows: &'static [Row],
}

/// Sources that are not well, by the names that rows have for them.
fn sources() -> impl IntoIterator<Item = (&'static str, Behaviour)> {
    [
        ("gone.jpg", Behaviour::status(410)),
        ("private.jpg", Behaviour::status(401)),
        ("broken.jpg", Behaviour::status(500)),
        ("half.jpg", Behaviour::bytes(vec![0xff; 1000]).cut_after(500)),
        ("big.jpg", Behaviour::bytes(vec![0xff; 500 << 10])),
        ("page.jpg", Behaviour::html()),
        ("drawing.svg", Behaviour::bytes("<svg xmlns='http://www.w3.org/2000/svg'/>")),
        ("nonsense.jpg", Behaviour::bytes(&b"\xff\xd8\xff\xe0nonsense"[..])),
        ("inside.jpg", Behaviour::redirect_to("http://169.254.169.254/latest")),
    ]
}

const GROUPS: &[Group] = &[
    Group {
        settings: &[("IMCAXY_SOURCES_MAX_BYTES", "400KiB")],
        before: |_| None,
        rows: &[
            (400, "bad_parameter", "GET", "/resize?width=abc&SOURCE/medium.jpg"),
            (400, "missing_url", "GET", "/resize?width=300"),
            (400, "local_file", "GET", "/resize?width=300&file=a.jpg&SOURCE/medium.jpg"),
            (400, "bad_url", "GET", "/resize?width=300&url=ftp://images.test/1.jpg"),
            (400, "bad_operations", "GET", "/pipeline?operations=nonsense&SOURCE/medium.jpg"),
            (403, "source_forbidden", "GET", "/resize?width=300&SOURCE/inside.jpg"),
            (404, "unknown_operation", "GET", "/nope?width=300&SOURCE/medium.jpg"),
            (404, "source_gone", "GET", "/resize?width=300&SOURCE/gone.jpg"),
            (404, "source_gone", "GET", "/resize?width=300&SOURCE/missing.jpg"),
            (405, "method_not_allowed", "POST", "/resize?width=300&SOURCE/medium.jpg"),
            (405, "method_not_allowed", "OPTIONS", "/resize?width=300&SOURCE/medium.jpg"),
            (413, "source_too_large", "GET", "/resize?width=300&SOURCE/big.jpg"),
            (415, "unsupported_type", "GET", "/resize?width=300&SOURCE/drawing.svg"),
            (422, "not_an_image", "GET", "/resize?width=300&SOURCE/page.jpg"),
            (422, "not_an_image", "GET", "/resize?width=300&SOURCE/nonsense.jpg"),
            (400, "imaginary_refused", "GET", "/extract?top=5000&areawidth=9&areaheight=9&SOURCE/medium.jpg"),
            (502, "source_failed", "GET", "/resize?width=300&SOURCE/private.jpg"),
            (502, "source_failed", "GET", "/resize?width=300&SOURCE/broken.jpg"),
            (502, "source_failed", "GET", "/resize?width=300&SOURCE/half.jpg"),
        ],
    },
    Group {
        settings: &[("IMCAXY_REQUESTS_MAX_URI", "40")],
        before: |_| None,
        rows: &[(414, "uri_too_long", "GET", "/resize?width=300&url=http://images.test/a/long/way.jpg")],
    },
    Group {
        settings: &[("IMCAXY_REQUESTS_KEYS", "a key")],
        before: |_| None,
        rows: &[
            (401, "bad_key", "GET", "/resize?width=300&SOURCE/medium.jpg"),
            (404, "source_gone", "GET", "/resize?width=300&key=a+key&SOURCE/missing.jpg"),
        ],
    },
    Group {
        settings: &[("IMCAXY_SIGNING_KEY", "0123456789abcdef0123456789abcdef")],
        before: |_| None,
        rows: &[(403, "bad_signature", "GET", "/resize?width=300&sign=AAAA&SOURCE/medium.jpg")],
    },
    Group {
        settings: &[("IMCAXY_SOURCES_ALLOW", "images.test")],
        before: |_| None,
        rows: &[(403, "source_forbidden", "GET", "/resize?width=300&SOURCE/medium.jpg")],
    },
    Group {
        settings: &[("IMCAXY_SOURCES_MAX_PIXELS", "1000")],
        before: |_| None,
        rows: &[(413, "too_many_pixels", "GET", "/resize?width=300&SOURCE/medium.jpg")],
    },
    Group {
        settings: &[],
        before: |system| {
            system.gauge.fail_with(501);
            None
        },
        rows: &[(501, "not_implemented", "GET", "/resize?width=300&SOURCE/medium.jpg")],
    },
    Group {
        settings: &[("IMCAXY_REQUESTS_MAX_WAITING", "0")],
        before: |_| None,
        rows: &[(503, "overloaded", "GET", "/resize?width=300&SOURCE/medium.jpg")],
    },
    Group {
        settings: &[("IMCAXY_REQUESTS_WAIT", "300ms")],
        before: |system| Some(system.gauge.hold()),
        rows: &[(504, "deadline", "GET", "/resize?width=300&SOURCE/medium.jpg")],
    },
    Group {
        settings: &[],
        before: |system| {
            system.gauge.fail_with(500);
            None
        },
        rows: &[(502, "imaginary_failed", "GET", "/resize?width=300&SOURCE/medium.jpg")],
    },
];

/// A directory is not away as a server is.
const WITHOUT_CATALOG: Group = Group {
    settings: &[],
    before: |system| {
        system.api(0).links().mongodb.cut();
        None
    },
    rows: &[(503, "unavailable", "GET", "/resize?width=300&SOURCE/medium.jpg")],
};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_needs_a_catalog_that_is_away_has_its_status_and_code() {
    are_refused(system().proxied(), &WITHOUT_CATALOG).await;
}

async fn every_way_to_be_refused_has_its_status_and_code(stack: Stack) {
    for group in GROUPS {
        are_refused(on(stack), group).await;
    }
}

async fn are_refused(system: Builder, Group { settings, before, rows }: &Group) {
    let system = start(with(settings, system.apis(1).workers(1))).await;
    for (source, behaviour) in sources() {
        system.origin.behave(source, behaviour);
    }
    let gate = before(&system);
    for (status, code, method, path) in *rows {
        let method: Method = method.parse().expect("a method");
        let request = system.request(method, 0, &filled_in(&system, path));
        let answer = Answer::of(request.send().await.expect("an answer")).await;
        told_as_errors_are(&answer.refused(*status, code));
    }
    if let Some(gate) = gate {
        gate.open();
    }
    system.finish().await;
}

/// What every error says, and what only some say.
pub(super) fn told_as_errors_are(answer: &Answer) {
    let told = answer.json();
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("cross-origin-resource-policy", "cross-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{told}: {name}");
    }
    assert_eq!(answer.header("x-request-id").len(), 32, "{told}");
    assert!(answer.cache_status().starts_with("imcaxy; "), "{told}");
    for (name, statuses) in
        [("retry-after", &[429, 503][..]), ("allow", &[405]), ("www-authenticate", &[401])]
    {
        assert_eq!(answer.headers.contains_key(name), statuses.contains(&answer.status), "{told}: {name}");
    }
    assert!(!answer.headers.contains_key("last-modified"), "{told}");
}
