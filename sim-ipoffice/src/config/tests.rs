use super::*;

#[test]
fn an_empty_object_is_the_default_system() {
    let json = |config: &Config| serde_json::to_string(config).unwrap();
    assert_eq!(
        json(&Config::from_json("{}").unwrap()),
        json(&Config::default())
    );
    assert_eq!(Config::default().sip_port(), 5060);
    assert_eq!(
        Config::from_json(r#"{"profile":"cloud"}"#)
            .unwrap()
            .sip_port(),
        5056
    );
}

#[test]
fn mistakes_are_named() {
    for (text, part) in [
        (r#"{"userz":[]}"#, "userz"),
        (
            r#"{"users":[{"extension":"20x","password":"1"}]}"#,
            "must be digits",
        ),
        (
            r#"{"users":[{"extension":"201","password":"1"},{"extension":"201","password":"2"}]}"#,
            "given twice",
        ),
        (
            r#"{"users":[{"extension":"901","password":"1"}]}"#,
            "test number",
        ),
        (r#"{"rtp":{"low":40750,"high":40800}}"#, "254"),
        (r#"{"expires":{"least_s":400}}"#, "least_s"),
        (r#"{"digest":{"algorithms":[]}}"#, "digest.algorithms"),
        (r#"{"digest":{"algorithms":["SHA-1"]}}"#, "SHA-512-256"),
        (r#"{"#, "JSON"),
    ] {
        let error = Config::from_json(text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}
