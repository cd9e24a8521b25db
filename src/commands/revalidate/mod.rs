//! `imcaxy revalidate`: the revalidate call from a shell.

mod asked;
mod progress;
mod text;
mod touched;

use std::io;
use std::time::Duration;

use imcaxy_shared::config::Scope;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::client::Client;
use super::{runtime, say};
use crate::cli::Revalidate;
use crate::configuration::Configuration;
use crate::stop::Stop;
use progress::Progress;

/// Between two looks whether it is done.
const LOOK: Duration = Duration::from_millis(500);
/// How long a call is repeated for which the server has no room.
const ROOM: Duration = Duration::from_secs(60);

/// Asks the server, once or, where it is about many URLs, as often as it takes.
pub(crate) fn run(question: &Revalidate, configuration: &Configuration) -> Result<(), Stop> {
    let calls = asked::calls(question)?;
    let scope = if question.all { Scope::PurgeAll } else { Scope::Revalidate };
    let client = Client::new(&question.server, scope, configuration)?;
    let mut answers = Vec::with_capacity(calls.len());
    let asked = runtime()?.block_on(ask(&client, &calls, question, &mut answers));
    // What was done before something failed is told first: it counts.
    if asked.is_ok() || !answers.is_empty() {
        tell(&answers, question)?;
    }
    asked?;
    if answers.iter().any(has_failed) { Err(Stop::Told(None)) } else { Ok(()) }
}

/// Whether nothing came of it: it says so, or no origin answered that was asked.
fn has_failed(answer: &Value) -> bool {
    let all_failed =
        answer["failed"] != 0 && answer["failed"].is_u64() && answer["failed"] == answer["checked"];
    answer["state"] == "failed" || all_failed
}

fn tell(answers: &[Value], question: &Revalidate) -> io::Result<()> {
    say::aside(&text::failures(answers))?;
    if question.output.json {
        say::json(&match answers {
            [only] => only.clone(),
            several => json!(several),
        })
    } else if answers.is_empty() {
        say::text("no mapped file was touched: nothing is revalidated\n")
    } else {
        say::text(&text::of(answers))
    }
}

/// Asks one call after the other; `answers` has those that were answered, also where one fails.
async fn ask(
    client: &Client,
    calls: &[Value],
    question: &Revalidate,
    answers: &mut Vec<Value>,
) -> Result<(), Stop> {
    for call in calls {
        let mut answer = client.post("revalidate", call, ROOM).await?;
        if let Some(members) = answer.as_object_mut().filter(|_| question.dry_run && question.since.is_some())
        {
            // Which these are, nobody but this command knows.
            members.insert("urls".to_owned(), call["urls"].clone());
        }
        answers.push(answer);
    }
    if question.wait && !question.dry_run {
        let progress = Progress::of(answers);
        for number in 0..answers.len() {
            finish(client, answers, number, &progress).await?;
        }
    }
    Ok(())
}

/// Waits until one that was begun is finished; then its report is among the answers.
async fn finish(
    client: &Client,
    answers: &mut [Value],
    number: usize,
    progress: &Progress,
) -> Result<(), Stop> {
    let text = |answer: &Value, name: &str| answer[name].as_str().unwrap_or("running").to_owned();
    let Some(mut answer) = answers.get(number).cloned() else { return Ok(()) };
    let id = text(&answer, "id");
    while text(&answer, "state") == "running" {
        sleep(LOOK).await;
        answer = client.get(&format!("revalidations/{id}"), &[]).await?;
        if let Some(place) = answers.get_mut(number) {
            place.clone_from(&answer);
        }
        progress.show(answers);
    }
    Ok(())
}
