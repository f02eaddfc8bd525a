use super::*;
use proptest::prelude::*;

fn uri(text: &str) -> Uri {
    Uri::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn reads_every_part() {
    let all = uri(
        "sip:alice;day=tuesday:s%3Bx@[2001:db8::10]:5070;transport=TCP;lr;gr=urn:uuid:f8?Subject=a%20b&x=",
    );
    assert_eq!(all.scheme(), Scheme::Sip);
    assert_eq!(all.user().as_deref(), Some("alice;day=tuesday"));
    assert_eq!(all.password_raw(), Some("s%3Bx"));
    assert_eq!((all.host(), all.port()), ("[2001:db8::10]", Some(5070)));
    assert_eq!(all.host_ip(), Some("2001:db8::10".parse().unwrap()));
    assert_eq!(all.transport().as_deref(), Some("tcp"));
    assert_eq!(all.param("GR").as_deref(), Some("urn:uuid:f8"));
    assert!(all.is_loose_router());
    assert_eq!(all.header("subject").as_deref(), Some("a b"));
    assert_eq!(all.to_string(), all.as_str());
}

#[test]
fn other_schemes_stay_whole() {
    assert_eq!(
        uri("tel:+1-201-555-0123;phone-context=x").user_raw(),
        Some("+1-201-555-0123")
    );
    assert_eq!(uri("urn:service:sos").scheme(), Scheme::Urn);
    assert_eq!(
        uri("nobodyKnowsThisScheme:totallyopaquecontent").scheme(),
        Scheme::Other
    );
    assert_eq!(uri("http://a.example/x?y").host(), "");
}

#[test]
fn refuses_what_is_no_uri() {
    for text in [
        "",
        "sip",
        "sip:",
        "sip:@host",
        "sip:a@",
        "sip:a@b@c",
        "sip:a@host:",
        "sip:a@host:x",
        "sip:a@host:70000",
        "sip:a@[::1",
        "sip:a@[::g]",
        "sip:a b@host",
        "<sip:a@host>",
        "sip:a%4@host",
        "sip:a@host;x=%zz",
        "1sip:a@h",
        "tel:",
        "tel:abc!",
        "sip:a@ho,st",
        "urn:",
    ] {
        assert!(Uri::parse(text).is_err(), "{text}");
    }
}

#[test]
fn compares_as_the_examples_of_rfc_3261_19_1_4() {
    for (a, b) in [
        (
            "sip:%61lice@atlanta.com;transport=TCP",
            "sip:alice@AtlanTa.CoM;Transport=tcp",
        ),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        (
            "sip:carol@chicago.com;newparam=5",
            "sip:carol@chicago.com;security=on",
        ),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
        ("sip:a@[::1]", "sip:a@[0:0::1]"),
        ("tel:+1-201-555-0123", "tel:+12015550123"),
    ] {
        assert!(
            uri(a).is_equivalent(&uri(b)) && uri(b).is_equivalent(&uri(a)),
            "{a} {b}"
        );
    }
    for (a, b) in [
        (
            "SIP:ALICE@AtLanTa.CoM;Transport=udp",
            "sip:alice@AtLanTa.CoM;Transport=UDP",
        ),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        (
            "sip:bob@biloxi.com",
            "sip:bob@biloxi.com:6000;transport=tcp",
        ),
        (
            "sip:carol@chicago.com",
            "sip:carol@chicago.com?Subject=next%20meeting",
        ),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        (
            "sip:carol@chicago.com;security=on",
            "sip:carol@chicago.com;security=off",
        ),
        ("sip:a%3Bb@h", "sip:a;b@h"),
        ("sip:a@h", "sips:a@h"),
    ] {
        assert!(!uri(a).is_equivalent(&uri(b)), "{a} {b}");
    }
}

#[test]
fn changes_one_part_and_keeps_the_others() {
    let base = uri("sip:%61@h:5060;a=1;B;c=3?x=y");
    assert_eq!(
        base.with_param("b", "2").as_str(),
        "sip:%61@h:5060;a=1;b=2;c=3?x=y"
    );
    assert_eq!(
        base.with_param("d", "").as_str(),
        "sip:%61@h:5060;a=1;B;c=3;d?x=y"
    );
    assert_eq!(base.without_param("A").as_str(), "sip:%61@h:5060;B;c=3?x=y");
    assert_eq!(base.without_headers().as_str(), "sip:%61@h:5060;a=1;B;c=3");
    assert_eq!(uri("sip:a@h").with_param("lr", "").as_str(), "sip:a@h;lr");
    assert_eq!(
        uri("sip:a@h?x=y").with_param("lr", "").as_str(),
        "sip:a@h;lr?x=y"
    );
    assert_eq!(uri("tel:123").with_param("x", "1").as_str(), "tel:123;x=1");
    let refer = uri("sip:a@h").with_header("Replaces", "1@h;to-tag=a;from-tag=b");
    assert_eq!(
        refer.as_str(),
        "sip:a@h?Replaces=1%40h%3Bto-tag%3Da%3Bfrom-tag%3Db"
    );
    assert_eq!(
        refer.header("replaces").as_deref(),
        Some("1@h;to-tag=a;from-tag=b")
    );
}

proptest! {
    #[test]
    fn built_uris_keep_their_user(user in "\\PC{1,20}", port in proptest::option::of(1u16..)) {
        let made = Uri::sip(Some(&user), "2001:db8::1", port).unwrap();
        let read = made.user();
        prop_assert_eq!(read.as_deref(), Some(user.as_str()));
        prop_assert_eq!((made.host(), made.port()), ("[2001:db8::1]", port));
    }

    #[test]
    fn any_text_is_read_without_panic(text in "(sips?:|tel:|urn:)?[a-z0-9@:;?&=%\\[\\].#<> ]{0,40}") {
        if let Ok(uri) = Uri::parse(&text) {
            prop_assert_eq!(uri.as_str(), text.as_str());
            let _ = (uri.user(), uri.host_ip(), uri.param("a"), uri.headers().count());
            let _ = (uri.with_param("x", "y"), uri.without_param("a"), uri.without_headers(), uri.with_header("h", "v"));
            prop_assert!(uri.is_equivalent(&uri));
        }
    }
}
