//! The stores behind the ports, and imaginary. Each backend owns its vendor's crate alone.

mod step;

#[cfg(feature = "imaginary")]
pub mod imaginary;
#[cfg(feature = "mongo")]
pub mod mongo;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(feature = "s3")]
pub mod s3;
