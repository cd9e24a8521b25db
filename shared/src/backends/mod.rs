//! The stores behind the ports, imaginary, and workers that are asked directly. `local`, `sqlite` and `files` are for one process alone, the
//! other stores for many. Each owns its vendor's crate alone.

#[cfg(feature = "direct")]
pub mod direct;
#[cfg(feature = "runtime")]
mod ears;
#[cfg(feature = "files")]
pub mod files;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "imaginary")]
pub mod imaginary;
pub mod local;
#[cfg(feature = "mongo")]
pub mod mongo;
#[cfg(any(feature = "mongo", feature = "sqlite"))]
mod readable;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(feature = "s3")]
pub mod s3;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(feature = "runtime")]
mod step;
