//! Addresses that must not be reached, however they are spelled and whoever names them.

use imcaxy_testkit::{Behaviour, RawOrigin, Script, System};

use crate::harness::{Answer, Stack, on, on_both_stacks, start};

on_both_stacks! {
    a_special_address_is_refused_before_any_job_in_every_spelling,
    a_name_of_special_addresses_is_refused_when_it_is_resolved,
    a_redirect_leads_nowhere_that_could_not_be_asked_for,
    an_address_that_is_too_long_is_not_followed,
    a_redirect_that_leaves_the_allowed_places_is_refused,
    the_headers_of_a_private_origin_go_to_it_and_not_to_where_it_redirects,
}

/// A system that may ask its own origin, at this one address of loopback, and nothing else that is special.
async fn started(stack: Stack) -> System {
    start(
        on(stack)
            .workers(1)
            .env("IMCAXY_SOURCES_PRIVATE", "127.0.0.1/32")
            .env("IMCAXY_SOURCES_MAX_REDIRECTS", "3"),
    )
    .await
}

async fn asked(system: &System, url: &str) -> Answer {
    let url = url.replace('%', "%25").replace('&', "%26").replace('#', "%23").replace('+', "%2B");
    let url = url.replace('\t', "%09").replace('\n', "%0A").replace(' ', "%20");
    Answer::get(system, 0, &format!("/resize?width=300&url={url}")).await
}

async fn a_special_address_is_refused_before_any_job_in_every_spelling(stack: Stack) {
    let system = started(stack).await;
    let wire = RawOrigin::start(Script::plain("HTTP/1.1 200 OK\r\n\r\n")).await;
    let port = wire.port();
    for host in [
        "127.0.0.2",
        "127.2",
        "127.0.2",
        "2130706434",
        "0x7f000002",
        "0x7f.2",
        "0177.0.0.2",
        "017700000002",
        "127.0.0.2.",
        "１２７.0.0.2",
        "127。0。0。2",
        "0",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "2852039166",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.2]",
        "[::127.0.0.2]",
        "[64:ff9b::127.0.0.2]",
        "[2002:7f00:2::]",
        "[fd00:ec2::254]",
        "[fe80::1]",
    ] {
        for url in [format!("http://{host}:{port}/1.jpg"), format!("HTTP://{host}:{port}/?1.jpg#a")] {
            let answer = asked(&system, &url).await.refused(403, "source_forbidden");
            assert!(answer.cache_status().contains("fwd=bypass"), "{url}: {}", answer.cache_status());
        }
    }
    for url in [
        format!("http://good.test@127.0.0.2:{port}/"),
        format!("http://good.test\\@127.0.0.2:{port}/"),
        format!("http://127.0.0.2\t:{port}/"),
        format!("http://127.0.\n0.2:{port}/"),
        format!("http:/127.0.0.2:{port}/"),
        format!("//127.0.0.2:{port}/"),
        format!("http://%31%32%37.0.0.2:{port}/"),
        format!("gopher://127.0.0.2:{port}/"),
        "file:///etc/passwd".to_owned(),
    ] {
        asked(&system, &url).await.refused(400, "bad_url");
    }
    assert_eq!(wire.connections(), 0);
    system.finish().await;
}

async fn a_name_of_special_addresses_is_refused_when_it_is_resolved(stack: Stack) {
    let system = start(on(stack).workers(1).env("IMCAXY_SOURCES_PRIVATE", "")).await;
    let wire = RawOrigin::start(Script::plain("HTTP/1.1 200 OK\r\n\r\n")).await;
    for host in ["localhost", "LOCALHOST"] {
        asked(&system, &format!("http://{host}:{}/1.jpg", wire.port()))
            .await
            .refused(403, "source_forbidden");
    }
    assert_eq!(wire.connections(), 0);
    system.finish().await;
}

