//! Whose pictures go to whom: packets of a camera to the windows that show it, requests of the windows back to the camera.

use std::time::Duration;

use webrtc_peer::RtpPacket;

use super::camera::{Arrived, Camera};
use super::party::{Live, Party};
use super::pictures::Asked;
use super::window::arrange;
use super::{Bridge, Output};
use crate::flaws::Flaw;
use crate::room::ParticipantId;

impl Bridge {
    /// A packet of a participant's camera.
    pub(super) fn on_picture(&mut self, now: Duration, id: ParticipantId, packet: &RtpPacket) {
        let Some(mut camera) = self.take_camera(id) else {
            return;
        };
        match camera.take(now, packet) {
            Some(Arrived::Next(_)) => self.forward(now, id, &mut camera),
            Some(Arrived::Anew(codec)) => {
                for viewer in &camera.viewers {
                    if let Some(live) = self.parties.get_mut(viewer).and_then(Party::live) {
                        let windows = live.pictures.windows.iter_mut();
                        let showing = windows.filter(|window| window.shows() == Some(id));
                        showing.for_each(|window| window.show(Some(id), Some(codec)));
                    }
                }
                self.forward(now, id, &mut camera);
                self.return_camera(id, camera);
                // Whoever cannot show the codec is shown somebody else.
                let room = self.parties.get(&id).map(|party| party.room.clone());
                room.into_iter().for_each(|room| self.arrange(&room));
                return;
            }
            None => {}
        }
        self.return_camera(id, camera);
    }

    /// A participant's reports and requests.
    pub(super) fn on_feedback(&mut self, now: Duration, id: ParticipantId, bytes: &[u8]) {
        let Some(live) = self.live(id) else {
            return;
        };
        let asked = live.pictures.on_feedback(now, bytes);
        for one in asked {
            match one {
                Asked::KeyFrame { of } => self.want_key_frame(of),
                Asked::Packet { window, sequence } => self.repair(now, id, window, sequence),
            }
        }
        self.weigh(now, id);
        self.stir(id);
    }

    /// Gives the windows of everybody in a room to those who are to be seen, and tells whom it concerns.
    pub(super) fn arrange(&mut self, room: &str) {
        let Some(gallery) = self.galleries.get(room) else {
            return;
        };
        let order: Vec<ParticipantId> = gallery.cameras().collect();
        let viewers = self.parties.iter().filter(|(_, party)| party.room == room);
        let viewers: Vec<ParticipantId> = viewers.map(|(id, _)| *id).collect();
        for viewer in viewers {
            let Some(pictures) = self.live(viewer).map(|live| &live.pictures) else {
                continue;
            };
            let (shown, room) = (pictures.shown(), pictures.budget.room());
            let others = order.iter().copied().filter(|id| *id != viewer);
            let wanted = others.filter(|id| self.can_show(viewer, *id));
            let changes = arrange(&shown, wanted.take(room));
            if changes.is_empty() {
                continue;
            }
            for (place, whom) in changes {
                self.show(viewer, place, whom);
            }
            self.tell_pictures(viewer);
        }
    }

    /// A participant is gone: nobody is shown them any more, and their camera's place is another's.
    pub(super) fn forget_pictures(&mut self, id: ParticipantId, room: &str) {
        for party in self.parties.values_mut() {
            if let Some(camera) = party.live().and_then(|live| live.pictures.camera.as_mut()) {
                camera.viewers.retain(|viewer| *viewer != id);
            }
        }
        if let Some(gallery) = self.galleries.get_mut(room) {
            gallery.leave(id);
        }
        self.arrange(room);
        if self
            .galleries
            .get(room)
            .is_some_and(super::Gallery::is_empty)
        {
            self.galleries.remove(room);
        }
    }

    /// Sends what has had its turn, and asks cameras for what is missing.
    pub(super) fn pump_pictures(&mut self, now: Duration, id: ParticipantId) {
        let limit = self
            .camera(id)
            .filter(|camera| camera.is_limit_due(now))
            .map(|camera| self.limit(&camera.viewers));
        let Some(Live { peer, pictures, .. }) = self.live(id) else {
            return;
        };
        pictures.pump(now, peer);
        if let Some(camera) = &mut pictures.camera {
            if let Some(limit) = limit {
                camera.limit(now, limit);
            }
            let feedback = camera.feedback(now);
            if !feedback.is_empty() {
                // A connection that has just ended takes no more.
                let _ = peer.send_rtcp(now, feedback);
            }
        }
    }

