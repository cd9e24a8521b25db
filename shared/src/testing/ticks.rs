//! What all who give out ticks must do. Each function takes ticks of its own, of which none was claimed.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;

use super::catalog::{HOUR, NOW};
use crate::ports::{Tick, Ticks};

type Subject = Arc<dyn Ticks>;

const GRACE: Duration = Duration::from_secs(60);

pub async fn a_tick_is_given_to_one_of_many(ticks: Subject) {
    for hours in 0..5 {
        let now = NOW.plus(HOUR * hours);
        let claims = join_all((0..16).map(|_| ticks.claim("scan", HOUR, GRACE, now))).await;
        let given: Vec<Tick> = claims.into_iter().filter_map(|claim| claim.expect("an answer")).collect();
        assert_eq!(given, [Tick(now)]);
        ticks.settle("scan", Tick(now)).await.expect("settled");
    }
}

pub async fn a_tick_comes_again_after_its_interval_and_not_before(ticks: Subject) {
    let claim = |millis| ticks.claim("scan", HOUR, GRACE, NOW.plus(Duration::from_millis(millis)));
    assert_eq!(claim(0).await.expect("an answer"), Some(Tick(NOW)));
    ticks.settle("scan", Tick(NOW)).await.expect("settled");
    assert_eq!(claim(3_599_999).await.expect("an answer"), None);
    assert!(claim(3_600_000).await.expect("an answer").is_some());
    assert!(ticks.claim("other", HOUR, GRACE, NOW).await.expect("an answer").is_some());
}

pub async fn a_claimed_tick_that_was_not_settled_is_given_out_again(ticks: Subject) {
    let claim = |seconds| ticks.claim("scan", HOUR, GRACE, NOW.plus(Duration::from_secs(seconds)));
    assert_eq!(claim(0).await.expect("an answer"), Some(Tick(NOW)));
    assert_eq!(claim(59).await.expect("an answer"), None);
    assert_eq!(claim(60).await.expect("an answer"), Some(Tick(NOW)), "the same tick");
    assert_eq!(claim(61).await.expect("an answer"), None);
    ticks.settle("scan", Tick(NOW)).await.expect("settled");
    assert_eq!(claim(200).await.expect("an answer"), None);
}

pub async fn a_clock_that_stepped_back_silences_nothing(ticks: Subject) {
    let tick = ticks.claim("scan", HOUR, GRACE, NOW).await.expect("an answer").expect("a tick");
    ticks.settle("scan", tick).await.expect("settled");
    let earlier = NOW.minus(HOUR * 1000);
    assert_eq!(ticks.claim("scan", HOUR, GRACE, earlier).await.expect("an answer"), Some(Tick(earlier)));
}
