//! imcaxy-worker