    fn forward(&mut self, now: Duration, id: ParticipantId, camera: &mut Camera) {
        let Some(incoming) = camera.incoming() else {
            return;
        };
        let can_begin = incoming.can_begin;
        let mut is_wanted = false;
        for viewer in &camera.viewers {
            if self.flaws.contains(&Flaw::NoPictures) {
                continue;
            }
            if let Some(live) = self.parties.get_mut(viewer).and_then(Party::live) {
                is_wanted |= live.pictures.forward(now, id, &incoming);
                self.stirred.push_back(*viewer);
            }
        }
        if can_begin {
            camera.on_key_frame();
        }
        if is_wanted && !self.flaws.contains(&Flaw::NoKeyFrames) {
            camera.want_key_frame();
        }
    }

    fn show(&mut self, viewer: ParticipantId, place: usize, whom: Option<ParticipantId>) {
        let codec = whom.and_then(|id| self.codec_of(id));
        let Some(live) = self.live(viewer) else {
            return;
        };
        let Some(window) = live.pictures.windows.get_mut(place) else {
            return;
        };
        let before = window.shows();
        window.show(whom, codec);
        if let Some(camera) = before.and_then(|id| self.camera_mut(id)) {
            camera.viewers.retain(|id| *id != viewer);
        }
        if let Some(id) = whom {
            if let Some(camera) = self.camera_mut(id) {
                camera.viewers.push(viewer);
            }
            self.want_key_frame(id);
        }
    }

    fn want_key_frame(&mut self, of: ParticipantId) {
        if self.flaws.contains(&Flaw::NoKeyFrames) {
            return;
        }
        if let Some(camera) = self.camera_mut(of) {
            camera.want_key_frame();
            self.stir(of);
        }
    }

    fn repair(&mut self, now: Duration, id: ParticipantId, window: usize, sequence: u16) {
        let place = window;
        let Some(window) = self
            .live(id)
            .and_then(|live| live.pictures.windows.get(place))
        else {
            return;
        };
        let (Some(origin), Some(shown)) = (window.origin(sequence), window.shows()) else {
            return;
        };
        let Some(mut camera) = self.take_camera(shown) else {
            return;
        };
        if let Some(incoming) = camera.kept(now, origin)
            && let Some(live) = self.live(id)
        {
            live.pictures.repair(place, sequence, &incoming);
        }
        self.return_camera(shown, camera);
    }

    fn tell_pictures(&mut self, viewer: ParticipantId) {
        let Some(live) = self.live(viewer) else {
            return;
        };
        let windows = live.pictures.windows.iter();
        let lines = windows.map(|window| (window.mid.clone(), window.shows()));
        let lines = lines.collect();
        self.outputs
            .push_back(Output::Pictures { id: viewer, lines });
    }

    /// Whether a viewer's windows have the codec that somebody sends in, as far as that is known.
    fn can_show(&self, viewer: ParticipantId, whom: ParticipantId) -> bool {
        let codec = self.codec_of(whom);
        let live = self.parties.get(&viewer).and_then(Party::as_live);
        live.is_some_and(|live| {
            let mut windows = live.pictures.windows.iter();
            windows.any(|window| codec.is_none_or(|codec| window.can_show(codec)))
        })
    }

    /// Whether a participant has agreed to send pictures.
    pub(super) fn has_camera(&self, id: ParticipantId) -> bool {
        self.camera(id).is_some()
    }

    fn codec_of(&self, id: ParticipantId) -> Option<webrtc_peer::VideoCodec> {
        self.camera(id)?.codec()
    }

    pub(super) fn camera(&self, id: ParticipantId) -> Option<&Camera> {
        let live = self.parties.get(&id)?.as_live()?;
        live.pictures.camera.as_ref()
    }

    fn camera_mut(&mut self, id: ParticipantId) -> Option<&mut Camera> {
        self.live(id)?.pictures.camera.as_mut()
    }

    fn take_camera(&mut self, id: ParticipantId) -> Option<Camera> {
        self.live(id)?.pictures.camera.take()
    }

    fn return_camera(&mut self, id: ParticipantId, camera: Camera) {
        if let Some(live) = self.live(id) {
            live.pictures.camera = Some(camera);
            self.stir(id);
        }
    }
}
