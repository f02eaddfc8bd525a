//! Making `rtc`'s peer connection out of our configuration.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rtc::crypto::SignatureScheme;
use rtc::interceptor::{ReceiverReportBuilder, Registry, Slot, TwccReceiverBuilder};
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::certificate::{CertificateParams, RTCCertificate};
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::media_engine::MediaEngine;
use rtc::peer_connection::configuration::setting_engine::SettingEngineBuilder;
use rtc::peer_connection::transport::{
    CandidateConfig, CandidateHostConfig, RTCIceCandidate, RTCIceCandidateInit,
};
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtp_transceiver::RTCRtpTransceiverInit;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodingParameters, RTCRtpEncodingParameters, RTCRtpHeaderExtensionCapability,
    RTCRtpRtxParameters, RtpCodecKind,
};
use rtc::sdp::extmap::{ABS_SEND_TIME_URI, SDES_MID_URI, TRANSPORT_CC_URI};
use rtc::shared::error::{Error, Result};

use super::Sources;
use crate::clock;
use crate::codec::Codec;
use crate::config::{Config, Direction, Track};
use crate::event::TrackId;
use crate::order::ReportsInOrder;
use crate::passage::Passing;
use crate::provider::SeededProvider;
use crate::rtcp::DeliverRtcp;

/// A connection with its candidates, m-lines and data channels, before any description.
pub(super) fn connection(
    now: Duration,
    config: &Config,
    provider: &Arc<SeededProvider>,
    sources: &[Sources],
) -> Result<RTCPeerConnection> {
    let settings = SettingEngineBuilder::new()
        .with_crypto_provider(provider.clone())
        .with_lite(config.lite)
        .with_ice_connection_attempts(None, Some(MOST_BINDING_REQUESTS))
        .with_include_loopback_candidate(true)
        .build();
    // Inbound: the bookkeeping of reports first, then the mark that lets RTCP past the end.
    let mut interceptors = Registry::new()
        .with(Slot::ReceiverReport, ReceiverReportBuilder::new().build())
        .with(ORDER_SLOT, Passing::<ReportsInOrder>::new())
        .with(DELIVER_SLOT, Passing::<DeliverRtcp>::new());
    if config
        .tracks
        .iter()
        .any(|track| track.media.kind() == RtpCodecKind::Video)
    {
        interceptors = interceptors.with(Slot::TwccReceiver, TwccReceiverBuilder::new().build());
    }
    let certificate = certificate(now, config, provider)?;
    let configuration = RTCConfigurationBuilder::new().with_certificates(vec![certificate]);
    let mut connection = RTCPeerConnectionBuilder::new()
        .with_configuration(configuration.build())
        .with_media_engine(media_engine(config)?)
        .with_setting_engine(settings)
        .with_interceptor_registry(interceptors)
        .build(clock::instant(now))?;
    for (index, track) in config.tracks.iter().enumerate() {
        let sources = sources.get(index).ok_or(Error::ErrUnknownType)?;
        add_track(&mut connection, index, track, *sources)?;
    }
    for label in &config.channels {
        connection.create_data_channel(label, None)?;
    }
    for local in &config.local {
        connection.add_local_candidate(host_candidate(*local)?)?;
    }
    // An empty candidate says that there are no more.
    connection.add_local_candidate(RTCIceCandidateInit::default())?;
    Ok(connection)
}

/// The m-line that a track name of ours stands for.
pub(super) fn own_track(name: &str) -> Option<TrackId> {
    name.strip_prefix(TRACK_NAME)?.parse().ok().map(TrackId)
}

