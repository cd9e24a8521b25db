//! The built-in engine beside imaginary: the same requests of the same photographs.

mod engine;
mod goldens;
