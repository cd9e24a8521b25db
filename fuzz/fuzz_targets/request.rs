//! Requests of any bytes: path, query and `Accept` on three lines.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| imcaxy_shared::testing::fuzz::check_request(data));
