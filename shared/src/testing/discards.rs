//! What every catalog must do about discards: part of the suite of [`super::catalog`].

use std::collections::BTreeSet;
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::{join_all, try_join};

use super::build;
use super::catalog::{NOW, OTHER, Subject, URL, accept, admit};
use crate::entry::{Ages, DigestVerdict, Entry, Ledger, MOST_OPEN, Rule, Scope, Seq, Verdict, judge};
use crate::ports::{self, Appended, SourcesPage, Walk};
use crate::request::SourceId;

/// Look-ups that race discards.
const RACES: usize = 1_000;

/// What the API does: documents and ledger at the same time, and the documents once more when rules were dropped meanwhile.
async fn look_up_knowing(catalog: &Subject, url: &str, known: &mut Arc<Ledger>) -> Verdict {
    let (key, asked) = (build::key(url, 300), [build::source_ref(url)]);
    let both = try_join(catalog.find(&key, &asked), catalog.ledger_since(known)).await;
    let (mut found, ledger) = both.expect("both");
    if ledger.trims != known.trims {
        found = catalog.find(&key, &asked).await.expect("found");
    }
    *known = Arc::clone(&ledger);
    judge(found, &ledger, &Ages::NONE, NOW)
}

pub(super) async fn look_up(catalog: &Subject, url: &str) -> Verdict {
    let mut known = Arc::new(catalog.ledger().await.expect("a ledger"));
    look_up_knowing(catalog, url, &mut known).await
}

/// Renders with a fetch that began at `stamp`.
pub(super) async fn render(catalog: &Subject, url: &str, stamp: Seq) -> Entry {
    admit(catalog, url, stamp.get()).await;
    let accepted = accept(catalog, url, build::BYTES, stamp.get()).await;
    assert_eq!(accepted, DigestVerdict::Accepted, "at {stamp}");
    let entry = build::entry(url, stamp);
    catalog.record(&entry).await.expect("recorded");
    entry
}

pub(super) async fn discard(catalog: &Subject, url: &str) -> Seq {
    let scopes = [Scope::Source(build::source_ref(url).id)];
    let Appended::At(position) = catalog.append(&scopes, MOST_OPEN).await.expect("appended") else {
        panic!("few rules are open")
    };
    let [scope] = scopes;
    let rule = Rule { at: position.seq, below: position.seq, scope, open: true };
    work_off(catalog, &rule).await;
    rule.at
}

async fn append(catalog: &Subject, url: &str) -> Rule {
    let scope = Scope::Source(build::source_ref(url).id);
    append_all(catalog, &[scope]).await.remove(0)
}

/// A discard of what is below a position alone.
pub(super) async fn append_below(catalog: &Subject, url: &str, below: Seq) -> Rule {
    let scope = Scope::Source(build::source_ref(url).id);
    let appended = catalog.append_below(&[scope], below, MOST_OPEN).await.expect("appended");
    let rule = rules(catalog).await.pop().expect("a rule");
    assert!(matches!(appended, Appended::At(position) if position.seq == rule.at));
    rule
}

/// The rules of discards that are committed together.
async fn append_all(catalog: &Subject, scopes: &[Scope]) -> Vec<Rule> {
    let Appended::At(at) = catalog.append(scopes, MOST_OPEN).await.expect("appended") else {
        panic!("few rules are open")
    };
    let mut rules = rules(catalog).await;
    assert_eq!(rules.last().expect("a rule").at, at.seq);
    let own = rules.split_off(rules.len() - scopes.len());
    assert!(own.iter().map(|rule| &rule.scope).eq(scopes), "in their order");
    own
}

pub(super) async fn work_off(catalog: &Subject, rule: &Rule) {
    let closed =
        ports::work_off(&**catalog, rule, &mut Walk::default(), NOW, || true, |_| ready(Ok(()))).await;
    assert_eq!(closed.expect("worked off"), rule.scope != Scope::Unknown);
}

async fn rules(catalog: &Subject) -> Vec<Rule> {
    catalog.ledger().await.expect("a ledger").rules
}

/// The newest discard that the document of a source tells of.
async fn written(catalog: &Subject, url: &str) -> Option<i64> {
    let found = catalog.find(&build::key(url, 300), &[build::source_ref(url)]).await.expect("found");
    found.sources.first().map(|source| source.discarded.get())
}

