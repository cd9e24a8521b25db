//! The servers that tests are given answer, and are what they should be.

use std::time::Duration;

use imcaxy_testkit::{Servers, http};
use mongodb::bson::{Document, doc};
use mongodb::options::ClientOptions;
use reqwest::StatusCode;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

#[tokio::test]
async fn redis_never_evicts_and_writes_nothing_to_disk() {
    let servers = Servers::from_env().expect("servers");
    let address = servers.redis_url.trim_start_matches("redis://");
    for (setting, expected) in [("maxmemory-policy", "noeviction"), ("save", ""), ("appendonly", "no")] {
        let stream = TcpStream::connect(address).await.expect("connects");
        let mut stream = BufReader::new(stream);
        stream.write_all(format!("CONFIG GET {setting}\r\n").as_bytes()).await.expect("asks");
        // An array of two strings: their number, and a length and a line for each.
        let mut lines = Vec::new();
        for _ in 0..5 {
            let mut line = String::new();
            stream.read_line(&mut line).await.expect("answers");
            lines.push(line.trim_end().to_owned());
        }
        assert_eq!(lines.get(4).map(String::as_str), Some(expected), "{setting}: {lines:?}");
    }
}

#[tokio::test]
async fn mongodb_stores_and_finds_with_the_driver_of_the_program() {
    let servers = Servers::from_env().expect("servers");
    let mut options = ClientOptions::parse(servers.mongodb_database("kit"))
        .await
        .expect("an address that the driver reads");
    options.server_selection_timeout = Some(Duration::from_secs(10));
    let client = mongodb::Client::with_options(options).expect("a client");
    let collection = client.default_database().expect("a database").collection::<Document>("things");
    let id = format!("{:016x}", rand::random::<u64>());
    collection.insert_one(doc! { "_id": &id, "n": 1 }).await.expect("is stored");
    let counted = collection.find_one_and_update(doc! { "_id": &id }, doc! { "$inc": { "n": 2_i64 } });
    counted.await.expect("is counted").expect("is there");
    let found = collection.find_one(doc! { "_id": &id }).await.expect("is found").expect("is there");
    assert_eq!(found.get_i64("n").or_else(|_| found.get_i32("n").map(i64::from)).expect("a number"), 3);
}

#[tokio::test]
async fn s3_wants_to_know_who_asks() {
    let servers = Servers::from_env().expect("servers");
    let answer = http::client().get(&servers.s3.endpoint).send().await.expect("answers");
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(!servers.s3.access_key.is_empty() && !servers.s3.secret_key.is_empty());
}

#[tokio::test]
async fn imaginary_tells_its_versions() {
    let servers = Servers::from_env().expect("servers");
    let answer = http::client().get(&servers.imaginary_url).send().await.expect("answers");
    assert_eq!(answer.status(), StatusCode::OK);
    let versions: serde_json::Value =
        serde_json::from_str(&answer.text().await.expect("text")).expect("JSON");
    assert!(versions.get("libvips").is_some_and(serde_json::Value::is_string), "{versions}");
}
