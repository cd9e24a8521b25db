//! One process that answers HTTP, without a system around it.

use imcaxy_testkit::output::Output;
use imcaxy_testkit::process::binary_from_env;
use imcaxy_testkit::{Imcaxy, Role};

use super::{Stack, servers};

/// Starts an API on the servers of this run, under a name of its own, or the one process of the embedded stack, in a directory of its
/// own. Either allows every source; these are its settings besides.
pub async fn alone(stack: Stack, settings: &[(&str, &str)]) -> Imcaxy {
    let name = format!("imcaxy-test-{:016x}", rand::random::<u64>());
    let (role, stores) = match stack {
        Stack::Remote => {
            let mut stores = servers().settings(&name);
            stores.push(("IMCAXY_SOURCES_ALLOW", "*".to_owned()));
            (Role::Api, stores)
        }
        Stack::Embedded => (Role::Serve, Vec::new()),
    };
    let own = [("IMCAXY_SOURCES_PRIVATE", "127.0.0.0/8")];
    let given = own.iter().chain(settings).map(|(name, value)| (*name, (*value).to_owned()));
    let settings: Vec<(String, String)> =
        stores.into_iter().chain(given).map(|(name, value)| (name.to_owned(), value)).collect();
    let binary = binary_from_env().expect("the binary");
    let started = Imcaxy::start(&binary, role, "alone", &settings, Output::Kept).await;
    started.unwrap_or_else(|error| panic!("{error}"))
}

/// The same on the remote stack.
pub async fn api_alone(settings: &[(&str, &str)]) -> Imcaxy {
    alone(Stack::Remote, settings).await
}