pub async fn what_was_made_before_a_discard_does_not_count_and_what_is_made_after_it_does(catalog: Subject) {
    let old = render(&catalog, URL, Seq::ZERO).await;
    let other = render(&catalog, OTHER, Seq::ZERO).await;
    assert_eq!(look_up(&catalog, URL).await, Verdict::Fresh(Box::new(old)));
    let at = discard(&catalog, URL).await;
    assert_eq!(catalog.ledger().await.expect("a ledger").seq, at);
    assert_eq!(look_up(&catalog, URL).await, Verdict::Miss { want: at });
    assert_eq!(look_up(&catalog, OTHER).await, Verdict::Fresh(Box::new(other)), "another source");
    assert_eq!(written(&catalog, URL).await, Some(at.get()));
    assert!(rules(&catalog).await.iter().all(|rule| !rule.open), "worked off");
    let new = render(&catalog, URL, at).await;
    assert_eq!(look_up(&catalog, URL).await, Verdict::Fresh(Box::new(new)));
}

pub async fn an_old_render_that_is_recorded_after_a_discard_does_not_count(catalog: Subject) {
    admit(&catalog, URL, 0).await;
    let at = discard(&catalog, URL).await;
    catalog.record(&build::entry(URL, Seq::ZERO)).await.expect("recorded");
    assert_eq!(look_up(&catalog, URL).await, Verdict::Miss { want: at });
    assert_eq!(accept(&catalog, URL, b"old", 0).await, DigestVerdict::Differs);
}

pub async fn a_source_that_nobody_has_seen_can_be_discarded(catalog: Subject) {
    let at = discard(&catalog, URL).await;
    assert_eq!(written(&catalog, URL).await, None, "no document is made for it");
    assert_eq!(look_up(&catalog, URL).await, Verdict::Miss { want: at });
    // A render that read the ledger before the discard is admitted after it.
    render(&catalog, URL, Seq::ZERO).await;
    assert_eq!(look_up(&catalog, URL).await, Verdict::Miss { want: at });
}

pub async fn a_discard_that_was_only_appended_counts_and_is_worked_off_by_another(catalog: Subject) {
    render(&catalog, URL, Seq::ZERO).await;
    let rule = append(&catalog, URL).await;
    assert_eq!(look_up(&catalog, URL).await, Verdict::Miss { want: rule.at });
    assert_eq!(written(&catalog, URL).await, Some(0));
    let ledger = catalog.ledger().await.expect("a ledger");
    let open: Vec<_> = ledger.open().collect();
    assert_eq!(open, [&rule]);
    for rule in open {
        work_off(&catalog, rule).await;
    }
    assert_eq!(written(&catalog, URL).await, Some(rule.at.get()));
    assert_eq!(rules(&catalog).await, [Rule { open: false, ..rule.clone() }]);
    assert_eq!(look_up(&catalog, URL).await, Verdict::Miss { want: rule.at });
    render(&catalog, URL, rule.at).await;
}

pub async fn working_off_twice_or_late_changes_nothing_more(catalog: Subject) {
    admit(&catalog, URL, 0).await;
    let (first, second) = (append(&catalog, URL).await, append(&catalog, URL).await);
    for rule in [&second, &first, &second, &first] {
        work_off(&catalog, rule).await;
        assert_eq!(written(&catalog, URL).await, Some(second.at.get()), "the newer stays");
    }
    let closed = [first, second].map(|rule| Rule { open: false, ..rule });
    assert_eq!(rules(&catalog).await, closed);
}

pub async fn when_a_source_was_discarded_is_told_of_the_last_discard_that_was_news(catalog: Subject) {
    admit(&catalog, URL, 0).await;
    let id = build::source_ref(URL).id;
    for (below, minutes, told) in
        [(0, 1_u64, None), (5, 2, Some(2)), (5, 3, Some(2)), (4, 4, Some(2)), (7, 5, Some(5))]
    {
        let at = |minutes: u64| NOW.plus(Duration::from_secs(60 * minutes));
        catalog.outdate(std::slice::from_ref(&id), Seq::new(below), at(minutes)).await.expect("written");
        let known = catalog.known_sources(std::slice::from_ref(&id)).await.expect("an answer").sources;
        assert_eq!(known.first().and_then(|source| source.discarded_at), told.map(at), "below {below}");
    }
}

pub async fn discards_that_race_have_positions_of_their_own(catalog: Subject) {
    let urls: Vec<String> = (0..10).map(|number| format!("http://a.test/{number}.jpg")).collect();
    let positions = join_all(urls.iter().map(|url| discard(&catalog, url))).await;
    let distinct: BTreeSet<i64> = positions.iter().map(|at| at.get()).collect();
    assert_eq!(distinct, (1..=10).collect());
    let kept: Vec<i64> = rules(&catalog).await.iter().map(|rule| rule.at.get()).collect();
    assert_eq!(kept, (1..=10).collect::<Vec<_>>(), "in their order");
    for (url, at) in urls.iter().zip(positions) {
        assert_eq!(look_up(&catalog, url).await, Verdict::Miss { want: at });
    }
}

