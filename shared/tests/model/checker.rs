//! Every state that can be reached, breadth first. Written here because what matters most, that from every state there is a
//! way on without further misfortune, is a question about the graph of all states that checkers of traces do not ask.

use std::collections::{HashMap, VecDeque};
use std::fmt::{self, Debug};
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher, Hash};

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
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(state);
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
