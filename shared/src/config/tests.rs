use std::time::Duration;

use super::*;
use crate::request::SourceUrl;

fn from_environment(pairs: &[(&str, &str)]) -> Result<(Settings, Vec<String>), ConfigError> {
    let mut layers = Layers::default();
    layers.environment(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))?;
    Ok((layers.settings()?, layers.warnings().to_vec()))
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

#[test]
fn defaults_stand_where_nothing_is_set() {
    let (settings, warnings) = from_environment(&[]).unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.requests.wait, Duration::from_secs(30));
    assert_eq!(settings.sources.max_bytes.bytes(), 64 << 20);
    let any = SourceUrl::parse("http://a.test/1.jpg").unwrap();
    assert_eq!(settings.cache.control.of(&any), "public, max-age=300");
    assert!(settings.sources.allow.is_none());
    assert!(warnings.is_empty());
}

#[test]
fn later_layers_win() {
    let file = file("namespace = \"from-file\"\n[cache]\nsalt = \"file\"\nmemory = 0\n");
    let mut layers = Layers::default();
    layers.file(file.path()).unwrap();
    layers.environment([("IMCAXY_CACHE_SALT".into(), "variable".into())]).unwrap();
    let namespace = keys().iter().find(|key| key.path == "namespace").unwrap().clone();
    layers.flags([(namespace, "from-flag".to_owned())]);
    let settings = layers.settings().unwrap();
    assert_eq!(settings.namespace, "from-flag");
    assert_eq!(settings.cache.salt, "variable");
    assert_eq!(settings.cache.memory.bytes(), 0);
}

#[test]
fn a_bad_value_is_named_with_its_key_and_layer() {
    for (name, value, key, allowed) in [
        ("IMCAXY_REQUESTS_WAIT", "soon", "requests.wait", "30s"),
        ("IMCAXY_SOURCES_MAX_BYTES", "much", "sources.max_bytes", "none"),
        ("IMCAXY_IMAGINARY_URL", "ftp://x", "imaginary.url", "http"),
        ("IMCAXY_LOG_FORMAT", "xml", "log.format", "json"),
        ("IMCAXY_LISTEN", "everywhere", "listen", "127.0.0.1:8080"),
        ("IMCAXY_SOURCES_ALLOW", "exa mple.com", "sources.allow", "host"),
        ("IMCAXY_CACHE_CONTROL", "", "cache.control", "printable"),
        ("IMCAXY_CACHE_CONTROL", r#"{"a b":"x"}"#, "cache.control", "host pattern"),
        ("IMCAXY_CORS_ALLOW", "example.com", "cors.allow", "https://www.example.com"),
        ("IMCAXY_SOURCES_PRIVATE", "10.0.0.0/99", "sources.private", "10.0.0.0/8"),
    ] {
        let message = from_environment(&[(name, value)]).unwrap_err().to_string();
        for part in [name, value, key, allowed] {
            assert!(message.contains(part), "{message:?} does not say {part:?}");
        }
    }
}

#[test]
fn a_bad_value_in_a_file_is_named_with_the_file() {
    let file = file("[requests]\nwait = 7\n");
    let mut layers = Layers::default();
    layers.file(file.path()).unwrap();
    let message = layers.settings().unwrap_err().to_string();
    assert!(message.contains("requests.wait = 7") && message.contains("file /"), "{message}");
}

#[test]
fn an_unknown_key_in_a_file_is_an_error_with_the_nearest_name() {
    let file = file("[cache]\nsalty = \"x\"\n");
    let message = Layers::default().file(file.path()).unwrap_err().to_string();
    assert!(message.contains("cache.salty") && message.contains("the nearest is cache.salt"), "{message}");
}

#[test]
fn an_unknown_variable_is_a_warning_with_the_nearest_name() {
    let (_, warnings) =
        from_environment(&[("IMCAXY_CACHE_SALTY", "x"), ("IMCAXY_TEST_ANYTHING", "x")]).unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings.iter().all(|warning| warning.contains("the nearest is IMCAXY_CACHE_SALT")),
        "{warnings:?}"
    );
}

