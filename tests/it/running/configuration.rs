//! A configuration that cannot be started with ends the start with exit code 2 and a sentence.

use crate::harness::{NOWHERE, imcaxy};

#[tokio::test]
async fn what_is_wrong_is_named() {
    let complete = &NOWHERE[..5];
    let with = |name: &'static str, value: &'static str| [complete, &[(name, value)]].concat();
    let keys =
        [("IMCAXY_S3_ACCESS_KEY", "x"), ("IMCAXY_S3_SECRET_KEY", "x"), ("IMCAXY_LISTEN", "127.0.0.1:0")];
    let signed = |name: &'static str, value: &'static str| [&with(name, value)[..], &keys[..]].concat();
    let authorities = [("IMCAXY_REDIS_TLS_CA", "authorities.pem")];
    let over_tls = [&signed("IMCAXY_REDIS_URL", "rediss://127.0.0.1:1")[..], &authorities].concat();
    let far = [("IMCAXY_DEGRADED_SECRET", "s3cret")];
    let far = [&signed("IMCAXY_IMAGINARY_URL", "http://imaginary:9000")[..], &far].concat();
    for (arguments, variables, said) in [
        (vec!["api"], complete[..2].to_vec(), "s3.bucket is not set"),
        (vec!["worker"], complete[..3].to_vec(), "sources.allow is not set"),
        (vec!["api"], complete.to_vec(), "s3.access_key is not set"),
        (vec!["api"], with("IMCAXY_REQUESTS_WAIT", "soon"), "IMCAXY_REQUESTS_WAIT"),
        (vec!["api"], with("IMCAXY_ADMIN_TOKEN", ""), "admin.token"),
        (vec!["api"], with("IMCAXY_ADMIN_TOKENS", "ci:all:s3cret"), "revalidate, purge_all or admin"),
        (vec!["api"], with("IMCAXY_ADMIN_TOKENS", "a:read:x,b:admin:x"), "a and b have the same secret"),
        (vec!["api"], with("IMCAXY_IMAGINARY_KEY", "k"), "requests.keys is not"),
        (vec!["api"], with("IMCAXY_REQUESTS_KEYS", ""), "requests.keys is empty"),
        (vec!["api"], with("IMCAXY_SIGNING_KEY", " , "), "signing.key is empty"),
        (vec!["api"], with("IMCAXY_SIGNING_KEY", "short"), "32 characters"),
        (vec!["api"], with("IMCAXY_REQUESTS_ALLOW_ORIGINS", "example.com"), "https://www.example.com"),
        (vec!["api"], with("IMCAXY_SERVER_TRUSTED_PROXIES", "proxy"), "10.0.0.0/8"),
        (vec!["api"], with("IMCAXY_SERVER_MAX_CONNECTIONS", "0"), "server.max_connections = 0"),
        (vec!["api"], with("IMCAXY_SERVER_HEADER_TIMEOUT", "0s"), "server.header_timeout = 0s"),
        (vec!["api"], with("IMCAXY_STATS_FLUSH", "50ms"), "stats.flush = 50ms: 100ms or more is allowed"),
        (vec!["api"], signed("IMCAXY_MONGODB_URL", "mongo://x"), "mongodb.url"),
        (vec!["worker"], signed("IMCAXY_REDIS_URL", "http://x"), "redis-cluster://"),
        (vec!["worker"], signed("IMCAXY_REDIS_URL", "redis-sentinel://a:1,b:2"), "does not name the master"),
        (vec!["worker"], signed("IMCAXY_REDIS_TLS_CA", "ca.pem"), "redis.tls_ca is set, but"),
        (vec!["worker"], over_tls, "redis.tls_ca = authorities.pem: cannot be read"),
        (vec!["worker"], with("IMCAXY_IMAGINARY_URL", "http://a,http://u:p@b"), "imaginary.url"),
        (
            vec!["worker"],
            with("IMCAXY_IMAGINARY_SIGNATURE_KEY", "short"),
            "imaginary.signature_key is too short",
        ),
        (vec!["worker"], with("IMCAXY_WORKER_ADVERTISE", "http://worker:7"), "worker.listen is not set"),
        (vec!["api"], with("IMCAXY_DEGRADED_WORKERS", "http://worker:7"), "degraded.secret is not"),
        (vec!["worker"], far, "degraded.secret is set, but worker.listen is not"),
        (vec!["api"], with("IMCAXY_LOG_LEVEL", "inof"), "log.level"),
        (vec!["api"], signed("IMCAXY_MONGODB_URL", "mongodb://127.0.0.1:1"), "names no database"),
        (vec!["api", "--requests-wait", "never"], complete.to_vec(), "--requests-wait"),
        (vec!["api", "--config", "absent.toml"], complete.to_vec(), "absent.toml"),
        (vec!["dance"], complete.to_vec(), "dance"),
        (vec!["api", "--no-such-setting", "1"], complete.to_vec(), "--no-such-setting"),
    ] {
        let output = imcaxy(&arguments, &variables).await;
        let told = output.complaint;
        assert_eq!(output.code, Some(2), "{arguments:?}: {told}");
        assert!(told.contains(said), "{arguments:?}: {told}");
    }
}

