//! What the documentation names exists.

use std::collections::BTreeSet;

/// Variables that are no settings: of the tests, of the command line, and of the kit's cache.
const OTHERS: &[&str] = &["IMCAXY_CONFIG", "IMCAXY_CACHE_DIR", "IMCAXY_SERVER", "IMCAXY_TOKEN"];

const DOCUMENTS: &[(&str, &str)] = &[
    ("README.md", include_str!("../../../README.md")),
    ("CONTRIBUTING.md", include_str!("../../../CONTRIBUTING.md")),
    ("compose/compose.yaml", include_str!("../../../compose/compose.yaml")),
    ("compose/Dockerfile", include_str!("../../../compose/Dockerfile")),
];

#[test]
fn every_variable_that_is_named_is_one_that_is_read() {
    let settings: BTreeSet<String> = imcaxy_shared::config::keys().iter().map(|key| key.variable()).collect();
    for (document, text) in DOCUMENTS {
        for rest in text.split("IMCAXY_").skip(1) {
            let rest: String = rest.chars().take_while(is_part_of_a_name).collect();
            let name = format!("IMCAXY_{rest}");
            let base = name.strip_suffix("_FILE").unwrap_or(&name);
            let known = settings.contains(base)
                || OTHERS.contains(&base)
                || base.starts_with("IMCAXY_TEST_")
                || rest.is_empty();
            assert!(known, "{document} names {name}, which is no setting");
        }
    }
}

fn is_part_of_a_name(c: &char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit() || *c == '_'
}
