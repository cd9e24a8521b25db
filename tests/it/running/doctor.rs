//! `imcaxy doctor` on real servers: what is well, and what is not, each with what to do.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use imcaxy_testkit::{Access, OwnImaginary, RedisCluster, RedisNode};
use serde_json::Value;

use crate::harness::{NOWHERE, Ran, database, documents, imcaxy, objects, servers, start, system};

type Settings = HashMap<String, String>;

/// What the doctor said, and how it ended.
struct Told {
    code: Option<i32>,
    report: Value,
    complaint: String,
}

impl Told {
    /// The verdict, what was found and the advice under a name of a part, whose own name begins so.
    fn of(&self, part: &str, name: &str) -> (&str, &str, &str) {
        let findings = self.report["findings"].as_array().expect("findings");
        let found = findings.iter().find(|finding| {
            finding["part"].as_str().is_some_and(|it| it.starts_with(part)) && finding["name"] == name
        });
        let found = found.unwrap_or_else(|| panic!("nothing of {name} in {part}: {:#}", self.report));
        let word = |member: &str| found[member].as_str().unwrap_or_default();
        assert!(!word("found").is_empty(), "{found}");
        (word("verdict"), word("found"), word("advice"))
    }

    /// Fails the test unless this failed, says so, and says what to do.
    fn fails(&self, part: &str, name: &str, said: &str, advice: &str) {
        let (verdict, found, told) = self.of(part, name);
        assert_eq!((verdict, self.code), ("fail", Some(1)), "{found}: {told}");
        assert!(found.contains(said) && told.contains(advice), "{found}: {told}");
    }

    fn verdicts(&self) -> Vec<&str> {
        let findings = self.report["findings"].as_array().expect("findings");
        findings.iter().map(|finding| finding["verdict"].as_str().expect("a verdict")).collect()
    }
}

async fn run(settings: &Settings, arguments: &[&str]) -> Ran {
    let variables: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (&**name, &**value)).collect();
    imcaxy(arguments, &variables).await
}

async fn doctor(settings: &Settings) -> Told {
    let Ran { code, out, complaint } = run(settings, &["doctor", "--json"]).await;
    let report = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{complaint}"));
    Told { code, report, complaint }
}

/// The settings that name the servers of this run, under a name that nobody has used, with others in their place.
fn with(name: &str, others: &[(&str, &str)]) -> Settings {
    let own = servers().settings(name).into_iter().map(|(name, value)| (name.to_owned(), value));
    let allow = [("IMCAXY_SOURCES_ALLOW", "*")];
    let others = allow.iter().chain(others).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    own.chain(others).collect()
}

