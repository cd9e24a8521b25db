//! Settings that can be started with, and that somebody will regret.

use imcaxy_shared::config::{ConfigError, Settings};
use imcaxy_shared::finding::Finding;
use imcaxy_shared::guard::SourcePattern;

use super::machine::{self, Machine};

const NAME: &str = "settings";

/// What is told of settings that can be started with; `warnings` are those of the layers.
pub(super) fn all(settings: &Settings, warnings: &[String]) -> Vec<Finding> {
    let odd =
        warnings.iter().map(|warning| Finding::warn("layers", warning, "correct the name, or remove it"));
    let started = Finding::ok(NAME, "a process can be started with them");
    [started].into_iter().chain(odd).chain(unwise(settings, machine::this())).collect()
}

/// What keeps a process from being started.
pub(super) fn problems(problem: &ConfigError) -> Vec<Finding> {
    let advice = "set it right and ask again: no server was asked";
    problem.problems().iter().map(|problem| Finding::fail(NAME, problem, advice)).collect()
}

/// Pairs of settings, or of a setting and the machine, that do not go well together.
fn unwise(settings: &Settings, machine: Machine) -> Vec<Finding> {
    [doors(settings), bounds(settings, machine), times(settings)].concat()
}

/// Who can do what.
fn doors(settings: &Settings) -> Vec<Finding> {
    let Settings { sources, requests, admin, server, .. } = settings;
    let any_host = sources.allow.iter().flatten().any(|pattern| *pattern == SourcePattern::Any);
    let public = !settings.listen.ip().is_loopback();
    let anybody = requests.keys.is_none() && settings.signing.key.is_none();
    let administered_at = admin.listen.unwrap_or(settings.listen);
    let mut found = Vec::new();
    if any_host && sources.allow_private {
        found.push(Finding::warn(
            "sources.allow_private",
            "true, and sources.allow is *: whoever asks has workers fetch pictures from this network",
            "name the origins in sources.allow, or those with private addresses in sources.private",
        ));
    }
    if any_host && public && anybody {
        found.push(Finding::warn(
            "sources.allow",
            "*, on an address that others reach and without requests.keys and signing.key: whoever finds it has any picture of the web \
             rendered and kept at your cost",
            "name the origins in sources.allow, or ask for keys or signatures",
        ));
    }
    if !administered_at.ip().is_loopback() && admin.all_tokens().is_empty() {
        found.push(Finding::warn(
            "admin.token",
            format!("not set, and {administered_at} is no loopback address: the administration is off"),
            "set admin.token, or admin.listen to a loopback address",
        ));
    }
    if server.trusted_proxies.iter().any(|network| network.prefix_len() == 0) {
        found.push(Finding::warn(
            "server.trusted_proxies",
            "names every address: whoever asks may claim to be anybody",
            "name the addresses of your proxies",
        ));
    }
    found
}

/// How much of something there may be.
fn bounds(settings: &Settings, machine: Machine) -> Vec<Finding> {
    let Settings { sources, requests, cache, server, .. } = settings;
    let mut found = Vec::new();
    match (cache.memory.0, machine.memory) {
        (None, _) => found.push(Finding::warn(
            "cache.memory",
            "none: a process holds all that it ever answered",
            "set cache.memory to what an API process may use",
        )),
        (Some(memory), Some(all)) if memory.as_u64() > all / 4 * 3 => found.push(Finding::warn(
            "cache.memory",
            format!("{memory}, and this machine has {}", bytesize(all)),
            "leave a quarter of the memory to everything else",
        )),
        _ => {}
    }
    for (name, is_bounded, costs) in [
        ("sources.max_bytes", sources.max_bytes.0.is_some(), "one source can fill the memory of a worker"),
        (
            "sources.max_pixels",
            sources.max_pixels.0.is_some(),
            "a small file can be a picture that fills imaginary's memory",
        ),
        (
            "requests.max_pixels",
            requests.max_pixels.0.is_some(),
            "one request can ask imaginary for a canvas that fills its memory",
        ),
    ] {
        if !is_bounded {
            found.push(Finding::warn(name, format!("none: {costs}"), format!("set {name}")));
        }
    }
    if let (Some(connections), Some(files)) = (server.max_connections.0, machine.open_files)
        && connections as u64 >= files
    {
        found.push(Finding::warn(
            "server.max_connections",
            format!("{connections}, and this process may open {files} files at once, of which each connection is one"),
            "let it open more (ulimit -n, LimitNOFILE), or set server.max_connections below that",
        ));
    }
    found
}

