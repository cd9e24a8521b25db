//! The stores behind the ports, imaginary, and workers that are asked directly. Each store owns its vendor's crate alone.

#[cfg(feature = "runtime")]
mod step;

#[cfg(feature = "direct")]
pub mod direct;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "imaginary")]
pub mod imaginary;
#[cfg(feature = "mongo")]
pub mod mongo;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(feature = "s3")]
pub mod s3;
