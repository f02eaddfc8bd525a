//! Foreign implementations against our servers and our client, on real sockets of this machine.
//!
//! A test whose peer is not installed is counted as ignored and says which program is missing; `.ci/run` installs them all
//! from Debian.

#![allow(
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    reason = "programs that are not ours live in real time, and say more than is waited for"
)]

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use lab::Failure;

mod baresip;
mod calls;
mod chromium;
mod codecs;
mod container;
mod ffmpeg;
mod kamailio;
mod lab;
mod load;
mod meeting;
mod moments;
mod pictures;
mod room;
mod sipp;
mod solstice;
mod speech;
mod statistics;
mod tshark;
mod wav;

/// A test: its name, the programs that it needs, what it does.
type Test = (
    &'static str,
    &'static [&'static str],
    fn() -> Result<(), Failure>,
);

const TESTS: &[Test] = &[
    (
        "baresip_hears_the_tone_over_udp",
        &["baresip"],
        calls::baresip_hears_the_tone_over_udp,
    ),
    (
        "baresip_hears_the_tone_over_tls_and_srtp",
        &["baresip"],
        calls::baresip_hears_the_tone_over_tls_and_srtp,
    ),
    (
        "baresip_and_our_phone_talk_g711",
        &["baresip"],
        codecs::baresip_and_our_phone_talk_g711,
    ),
    (
        "baresip_and_our_phone_talk_g722",
        &["baresip"],
        codecs::baresip_and_our_phone_talk_g722,
    ),
    (
        "baresip_and_our_phone_talk_opus",
        &["baresip"],
        codecs::baresip_and_our_phone_talk_opus,
    ),
    (
        "sipp_makes_100_digest_calls",
        &["sipp"],
        calls::sipp_makes_100_digest_calls,
    ),
    (
        "our_phone_and_baresip_meet_at_kamailio",
        &["baresip", "kamailio"],
        calls::our_phone_and_baresip_meet_at_kamailio,
    ),
    (
        "a_load_calls_through_kamailio_in_two_shares",
        &["kamailio"],
        load::a_load_calls_through_kamailio_in_two_shares,
    ),
    (
        "a_load_over_tcp_calls_through_kamailio",
        &["kamailio"],
        load::a_load_over_tcp_calls_through_kamailio,
    ),
    (
        "kamailio_refuses_a_load_with_a_wrong_password",
        &["kamailio"],
        load::kamailio_refuses_a_load_with_a_wrong_password,
    ),
    (
        "sipp_answers_a_load_and_echoes",
        &["sipp"],
        load::sipp_answers_a_load_and_echoes,
    ),
    (
        "ffmpeg_decodes_our_g729",
        &["ffmpeg"],
        speech::ffmpeg_decodes_our_g729,
    ),
    (
        "ffmpeg_decodes_our_pictures",
        &["ffmpeg"],
        ffmpeg::ffmpeg_decodes_our_pictures,
    ),
    (
        "ffmpeg_receives_our_packets",
        &["ffmpeg"],
        ffmpeg::ffmpeg_receives_our_packets,
    ),
    (
        "our_stream_shows_what_ffmpeg_sends",
        &["ffmpeg"],
        ffmpeg::our_stream_shows_what_ffmpeg_sends,
    ),
    (
        "chromium_hears_our_phone_in_a_room",
        &["chromium", "chromedriver"],
        meeting::chromium_hears_our_phone_in_a_room,
    ),
    (
        "pages_and_our_phone_see_each_other",
        &["chromium", "chromedriver"],
        pictures::pages_and_our_phone_see_each_other,
    ),
    (
        "pages_see_each_other_in_vp8",
        &["chromium", "chromedriver"],
        pictures::pages_see_each_other_in_vp8,
    ),
    (
        "tshark_reads_our_captures_and_counts_as_we_do",
        &["tshark"],
        tshark::tshark_reads_our_captures_and_counts_as_we_do,
    ),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let container = Trial::test("our_phone_hears_the_tone_of_a_container", || {
        container::our_phone_hears_the_tone_of_a_container()
            .map_err(|failure| failure.to_string().into())
    });
    let container = if container::engine_runs() {
        container
    } else {
        container
            .with_kind("needs a container engine")
            .with_ignored_flag(true)
    };
    let trials = TESTS.iter().map(|(name, needs, test)| {
        let missing: Vec<&str> = needs
            .iter()
            .copied()
            .filter(|program| !is_installed(program))
            .collect();
        let trial = Trial::test(*name, move || {
            test().map_err(|failure| failure.to_string().into())
        });
        if missing.is_empty() {
            trial
        } else {
            trial
                .with_kind(format!("needs {}", missing.join(", ")))
                .with_ignored_flag(true)
        }
    });
    libtest_mimic::run(&arguments, trials.chain([container]).collect()).exit_code()
}

fn is_installed(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    // Servers live in sbin, which an ordinary user's path may leave out.
    std::env::split_paths(&folders)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .any(|folder| folder.join(program).is_file())
}