fn media_engine(config: &Config) -> Result<MediaEngine> {
    let mut engine = MediaEngine::default();
    let codecs = config.tracks.iter().flat_map(|track| track.media.codecs());
    for codec in codecs {
        match codec {
            Codec::Audio(audio) => engine.register_codec(audio.parameters(), codec.kind())?,
            Codec::Video(video) => {
                for parameters in video.parameters() {
                    engine.register_codec(parameters, codec.kind())?;
                }
            }
        }
    }
    for uri in [SDES_MID_URI, ABS_SEND_TIME_URI, TRANSPORT_CC_URI] {
        let uri = uri.to_owned();
        let extension = RTCRtpHeaderExtensionCapability { uri };
        engine.register_header_extension(extension, RtpCodecKind::Video, None)?;
    }
    Ok(engine)
}

/// Self-signed, valid around the owner's present, key and serial number from the seed.
fn certificate(
    now: Duration,
    config: &Config,
    provider: &Arc<SeededProvider>,
) -> Result<RTCCertificate> {
    let name = format!("{:016x}", u64::from_be_bytes(provider.draw()));
    let mut parameters =
        CertificateParams::new(vec![name]).map_err(|error| Error::Other(error.to_string()))?;
    let present = config.utc + now;
    parameters.not_before = (present - CERTIFICATE_LIFE).into();
    parameters.not_after = (present + CERTIFICATE_LIFE).into();
    let scheme = SignatureScheme::EcdsaP256Sha256;
    let mut certificate = RTCCertificate::generate(provider.as_ref(), scheme, parameters)?;
    // `rtc` compares this with the machine's clock, which is not the owner's; peers trust the
    // fingerprint in the description, not the dates.
    certificate.expires = SystemTime::UNIX_EPOCH + FAR_FUTURE;
    Ok(certificate)
}

fn add_track(
    connection: &mut RTCPeerConnection,
    index: usize,
    track: &Track,
    sources: Sources,
) -> Result<()> {
    let kind = track.media.kind();
    let repair = RTCRtpRtxParameters {
        ssrc: sources.repair,
    };
    let encoding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters {
            ssrc: Some(sources.media),
            rtx: (kind == RtpCodecKind::Video).then_some(repair),
            ..RTCRtpCodingParameters::default()
        },
        ..RTCRtpEncodingParameters::default()
    };
    let init = RTCRtpTransceiverInit {
        direction: track.direction.to_rtc(),
        streams: Vec::new(),
        send_encodings: Vec::new(),
    };
    if track.direction == Direction::ReceiveOnly {
        connection.add_transceiver_from_kind(kind, Some(init))?;
        return Ok(());
    }
    let name = format!("{TRACK_NAME}{index}");
    let source = MediaStreamTrack::new(
        format!("stream{index}"),
        name.clone(),
        name,
        kind,
        vec![encoding],
    );
    connection.add_transceiver_from_track(source, Some(init))?;
    Ok(())
}

fn host_candidate(local: SocketAddr) -> Result<RTCIceCandidateInit> {
    let candidate = CandidateHostConfig {
        base_config: CandidateConfig {
            network: "udp".to_owned(),
            address: local.ip().to_string(),
            port: local.port(),
            component: 1,
            ..CandidateConfig::default()
        },
        ..CandidateHostConfig::default()
    };
    RTCIceCandidate::from(&candidate.new_candidate_host()?).to_json()
}

/// Our track names are this and the m-line's number.
const TRACK_NAME: &str = "track";
/// On the way out just behind the receiver reports.
const ORDER_SLOT: Slot = Slot::Custom(9_000);
/// Between `rtc`'s own interceptors and the application.
const DELIVER_SLOT: Slot = Slot::Custom(14_000);
/// Checks sent on a pair before it counts as failed; at 200 ms each about 10 s, so that a lossy path
/// or a description that arrives late does not end the attempt (RFC 8445 §14.3 asks for 7 with back-off).
const MOST_BINDING_REQUESTS: u16 = 50;
/// The life that browsers give the certificates they make for one connection.
const CERTIFICATE_LIFE: Duration = Duration::from_secs(30 * 86_400);
/// Some day in 2286: later than any clock this runs under.
const FAR_FUTURE: Duration = Duration::from_secs(10_000_000_000);
