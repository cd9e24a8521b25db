//! Other queues beside [the one that is a value](Queue): the same operations, the same answers.

mod compare;
mod sequence;

pub use crate::backends::local::Queue;
pub use compare::it_answers_as_the_reference_does;