pub async fn who_knows_the_ledger_learns_what_is_new(catalog: Subject) {
    let mut known = Arc::new(catalog.ledger().await.expect("a ledger"));
    for discards in [0, 1, 3, 40, 0] {
        for _ in 0..discards {
            append(&catalog, URL).await;
        }
        let since = catalog.ledger_since(&known).await.expect("a ledger");
        assert_eq!(*since, catalog.ledger().await.expect("a ledger"), "after {discards} more");
        assert_eq!(Arc::ptr_eq(&since, &known), discards == 0);
        known = since;
    }
}

pub async fn no_look_up_that_begins_after_a_discard_finds_what_was_made_before(catalog: Subject) {
    let (discarded, raced) = (AtomicI64::new(0), AtomicUsize::new(0));
    let over = || raced.load(Ordering::SeqCst) >= RACES;
    let discards = async {
        while !over() {
            render(&catalog, URL, Seq::new(discarded.load(Ordering::SeqCst))).await;
            let at = discard(&catalog, URL).await;
            discarded.store(at.get(), Ordering::SeqCst);
        }
    };
    let readers = (0..4).map(|_| async {
        let mut known = Arc::new(catalog.ledger().await.expect("a ledger"));
        while !over() {
            let before = discarded.load(Ordering::SeqCst);
            let seen = match look_up_knowing(&catalog, URL, &mut known).await {
                Verdict::Fresh(entry) => entry.stamp,
                Verdict::Miss { want } => want,
                other => panic!("{other:?}"),
            };
            assert!(seen.get() >= before, "{seen} after the discard at {before}");
            raced.fetch_add(1, Ordering::SeqCst);
        }
    });
    futures::join!(discards, join_all(readers));
    let ledger = catalog.ledger().await.expect("a ledger");
    assert_eq!(ledger.seq.get(), discarded.load(Ordering::SeqCst));
    assert_eq!(look_up(&catalog, URL).await, Verdict::Miss { want: ledger.seq });
}

pub async fn no_more_than_a_thousand_rules_are_open(catalog: Subject) {
    for _ in 0..MOST_OPEN {
        append(&catalog, URL).await;
    }
    let scope = Scope::Source(build::source_ref(OTHER).id);
    let refused = catalog.append(&[scope], MOST_OPEN).await.expect("an answer");
    assert_eq!(refused, Appended::TooManyOpen);
    let ledger = catalog.ledger().await.expect("a ledger");
    assert_eq!((ledger.seq, ledger.rules.len()), (Seq::new(1_000), 1_000), "nothing has happened");
    work_off(&catalog, &ledger.rules[17]).await;
    discard(&catalog, OTHER).await;
}

/// A scope by its kind and what it names.
fn scope(kind: &str, text: &str) -> Scope {
    let scope = Scope::from_store(kind, text);
    assert_ne!(scope, Scope::Unknown, "{kind} {text}");
    scope
}

async fn admit_at(catalog: &Subject, host: &str, url: &str) {
    catalog.admit(&build::source_ref(url), host, Seq::ZERO, NOW).await.expect("admitted");
}

pub async fn a_discard_of_many_is_about_those_that_it_names_seen_or_not(catalog: Subject) {
    let urls = [
        "http://a.test/img/1.jpg",
        "http://a.test/img?2",
        "http://a.test/images/3.jpg",
        "http://a.test:8080/img/4.jpg",
        "https://a.test/img/5.jpg",
        "http://b.test/img/6.jpg",
    ];
    for url in urls {
        admit_at(&catalog, if url.contains("b.test") { "b.test" } else { "a.test" }, url).await;
    }
    let tag = build::source_ref(urls[2]).id.tag();
    for (kind, text, about) in [
        ("prefix", "http://a.test/img", vec![0, 1]),
        ("host", "a.test", vec![0, 1, 2, 3, 4]),
        ("tag", tag.as_str(), vec![2]),
        ("source", build::source_ref(urls[5]).id.as_str(), vec![5]),
        ("everything", "", vec![0, 1, 2, 3, 4, 5]),
        ("prefix", "http://c.test/", vec![]),
    ] {
        let rule = append_all(&catalog, &[scope(kind, text)]).await.remove(0);
        for (number, url) in urls.iter().enumerate() {
            let outdated = look_up(&catalog, url).await == Verdict::Miss { want: rule.at };
            assert_eq!(outdated, about.contains(&number), "{url} by the ledger, {kind} {text}");
        }
        let mut followed = BTreeSet::new();
        let follow = |page: Vec<SourceId>| {
            followed.extend(page);
            ready(Ok(()))
        };
        let mut walk = Walk::default();
        let closed = ports::work_off(&*catalog, &rule, &mut walk, NOW, || true, follow).await;
        assert!(closed.expect("worked off"));
        assert_eq!(walk.sources, about.len() as u64);
        let expected: BTreeSet<SourceId> = about.iter().map(|number| SourceId::of(urls[*number])).collect();
        assert_eq!(followed, expected, "{kind} {text}");
        for (number, url) in urls.iter().enumerate() {
            let outdated = written(&catalog, url).await == Some(rule.at.get());
            assert_eq!(outdated, about.contains(&number), "{url} in its document, {kind} {text}");
        }
    }
    assert!(rules(&catalog).await.iter().all(|rule| !rule.open));
}

