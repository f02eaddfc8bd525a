//! What each phone of the command line is told, whatever it does: what it says, how long, over what links, and whom it believes.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use client::Voice;

use super::trust::Believed;
use super::{Trouble, wav};

/// What each phone is told.
#[derive(Args, Debug)]
pub struct PhoneOptions {
    /// What to say, over and over: a WAV file, 8000, 16000, 24000 or 48000 Hz, 16 bits; silence if not given
    #[arg(long, value_name = "FILE")]
    pub play: Option<PathBuf>,
    /// How long to talk, or to stay
    #[arg(long, value_name = "S", default_value = "10", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub seconds: u64,
    /// What goes wrong on the phone's links, as JSON: a fault plan whose site is `phone`
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Whose certificates are believed
    #[command(flatten)]
    pub believed: Believed,
}

impl PhoneOptions {
    /// What the phone says; an error if its file cannot be read.
    pub fn voice(&self) -> Result<Voice, Trouble> {
        let voice = self.play.as_deref().map(wav::read).transpose()?;
        Ok(voice.unwrap_or_default())
    }

    /// How long it talks or stays.
    pub fn time(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}
