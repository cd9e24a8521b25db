//! How a command finds the server that it asks, and what it says when that does not answer it.

use std::net::TcpListener;

use imcaxy_testkit::Imcaxy;
use imcaxy_testkit::port::was_taken;

use crate::harness::{Ran, Stack, alone, imcaxy, on_both_stacks};

on_both_stacks! {
    server_and_token_are_named_or_those_of_the_configuration,
    the_token_of_a_run_is_found_in_data_dir,
    what_stands_in_the_way_is_told_in_a_sentence,
}

const SECRET: &str = "a token of this test";
const REQUEST: &str = "/resize?width=300&url=http://images.test/1.jpg";

/// The port of a process.
fn port(api: &Imcaxy) -> String {
    api.url("").trim_end_matches('/').rsplit(':').next().expect("a port").to_owned()
}

/// Fails the test unless the command ended so, with this in its complaint.
fn ended(ran: &Ran, code: i32, complaint: &str) {
    assert_eq!(ran.code, Some(code), "{ran:?}");
    assert!(ran.complaint.contains(complaint), "{complaint:?} in {ran:?}");
    assert!(!ran.complaint.contains(SECRET) && (code == 0) != ran.out.is_empty(), "{ran:?}");
}

async fn server_and_token_are_named_or_those_of_the_configuration(stack: Stack) {
    let mut api = alone(stack, &[("IMCAXY_ADMIN_TOKEN", SECRET)]).await;
    let server = api.url("");
    let listen = format!("0.0.0.0:{}", port(&api));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, format!("{SECRET}\n")).expect("written");
    let file = file.display().to_string();
    let explain = ["explain", REQUEST];
    let named = ["explain", REQUEST, "--server", &server, "--token", SECRET];
    let ci = format!("ci:read:{SECRET}");
    for (arguments, variables) in [
        (&named[..], vec![("IMCAXY_SERVER", "http://127.0.0.1:1"), ("IMCAXY_TOKEN", "wrong")]),
        (&explain, vec![("IMCAXY_SERVER", &server), ("IMCAXY_TOKEN", SECRET)]),
        (&explain, vec![("IMCAXY_SERVER", &server), ("IMCAXY_TOKEN_FILE", &file)]),
        (&explain, vec![("IMCAXY_LISTEN", &listen), ("IMCAXY_ADMIN_TOKEN", SECRET)]),
        (&explain, vec![("IMCAXY_LISTEN", &listen), ("IMCAXY_ADMIN_READ_TOKEN", SECRET)]),
        (&explain, vec![("IMCAXY_SERVER", &server), ("IMCAXY_ADMIN_TOKENS", &ci)]),
        (
            &explain,
            vec![
                ("IMCAXY_LISTEN", "127.0.0.1:1"),
                ("IMCAXY_ADMIN_LISTEN", &listen),
                ("IMCAXY_ADMIN_TOKEN", SECRET),
            ],
        ),
    ] {
        ended(&imcaxy(arguments, &variables).await, 0, "");
    }
    api.stop().await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_as_one() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let listen = taken.local_addr().expect("an address").to_string();
    let ran = imcaxy(&["serve"], &[("IMCAXY_LISTEN", &listen)]).await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    // By these words a test that came too late for its port asks for another.
    assert!(was_taken(&ran.complaint), "{ran:?}");
    assert!(
        ran.complaint.contains(&listen) && ran.complaint.contains("set listen to another port"),
        "{ran:?}"
    );
}

async fn the_token_of_a_run_is_found_in_data_dir(stack: Stack) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().display().to_string();
    let mut api = alone(stack, &[("IMCAXY_DATA_DIR", &path)]).await;
    let listen = format!("127.0.0.1:{}", port(&api));
    let variables = [("IMCAXY_LISTEN", listen.as_str()), ("IMCAXY_DATA_DIR", &path)];
    ended(&imcaxy(&["explain", REQUEST], &variables).await, 0, "");
    ended(
        &imcaxy(&["explain", REQUEST], &variables[..1]).await,
        1,
        "a token is needed: --token, IMCAXY_TOKEN",
    );
    std::fs::write(folder.path().join("run-token"), "of another run").expect("written");
    ended(&imcaxy(&["explain", REQUEST], &variables).await, 1, "is not of this server's run");
    api.stop().await;
}

async fn what_stands_in_the_way_is_told_in_a_sentence(stack: Stack) {
    let mut api =
        alone(stack, &[("IMCAXY_ADMIN_LISTEN", "127.0.0.1:0"), ("IMCAXY_ADMIN_TOKEN", SECRET)]).await;
    let server = api.url("");
    let explain = ["explain", REQUEST];
    let both = [("IMCAXY_TOKEN", "a"), ("IMCAXY_TOKEN_FILE", "b")];
    for (arguments, variables, code, complaint) in [
        (&explain[..], vec![("IMCAXY_SERVER", server.as_str()), ("IMCAXY_TOKEN", SECRET)], 1, "admin.listen"),
        (&explain, vec![("IMCAXY_SERVER", "http://127.0.0.1:1")], 1, "is a server running there?"),
        (&explain, vec![("IMCAXY_SERVER", "images.test")], 2, "IMCAXY_SERVER: an http or https URL"),
        (&explain, vec![("IMCAXY_LISTEN", "127.0.0.1:0")], 2, "listen = 127.0.0.1:0 names no port"),
        (&explain, vec![("IMCAXY_LISTEN", "nowhere")], 2, "listen = nowhere"),
        (&explain, both.to_vec(), 2, "one of them is allowed"),
        (&explain, vec![("IMCAXY_TOKEN_FILE", "nowhere")], 2, "named by IMCAXY_TOKEN_FILE"),
        (&explain, vec![("IMCAXY_TOKEN", "")], 2, "IMCAXY_TOKEN is empty"),
        (&explain[..1], vec![], 2, "PATH?QUERY"),
        (&["explain", REQUEST, "--mode", "x"], vec![], 2, "--mode"),
    ] {
        ended(&imcaxy(arguments, &variables).await, code, complaint);
    }
    api.stop().await;
    let mut api = alone(stack, &[("IMCAXY_ADMIN_TOKEN", SECRET)]).await;
    let server = api.url("");
    let variables = |token| [("IMCAXY_SERVER", server.as_str()), ("IMCAXY_TOKEN", token)];
    let complaint = "the token of IMCAXY_TOKEN is none of this server's";
    ended(&imcaxy(&explain, &variables("wrong")).await, 1, complaint);
    api.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_variables_of_commands_are_no_unknown_settings() {
    let variables = [("IMCAXY_SERVER", "http://h"), ("IMCAXY_TOKEN", "x"), ("IMCAXY_TOKEN_FILE", "y")];
    let told = imcaxy(&["config", "check", "--json"], &variables).await.out;
    let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!(told["warnings"], serde_json::json!([]));
}
