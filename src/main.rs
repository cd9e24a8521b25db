//! imcaxy
fn main() {}