#[tokio::test]
async fn help_names_every_setting_with_its_variable() {
    let output = imcaxy(&["--help"], &[]).await;
    let help = output.out;
    assert_eq!(output.code, Some(0));
    for key in imcaxy_shared::config::keys() {
        assert!(help.contains(&format!("--{}", key.flag())), "{}", key.path);
        assert!(help.contains(&key.variable()), "{}", key.path);
    }
}

#[tokio::test]
async fn help_names_defaults() {
    let help = imcaxy(&["--help"], &[]).await;
    let help = help.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("[default: 127.0.0.1:8080] [env: IMCAXY_LISTEN]"), "{help}");
}

#[tokio::test]
async fn config_show_tells_values_and_layers_without_secrets() {
    let variables = [("IMCAXY_ADMIN_TOKEN", "s3cret"), ("IMCAXY_MONGODB_URL", "mongodb://u:s3cret@h/d")];
    let show = async |arguments: &[&str]| {
        let output = imcaxy(arguments, &variables).await;
        assert_eq!(output.code, Some(0), "{}", output.complaint);
        let told = output.out;
        assert!(!told.contains("s3cret"), "{told}");
        told
    };
    let told = show(&["config", "show", "--requests-wait", "7s"]).await;
    let line = |path: &str| {
        let line = told.lines().find(|line| line.starts_with(path)).expect("a line");
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("admin.token"), "admin.token *** environment variable IMCAXY_ADMIN_TOKEN");
    assert_eq!(line("mongodb.url"), "mongodb.url mongodb://***@h/d environment variable IMCAXY_MONGODB_URL");
    assert_eq!(line("requests.wait"), "requests.wait 7s flag --requests-wait");
    assert_eq!(line("namespace"), "namespace imcaxy default");
    let told: serde_json::Value =
        serde_json::from_str(&show(&["--requests-wait", "7s", "config", "show", "--json"]).await)
            .expect("JSON");
    let wait = serde_json::json!({ "value": "7s", "layer": "flag", "from": "--requests-wait" });
    assert_eq!(told["settings"]["requests.wait"], wait);
}

#[tokio::test]
async fn config_check_tells_everything_that_is_wrong() {
    let wrong = [("IMCAXY_REQUESTS_WAIT", "1.5h"), ("IMCAXY_SOURCES_MAX_BYTES", "much")];
    let output = imcaxy(&["config", "check"], &wrong).await;
    let told = output.complaint;
    assert_eq!((output.code, told.lines().count()), (Some(2), 2), "{told}");
    assert!(told.contains("requests.wait = 1.5h") && told.contains("sources.max_bytes = much"), "{told}");

    let output =
        imcaxy(&["config", "check", "--json"], &[("IMCAXY_REDIS_URL", "redis://h"), ("IMCAXY_WAIT", "1")])
            .await;
    let told: serde_json::Value = serde_json::from_str(&output.out).expect("JSON");
    assert_eq!((output.code, told["ok"].as_bool()), (Some(2), Some(false)), "{told}");
    let problems = told["problems"].to_string();
    for missing in ["mongodb.url is not set", "sources.allow is not set"] {
        assert!(problems.contains(missing), "{problems}");
    }
    assert!(told["warnings"].to_string().contains("IMCAXY_WAIT"), "{told}");

    let output = imcaxy(&["config", "check"], &NOWHERE).await;
    assert_eq!(output.code, Some(0), "{}", output.complaint);
    let output = imcaxy(&["config", "check", "--redis-url", "http://x"], &NOWHERE).await;
    assert_eq!(output.code, Some(2), "{}", output.out);
}

#[tokio::test]
async fn config_reference_is_the_page_of_the_documentation() {
    let output = imcaxy(&["config", "reference"], &[]).await;
    assert_eq!(output.out, imcaxy_shared::config::reference());
}
