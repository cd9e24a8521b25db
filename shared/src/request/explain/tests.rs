use super::*;

fn explain(request: &str, accept: Option<&str>) -> Explanation {
    let (path, query) = request.split_once('?').unwrap();
    Explanation::of(path, query, accept, &IgnoredQuery::from_names(["sig"]))
}

/// Each parameter with the name of its outcome and what it is in the canonical form.
fn outcomes(request: &str, accept: Option<&str>) -> Vec<String> {
    let told = |explained: &Explained| {
        let step = explained.step.map_or_else(String::new, |step| format!("{}.", step.number));
        let canonical = explained.outcome.canonical().map_or_else(String::new, |text| format!(" {text}"));
        format!("{step}{} {}{canonical}", explained.name, explained.outcome.name())
    };
    explain(request, accept).parameters.iter().map(told).collect()
}

#[test]
fn each_parameter_is_told_what_it_came_to() {
    let asked = "/imaginary/fit?width=3e2&Width=1&height=200.4&width=7&quality=75&embed=true&aspectratio=0:1\
                 &text=x&a;b=1&url=http://h/a?b=1%26sig=2&key=k&sign=s&operations=";
    assert_eq!(
        outcomes(asked, None),
        [
            "width used 300",
            "Width unknown",
            "height used 200",
            "width repeated",
            "quality default",
            "embed not_read",
            "aspectratio idle",
            "text not_read",
            "a;b unreadable",
            "url used http://h/a?b=1",
            "key credential",
            "sign credential",
            "operations not_read",
        ]
    );
}

#[test]
fn a_type_that_is_negotiated_is_told_as_what_it_came_to() {
    let asked = "/resize?width=1&type=auto&type=png&url=http://h/";
    let told = |accept, came: &str| {
        assert_eq!(outcomes(asked, accept)[1..3], [came.to_owned(), "type repeated".to_owned()]);
    };
    told(Some("image/webp"), "type negotiated webp");
    told(None, "type negotiated");
    assert_eq!(outcomes("/info?type=auto&url=http://h/", Some("image/webp"))[0], "type not_read");
}

#[test]
fn the_parameters_of_steps_follow_their_pipeline() {
    let steps = r#"[{"operation":"crop","params":{"width":100,"depth":1,"quality":75}},
                    {"operation":"watermarkImage","params":{"image":"http://h/b?sig=1","width":null,"x":[]}}]"#;
    let told = outcomes(&format!("/pipeline?operations={steps}&url=http://h/&width=3"), None);
    assert!(told[0].starts_with("operations refused") && told[5] == "2.width refused", "{told:?}");
    let steps = steps.replace("\"width\":null,", "");
    let told = outcomes(&format!("/pipeline?operations={steps}&url=http://h/&width=3"), None);
    assert!(told[0].starts_with("operations used [{"), "{told:?}");
    assert_eq!(
        told[1..],
        [
            "1.depth unknown",
            "1.quality default",
            "1.width used 100",
            "2.image used http://h/b",
            "2.x unknown",
            "url used http://h/",
            "width not_read",
        ]
    );
}

#[test]
fn a_refused_request_is_explained_as_far_as_it_goes() {
    let explained = explain("/crop?width=wide&height=3&minampl=2&url=http://h/", None);
    let refusal = explained.request.unwrap_err();
    let [width, height, ..] = &explained.parameters[..] else { panic!("{:?}", explained.parameters) };
    assert_eq!(width.outcome, Outcome::Refused(refusal.message));
    assert_eq!(height.outcome, Outcome::Used("3".to_owned()));
    assert_eq!(explain("/dance?width=3&url=http://h/", None).parameters, []);
    let file = explain("/crop?file=a&width=3", None);
    assert!(matches!(file.parameters[0].outcome, Outcome::Refused(_)), "{file:?}");
    assert!(matches!(explain("/crop?width=3&url=", None).parameters[1].outcome, Outcome::Refused(_)));
}

#[test]
fn no_secret_is_in_it() {
    let step = |url: &str| format!(r#"[{{"operation":"watermarkImage","params":{{"image":"{url}"}}}}]"#);
    for asked in [
        "/resize?width=3&key=s3cret&sign=s3cret&key=s3cret&key=s3cret;&sig%6e=s3cret%z&url=http://h/",
        "/resize?width=3&url=http://user:s3cret@h/a",
        "/resize?width=3&url=http://s3cret@h/a",
        "/resize?width=3&url=user:s3cret@h/a",
        "/resize?width=3&URL=http://u:s3cret@h/a&url=http://h/",
        "/resize?width=3&file=http://u:s3cret@h/a",
        "/resize?width=3&url=http://h/&url=http://u:s3cret@h/",
        "/watermarkimage?image=http://u:s3cret@h/a&url=http://h/",
        "/resize?width=3&image=http://u:s3cret@h/a&url=http://h/",
        &format!("/pipeline?url=http://h/&operations={}", step("http://u:s3cret@h/a")),
        &format!("/pipeline?url=http://h/&operations={}", step("http:\\/\\/u:s3cret@h/a")),
        &format!("/pipeline?url=http://h/&operations={}", step("http://u:s3cret@h/a").replace('}', "")),
        "/pipeline?url=http://h/&operations=[{\"i\":\"http://u:s3cret@h",
    ] {
        let told = format!("{:?}", explain(asked, None));
        assert!(!told.contains("s3cret"), "{asked}: {told}");
    }
}
