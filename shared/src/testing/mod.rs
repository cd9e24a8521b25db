//! What tests of other crates build on.

pub mod build;
pub mod fuzz;
pub mod requests;
