//! `imcaxy explain`: what a request would come to, and why.

mod target;
mod text;

use imcaxy_shared::config::Scope;

use super::client::Client;
use super::{runtime, say};
use crate::cli::Explain;
use crate::configuration::Configuration;
use crate::stop::Stop;

/// Asks the server, which changes nothing for it.
pub(crate) fn run(question: &Explain, configuration: &Configuration) -> Result<(), Stop> {
    let client = Client::new(&question.server, Scope::Read, configuration)?;
    let target = target::of(&question.request);
    let mut query = vec![("path", target.as_str())];
    query.extend(question.accept.as_deref().map(|accept| ("accept", accept)));
    let told = runtime()?.block_on(client.get("explain", &query))?;
    if question.output.json {
        say::json(&told)?
    } else {
        say::text(&text::of(&told))?
    }
    Ok(())
}
