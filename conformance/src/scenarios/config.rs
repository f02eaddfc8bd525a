//! Configuration: discovery by e-mail, the settings file and its language.

pub mod direct_url;
pub mod email_discovery;
pub mod no_dialling_rules;
pub mod settings_grammar;
