//! The contract suites of the ports over the backends, on real servers.

mod remote;
