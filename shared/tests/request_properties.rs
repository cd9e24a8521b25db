//! What holds for any request: made at random, kept in the fuzz corpus, or made of random bytes.
#![cfg(feature = "testing")]

use std::collections::BTreeMap;

use imcaxy_shared::request::{CacheKey, Explained, Explanation, IgnoredQuery, ImageRequest, Outcome};
use imcaxy_shared::testing::fuzz::check_request;
use imcaxy_shared::testing::requests::{PairKind, RawRequest, random_pair, random_request};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

fn some_request(seed: u64) -> RawRequest {
    let mut rng = StdRng::seed_from_u64(seed);
    random_request(
        &mut rng,
        &["http://h/a.jpg", "https://h/b?sig=1"],
        &["http://h/w.png", "HTTP://h/v.png#x"],
    )
}

fn key(path: &str, query: &str, accept: Option<&str>) -> Option<CacheKey> {
    let request = ImageRequest::parse(path, query, accept).ok()?;
    Some(CacheKey::of("imaginary", "", &request.canonical(&IgnoredQuery::default())))
}

/// The parameters of the query itself, or of the steps of a pipeline.
fn explained(explanation: &Explanation, of_steps: bool) -> impl Iterator<Item = &Explained> {
    explanation.parameters.iter().filter(move |explained| explained.step.is_some() == of_steps)
}