fn unused() -> String {
    format!("imcaxy-test-{:016x}", rand::random::<u64>())
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_running_system_nothing_fails_and_nothing_is_left() {
    let system = start(system()).await;
    let stores = system.scope.remote();
    let settings = with(&stores.bucket, &[("IMCAXY_MONGODB_URL", &stores.mongodb_url)]);
    let told = doctor(&settings).await;
    assert_eq!((told.code, &told.report["ok"]), (Some(0), &Value::Bool(true)), "{:#}", told.report);
    assert!(!told.verdicts().contains(&"fail"));
    for (part, name) in [
        ("redis", "commands"),
        ("redis", "scripts"),
        ("redis", "news"),
        ("redis", "eviction policy"),
        ("mongodb", "rights"),
        ("mongodb", "indexes"),
        ("s3", "put"),
        ("s3", "range"),
        ("s3", "delete"),
        ("s3", "clock"),
        ("imaginary http", "operations"),
        ("imaginary http", "formats"),
        ("imaginary http", "largest source"),
        ("worker and imaginary", "watermark images"),
    ] {
        let (verdict, found, _) = told.of(part, name);
        assert_eq!(verdict, "ok", "{name}: {found}");
    }
    assert_eq!(told.complaint, "");
    let secret = &servers().s3.secret_key;
    assert!(!told.report.to_string().contains(secret.as_str()));

    let Ran { code, out: text, .. } = run(&settings, &["doctor"]).await;
    assert_eq!(code, Some(0), "{text}");
    assert!(text.lines().any(|line| line.starts_with("  ok    eviction policy")), "{text}");
    assert!(text.ends_with("warnings\n") || text.ends_with("warning\n"), "{text}");

    let collections = database(&system.scope).await.list_collection_names().await.expect("names");
    assert!(!collections.iter().any(|name| name.contains("doctor")), "{collections:?}");
    for collection in ["entries", "failures", "sources", "schedule", "history", "outbox"] {
        assert_eq!(documents(&system.scope, collection).await.len(), 0, "{collection}");
    }
    assert!(objects(&system.scope).await.is_empty());
    let mut client =
        redis::Client::open(servers().redis_url).expect("a client").get_connection().expect("Redis");
    // Beside it others are examined by theirs.
    let own = format!("{}*{{doctor-*", stores.namespace);
    let keys: Vec<String> = redis::cmd("KEYS").arg(&own).query(&mut client).expect("keys");
    assert_eq!(keys, Vec::<String>::new());
    system.finish().await;
}

#[tokio::test]
async fn without_servers_the_directory_is_looked_at() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().join("kept");
    let settings = [("IMCAXY_DATA_DIR".to_owned(), place.to_string_lossy().into_owned())].into();
    let told = doctor(&settings).await;
    assert_eq!((told.code, told.of("data_dir", "directory").0), (Some(0), "ok"), "{:#}", told.report);
    assert!(!place.exists(), "nothing is made");
    std::fs::write(&place, "a file").expect("written");
    doctor(&settings).await.fails("data_dir", "directory", "cannot be written", "set data_dir");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_evicts_or_allows_too_little_is_told_with_the_setting_that_helps() {
    let evicts = ["--maxmemory-policy", "allkeys-lru", "--maxmemory", "64mb", "--appendonly", "yes"];
    let redis = RedisNode::start(&Access::default(), &evicts).await.expect("a Redis");
    let told = doctor(&with(&unused(), &[("IMCAXY_REDIS_URL", &redis.url())])).await;
    told.fails("redis", "eviction policy", "allkeys-lru", "maxmemory-policy noeviction");
    assert_eq!(told.of("redis", "persistence").0, "ok");
    assert!(told.of("redis", "memory").1.contains("of 64 MiB"), "{:#}", told.report);

    let name = unused();
    let keys = format!("~{name}:*");
    let user = |name: &'static str, rules: &[&'static str]| {
        [&["ACL", "SETUSER", name, "on", ">hush"], rules].concat()
    };
    for (user, said, advice) in [
        (
            [&user("some", &["&*", "+@all", "-zadd", "-brpop"])[..], &[keys.as_str()]].concat(),
            "ZADD, BRPOP",
            "+zadd +brpop",
        ),
        (user("elsewhere", &["&*", "+@all", "~other:*"]), "may not use keys", "~imcaxy-test-"),
    ] {
        redis.ask(&user).await.expect("a user");
        let url = format!("redis://{}:hush@{}", user[2], redis.address());
        let told = doctor(&with(&name, &[("IMCAXY_REDIS_URL", &url)])).await;
        told.fails("redis", "commands", said, advice);
        assert!(!told.report.to_string().contains("hush"), "{:#}", told.report);
    }
    let mute = ["ACL", "SETUSER", "mute", "on", ">hush", "~*", "+@all", "resetchannels"];
    redis.ask(&mute).await.expect("a user");
    let url = format!("redis://mute:hush@{}", redis.address());
    doctor(&with(&name, &[("IMCAXY_REDIS_URL", &url)])).await.fails(
        "redis",
        "news",
        "channels",
        &format!("&{name}:*"),
    );
    let url = format!("redis://mute:wrong@{}", redis.address());
    doctor(&with(&name, &[("IMCAXY_REDIS_URL", &url)])).await.fails(
        "redis",
        "reached",
        "",
        "user and password",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_s3_it_is_told_whether_the_key_the_secret_or_the_bucket_is_wrong() {
    let name = unused();
    let absent = doctor(&with(&name, &[])).await;
    let (verdict, found, advice) = absent.of("s3", "bucket");
    assert_eq!(verdict, "warn", "{found}");
    assert!(found.contains(&name) && advice.contains("creates it"), "{found}: {advice}");
    assert_eq!(absent.of("s3", "clock").0, "ok");
    for (setting, value, advice) in [
        ("IMCAXY_S3_SECRET_KEY", "another-secret", "s3.secret_key"),
        ("IMCAXY_S3_ACCESS_KEY", "another-key", "s3.access_key"),
        ("IMCAXY_S3_ENDPOINT", "http://127.0.0.1:1", "s3.endpoint"),
    ] {
        let told = doctor(&with(&name, &[(setting, value)])).await;
        told.fails("s3", "bucket", "", advice);
        assert!(!told.report.to_string().contains("another-secret"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_imaginaries_each_is_told_about_with_its_flags() {
    let key =
        OwnImaginary::start(&["-key", "k", "-disable-endpoints", "crop,blur"]).await.expect("an imaginary");
    let throttled =
        OwnImaginary::start(&["-concurrency", "50", "-path-prefix", "/p"]).await.expect("an imaginary");
    let urls = format!("{},{},http://127.0.0.1:9", key.url(), throttled.url());
    let keyed = [
        ("IMCAXY_IMAGINARY_URL", urls.as_str()),
        ("IMCAXY_IMAGINARY_KEY", "k"),
        ("IMCAXY_REQUESTS_OPEN", "true"),
    ];
    let told = doctor(&with(&unused(), &keyed)).await;
    let (first, second) = (format!("imaginary {}", key.url()), format!("imaginary {}", throttled.url()));
    for (part, name, verdict, found) in [
        (&first, "key", "ok", "asked for"),
        (&first, "operations", "warn", "switched off: crop, blur"),
        (&second, "version", "warn", "not told"),
        (&second, "key", "warn", "without a key"),
        (&second, "throttle", "warn", "calls a second"),
    ] {
        let (judged, said, _) = told.of(part, name);
        assert_eq!(judged, verdict, "{name}: {said}");
        assert!(said.contains(found), "{name}: {said}");
    }
    told.fails("imaginary http://127.0.0.1:9", "reached", "does not answer", "imaginary.url");

    // As if a worker ran here.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    let listen = taken.local_addr().expect("an address").to_string();
    let told = doctor(&with(&unused(), &[("IMCAXY_WORKER_LISTEN", listen.as_str())])).await;
    let (verdict, found, _) = told.of("worker and imaginary", "watermark images");
    assert!(verdict == "ok" && found.contains("not tried"), "{found}");

    let told = doctor(&with(&unused(), &[("IMCAXY_IMAGINARY_URL", key.url())])).await;
    told.fails(&first, "reached", "401", "imaginary.key");
    key.stop().await;
    throttled.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imaginary_that_wants_a_signature_is_told_from_one_that_does_not() {
    let (right, wrong) = ("0123456789abcdef0123456789abcdef", "ffffffffffffffffffffffffffffffff");
    let flags = ["-enable-url-signature", "-url-signature-key", right];
    let imaginary = OwnImaginary::start(&flags).await.expect("an imaginary");
    let at = |url: &str, key: &str| {
        with(&unused(), &[("IMCAXY_IMAGINARY_URL", url), ("IMCAXY_IMAGINARY_SIGNATURE_KEY", key)])
    };
    let signed = doctor(&at(imaginary.url(), right)).await;
    assert_eq!(signed.of("imaginary", "signature").0, "ok", "{:#}", signed.report);
    assert_eq!(signed.of("imaginary", "operations").0, "ok", "{:#}", signed.report);
    doctor(&at(imaginary.url(), wrong)).await.fails(
        "imaginary",
        "operations",
        "not signed",
        "imaginary.signature_key",
    );
    let unasked = doctor(&at(&servers().imaginary_url, right)).await;
    assert_eq!(unasked.of("imaginary", "signature").0, "warn", "{:#}", unasked.report);
    imaginary.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_are_not_there_are_all_told_at_once() {
    let settings: Settings =
        NOWHERE.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let began = Instant::now();
    let told = doctor(&settings).await;
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    told.fails("redis", "reached", "refused", "redis.url");
    told.fails("mongodb", "reached", "127.0.0.1:1", "mongodb.url");
    told.fails("s3", "bucket", "", "s3.endpoint");
    told.fails("imaginary", "reached", "", "imaginary.url");
    assert_eq!(told.report["failures"], 4, "{:#}", told.report);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_configured_there_is_no_server_to_ask() {
    let told = doctor(&Settings::new()).await;
    assert_eq!((told.code, told.of("configuration", "settings").0), (Some(0), "ok"));
    assert!(told.verdicts().iter().all(|verdict| *verdict != "fail"), "{:#}", told.report);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_configuration_is_told_and_no_server_is_asked() {
    let half = Settings::from([("IMCAXY_REDIS_URL".to_owned(), "redis://127.0.0.1:1".to_owned())]);
    let Ran { code, out: told, complaint } = run(&half, &["doctor"]).await;
    assert_eq!((code, told.as_str()), (Some(2), ""), "{complaint}");
    assert!(complaint.contains("mongodb.url is not set"), "{complaint}");
    let told = doctor(&half).await;
    assert_eq!((told.code, told.of("configuration", "settings").0), (Some(2), "fail"));
    assert!(told.verdicts().iter().all(|verdict| *verdict == "fail"), "{:#}", told.report);

    let mut odd: Settings =
        NOWHERE.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    odd.insert("IMCAXY_REQUESTS_WIAT".to_owned(), "1s".to_owned());
    odd.insert("IMCAXY_REQUESTS_WAIT".to_owned(), "1s".to_owned());
    let told = doctor(&odd).await;
    assert!(told.of("configuration", "layers").1.contains("IMCAXY_REQUESTS_WIAT"), "{:#}", told.report);
    assert_eq!(told.of("configuration", "requests.wait").0, "warn");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_cluster_over_tls_every_master_is_told_about() {
    let access = Access::tls().await.expect("certificates");
    let cluster = RedisCluster::start(&access).await.expect("a Cluster");
    let authority = access.tls_ca().expect("an authority").display().to_string();
    let url = cluster.url();
    let told =
        doctor(&with(&unused(), &[("IMCAXY_REDIS_URL", &url), ("IMCAXY_REDIS_TLS_CA", &authority)])).await;
    assert!(told.of("redis", "reached").1.contains("over TLS"), "{:#}", told.report);
    for name in ["commands", "scripts", "news", "eviction policy"] {
        assert_eq!(told.of("redis", name).0, "ok", "{:#}", told.report);
    }
    let findings = told.report["findings"].as_array().expect("findings");
    let masters = findings.iter().filter(|finding| finding["name"] == "eviction policy").count();
    assert!(masters > 1, "{:#}", told.report);

    let untrusted = doctor(&with(&unused(), &[("IMCAXY_REDIS_URL", &url)])).await;
    untrusted.fails("redis", "reached", "", "redis.tls_ca");
}
