//! What a call reports of its quality: once at its end, and once for each figure that is beyond its threshold.
//!
//! RFC 6035 §4.2. Figures are those since the call's sound began.

use std::time::Duration;

use media::quality::{Alert, Party, SessionReport, VoiceMetrics};
use media::stream::StreamStatistics;
use sip::dialog::Dialog;

use crate::collector::QualityReports;
use crate::desk::Desk;

use super::sound::CallSound;

/// How often thresholds are looked at; ours, the mean time between two reports of RTCP.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Packets without which figures say little; ours: ten seconds of speech.
const PACKETS_MIN: u64 = 500;

/// What is needed for a call's reports beside its sound.
#[derive(Debug)]
pub(super) struct CallReports {
    call_id: String,
    to_tag: String,
    from_tag: String,
    local_id: String,
    remote_id: String,
    /// The installations that the ends belong to, as far as we know: the hosts of their addresses.
    local_group: String,
    remote_group: String,
    local_called: bool,
    began: Duration,
    look_at: Duration,
    alerted: Vec<Alert>,
}

impl CallReports {
    /// The sound of a call begins.
    pub(super) fn begin(now: Duration, dialog: &Dialog, local_called: bool) -> Self {
        let id = |address: &sip::header::NameAddr| {
            let mut address = address.clone();
            address.params.remove("tag");
            address.to_string()
        };
        let (local, remote) = (dialog.local_tag(), dialog.remote_tag());
        let (from, to) = if local_called {
            (local, remote)
        } else {
            (remote, local)
        };
        Self {
            call_id: dialog.call_id().to_owned(),
            to_tag: to.to_owned(),
            from_tag: from.to_owned(),
            local_id: id(dialog.local()),
            remote_id: id(dialog.remote()),
            local_group: dialog.local().uri.host().to_owned(),
            remote_group: dialog.remote().uri.host().to_owned(),
            local_called,
            began: now,
            look_at: now + LOOK_EVERY,
            alerted: Vec::new(),
        }
    }

    /// Looks at the thresholds, if it is time to.
    pub(super) fn look(&mut self, now: Duration, sound: &CallSound, desk: &mut Desk) {
        if now < self.look_at {
            return;
        }
        self.look_at = now + LOOK_EVERY;
        let statistics = sound.statistics();
        let heard = statistics.playout.packets_in_time() + statistics.playout.packets_missed;
        if heard < PACKETS_MIN {
            return;
        }
        let metrics = statistics.voice_metrics();
        for alert in crossed(&metrics, &desk.quality) {
            if !self.alerted.contains(&alert) {
                self.alerted.push(alert);
                self.report(now, sound, &statistics, Some(alert), desk);
            }
        }
    }

    /// The call is over.
    pub(super) fn end(&self, now: Duration, sound: &CallSound, desk: &mut Desk) {
        let statistics = sound.statistics();
        // A call in which nothing was heard has no figures.
        if statistics.received.is_some() {
            self.report(now, sound, &statistics, None, desk);
        }
    }

    fn report(
        &self,
        now: Duration,
        sound: &CallSound,
        statistics: &StreamStatistics,
        alert: Option<Alert>,
        desk: &mut Desk,
    ) {
        let Some(((local, remote), heard)) = sound.ends().zip(statistics.received) else {
            return;
        };
        let party = |id, group, media, ssrc| Party {
            id,
            group,
            media,
            ssrc,
        };
        let codec = sound.codec();
        let utc_s = |at: Duration| (desk.utc_at_zero + at).as_secs();
        let report = SessionReport {
            alert,
            call_id: &self.call_id,
            to_tag: &self.to_tag,
            from_tag: &self.from_tag,
            local: party(&self.local_id, &self.local_group, local, statistics.ssrc),
            remote: party(&self.remote_id, &self.remote_group, remote, heard.ssrc),
            local_called: self.local_called,
            start_s: utc_s(self.began),
            stop_s: utc_s(now),
            payload_type: codec.payload_type,
            codec: &codec.name,
            sample_rate_hz: statistics.codec.sample_rate_hz(),
            packet_ms: statistics.packet_time.as_millis() as u32,
            local_metrics: statistics.voice_metrics(),
            remote_metrics: statistics.remote_voice,
        };
        desk.report_quality(report.to_string());
    }
}

/// The figures that are beyond their thresholds.
fn crossed(
    metrics: &VoiceMetrics,
    thresholds: &QualityReports,
) -> impl Iterator<Item = Alert> + use<> {
    let mos = metrics.quality.zip(thresholds.alert_mos_below);
    let is_poor = mos.is_some_and(|(quality, least)| quality.mos_lq < least);
    let most = thresholds.alert_loss_percent_over;
    let is_lossy = most.is_some_and(|most| 100.0 * metrics.loss > most);
    [
        (is_poor, Alert::ListeningQuality),
        (is_lossy, Alert::NetworkLoss),
    ]
    .into_iter()
    .filter_map(|(is_crossed, alert)| is_crossed.then_some(alert))
}
