//! Every state that can be reached, breadth first. Written here because what matters most, that from every state there is a
//! way on without further misfortune, is a question about the graph of all states that checkers of traces do not ask.

use std::collections::{HashMap, VecDeque};
use std::fmt::{self, Debug};
use std::hash::{BuildHasher as _, BuildHasherDefault, Hash, Hasher};
use std::time::Instant;

/// What can be explored.
pub trait Model {
    type State: Clone + Hash;
    type Action: Copy + Debug;

    fn start(&self) -> Self::State;
    fn actions(&self, state: &Self::State) -> Vec<Self::Action>;
    /// The state after `action`, `None` when it changes nothing.
    ///
    /// # Errors
    /// What must never happen, as the sentence that it breaks.
    fn step(&self, state: &Self::State, action: Self::Action) -> Result<Option<Self::State>, &'static str>;
    /// Whether `action` is no misfortune: it happens if it can.
    fn is_healthy(&self, state: &Self::State, action: Self::Action) -> bool;
    fn goals(&self) -> Vec<Goal<Self::State>>;
}

/// What must be in reach from everywhere, by healthy actions alone.
pub struct Goal<S> {
    pub sentence: &'static str,
    pub is_reached: fn(&S) -> bool,
}

/// That it holds in this world.
pub fn holds(model: &(impl Model + Debug)) {
    let began = Instant::now();
    let Explored { states, steps, broken } = explore(model);
    println!("{states} states, {steps} steps, {} ms: {model:?}", began.elapsed().as_millis());
    if let Some(broken) = broken {
        panic!("{broken:?}");
    }
}

/// That the model has teeth: what is broken in this world is found.
pub fn finds(model: &(impl Model + Debug), sentence: &str) {
    let explored = explore(model);
    let broken = explored.broken.unwrap_or_else(|| panic!("nothing found in {} states", explored.states));
    println!("found in {} states: {broken:?}", explored.states);
    assert_eq!(broken.sentence, sentence);
}

/// What was found.
pub struct Explored<A> {
    pub states: usize,
    pub steps: usize,
    pub broken: Option<Broken<A>>,
}

/// A sentence that does not hold, and how to get there.
pub struct Broken<A> {
    pub sentence: &'static str,
    pub trace: Vec<A>,
}

impl<A: Debug> Debug for Broken<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "not true: {}", self.sentence)?;
        self.trace.iter().try_for_each(|action| writeln!(f, "  {action:?}"))
    }
}

/// Goes through all states, up to the first broken sentence.
pub fn explore<M: Model>(model: &M) -> Explored<M::Action> {
    let goals = model.goals();
    let mut graph = Graph::default();
    let mut frontier = VecDeque::new();
    let start = model.start();
    graph.place(&start, None);
    frontier.push_back((0, start));
    let mut reached: Vec<Vec<usize>> = vec![Vec::new(); goals.len()];
    while let Some((at, state)) = frontier.pop_front() {
        for (goal, reached) in goals.iter().zip(&mut reached) {
            if (goal.is_reached)(&state) {
                reached.push(at);
            }
        }
        for action in model.actions(&state) {
            let next = match model.step(&state, action) {
                Ok(Some(next)) => next,
                Ok(None) => continue,
                Err(sentence) => return graph.broken(sentence, at, Some(action)),
            };
            graph.steps += 1;
            let (to, new) = graph.place(&next, Some((at, action)));
            if model.is_healthy(&state, action) {
                graph.before[to].push(at);
            }
            if new {
                frontier.push_back((to, next));
            }
        }
    }
    for (goal, reached) in goals.iter().zip(reached) {
        if let Some(stuck) = graph.stuck(reached) {
            return graph.broken(goal.sentence, stuck, None);
        }
    }
    Explored { states: graph.before.len(), steps: graph.steps, broken: None }
}

struct Graph<A> {
    /// States by the hash of what they are: of a million, two have the same one once in tens of millions of runs.
    places: HashMap<u64, usize>,
    /// How each state was reached first.
    came_from: Vec<Option<(usize, A)>>,
    /// From which states each is reached by a healthy action.
    before: Vec<Vec<usize>>,
    steps: usize,
}

impl<A> Default for Graph<A> {
    fn default() -> Self {
        Self { places: HashMap::new(), came_from: Vec::new(), before: Vec::new(), steps: 0 }
    }
}

impl<A: Copy> Graph<A> {
    fn place(&mut self, state: &impl Hash, from: Option<(usize, A)>) -> (usize, bool) {
        let hash = BuildHasherDefault::<Mixer>::default().hash_one(state);
        let next = self.before.len();
        let place = *self.places.entry(hash).or_insert(next);
        if place == next {
            self.came_from.push(from);
            self.before.push(Vec::new());
        }
        (place, place == next)
    }

    /// The first state from which none of `reached` is in reach.
    fn stuck(&self, mut reached: Vec<usize>) -> Option<usize> {
        let mut leads_there = vec![false; self.before.len()];
        while let Some(at) = reached.pop() {
            if !std::mem::replace(&mut leads_there[at], true) {
                reached.extend(&self.before[at]);
            }
        }
        leads_there.iter().position(|leads| !leads)
    }

    fn broken(&self, sentence: &'static str, at: usize, last: Option<A>) -> Explored<A> {
        let mut trace: Vec<A> = last.into_iter().collect();
        let mut at = at;
        while let Some((from, action)) = self.came_from[at] {
            trace.push(action);
            at = from;
        }
        trace.reverse();
        Explored { states: self.before.len(), steps: self.steps, broken: Some(Broken { sentence, trace }) }
    }
}

/// A hasher that is quick where nothing is optimized. Each word is mixed by the steps that end MurmurHash3, which map no two words to
/// one.
#[derive(Default)]
pub struct Mixer(u64);

impl Mixer {
    fn mix(&mut self, word: u64) {
        // Without the sum, zeros that come first would be swallowed.
        let mut mixed = (self.0.rotate_left(23) ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        self.0 = mixed ^ (mixed >> 33);
    }
}

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let word = chunk.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte));
            self.mix(word);
        }
        self.mix(bytes.len() as u64);
    }

    fn write_u8(&mut self, word: u8) {
        self.mix(word.into());
    }

    fn write_u32(&mut self, word: u32) {
        self.mix(word.into());
    }

    fn write_i64(&mut self, word: i64) {
        self.mix(word.cast_unsigned());
    }

    fn write_u64(&mut self, word: u64) {
        self.mix(word);
    }

    fn write_usize(&mut self, word: usize) {
        self.mix(word as u64);
    }

    fn write_isize(&mut self, word: isize) {
        self.mix(word.cast_unsigned() as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
