//! imcaxy-scheduler
