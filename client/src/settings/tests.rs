use super::*;
use proptest::prelude::*;

fn apply(settings: &mut Settings, text: &str, removed: Removed) -> Vec<Remark> {
    match Interpreter::new(SettingsFile::read(text), Device::default()).run() {
        Step::Done(set) => settings.apply(set, removed),
        Step::Get(name) => panic!("no fetch expected: {name}"),
    }
}

#[test]
fn a_file_of_an_ip_office_is_followed() {
    let mut settings = Settings::default();
    let remarks = apply(
        &mut settings,
        "SET ENABLE_IPOFFICE 1\nSET SIP_CONTROLLER_LIST \"pbx.example:5061;transport=tls,10.0.0.2:5060;transport=tcp\"\n\
         SET SIPDOMAIN example\nSET MEDIAENCRYPTION \"1,9\"\nSET RTP_PORT_LOW 40750\nSET RTP_PORT_RANGE 10000\nSET SOME_LATER_NAME 7\n",
        Removed::Keep,
    );
    assert!(settings.ipoffice);
    assert_eq!(settings.controllers.len(), 2);
    assert_eq!(
        settings.media_encryption,
        [MediaEncryption::Aes128Sha80, MediaEncryption::None]
    );
    assert_eq!(
        remarks,
        [Remark::Unused {
            name: "SOME_LATER_NAME".to_owned()
        }]
    );
    assert_eq!(settings.stored["SOME_LATER_NAME"], "7");
}

#[test]
fn an_invalid_value_leaves_the_previous_one() {
    let mut settings = Settings::default();
    apply(
        &mut settings,
        "SET REGISTERWAIT 600\nSET SIP_CONTROLLER_LIST pbx",
        Removed::Keep,
    );
    let remarks = apply(
        &mut settings,
        "SET REGISTERWAIT soon\nSET SIP_CONTROLLER_LIST a,\nSET MEDIAENCRYPTION 3,4\nSET CALL_SESSION_TIMER_EXPIRATION 10",
        Removed::Keep,
    );
    assert_eq!(
        (
            settings.register_wait_s,
            settings.controllers.len(),
            settings.session_timer_s
        ),
        (600, 1, None)
    );
    assert_eq!(remarks.len(), 4);
    assert!(
        remarks
            .iter()
            .all(|remark| matches!(remark, Remark::Invalid { .. }))
    );
}

#[test]
fn a_removed_setting_is_kept_by_a_client_and_reset_by_a_phone() {
    for (removed, expected) in [(Removed::Keep, 600), (Removed::Reset, 300)] {
        let mut settings = Settings::default();
        apply(&mut settings, "SET REGISTERWAIT 600\n", removed);
        apply(&mut settings, "SET SIPDOMAIN example\n", removed);
        assert_eq!(settings.register_wait_s, expected, "{removed:?}");
    }
}

proptest! {
    /// CFG-03: no file at all makes the client fail.
    #[test]
    fn any_file_is_survived(text in "(?s).{0,600}", lines in proptest::collection::vec(("[A-Z_0-9]{1,12}", "[^\r\n]{0,30}"), 0..20)) {
        let mut settings = Settings::default();
        let mut file = text;
        for (name, value) in lines {
            file.push_str(&format!("\nSET {name} {value}"));
        }
        let mut interpreter = Interpreter::new(SettingsFile::read(&file), Device::default());
        while let Step::Get(_) = interpreter.run() {
            interpreter.fetched(None);
        }
        if let Step::Done(set) = interpreter.run() {
            settings.apply(set, Removed::Keep);
        }
    }
}
