//! Configuration and dialling: settings file, discovery, dialling rules.

use super::answers::{C18, C19, C22, C23};
use crate::requirement::{Level, Requirement, Source};

/// CFG-01: E-mail discovery returns the settings URL; an unknown e-mail fails clearly and the URL can still be typed in.
pub const EMAIL_DISCOVERY: Requirement = Requirement {
    id: "CFG-01",
    source: Source::Faq(&[C22]),
    level: Level::Must,
    text: "E-mail discovery returns the settings URL; an unknown e-mail fails clearly and the URL can still be typed in.",
    proof: "Known → URL → parsed → registered; unknown → empty answer → URL path.",
    choice: Some("The REST form of the look-up is ours."),
};

/// CFG-02: The settings URL is served on ports 443, 80, 411 and 8411.
pub const DIRECT_URL: Requirement = Requirement {
    id: "CFG-02",
    source: Source::Faq(&[C22]),
    level: Level::Must,
    text: "The settings URL is served on ports 443, 80, 411 and 8411.",
    proof: "Four fetches, by profile.",
    choice: None,
};

/// CFG-03: The settings file follows its published grammar; unknown settings never break the parse.
pub const SETTINGS_GRAMMAR: Requirement = Requirement {
    id: "CFG-03",
    source: Source::Faq(&[C22]),
    level: Level::Must,
    text: "The settings file follows its published grammar; unknown settings never break the parse.",
    proof: "Property: generate → parse → print → parse stable; 20 hand cases; fuzz.",
    choice: None,
};

/// CFG-04: A setting removed from the file is kept by the client and reset in the phone profile.
pub const REMOVED_SETTING: Requirement = Requirement {
    id: "CFG-04",
    source: Source::Faq(&[C22]),
    level: Level::Should,
    text: "A setting removed from the file is kept by the client and reset in the phone profile.",
    proof: "Two profiles, same two files.",
    choice: None,
};

/// CFG-05: Top of Mind Lite (mobile): the main screen is the dial pad, with contacts, history and messages tabs.
pub const TOP_OF_MIND_LITE: Requirement = Requirement {
    id: "CFG-05",
    source: Source::Faq(&[C18]),
    level: Level::Must,
    text: "Top of Mind Lite (mobile): the main screen is the dial pad, with contacts, history and messages tabs.",
    proof: "Client view model snapshot, on/off, desktop unaffected.",
    choice: None,
};

/// CFG-06: Click to call is configurable separately for browser and Outlook.
pub const CLICK_TO_CALL: Requirement = Requirement {
    id: "CFG-06",
    source: Source::Faq(&[C19]),
    level: Level::Must,
    text: "Click to call is configurable separately for browser and Outlook.",
    proof: "Tel, sip, sips, callto URIs parsed; switch off → ignored.",
    choice: None,
};

/// CFG-07: Dialling rules are local on R11; the server never sends them in the R11 profile.
pub const LOCAL_DIALLING_RULES: Requirement = Requirement {
    id: "CFG-07",
    source: Source::Faq(&[C23, C22]),
    level: Level::Must,
    text: "Dialling rules are local on R11; the server never sends them in the R11 profile.",
    proof: "Generated file has no PHN*/DIALPLAN* names in the r11 profile.",
    choice: None,
};

/// DIA-01: Rules off: number sent as typed (separators removed).
pub const RULES_OFF: Requirement = Requirement {
    id: "DIA-01",
    source: Source::Faq(&[C23]),
    level: Level::Must,
    text: "Rules off: number sent as typed (separators removed).",
    proof: "Property: only separators removed.",
    choice: None,
};

/// DIA-02: Short codes (`*`,`#`) and emergency numbers are never rewritten.
pub const NEVER_REWRITTEN: Requirement = Requirement {
    id: "DIA-02",
    source: Source::Faq(&[C23]),
    level: Level::Must,
    text: "Short codes (`*`,`#`) and emergency numbers are never rewritten.",
    proof: "Property.",
    choice: None,
};

/// DIA-03: Rules apply in this order: separators, short code, emergency, internal length (one n means at most n digits, several mean exact), plus form, national length, outside line.
pub const ORDER_OF_RULES: Requirement = Requirement {
    id: "DIA-03",
    source: Source::Faq(&[C23]),
    level: Level::Should,
    text: "Rules apply in this order: separators, short code, emergency, internal length (one n means at most n digits, several mean exact), plus form, national length, outside line.",
    proof: "Golden table of ≥40 numbers (US, UK, DE plans).",
    choice: Some("The order of the rules is ours; the product’s own order is not public."),
};

/// DIA-04: Applying the rules twice changes nothing.
pub const RULES_ARE_IDEMPOTENT: Requirement = Requirement {
    id: "DIA-04",
    source: Source::Faq(&[C23]),
    level: Level::Should,
    text: "Applying the rules twice changes nothing.",
    proof: "Property: idempotent on its own output marked dialled.",
    choice: None,
};

/// Every requirement of this area, in the order of its numbers.
pub const ALL: &[&Requirement] = &[
    &EMAIL_DISCOVERY,
    &DIRECT_URL,
    &SETTINGS_GRAMMAR,
    &REMOVED_SETTING,
    &TOP_OF_MIND_LITE,
    &CLICK_TO_CALL,
    &LOCAL_DIALLING_RULES,
    &RULES_OFF,
    &NEVER_REWRITTEN,
    &ORDER_OF_RULES,
    &RULES_ARE_IDEMPOTENT,
];
