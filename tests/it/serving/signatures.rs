//! `signing.key`: what imaginary accepts is accepted, and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use imcaxy_shared::request::signature;
use imcaxy_testkit::OwnImaginary;

use crate::harness::{Answer, Stack, Wire, alone, on, on_both_stacks, start};

on_both_stacks! {
    what_imaginary_accepts_is_accepted_and_nothing_else,
    a_hit_needs_a_signature_too_of_any_of_the_keys,
}

const KEY: &str = "0123456789abcdef0123456789abcdef";
const OTHER: &str = "another key; of another length: é";

fn sign(key: &str, path: &str, query: &str) -> String {
    URL_SAFE_NO_PAD.encode(signature(key.as_bytes(), path, query).expect("a path without broken escapes"))
}

/// The same bytes with another spare bit at the end, as lenient decoders read it. Of a digit the first four bits count, so the
/// next one in the alphabet says the same.
fn respelled(sign: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (head, last) = sign.split_at(sign.len() - 1);
    let next = ALPHABET.chars().skip_while(|digit| !last.starts_with(*digit)).nth(1).expect("a digit");
    format!("{head}{next}")
}

async fn what_imaginary_accepts_is_accepted_and_nothing_else(stack: Stack) {
    let imaginary = OwnImaginary::start(&["-enable-url-signature", "-url-signature-key", KEY])
        .await
        .expect("an imaginary");
    let mut api = alone(stack, &[("IMCAXY_SIGNING_KEY", KEY)]).await;
    // `SIGN` is the signature of path and query as written here; what is sent may differ.
    for (signed, sent, fits) in [
        ("/resize?width=100&url=ftp://x/%2e", "/resize?width=100&url=ftp://x/%2e&sign=SIGN", true),
        ("/resize?width=100&url=ftp://x/.", "/%72esize?sign=SIGN&url=ftp%3a//x/%2E&%77idth=100", true),
        ("/resize?text=a b~*&width=1", "/resize?width=1&text=a+b~*&sign=SIGN", true),
        ("/resize?text=a+b~*&width=1", "/resize?width=1&text=a%20b%7e%2a&sign=SIGN", true),
        ("/resize?text=%ff%00%C3%BC", "/resize?text=%FF%00%c3%bc&sign=SIGN", true),
        ("/resize?=f&e&a=&a", "/resize?&&=f&e=&a&a=&sign=SIGN", true),
        ("/resize?", "/resize?sign=SIGN", true),
        ("/resize?width=1", "/resize?width=1&x=%zz&y=1;z=2&sign=SIGN", true),
        ("/resize?a=1&b=2&b=1", "/resize?b=2&a=1&b=1&sign=SIGN", true),
        ("/resize?a=1&b=2&b=1", "/resize?b=1&a=1&b=2&sign=SIGN", false),
        ("/resize?width=1", "/resize?width=1&%73ign=SIGN", true),
        ("/resize?width=1", "/resize?width=1&sign=SIGN&sign=x", true),
        ("/resize?width=1", "/resize?width=1&sign=x&sign=SIGN", false),
        ("/resize?width=1", "/resize?width=1&sign=SI%0a%0DGN", true),
        ("/resize?width=1", "/resize?width=1&sign=RESPELLED", true),
        ("/resize?width=1", "/resize?width=1&sign=SIGN=", false),
        ("/resize?width=1", "/resize?width=1&sign=SIGN%3D", false),
        ("/resize?width=1", "/resize?width=1&sign=SIGNA", false),
        ("/resize?width=1", "/resize?width=1&sign=", false),
        ("/resize?width=1", "/resize?width=1&Sign=SIGN", false),
        ("/resize?width=1", "/resize?width=1", false),
        ("/resize?width=1", "/resize?width=1&sign=%ff", false),
        ("/resize?width=1", "/resize?width=1&sign=+SIGN", false),
        ("/resize?width=1", "/resize?width=2&sign=SIGN", false),
        ("/resize?width=1", "/resize?width=1&utm=1&sign=SIGN", false),
        ("/resize?width=1", "/resize?width=1&key=1&sign=SIGN", false),
        ("/resize?width=1", "/crop?width=1&sign=SIGN", false),
    ] {
        let (path, query) = signed.split_once('?').expect("a query");
        let query = query.replace(' ', "%20");
        let sign = sign(KEY, path, &query);
        let broken = sign.split_at(2);
        let sent = sent
            .replace("SI%0a%0DGN", &format!("{}%0a%0D{}", broken.0, broken.1))
            .replace("SIGN", &sign)
            .replace("RESPELLED", &respelled(&sign));
        let request = format!("GET {sent} HTTP/1.1\r\nHost: x\r\n\r\n");
        let mut wires = [Wire::at(imaginary.url()).await, Wire::to(&api).await];
        for wire in &mut wires {
            wire.send(&request).await;
        }
        let [theirs, ours] = &mut wires;
        let (_, theirs) = theirs.answer().await.expect("imaginary answers");
        let (status, ours) = ours.answer().await.expect("an answer");
        assert_eq!(!theirs.contains("URL signature"), fits, "imaginary: {sent}: {theirs}");
        assert_eq!(
            (status, ours.contains("bad_signature")),
            if fits { (400, false) } else { (403, true) },
            "{sent}"
        );
    }
    api.stop().await;
    imaginary.stop().await;
}

async fn a_hit_needs_a_signature_too_of_any_of_the_keys(stack: Stack) {
    let system = start(on(stack).env("IMCAXY_SIGNING_KEY", &format!("{KEY},{OTHER}"))).await;
    let path = system.path("/resize?width=300", "medium.jpg");
    let query = path.split_once('?').expect("a query").1;
    for prefix in ["", "/imaginary", "/%69maginary"] {
        for key in [KEY, OTHER] {
            let path = format!("{prefix}{path}&sign={}", sign(key, "/resize", query));
            Answer::get(&system, 0, &path).await.picture();
        }
    }
    assert_eq!(system.gauge.calls().len(), 1);
    for path in [
        path.clone(),
        format!("{path}&sign={}", sign(&"k".repeat(32), "/resize", query)),
        format!("/imaginary{path}&sign={}", sign(KEY, "/imaginary/resize", query)),
        format!("{path}&quality=1&sign={}", sign(KEY, "/resize", query)),
    ] {
        Answer::get(&system, 0, &path).await.refused(403, "bad_signature");
    }
    Answer::get(&system, 0, "/nope").await.refused(404, "unknown_operation");
    assert_eq!(system.gauge.calls().len(), 1);
    system.finish().await;
}
