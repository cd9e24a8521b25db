//! The flight table under all schedules of two requests and many of five. shuttle runs a test once for each order in
//! which its tasks get the table's lock, and fails it when one of them waits for ever.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "these are tests: they panic to fail and say how much they tried"
)]

#[path = "../src/coalesce.rs"]
mod coalesce;

/// What `crate::sync` is to the table's file here.
mod sync {
    pub use shuttle::sync::{Mutex, MutexGuard, PoisonError};
}

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, LazyLock};

use coalesce::{Flight, Flights};
use futures::future::{OptionFuture, join};
use imcaxy_shared::entry::Seq;
use imcaxy_shared::request::CacheKey;
use imcaxy_shared::testing::build;
use shuttle::future::{JoinHandle, block_on, spawn};

/// What a flight brings: the stamp of what was made, or that nothing was.
type Brought = Result<Seq, Failed>;

#[derive(Clone, Debug, PartialEq)]
struct Failed;

/// What a flight does.
#[derive(Clone, Copy)]
enum Course {
    /// It lands and waits until all have left.
    Lands,
    /// The first one ends without a landing, the others land.
    LostOnce,
    /// It brings a failure.
    Fails,
}

/// One process, and the ledger that everybody reads.
#[derive(Default)]
struct World {
    flights: Flights<Brought>,
    ledger: AtomicI64,
    /// Flights that have begun.
    begun: AtomicUsize,
    /// Those of them that have neither landed nor ended, nor are about to.
    in_the_air: AtomicUsize,
}

impl World {
    fn position(&self) -> Seq {
        Seq::new(self.ledger.load(SeqCst))
    }

    fn discard(&self) {
        // The others may run first.
        shuttle::thread::yield_now();
        self.ledger.fetch_add(1, SeqCst);
    }

    fn nobody_flies(&self) -> bool {
        self.flights.join(&key(), Seq::ZERO).1.is_some()
    }
}

fn key() -> CacheKey {
    static KEY: LazyLock<CacheKey> = LazyLock::new(|| build::key("http://a.test/1.jpg", 300));
    KEY.clone()
}

/// A request: it looks up, joins, flies if it is the first, waits, and competes again when its flight was lost.
async fn ask(world: Arc<World>, course: Course) -> Brought {
    let want = world.position();
    loop {
        let (seat, flight) = world.flights.join(&key(), want);
        if flight.is_some() {
            assert_eq!(world.in_the_air.fetch_add(1, SeqCst), 0, "two flights take passengers");
        }
        let flying = OptionFuture::from(flight.map(|flight| fly(&world, flight, course)));
        let (Some(brought), _) = join(seat.landed(), flying).await else { continue };
        if let Ok(stamp) = brought {
            assert!(stamp >= want, "{stamp} is below {want}");
        }
        return brought;
    }
}

async fn fly(world: &World, flight: Flight<Brought>, course: Course) {
    let first = world.begun.fetch_add(1, SeqCst) == 0;
    match course {
        Course::LostOnce if first => {
            world.in_the_air.fetch_sub(1, SeqCst);
        }
        Course::Fails => {
            world.in_the_air.fetch_sub(1, SeqCst);
            flight.divert(Err(Failed));
        }
        Course::Lands | Course::LostOnce => {
            land(world, &flight).await;
            flight.deserted().await;
        }
    }
}

async fn land(world: &World, flight: &Flight<Brought>) {
    loop {
        let stamp = world.position();
        world.in_the_air.fetch_sub(1, SeqCst);
        if flight.land(Ok(stamp), stamp) {
            return;
        }
        world.in_the_air.fetch_add(1, SeqCst);
        assert!(flight.want_above(stamp).await > stamp);
    }
}

/// Runs `scenario` under every schedule.
fn under_every_schedule(scenario: impl Fn(&Arc<World>) + Send + Sync + 'static) {
    let schedules = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&schedules);
    let run = move || {
        counted.fetch_add(1, SeqCst);
        run(&scenario);
    };
    shuttle::check_dfs(run, None);
    println!("{} schedules", schedules.load(SeqCst));
}

