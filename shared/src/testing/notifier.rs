//! What every notifier must do. Each function takes a notifier of its own.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use tokio::time::timeout;

use super::build;
use crate::entry::{Position, Scope, Seq};
use crate::jobs::{Announced, Announcement, Failure, FailureCode, Nudge, Timings, Token};
use crate::ports::{News, Notifier, Subscription};
use crate::request::CacheKey;

type Subject = Arc<dyn Notifier>;

const SOON: Duration = Duration::from_secs(5);

fn key(width: u32) -> CacheKey {
    build::key("http://a.test/1.jpg", width)
}

fn failed(key: &CacheKey, message: &str) -> Announcement {
    Announcement {
        key: key.clone(),
        token: Token::new(rand::random()),
        stamp: Seq::ZERO,
        sources: vec![build::source_ref("http://a.test/1.jpg")],
        took: Timings::default(),
        outcome: Announced::Failed(Failure::new(FailureCode::SourceGone, message)),
    }
}

async fn hears(subscription: &mut Subscription) -> Announcement {
    loop {
        match timeout(SOON, subscription.news.recv()).await.expect("in time").expect("open") {
            News::Announced(news) => return news,
            News::Reconnected => {}
        }
    }
}

pub async fn every_listener_of_a_key_hears_what_is_announced(notifier: Subject) {
    let mut first = notifier.subscribe(&key(300)).await.expect("subscribed");
    let mut second = notifier.subscribe(&key(300)).await.expect("subscribed");
    let news = failed(&key(300), "one");
    notifier.announce(&news).await.expect("announced");
    assert_eq!(hears(&mut first).await, news);
    assert_eq!(hears(&mut second).await, news);
}

pub async fn a_listener_of_another_key_hears_nothing(notifier: Subject) {
    let mut other = notifier.subscribe(&key(301)).await.expect("subscribed");
    notifier.announce(&failed(&key(300), "not for it")).await.expect("announced");
    let own = failed(&key(301), "for it");
    notifier.announce(&own).await.expect("announced");
    assert_eq!(hears(&mut other).await, own, "and nothing before it");
}

pub async fn who_left_is_not_told_and_the_others_are(notifier: Subject) {
    let gone = notifier.subscribe(&key(300)).await.expect("subscribed");
    let mut stays = notifier.subscribe(&key(300)).await.expect("subscribed");
    drop(gone);
    let news = failed(&key(300), "one");
    notifier.announce(&news).await.expect("announced");
    assert_eq!(hears(&mut stays).await, news);
    drop(stays);
    let mut back = notifier.subscribe(&key(300)).await.expect("subscribed");
    let news = failed(&key(300), "two");
    notifier.announce(&news).await.expect("announced");
    assert_eq!(hears(&mut back).await, news);
}

pub async fn a_body_of_a_mebibyte_arrives_whole(notifier: Subject) {
    let bytes: Bytes = (0..1 << 20).map(|index: u32| u8::try_from(index % 256).expect("small")).collect();
    let mut entry = build::entry("http://a.test/1.jpg", Seq::new(3));
    entry.size = bytes.len() as u64;
    let mut subscription = notifier.subscribe(&entry.key).await.expect("subscribed");
    let news = Announcement {
        key: entry.key.clone(),
        token: Token::new(1),
        stamp: entry.stamp,
        sources: entry.source_refs(),
        took: Timings { fetch: Some(12), ..Timings::default() },
        outcome: Announced::Body(Box::new(entry), bytes),
    };
    notifier.announce(&news).await.expect("announced");
    assert_eq!(hears(&mut subscription).await, news);
}

pub async fn a_thousand_keys_are_listened_to_at_once(notifier: Subject) {
    let keys: Vec<CacheKey> = (1000..2000).map(key).collect();
    let subscriptions = join_all(keys.iter().map(|key| notifier.subscribe(key))).await;
    let mut subscriptions: Vec<_> = subscriptions.into_iter().map(|one| one.expect("subscribed")).collect();
    for (key, subscription) in keys.iter().zip(&mut subscriptions) {
        let news = failed(key, "own");
        notifier.announce(&news).await.expect("announced");
        assert_eq!(hears(subscription).await, news);
    }
}

pub async fn nudges_are_heard_by_all_who_listen_in_their_order(notifier: Subject) {
    // A listener of news is heard of only by a connection that listens to nudges, too.
    let _connected = notifier.subscribe(&key(300)).await.expect("subscribed");
    let mut ears = [notifier.nudges(), notifier.nudges()];
    let nudge = |seq| Nudge::Discarded {
        position: Position { incarnation: "x".to_owned(), seq: Seq::new(seq) },
        scopes: vec![Scope::Everything],
    };
    for seq in 1..=100 {
        notifier.nudge(&nudge(seq)).await.expect("told");
    }
    for ear in &mut ears {
        for seq in 1..=100 {
            assert_eq!(timeout(SOON, ear.next()).await.expect("in time"), Ok(nudge(seq)));
        }
    }
}
