//! The whole system: the real binary, on real servers, in front of the real imaginary.

mod harness;
mod running;
mod serving;
mod upkeep;