/// Runs `scenario` under schedules made at random, the same at every run of the test.
fn under_many_schedules(scenario: impl Fn(&Arc<World>) + Send + Sync + 'static) {
    shuttle::check_random_with_seed(move || run(&scenario), 7, 2_000);
}

fn run(scenario: &impl Fn(&Arc<World>)) {
    let world = Arc::<World>::default();
    scenario(&world);
    assert!(world.nobody_flies(), "a flight was left in the table");
}

fn asks(world: &Arc<World>, course: Course) -> JoinHandle<Brought> {
    spawn(ask(Arc::clone(world), course))
}

fn answer(asking: JoinHandle<Brought>) -> Brought {
    block_on(asking).expect("it ends")
}

fn two_ask(world: &Arc<World>, course: Course) -> [Brought; 2] {
    let other = asks(world, course);
    let own = block_on(ask(Arc::clone(world), course));
    [own, answer(other)]
}

#[test]
fn all_who_join_get_one_landing() {
    under_every_schedule(|world| assert_eq!(two_ask(world, Course::Lands), [Ok(Seq::ZERO), Ok(Seq::ZERO)]));
}

#[test]
fn seats_of_a_lost_flight_compete_again() {
    under_every_schedule(|world| {
        assert_eq!(two_ask(world, Course::LostOnce), [Ok(Seq::ZERO), Ok(Seq::ZERO)])
    });
}

#[test]
fn a_failure_is_told_to_those_who_wait_and_to_nobody_later() {
    under_every_schedule(|world| assert_eq!(two_ask(world, Course::Fails), [Err(Failed), Err(Failed)]));
}

#[test]
fn whoever_asks_after_a_discard_gets_what_was_made_after_it() {
    under_every_schedule(|world| {
        let before = asks(world, Course::Lands);
        world.discard();
        assert_eq!(block_on(ask(Arc::clone(world), Course::Lands)), Ok(Seq::new(1)));
        answer(before).expect("a picture");
    });
}

#[test]
fn five_who_ask_while_two_discard_all_get_what_they_can_use() {
    for course in [Course::Lands, Course::LostOnce, Course::Fails] {
        under_many_schedules(move |world| {
            let asking: Vec<_> = (0..5)
                .map(|n| {
                    let world = Arc::clone(world);
                    spawn(async move {
                        if n % 2 == 1 {
                            world.discard();
                        }
                        ask(world, course).await
                    })
                })
                .collect();
            asking.into_iter().for_each(|asking| drop(answer(asking)));
        });
    }
}

#[test]
fn a_flight_that_all_have_left_frees_its_place() {
    under_every_schedule(|world| {
        let other = asks_and_leaves(world);
        let own = asks_and_leaves(world);
        for asking in [own, other] {
            block_on(asking).expect("it ends");
        }
    });
}

fn asks_and_leaves(world: &Arc<World>) -> JoinHandle<()> {
    let world = Arc::clone(world);
    spawn(async move {
        let (seat, flight) = world.flights.join(&key(), Seq::ZERO);
        drop(seat);
        if let Some(flight) = flight {
            flight.deserted().await;
        }
    })
}

#[test]
fn a_late_seat_gets_the_landing_if_it_can_use_it_and_else_a_flight_of_its_own() {
    under_every_schedule(|world| {
        let (first, flight) = world.flights.join(&key(), Seq::new(4));
        let flight = flight.expect("the first flies");
        assert!(!flight.land(Ok(Seq::new(3)), Seq::new(3)));
        assert!(flight.land(Ok(Seq::new(5)), Seq::new(5)));
        assert_eq!(block_on(first.landed()), Some(Ok(Seq::new(5))));
        let (late, none) = world.flights.join(&key(), Seq::new(5));
        assert!(none.is_none());
        assert_eq!((flight.seats(), flight.want()), (1, Seq::new(5)));
        let (_later, second) = world.flights.join(&key(), Seq::new(6));
        let second = second.expect("what has landed will not do");
        drop(flight);
        assert!(world.flights.join(&key(), Seq::new(6)).1.is_none(), "the first frees its own place only");
        assert_eq!(block_on(late.landed()), Some(Ok(Seq::new(5))));
        drop(second);
    });
}
