//! imcaxy-api
