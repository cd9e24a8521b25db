//! What the built-in engine is compared with imaginary by: requests, pictures to ask for them of, and how alike two results are.
//!
//! - [`requests`]: requests of real photographs, for tests with servers and for the bench.
//! - [`Golden`]: what imaginary answered for small pictures that are drawn here, kept as files, for tests without servers.
//! - [`Asked`]: an imaginary that is asked for pictures.
//! - [`Pixels`]: a decoded result, and its likeness to another.

mod asked;
mod draw;
mod file_name;
mod golden;
mod golden_requests;
mod made;
mod pixels;
pub mod requests;
mod sources;

pub use asked::Asked;
pub use file_name::FileName;
pub use golden::Golden;
pub use golden_requests::{Expected, GOLDEN_REQUESTS};
pub use made::{Made, Outline};
pub use pixels::Pixels;
pub use sources::Drawn;
