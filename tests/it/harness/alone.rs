//! One API on the servers of this run, without a system around it.

use imcaxy_testkit::output::Output;
use imcaxy_testkit::process::binary_from_env;
use imcaxy_testkit::{Imcaxy, Role};

use super::servers;

/// Starts an API under a name of its own, which allows every source, with these settings besides.
pub async fn api_alone(settings: &[(&str, &str)]) -> Imcaxy {
    api_on(&format!("imcaxy-test-{:016x}", rand::random::<u64>()), settings).await
}

/// The same on stores that others use.
pub async fn api_on(name: &str, given: &[(&str, &str)]) -> Imcaxy {
    let own = [("IMCAXY_SOURCES_ALLOW", "*"), ("IMCAXY_SOURCES_PRIVATE", "127.0.0.0/8")];
    let given = own.iter().chain(given).map(|(name, value)| (*name, (*value).to_owned()));
    let settings: Vec<(String, String)> = servers()
        .settings(name)
        .into_iter()
        .chain(given)
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let binary = binary_from_env().expect("the binary");
    let started = Imcaxy::start(&binary, Role::Api, "api", &settings, Output::Kept).await;
    started.unwrap_or_else(|error| panic!("{error}"))
}
