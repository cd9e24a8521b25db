//! More than can be done at once.

use std::time::{Duration, Instant};

use futures::future::join_all;
use imcaxy_shared::ports::{ASKED_AGAIN, Clock as _, JobQueue as _, Submitted, SystemClock};
use imcaxy_shared::testing::build;
use imcaxy_testkit::http::begin;
use imcaxy_testkit::{Origin, Role};
use reqwest::Method;
use tokio::time::{sleep, timeout};

use super::story::tell;
use crate::harness::{
    Answer, Stack, living_jobs, no_job_lives, on, on_both_stacks, queue, start, system, until,
    waiting_requests,
};

on_both_stacks! {
    a_slow_origin_does_not_hold_all_workers,
    a_queue_that_is_deep_enough_refuses_new_renders_and_no_hits,
    a_process_lets_only_so_many_requests_wait,
    a_render_that_waits_behind_another_is_dropped_when_nobody_waits_for_it_any_more,
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_waiting_jobs_hold_up_nobody_elses_and_all_end() {
    const WAITING: usize = 20_000;
    /// Some twenty seconds, where nothing else is compiled or tested meanwhile.
    const MOST_HAVE_ENDED_WITHIN: Duration = Duration::from_secs(300);

    let mut system = start(system().workers(0)).await;
    let queue = queue(&system.scope).await;
    // They end as soon as they are begun: all that there is of them is that they wait.
    let submissions: Vec<_> = (0..WAITING).map(build::unreadable).collect();
    for some in submissions.chunks(500) {
        let queued = join_all(some.iter().map(|one| queue.submit(one))).await;
        assert!(queued.iter().all(|one| matches!(one, Ok(Submitted::Queued(_)))));
    }
    for _ in 0..2 {
        system.add(Role::Worker).await.expect("a worker");
    }
    let asked = Instant::now();
    // The depth is that of the others, too: this one is refused until enough of them have ended.
    let path = system.path("/resize?width=300", "large.jpg");
    let let_in = async {
        loop {
            let answer = Answer::get(&system, 0, &path).await;
            if answer.status != 503 {
                return answer;
            }
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(MOST_HAVE_ENDED_WITHIN, let_in).await.expect("it is let in").picture();
    tell("20,000 jobs waiting", system.gauge.calls().len(), asked);
    until("all have ended", async || queue.live(None, 1).await.expect("listed").is_empty()).await;
    system.finish().await;
}

async fn a_slow_origin_does_not_hold_all_workers(stack: Stack) {
    // As many fetches as there are jobs.
    let system = start(on(stack).env("IMCAXY_SOURCES_PER_HOST_CONCURRENCY", "1000")).await;
    let gate = system.origin.hold("large.jpg");
    let slow: Vec<_> = (0..40)
        .map(|width| {
            let path = system.path("/resize?width=300", &format!("large.jpg?{width}"));
            begin(system.request(Method::GET, width % 2, &path))
        })
        .collect();
    // Each worker has as many slots as twice the cores, of which one origin has three quarters.
    let workers = match stack {
        Stack::Remote => 2,
        Stack::Embedded => 1,
    };
    let share = workers * (3 * 2 * cores()).div_ceil(4);
    gate.wait_for(share).await;
    let other = Origin::start().await;
    Answer::get(&system, 0, &format!("/resize?width=300&url={}", other.url("medium.jpg"))).await.picture();
    assert_eq!(gate.waiting(), share, "and no more of the slow one were begun");
    gate.open();
    for slow in slow {
        Answer::to(slow).await.picture();
    }
    system.finish().await;
}

async fn a_queue_that_is_deep_enough_refuses_new_renders_and_no_hits(stack: Stack) {
    let system =
        start(on(stack).workers(1).env("IMCAXY_QUEUE_MAX_DEPTH", "3").env("IMCAXY_WORKER_CONCURRENCY", "1"))
            .await;
    let hit = system.path("/resize?width=299", "large.jpg");
    Answer::get(&system, 0, &hit).await.picture();
    no_job_lives(&system).await;
    let gate = system.gauge.hold();
    let path = |width: usize| system.path(&format!("/resize?width={width}"), "large.jpg");
    let mut asked = vec![begin(system.request(Method::GET, 0, &path(300)))];
    gate.wait_for(1).await;
    for width in 301..304 {
        asked.push(begin(system.request(Method::GET, width % 2, &path(width))));
    }
    until("three wait and one runs", async || living_jobs(&system).await == 4).await;
    let refused = Answer::get(&system, 1, &path(304)).await;
    assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds >= 1));
    refused.refused(503, "overloaded");
    let joined = begin(system.request(Method::GET, 1, &path(301)));
    Answer::get(&system, 1, &hit).await.picture();
    gate.open();
    for asked in asked.into_iter().chain([joined]) {
        Answer::to(asked).await.picture();
    }
    system.finish().await;
}

async fn a_process_lets_only_so_many_requests_wait(stack: Stack) {
    let system = start(on(stack).apis(1).env("IMCAXY_REQUESTS_MAX_WAITING", "2")).await;
    let path = system.path("/resize?width=300", "large.jpg");
    let gate = system.gauge.hold();
    let asked = [0, 1].map(|_| begin(system.request(Method::GET, 0, &path)));
    until("both wait", async || waiting_requests(&system).await == 2).await;
    Answer::get(&system, 0, &path).await.refused(503, "overloaded");
    gate.open();
    for asked in asked {
        Answer::to(asked).await.picture();
    }
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_render_that_nobody_waits_for_any_more_and_that_has_not_begun_is_dropped() {
    const WAIT: Duration = Duration::from_secs(1);

    let wait = format!("{}s", WAIT.as_secs());
    let mut system = start(system().workers(0).env("IMCAXY_REQUESTS_WAIT", &wait)).await;
    let path = system.path("/resize?width=300", "large.jpg");
    Answer::get(&system, 0, &path).await.refused(504, "deadline");
    // A worker keeps it longer than a request waits: so late may the queue learn that somebody still does.
    let queue = queue(&system.scope).await;
    until("it has waited for longer than a worker keeps it", async || {
        let live = queue.live(None, 2).await.expect("listed");
        let [job] = &live[..] else { panic!("one job waits: {live:?}") };
        SystemClock.now() > job.since.plus(WAIT + ASKED_AGAIN)
    })
    .await;
    system.add(Role::Worker).await.expect("a worker");
    no_job_lives(&system).await;
    assert_eq!(system.gauge.calls().len() + system.origin.count("large.jpg"), 0);
    until("it is rendered", async || Answer::get(&system, 0, &path).await.status == 200).await;
    system.finish().await;
}

async fn a_render_that_waits_behind_another_is_dropped_when_nobody_waits_for_it_any_more(stack: Stack) {
    let system = on(stack).workers(1).env("IMCAXY_WORKER_CONCURRENCY", "1").env("IMCAXY_REQUESTS_WAIT", "1s");
    let system = start(system).await;
    let gate = system.gauge.hold();
    let [first, second] = [300, 301].map(|width| system.path(&format!("/resize?width={width}"), "large.jpg"));
    let first = begin(system.request(Method::GET, 0, &first));
    gate.wait_for(1).await;
    let second = begin(system.request(Method::GET, 0, &second));
    until("both jobs live", async || living_jobs(&system).await == 2).await;
    for asked in [first, second] {
        Answer::to(asked).await.refused(504, "deadline");
    }
    until("the one that has not begun is dropped", async || living_jobs(&system).await == 1).await;
    gate.open();
    no_job_lives(&system).await;
    assert_eq!(system.gauge.calls().len(), 1);
    system.finish().await;
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
