//! `imcaxy revalidate`.

use std::path::Path;

use imcaxy_shared::entry::{MOST_OPEN, Scope, Seq};
use imcaxy_shared::ports::Appended;
use imcaxy_testkit::process::binary_from_env;
use imcaxy_testkit::{Behaviour, Role, System};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::harness::{
    Answer, Ran, catalog, give_width, start, system, until, width, width_in_memory, worked_off,
};

/// Runs the command against a system, in a folder.
async fn revalidate(system: &System, folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(binary_from_env().expect("the binary"));
    command.arg("revalidate").args(arguments).current_dir(folder);
    command.args(["--server", &system.apis[0].url(""), "--token", &system.scope.admin_token]);
    let output = command.output().await.expect("the binary runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ran { code: output.status.code(), out: text(output.stdout), complaint: text(output.stderr) }
}

async fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@t.test", "-c", "commit.gpgsign=false"]);
    let output = command.args(arguments).current_dir(folder).output().await.expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_named_is_discarded_and_the_exit_code_says_so() {
    let system = start(system()).await;
    let folder = tempfile::tempdir().expect("a folder");
    give_width(&system, "a.png", 20);
    width_in_memory(&system, 1, "a.png").await;
    give_width(&system, "a.png", 21);
    let url = system.origin.url("a.png");
    let dry = revalidate(&system, folder.path(), &["--mode", "discard", "--dry-run", &url]).await;
    assert_eq!(dry.code, Some(0), "{dry:?}");
    assert!(dry.out.starts_with("discard would meet 1 source with 1 variant"), "{dry:?}");
    assert_eq!(width(&system, 1, "a.png").await, 20);
    let done = revalidate(&system, folder.path(), &["--mode", "discard", "--wait", "--json", &url]).await;
    assert_eq!(done.code, Some(0), "{done:?}");
    let report: Value = serde_json::from_str(&done.out).expect("JSON");
    assert_eq!((&report["state"], report["discarded"].as_u64()), (&"done".into(), Some(1)), "{report}");
    assert_eq!(width(&system, 1, "a.png").await, 21);
    for (arguments, code, said) in [
        (&["--mode", "discard"][..], 2, "--all"),
        (&["--mode", "discard", "--all", "--host", "a.test"], 2, "cannot be used with"),
        (&["--mode", "drop", "--all"], 2, "possible values"),
        (&["--mode", "discard", "--host", "http://h"], 2, "a host has neither"),
        (&["--mode", "discard", "--since", "HEAD"], 2, "--map"),
        (&["--mode", "discard", "--since", "HEAD", "--map", "img"], 2, "a directory of the repository"),
        (&["--mode", "discard", "--since", "HEAD", "--map", "img=http://h"], 1, "git diff HEAD..HEAD"),
    ] {
        let ran = revalidate(&system, folder.path(), arguments).await;
        assert_eq!(ran.code, Some(code), "{arguments:?}: {ran:?}");
        assert!(ran.complaint.contains(said), "{arguments:?}: {ran:?}");
    }
    worked_off(&system).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_named_beside_the_answer() {
    let system = start(system()).await;
    let folder = tempfile::tempdir().expect("a folder");
    for photo in ["a.png", "b.png"] {
        give_width(&system, photo, 20);
        width_in_memory(&system, 0, photo).await;
    }
    system.origin.behave("a.png", Behaviour::status(500));
    let prefix = system.origin.url("");
    let ran = revalidate(&system, folder.path(), &["--wait", "--json", "--prefix", &prefix]).await;
    let report: Value = serde_json::from_str(&ran.out).expect("JSON alone");
    assert_eq!((ran.code, &report["failed"]), (Some(0), &1.into()), "{ran:?}");
    let named = format!("{}: the source answered 500 Internal Server Error\n", system.origin.url("a.png"));
    assert_eq!(ran.complaint, named);
    worked_off(&system).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_that_commits_touched_are_discarded() {
    let system = start(system()).await;
    let folder = tempfile::tempdir().expect("a folder");
    let repository = folder.path();
    let photos =
        ["img/kept.png", "img/changed.png", "img/old%20name.png", "img/new.png", "other/changed.png"];
    for photo in photos {
        give_width(&system, photo, 20);
        width_in_memory(&system, 1, photo).await;
    }
    git(repository, &["init", "-q"]).await;
    let write = |name: &str, content: &str| {
        let path = repository.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, content.repeat(100)).expect("written");
    };
    for name in ["public/kept.png", "public/changed.png", "public/old name.png", "elsewhere/changed.png"] {
        write(name, name);
    }
    git(repository, &["add", "."]).await;
    git(repository, &["commit", "-q", "-m", "one"]).await;
    let map = format!("public={}", system.origin.url("img"));
    let since = ["--mode", "discard", "--since", "HEAD", "--map", &map];
    let nothing = revalidate(&system, repository, &since).await;
    assert_eq!(
        (nothing.code, nothing.out.contains("no mapped file was touched")),
        (Some(0), true),
        "{nothing:?}"
    );
    write("public/changed.png", "new");
    write("elsewhere/changed.png", "new");
    git(repository, &["mv", "public/old name.png", "public/new.png"]).await;
    git(repository, &["add", "."]).await;
    git(repository, &["commit", "-q", "-m", "two"]).await;
    for photo in photos {
        give_width(&system, photo, 21);
    }
    let urls: Vec<String> =
        ["img/changed.png", "img/new.png", "img/old%20name.png"].map(|photo| system.origin.url(photo)).into();
    let told = urls.join("\n");
    let dry = ["--dry-run", "--since", "HEAD~1", "--map", &map];
    let dry_run = revalidate(&system, repository, &dry).await;
    let said = format!("{told}\ncheck would meet 3 sources with 3 variants (");
    assert!(dry_run.out.starts_with(&said), "{dry_run:?}");
    let json = revalidate(&system, repository, &[&dry[..], &["--json"]].concat()).await;
    let json: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!((&json["urls"], &json["matched"]["sources"]), (&json!(urls), &json!(3)));
    let since = ["--mode", "discard", "--wait", "--since", "HEAD~1", "--map", &map];
    let done = revalidate(&system, repository, &since).await;
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.out.contains("3 discarded"), "{done:?}");
    for (photo, expected) in photos.into_iter().zip([20, 21, 21, 21, 20]) {
        assert_eq!(width(&system, 1, photo).await, expected, "{photo}");
    }
    worked_off(&system).await;
    system.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_urls_what_was_done_is_told_and_what_has_no_room_is_asked_again() {
    let mut system = start(system().workers(0).schedulers(0)).await;
    let folder = tempfile::tempdir().expect("a folder");
    let urls: Vec<String> = (0..200).map(|number| format!("http://a.test/{number}.jpg")).collect();
    let mut arguments: Vec<&str> = vec!["--mode", "discard"];
    arguments.extend(urls.iter().map(String::as_str));
    arguments.push("b.jpg");
    let half = revalidate(&system, folder.path(), &arguments).await;
    assert_eq!((half.code, half.out.lines().count()), (Some(2), 1), "{half:?}");
    assert!(half.out.starts_with("discard ") && half.complaint.contains("url = b.jpg"), "{half:?}");
    let catalog = catalog(&system.scope).await;
    let others = vec![Scope::Everything; MOST_OPEN - urls.len()];
    assert_ne!(catalog.append(&others, MOST_OPEN).await.expect("an answer"), Appended::TooManyOpen);
    arguments.pop();
    let room = async {
        until("it was told to ask again", async || {
            let audit =
                system.admin(Method::GET, 0, "/api/v1/audit?limit=1").send().await.expect("an answer");
            Answer::of(audit).await.json()["items"][0]["result"] == "503"
        })
        .await;
        let ledger = catalog.ledger().await.expect("a ledger");
        let open: Vec<Seq> = ledger.open().map(|rule| rule.at).collect();
        catalog.close(&open).await.expect("closed");
    };
    let (done, ()) = tokio::join!(revalidate(&system, folder.path(), &arguments), room);
    assert_eq!((done.code, done.out.lines().count()), (Some(0), 1), "{done:?}");
    system.add(Role::Worker).await.expect("a worker");
    worked_off(&system).await;
    system.finish().await;
}
