//! `imcaxy revalidate`: the revalidate call from a shell.

mod asked;
mod text;
mod touched;

use std::time::Duration;

use imcaxy_shared::config::Scope;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::client::Client;
use super::{runtime, say};
use crate::cli::Revalidate;
use crate::configuration::Configuration;
use crate::stop::Stop;

/// Between two looks whether it is done.
const LOOK: Duration = Duration::from_millis(500);

/// Asks the server, once or, where it is about many URLs, as often as it takes.
pub(crate) fn run(question: &Revalidate, configuration: &Configuration) -> Result<(), Stop> {
    let calls = asked::calls(question)?;
    let scope = if question.all { Scope::PurgeAll } else { Scope::Revalidate };
    let client = Client::new(&question.server, scope, configuration)?;
    let answers = runtime()?.block_on(ask(&client, &calls, question))?;
    if question.output.json {
        say::json(&match answers.as_slice() {
            [only] => only.clone(),
            several => json!(several),
        })?;
    } else if answers.is_empty() {
        say::text("no mapped file was touched: nothing is revalidated\n")?;
    } else {
        say::text(&text::of(&answers))?;
    }
    if answers.iter().any(|answer| answer["state"] == "failed") { Err(Stop::Told(None)) } else { Ok(()) }
}

async fn ask(client: &Client, calls: &[Value], question: &Revalidate) -> Result<Vec<Value>, Stop> {
    let mut answers = Vec::with_capacity(calls.len());
    for call in calls {
        answers.push(client.post("revalidate", call).await?);
    }
    if question.wait && !question.dry_run {
        for answer in &mut answers {
            *answer = finished(client, answer.take()).await?;
        }
    }
    Ok(answers)
}

/// The report of one that was begun, when it is finished.
async fn finished(client: &Client, mut answer: Value) -> Result<Value, Stop> {
    let text = |answer: &Value, name: &str| answer[name].as_str().unwrap_or("running").to_owned();
    let id = text(&answer, "id");
    while text(&answer, "state") == "running" {
        sleep(LOOK).await;
        answer = client.get(&format!("revalidations/{id}"), &[]).await?;
    }
    Ok(answer)
}