async fn a_redirect_leads_nowhere_that_could_not_be_asked_for(stack: Stack) {
    let system = started(stack).await;
    let wire = RawOrigin::start(Script::plain("HTTP/1.1 200 OK\r\n\r\n")).await;
    let port = wire.port();
    let chain = |hop: usize| format!("chain{hop}.jpg");
    for hop in 0..5 {
        system.origin.behave(&chain(hop), Behaviour::redirect_to(&chain(hop + 1)));
    }
    for (name, location, status, code) in [
        ("literal.jpg", format!("http://127.0.0.2:{port}/"), 403, "source_forbidden"),
        ("decimal.jpg", format!("http://2130706434:{port}/"), 403, "source_forbidden"),
        ("octal.jpg", format!("http://0177.0.0.2:{port}/"), 403, "source_forbidden"),
        ("mapped.jpg", format!("http://[::ffff:127.0.0.2]:{port}/"), 403, "source_forbidden"),
        ("relative.jpg", format!("//127.0.0.2:{port}/"), 403, "source_forbidden"),
        ("backslash.jpg", format!("\\\\127.0.0.2:{port}\\"), 403, "source_forbidden"),
        ("metadata.jpg", "http://169.254.169.254/latest/meta-data".to_owned(), 403, "source_forbidden"),
        ("user.jpg", format!("http://good.test@127.0.0.2:{port}/"), 502, "source_failed"),
        ("file.jpg", "file:///etc/passwd".to_owned(), 502, "source_failed"),
        ("gopher.jpg", format!("gopher://127.0.0.2:{port}/"), 502, "source_failed"),
        ("empty-host.jpg", "http://".to_owned(), 502, "source_failed"),
        ("itself.jpg", "itself.jpg".to_owned(), 502, "source_failed"),
        ("long.jpg", chain(0), 502, "source_failed"),
    ] {
        system.origin.behave(name, Behaviour::redirect_to(&location));
        asked(&system, &system.origin.url(name)).await.refused(status, code);
    }
    assert_eq!(system.origin.count("itself.jpg"), 4, "the first and three redirects");
    // From `long.jpg` to the first, the second and the third of the chain.
    assert_eq!((system.origin.count(&chain(2)), system.origin.count(&chain(3))), (1, 0));
    assert_eq!(wire.connections(), 0);
    system.finish().await;
}

async fn an_address_that_is_too_long_is_not_followed(stack: Stack) {
    let system = started(stack).await;
    let longest = 8192;
    for (length, status, code) in [(longest, 404, "source_gone"), (longest + 1, 502, "source_failed")] {
        let name = "a".repeat(length - system.origin.url("").len());
        system.origin.behave(&name, Behaviour::status(404));
        let location = system.origin.url(&name);
        let head = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let wire = RawOrigin::start(Script::plain(head)).await;
        let answer = asked(&system, &wire.url("1.jpg")).await.refused(status, code);
        let message = answer.json()["message"].as_str().expect("a sentence").to_owned();
        assert_eq!(message.contains("8192 bytes"), length > longest, "{message}");
    }
    system.finish().await;
}

async fn a_redirect_that_leaves_the_allowed_places_is_refused(stack: Stack) {
    let system = on(stack).workers(1).env("IMCAXY_SOURCES_ALLOW", "127.0.0.1");
    let system = start(system).await;
    let wire = RawOrigin::start(Script::plain("HTTP/1.1 200 OK\r\n\r\n")).await;
    let elsewhere = format!("http://localhost:{}/medium.jpg", wire.port());
    system.origin.behave("away.jpg", Behaviour::redirect_to(&elsewhere));
    asked(&system, &system.origin.url("away.jpg")).await.refused(403, "source_forbidden");
    assert_eq!(wire.connections(), 0);
    system.finish().await;
}

async fn the_headers_of_a_private_origin_go_to_it_and_not_to_where_it_redirects(stack: Stack) {
    let builder = on(stack).workers(1);
    let headers = r#"{"127.0.0.1":{"Authorization":"Bearer s3cret, really"}}"#;
    let builder =
        builder.env("IMCAXY_SOURCES_HEADERS", headers).env("IMCAXY_SOURCES_PRIVATE", "127.0.0.0/8,::1");
    let system = start(builder.env("IMCAXY_LOG_LEVEL", "trace")).await;
    let elsewhere = system.origin.url("medium.jpg").replace("127.0.0.1", "localhost");
    system.origin.behave("away.jpg", Behaviour::redirect_to(&elsewhere));
    asked(&system, &system.origin.url("away.jpg")).await.picture();
    let sent =
        |path: &str| system.origin.requests(path).last().expect("asked").header("authorization").to_owned();
    assert_eq!((sent("away.jpg").as_str(), sent("medium.jpg").as_str()), ("Bearer s3cret, really", ""));
    asked(&system, &system.origin.url("large.jpg")).await.picture();
    assert_eq!(sent("large.jpg"), "Bearer s3cret, really");
    for process in system.processes() {
        assert!(!process.log().contains("s3cret"), "a secret was logged");
    }
    system.finish().await;
}