#[test]
fn a_secret_is_read_from_a_file_and_never_shown() {
    let file = file("s3cret\n");
    let path = file.path().to_str().unwrap();
    let (settings, _) = from_environment(&[("IMCAXY_ADMIN_TOKEN_FILE", path)]).unwrap();
    assert_eq!(settings.admin.token.as_ref().unwrap().reveal(), "s3cret");
    assert!(!format!("{settings:?}").contains("s3cret"));
    let both = [("IMCAXY_ADMIN_TOKEN_FILE", path), ("IMCAXY_ADMIN_TOKEN", "x")];
    assert!(from_environment(&both).unwrap_err().to_string().contains("both set"));
    let absent = from_environment(&[("IMCAXY_ADMIN_TOKEN_FILE", "/absent")]).unwrap_err().to_string();
    assert!(absent.contains("admin.token") && absent.contains("IMCAXY_ADMIN_TOKEN_FILE"), "{absent}");
}

#[test]
fn none_switches_a_limit_off_and_text_that_looks_like_a_number_stays_text() {
    let (settings, _) =
        from_environment(&[("IMCAXY_SOURCES_MAX_BYTES", "none"), ("IMCAXY_CACHE_SALT", "007")]).unwrap();
    assert_eq!(settings.sources.max_bytes, Limit(None));
    assert_eq!(settings.cache.salt, "007");
}

#[test]
fn lists_are_separated_by_commas() {
    let (settings, _) = from_environment(&[("IMCAXY_SOURCES_IGNORE_QUERY", "X-Amz-Date, sig,,")]).unwrap();
    assert_eq!(settings.sources.ignore_query, ["X-Amz-Date", "sig"]);
}

#[test]
fn anything_between_the_stacks_is_refused_with_what_is_missing() {
    let redis = ("IMCAXY_REDIS_URL", "redis://127.0.0.1");
    let mongodb = ("IMCAXY_MONGODB_URL", "mongodb://127.0.0.1/imcaxy");
    let bucket = ("IMCAXY_S3_BUCKET", "pictures");
    for (pairs, said) in [
        (vec![redis], "mongodb.url is not set"),
        (vec![redis, mongodb], "s3.bucket is not set"),
        (vec![redis, mongodb, bucket], "sources.allow is not set"),
        (vec![redis, mongodb, bucket, ("IMCAXY_SOURCES_ALLOW", "*")], "s3.access_key is not set"),
    ] {
        let (mut settings, _) = from_environment(&pairs).unwrap();
        let message = settings.stack(|_| None).unwrap_err().to_string();
        assert!(message.contains(said), "{message}");
    }
}

#[test]
fn without_any_server_everything_is_kept_here_and_any_public_host_is_allowed() {
    for (allow, allowed) in [(None, "*"), (Some(("IMCAXY_SOURCES_ALLOW", "a.test")), "a.test")] {
        let pairs: Vec<_> = allow.into_iter().collect();
        let (mut settings, _) = from_environment(&pairs).unwrap();
        assert!(matches!(settings.stack(|_| None).unwrap(), Stack::Embedded));
        assert_eq!(settings.sources.allow, Some(vec![allowed.parse().unwrap()]));
    }
}

#[test]
fn every_setting_has_a_meaning_a_variable_and_a_flag_of_its_own() {
    let keys = keys();
    assert!(keys.iter().all(|key| !key.doc.is_empty()));
    for names in [keys.iter().map(Key::variable).collect::<Vec<_>>(), keys.iter().map(Key::flag).collect()] {
        let unique: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
    }
}