/// How long something may take.
fn times(settings: &Settings) -> Vec<Finding> {
    let Settings { sources, imaginary, requests, .. } = settings;
    let render = sources.timeout.time().saturating_add(imaginary.timeout);
    if requests.wait >= render {
        return Vec::new();
    }
    vec![Finding::warn(
        "requests.wait",
        format!(
            "{} s, and a fetch and a render may take {} s (sources.timeout and imaginary.timeout): requests are told 504 for what would \
             have come",
            requests.wait.as_secs(),
            render.as_secs(),
        ),
        "let requests.wait be at least the sum of the two",
    )]
}

fn bytesize(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

#[cfg(test)]
mod tests {
    use imcaxy_shared::config::Layers;

    use super::*;

    const MACHINE: Machine = Machine { memory: Some(1 << 30), open_files: Some(20_000) };

    fn found(given: &[(&str, &str)]) -> Vec<&'static str> {
        let mut layers = Layers::default();
        let given = given.iter().map(|(name, value)| (format!("IMCAXY_{name}"), (*value).to_owned()));
        layers.environment(given).unwrap();
        let findings = unwise(&layers.settings().unwrap(), MACHINE);
        assert!(findings.iter().all(|finding| finding.advice.is_some()));
        findings.into_iter().map(|finding| finding.name).collect()
    }

    #[test]
    fn what_will_be_regretted_is_told_and_nothing_else() {
        let open = ("LISTEN", "0.0.0.0:80");
        let token = ("ADMIN_TOKEN", "secret");
        let any = ("SOURCES_ALLOW", "*");
        let signed = ("SIGNING_KEY", "0123456789abcdef0123456789abcdef");
        for (given, expected) in [
            (vec![], vec![]),
            (vec![any], vec![]),
            (vec![any, ("SOURCES_ALLOW_PRIVATE", "true")], vec!["sources.allow_private"]),
            (vec![("SOURCES_ALLOW", "example.com"), ("SOURCES_ALLOW_PRIVATE", "true")], vec![]),
            (vec![any, open, token], vec!["sources.allow"]),
            (vec![any, open, token, signed], vec![]),
            (vec![any, open, token, ("REQUESTS_KEYS", "k")], vec![]),
            (vec![open], vec!["admin.token"]),
            (vec![open, ("ADMIN_LISTEN", "127.0.0.1:81")], vec![]),
            (vec![("ADMIN_LISTEN", "0.0.0.0:81")], vec!["admin.token"]),
            (vec![("SERVER_TRUSTED_PROXIES", "10.0.0.0/8,0.0.0.0/0")], vec!["server.trusted_proxies"]),
            (vec![("CACHE_MEMORY", "none")], vec!["cache.memory"]),
            (vec![("CACHE_MEMORY", "800MiB")], vec!["cache.memory"]),
            (vec![("CACHE_MEMORY", "700MiB")], vec![]),
            (vec![("SOURCES_MAX_BYTES", "none")], vec!["sources.max_bytes"]),
            (vec![("SOURCES_MAX_PIXELS", "none")], vec!["sources.max_pixels"]),
            (vec![("REQUESTS_MAX_PIXELS", "none")], vec!["requests.max_pixels"]),
            (vec![("SERVER_MAX_CONNECTIONS", "20000")], vec!["server.max_connections"]),
            (vec![("SERVER_MAX_CONNECTIONS", "none")], vec![]),
            (vec![("REQUESTS_WAIT", "24s")], vec!["requests.wait"]),
            (vec![("REQUESTS_WAIT", "25s")], vec![]),
            (vec![("SOURCES_TIMEOUT", "none")], vec!["requests.wait"]),
        ] {
            assert_eq!(found(&given), expected, "{given:?}");
        }
    }

    #[test]
    fn a_machine_that_tells_nothing_is_not_judged() {
        let settings = Layers::default().settings().unwrap();
        assert_eq!(unwise(&settings, Machine::default()), []);
    }
}
