//! A request for a picture as a value, its canonical form and its cache key. Pure: no input or output.
