//! What the tests of Imcaxy stand on: real servers, real photographs, the real binary.
//!
//! - [`Servers`]: Redis, MongoDB, S3 (MinIO) and imaginary, installed or built when missing and started on loopback.
//! - [`RedisNode`], [`RedisSentinel`], [`RedisCluster`], [`servers::valkey`]: Redis as it is run in production, for
//!   one test or one binary of tests.
//! - [`OwnImaginary`]: an imaginary for one test, with flags of its own.
//! - [`Photo`]: real photographs, by name.
//! - [`Origin`]: an image host with knobs, the one thing that is faked.
//! - [`RawOrigin`]: a listener that sends what no HTTP server would, and counts who comes.
//! - [`Proxy`]: a link between two parts, to be cut, frozen, slowed down and made deaf.
//! - [`OwnRedis`]: a [`RedisNode`] for one system, to be killed, emptied, filled up and put into another time.
//! - [`Gauge`]: stands between a worker and imaginary, and counts.
//! - [`Imcaxy`]: one process of the real binary.
//! - [`parity`]: what the built-in engine is compared with imaginary by.
//! - [`schemathesis`]: compares the answers of one with its OpenAPI document.
//! - [`System`]: several of them with everything they need, under names of their own.
//!
//! A test takes its servers from [`Servers::from_env`]; `cargo xtask test` starts them and sets the variables.

#![expect(
    clippy::disallowed_methods,
    reason = "the kit stands outside the program: it has an environment, tasks and HTTP clients of its own"
)]
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a set-up that fails is a test that fails, and a panic is how a test says so"
)]

pub mod cache;
pub mod cargo;
pub mod child;
pub mod error;
pub mod gate;
pub mod gauge;
pub mod http;
mod listener;
pub mod origin;
pub mod output;
mod own_redis;
pub mod parity;
pub mod photos;
mod poll;
pub mod port;
pub mod process;
pub mod progress;
mod proxy;
pub mod raw_origin;
pub mod schemathesis;
pub mod servers;
pub mod system;
mod tool;

pub use error::KitError;
pub use gate::Gate;
pub use gauge::Gauge;
pub use origin::{Behaviour, Origin};
pub use own_redis::{OwnRedis, Persistence};
pub use photos::Photo;
pub use process::{Imcaxy, Role};
pub use proxy::Proxy;
pub use raw_origin::{RawOrigin, Script};
pub use servers::{Access, OwnImaginary, RedisCluster, RedisNode, RedisSentinel, S3, Servers};
pub use system::System;