pub async fn sources_that_a_discard_is_about_come_in_pages(catalog: Subject) {
    let mut expected = BTreeSet::new();
    for number in 0..7 {
        let host = if number == 0 { "a.test." } else { "a.test" };
        let url = format!("http://{host}/{number}.jpg");
        admit_at(&catalog, host, &url).await;
        expected.insert(build::source_ref(&url).id);
    }
    admit_at(&catalog, "b.test", "http://b.test/1.jpg").await;
    let (mut seen, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = catalog.sources_about(&scope("host", "a.test"), after.as_ref(), 3).await;
        let SourcesPage { sources, unreadable, next } = page.expect("a page");
        assert!(sources.len() <= 3 && unreadable.is_empty());
        seen.extend(sources.into_iter().map(|source| source.id));
        pages += 1;
        let Some(next) = next else { break };
        after = Some(next);
    }
    assert_eq!(pages, 3);
    assert!(seen.is_sorted() && seen.into_iter().collect::<BTreeSet<_>>() == expected);
}

pub async fn who_stops_for_want_of_time_goes_on_there_and_closes_the_rule_at_the_end(catalog: Subject) {
    const SOURCES: usize = 501; // one more than a page
    let urls: Vec<String> = (0..SOURCES).map(|number| format!("http://a.test/{number}.jpg")).collect();
    join_all(urls.iter().map(|url| admit_at(&catalog, "a.test", url))).await;
    let rule = append_all(&catalog, &[scope("host", "a.test")]).await.remove(0);
    let (mut walk, mut followed) = (Walk::default(), Vec::new());
    for (pages, closed, sources) in [(0, false, 0), (1, false, SOURCES - 1), (1, true, SOURCES)] {
        let mut left = pages;
        let go_on = || {
            left -= 1;
            left >= 0
        };
        let follow = |page: Vec<SourceId>| {
            followed.extend(page);
            ready(Ok(()))
        };
        let told = ports::work_off(&*catalog, &rule, &mut walk, NOW, go_on, follow).await;
        assert_eq!((told.expect("an answer"), walk.sources), (closed, sources as u64));
        assert_eq!(rules(&catalog).await.iter().any(|rule| rule.open), !closed);
    }
    assert_eq!((followed.len(), followed.into_iter().collect::<BTreeSet<_>>().len()), (SOURCES, SOURCES));
}

pub async fn discards_are_committed_together_or_not_at_all(catalog: Subject) {
    let rules_of = async || rules(&catalog).await.len();
    let both = [scope("host", "a.test"), scope("everything", "")];
    let rules = append_all(&catalog, &both).await;
    assert_eq!(rules.iter().map(|rule| rule.at.get()).collect::<Vec<_>>(), [1, 2]);
    let refused = catalog.append(&both, 3).await.expect("an answer");
    assert_eq!((refused, rules_of().await), (Appended::TooManyOpen, 2));
    catalog.close(&[rules[0].at, Seq::new(7)]).await.expect("closed");
    let taken = catalog.append(&both, 3).await.expect("an answer");
    let position = catalog.ledger().await.expect("a ledger").position();
    assert_eq!((position.seq, taken), (Seq::new(4), Appended::At(position.clone())));
    let nothing = catalog.append(&[], 3).await.expect("an answer");
    assert_eq!(nothing, Appended::At(position), "where the ledger stands");
    catalog.close(&[1, 2, 3, 4].map(Seq::new)).await.expect("closed");
    assert_eq!(catalog.ledger().await.expect("a ledger").open().count(), 0);
}