/// A query without escapes, its letters and digits percent-encoded.
fn encoded(query: &str) -> String {
    let encode =
        |c: char| if c.is_ascii_alphanumeric() { format!("%{:02x}", u32::from(c)) } else { c.into() };
    query.chars().map(encode).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_request_meets_what_is_promised(seed: u64) {
        let RawRequest { path, query, accept } = some_request(seed);
        check_request(format!("{path}\n{query}\n{}", accept.unwrap_or_default()).as_bytes());
    }

    #[test]
    fn random_bytes_never_panic(data: Vec<u8>) {
        check_request(&data);
        check_request(&[b"/pipeline\nurl=http://h/a&operations=", data.as_slice()].concat());
        check_request(&[b"/resize\nwidth=1&url=http://", data.as_slice()].concat());
    }

    #[test]
    fn what_imaginary_does_not_see_does_not_change_the_key(seed: u64, name in "[A-Z][a-z]{1,8}") {
        let RawRequest { path, query, accept } = some_request(seed);
        let first = key(&path, &query, accept.as_deref());
        let later: Vec<_> = query.split('&').filter(|pair| !pair.contains('%')).collect();
        let later = format!("{query}&{name}=1&&x;y=1&z=%zz&{}", later.join("&"));
        prop_assert_eq!(&first, &key(&path, &later, accept.as_deref()));
        prop_assert_eq!(&first, &key(&format!("/imaginary{}", path.trim_start_matches("/imaginary")), &query, accept.as_deref()));
        if !query.contains('%') && !query.contains('+') {
            prop_assert_eq!(&first, &key(&path, &encoded(&query), accept.as_deref()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_explained_is_what_is_parsed(seed: u64) {
        let RawRequest { path, query, accept } = some_request(seed);
        let ignored = IgnoredQuery::from_names(["sig"]);
        let explanation = Explanation::of(&path, &query, accept.as_deref(), &ignored);
        let parsed = ImageRequest::parse(&path, &query, accept.as_deref());
        prop_assert_eq!(&explanation.request, &parsed);
        let refused = explanation.parameters.iter().any(|one| matches!(one.outcome, Outcome::Refused(_)));
        let Ok(request) = parsed else { return Ok(()) };
        prop_assert!(!refused, "{:?}", explanation);

        // What is told to enter the form is the form.
        let form = request.canonical(&ignored);
        let told: BTreeMap<_, _> = explained(&explanation, false)
            .filter_map(|one| Some((one.name.clone(), one.outcome.canonical()?.to_owned())))
            .collect();
        let mut whole = form.params().clone();
        whole.insert("url".to_owned(), form.source().to_owned());
        prop_assert_eq!(told, whole);
        let told: Vec<_> = explained(&explanation, true)
            .filter_map(|one| one.outcome.canonical().map(|_| (one.step.map(|step| step.number), one.name.as_str())))
            .collect();
        let steps: Vec<_> = request.steps.iter().zip(1..).flat_map(|(step, number)| {
            step.params.iter().map(move |(param, _)| (Some(number), param.name()))
        }).collect();
        prop_assert_eq!(told, steps);

        // What is told not to enter it can be left out.
        let sent = query.split('&').filter(|sent| !sent.is_empty());
        let counts = |outcome: &Outcome| matches!(outcome, Outcome::Used(_) | Outcome::Negotiated(_));
        let kept: Vec<_> = sent
            .zip(explained(&explanation, false))
            .filter_map(|(sent, one)| counts(&one.outcome).then_some(sent))
            .collect();
        prop_assert_eq!(key(&path, &kept.join("&"), accept.as_deref()), key(&path, &query, accept.as_deref()));
        prop_assert!(explanation.parameters.iter().all(|one| Outcome::NAMES.contains(&one.outcome.name())));
    }
}

#[test]
fn requests_with_one_key_are_sent_alike_and_others_are_not() {
    let ignored = IgnoredQuery::default();
    let mut seen = BTreeMap::new();
    let mut accepted = 0;
    for seed in 0..20_000 {
        let RawRequest { path, query, accept } = some_request(seed);
        let Ok(request) = ImageRequest::parse(&path, &query, accept.as_deref()) else { continue };
        accepted += 1;
        let form = request.canonical(&ignored);
        let key = CacheKey::of("imaginary", "", &form);
        let sent = (request.operation, request.source.clone(), request.render().query());
        let before = seen.entry(key).or_insert_with(|| sent.clone());
        assert_eq!(*before, sent);
    }
    let distinct: std::collections::BTreeSet<_> = seen.values().collect();
    assert_eq!(distinct.len(), seen.len());
    assert!(accepted > 10_000, "only {accepted} of 20000 requests were understood");
}

#[test]
fn a_rewriting_that_imaginary_does_not_see_keeps_the_key() {
    let (mut equal, mut refused) = (0, 0);
    for seed in 0..20_000 {
        let mut rng = StdRng::seed_from_u64(seed);
        let pair = random_pair(&mut rng, &["http://h/a.jpg", "http://h/b?x=1"], &["http://h/w.png"]);
        if pair.kind != PairKind::Equal {
            continue;
        }
        let [one, other] =
            pair.requests.each_ref().map(|raw| key(&raw.path, &raw.query, raw.accept.as_deref()));
        assert_eq!(one, other, "{seed}: {:#?}", pair.requests);
        *(if one.is_some() { &mut equal } else { &mut refused }) += 1;
    }
    assert!(equal > 8_000 && refused > 100, "{equal} equal and {refused} refused");
}

#[test]
fn the_corpus_of_the_fuzzer_passes() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/corpus/request");
    let files: Vec<_> = std::fs::read_dir(corpus).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() >= 30, "{} files", files.len());
    for file in files {
        check_request(&std::fs::read(file).unwrap());
    }
}

#[test]
fn long_input_takes_linear_time() {
    let long = "a".repeat(4_000_000);
    let nines = "9".repeat(1_000_000);
    for query in [
        format!("url=http://h/{long}&width=3"),
        format!("url=http://h/&width={nines}e-999999"),
        format!("url=http://h/&width=0x{nines}p-3999990"),
        format!("url=http://h/&{}width=3", "width=3&".repeat(500_000)),
        format!("url=http://h/&width=3&{}", "a&".repeat(1_000_000)),
        format!("url=http://h/&operations={}", "[".repeat(2_000_000)),
        format!("url=http://h/&operations=[{}]", vec!["{}"; 300_000].join(",")),
        format!("url=http://h/&width=3&aspectratio={long}:{long}&background={}", "1,".repeat(500_000)),
    ] {
        let started = std::time::Instant::now();
        check_request(format!("/resize\n{query}\n{}", "image/x;q=1;r=2,".repeat(10_000)).as_bytes());
        assert!(started.elapsed() < std::time::Duration::from_secs(10), "{:?}", started.elapsed());
    }
}
