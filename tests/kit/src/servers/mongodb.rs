//! MongoDB: a `mongod` that is installed, else a stand-in written in Java.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ::mongodb::Client;
use ::mongodb::bson::{Document, doc};
use ::mongodb::options::ClientOptions;

use super::address;
use super::launch::{Started, launch};
use crate::cache::Cache;
use crate::{KitError, progress, tool};

/// The name of the replica set of one node; a `mongod` alone has no transactions and no change streams.
const REPLICA_SET: &str = "imcaxy";

const POM: &str = include_str!("../../../servers/mongodb/pom.xml");
const STAND_IN: &str = include_str!("../../../servers/mongodb/StandInMongo.java");

pub(super) enum Mongo {
    Elsewhere(String),
    Mongod(PathBuf),
    StandIn { java: PathBuf, folder: PathBuf },
}

pub(super) async fn prepare(cache: &Cache) -> Result<Mongo, KitError> {
    const PURPOSE: &str =
        "the stand-in for MongoDB runs on it; or install mongod, or set IMCAXY_TEST_MONGODB_URL";
    const PACKAGE: &str = "a JDK, 11 or later, and Maven";

    if let Some(url) = address::MONGODB.value() {
        return Ok(Mongo::Elsewhere(url));
    }
    if let Some(mongod) = tool::find("mongod") {
        return Ok(Mongo::Mongod(mongod));
    }
    let java = tool::need("java", PURPOSE, PACKAGE)?;
    let folder = cache
        .get("mongodb", &[POM, STAND_IN], |into| async move {
            progress::say("building the stand-in for MongoDB, half a minute the first time");
            tool::write_all(&into, &[("pom.xml", POM), ("StandInMongo.java", STAND_IN)])?;
            let mut libraries = Command::new(tool::need("mvn", PURPOSE, PACKAGE)?);
            libraries.args(["-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime"]);
            libraries.arg("-DoutputDirectory=lib").current_dir(&into);
            tool::run("fetching the stand-in for MongoDB", libraries).await?;
            let mut compile = Command::new(tool::need("javac", PURPOSE, PACKAGE)?);
            compile.args(["-cp", "lib/*", "-d", "classes", "StandInMongo.java"]).current_dir(into);
            tool::run("compiling the stand-in for MongoDB", compile).await.map(drop)
        })
        .await?;
    Ok(Mongo::StandIn { java, folder })
}

pub(super) async fn start(mongo: Mongo) -> Result<Started<String>, KitError> {
    let (address, running) = match mongo {
        Mongo::Elsewhere(url) => return Ok(Started::elsewhere(url)),
        Mongo::Mongod(program) => {
            let command = |port, folder: &Path| mongod(&program, port, folder);
            let (port, running) = launch("mongodb", command, is_primary).await?;
            (format!("mongodb://127.0.0.1:{port}/?replicaSet={REPLICA_SET}"), running)
        }
        Mongo::StandIn { java, folder } => {
            let command = |port, _: &Path| stand_in(&java, &folder, port);
            let (port, running) = launch("mongodb", command, answers).await?;
            (format!("mongodb://127.0.0.1:{port}"), running)
        }
    };
    Ok(Started { address, running: Some(running) })
}

fn mongod(program: &Path, port: u16, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(["--bind_ip", "127.0.0.1", "--port", &port.to_string(), "--dbpath"]).arg(folder);
    command.args(["--replSet", REPLICA_SET, "--nounixsocket", "--quiet"]);
    command
}

fn stand_in(java: &Path, folder: &Path, port: u16) -> Command {
    let mut command = Command::new(java);
    // The tests store little; without a limit the JVM would plan for a quarter of the machine.
    command.args([
        "-Xmx512m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Djava.net.preferIPv4Stack=true",
        "-cp",
    ]);
    command.arg(format!("{0}/classes:{0}/lib/*", folder.display()));
    command.args(["StandInMongo", "127.0.0.1", &port.to_string(), "memory"]);
    command
}

async fn answers(port: u16) -> bool {
    ask(port, doc! { "ping": 1 }).await.is_some()
}

/// Makes the node a replica set of one, and says whether it takes writes yet.
async fn is_primary(port: u16) -> bool {
    let Some(hello) = ask(port, doc! { "hello": 1 }).await else { return false };
    if hello.get_str("setName").is_err() {
        let member = doc! { "_id": 0, "host": format!("127.0.0.1:{port}") };
        // A second call is refused, which is as good as a first one that is accepted.
        ask(port, doc! { "replSetInitiate": { "_id": REPLICA_SET, "members": [member] } }).await;
    }
    hello.get_bool("isWritablePrimary").unwrap_or(false)
}

/// Runs a command with the driver that the program uses, so that a server which answers is one that the driver accepts.
async fn ask(port: u16, command: Document) -> Option<Document> {
    const PATIENCE: Duration = Duration::from_secs(2);

    let mut options =
        ClientOptions::parse(format!("mongodb://127.0.0.1:{port}/?directConnection=true")).await.ok()?;
    options.server_selection_timeout = Some(PATIENCE);
    options.connect_timeout = Some(PATIENCE);
    let client = Client::with_options(options).ok()?;
    let answer = client.database("admin").run_command(command).await.ok();
    client.shutdown().immediate(true).await;
    answer
}
