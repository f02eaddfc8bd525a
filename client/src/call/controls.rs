//! What the user changes of sound and picture during a call; no SIP.

use super::*;

impl Call {
    /// Changes what is said, shown or listened to; no SIP.
    pub(crate) fn adjust(&mut self, desk: &mut Desk, command: Command) -> Result<(), CommandError> {
        match command {
            Command::Mute { muted, .. } => self.mute(desk, muted),
            Command::BlockVideo { blocked, .. } => self.block_video(desk, blocked)?,
            Command::Digits { digits, .. } => self.press(&digits)?,
            Command::Say { voice, .. } => self.say(voice),
            Command::Listen { frequencies_hz, .. } => self.listen(&frequencies_hz)?,
            // Only those above are given here.
            Command::LogIn(_)
            | Command::LogOut
            | Command::Call { .. }
            | Command::Answer { .. }
            | Command::HangUp { .. }
            | Command::Hold { .. }
            | Command::Retrieve { .. }
            | Command::Measure { .. }
            | Command::StartMessaging(_)
            | Command::Messaging(_)
            | Command::JoinMeeting(_)
            | Command::Meeting(_) => {}
        }
        Ok(())
    }

    fn mute(&mut self, desk: &mut Desk, muted: bool) {
        self.muted = muted;
        if let Some(sound) = &mut self.sound {
            sound.set_muted(muted);
        }
        desk.tell(Event::Muted {
            call: self.id,
            muted,
        });
    }

    fn block_video(&mut self, desk: &mut Desk, blocked: bool) -> Result<(), CommandError> {
        let video = self.video.as_mut().ok_or(CommandError::NoVideo)?;
        video.set_blocked(blocked);
        self.blocked = blocked;
        desk.tell(Event::VideoBlocked {
            call: self.id,
            blocked,
        });
        Ok(())
    }

    fn press(&mut self, digits: &str) -> Result<(), CommandError> {
        let sound = self.sound.as_mut().ok_or(CommandError::OutOfTurn)?;
        sound.press(digits).map_err(CommandError::Digits)
    }

    fn say(&mut self, voice: Voice) {
        if let Some(sound) = &mut self.sound {
            sound.set_voice(&voice);
        }
        self.voice = voice;
    }

    fn listen(&mut self, frequencies_hz: &[f64]) -> Result<(), CommandError> {
        let sound = self.sound.as_mut().ok_or(CommandError::OutOfTurn)?;
        sound.listen(frequencies_hz);
        Ok(())
    }
}