#[test]
fn a_map_is_pairs_or_a_json_object_or_a_table() {
    use super::value::{Raw, Setting as _};
    let pairs = |pairs: &[(&str, &str)]| {
        Map(pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect())
    };
    let read = |text: &str| Map::<String>::parse(Raw::Text(text.to_owned()));
    assert_eq!(read("a=1, b = x=y ,").unwrap(), pairs(&[("a", "1"), ("b", "x=y")]));
    assert_eq!(read(r#"{"a":"1, 2"}"#).unwrap(), pairs(&[("a", "1, 2")]));
    assert_eq!(read("").unwrap(), pairs(&[]));
    for text in ["a", "=1", "{\"a\"", "{\"a\":null}"] {
        assert!(read(text).unwrap_err().contains("allowed"), "{text}");
    }
}

#[test]
fn headers_for_sources_are_read_from_any_layer_and_never_shown() {
    let json = r#"{"*.a.test":{"Authorization":"Bearer s3cret, really"}}"#;
    let (settings, _) = from_environment(&[("IMCAXY_SOURCES_HEADERS", json)]).unwrap();
    assert_ne!(settings.sources.headers, crate::guard::SourceHeaders::default());
    assert!(!format!("{settings:?}").contains("s3cret"));
    let file = file("[sources.headers.\"*.a.test\"]\nAuthorization = \"Bearer s3cret, really\"\n");
    let mut layers = Layers::default();
    layers.file(file.path()).unwrap();
    assert_eq!(layers.settings().unwrap().sources.headers, settings.sources.headers);
    for bad in [r#"{"a.test":{"Host":"s3cret"}}"#, r#"{"a.test":"s3cret"}"#, r#"{"a.test":{"X-Y":"s3cret""#] {
        let message = from_environment(&[("IMCAXY_SOURCES_HEADERS", bad)]).unwrap_err().to_string();
        assert!(
            message.contains("sources.headers") && message.contains("IMCAXY_SOURCES_HEADERS"),
            "{message}"
        );
        assert!(!message.contains("s3cret"), "{message}");
    }
}

#[test]
fn every_problem_is_told_at_once() {
    let file = file("[cache]\nsalty = 1\npepper = 2\n");
    let told = Layers::default().file(file.path()).unwrap_err();
    assert_eq!(told.problems().len(), 2, "{told}");
    let told = from_environment(&[("IMCAXY_REQUESTS_WAIT", "soon"), ("IMCAXY_LISTEN", "x")]).unwrap_err();
    assert_eq!(told.problems().len(), 2, "{told}");
    let (mut settings, _) = from_environment(&[
        ("IMCAXY_NAMESPACE", ""),
        ("IMCAXY_WORKER_CONCURRENCY", "0"),
        ("IMCAXY_S3_BUCKET", "pictures"),
        ("IMCAXY_S3_ACCESS_KEY", "key"),
        ("IMCAXY_S3_SECRET_KEY", "secret"),
    ])
    .unwrap();
    let told = settings.stack(|_| None).unwrap_err();
    assert_eq!(told.problems().len(), 4, "{told}");
}

#[test]
fn what_is_in_force_is_told_with_its_layer_and_without_secrets() {
    let file = file("namespace = \"n\"\n[sources]\nallow = [\"a.test\", \"b.test\"]\n");
    let mut layers = Layers::default();
    layers.file(file.path()).unwrap();
    let variables = [("IMCAXY_ADMIN_TOKEN", "s3cret"), ("IMCAXY_REDIS_URL", "redis://u:s3cret@h/1")];
    layers.environment(variables.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap();
    let effective = layers.effective();
    let told = |path: &str| {
        let setting = effective.iter().find(|setting| setting.key.path == path).unwrap();
        (setting.value.as_deref(), setting.layer())
    };
    assert_eq!(told("namespace"), (Some("n"), "file"));
    assert_eq!(told("sources.allow"), (Some("a.test,b.test"), "file"));
    assert_eq!(told("admin.token"), (Some("***"), "environment"));
    assert_eq!(told("redis.url"), (Some("redis://***@h/1"), "environment"));
    assert_eq!(told("requests.wait"), (Some("30s"), "default"));
    assert_eq!(told("s3.bucket"), (None, "default"));
    assert!(!as_json(&effective).to_string().contains("s3cret"));
}

#[test]
fn a_wrong_value_of_a_secret_is_not_told() {
    use super::value::Shown;
    let shown = |path: &str| keys().iter().find(|key| key.path == path).unwrap().shown;
    for (path, expected) in [
        ("admin.token", Shown::Nothing),
        ("s3.secret_key", Shown::Nothing),
        ("mongodb.url", Shown::Address),
        ("sources.headers", Shown::Nothing),
        ("s3.endpoint", Shown::All),
        ("namespace", Shown::All),
    ] {
        assert_eq!(shown(path), expected, "{path}");
    }
    let mut layers = Layers::default();
    layers.file(file("[admin]\ntoken = [\"s3cret\"]\n").path()).unwrap();
    let told = layers.settings().unwrap_err().to_string();
    assert!(told.contains("admin.token = ***") && !told.contains("s3cret"), "{told}");
}

/// `cargo run -- config reference > docs/reference/configuration.md` brings it up to date.
#[test]
fn the_reference_in_the_documentation_is_that_of_this_version() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference/configuration.md");
    let page = std::fs::read_to_string(page).unwrap_or_default();
    assert!(page == reference(), "behind; cargo run -- config reference > docs/reference/configuration.md");
}
