//! `solstice call`: our softphone without a screen, on real sockets, against our server or anybody's.

mod phone;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use client::settings::Controller;
use client::{ClientConfig, LogIn, Measurement, Voice};
use media::AudioCodec;
use net::Host;

use super::phone_options::PhoneOptions;
use super::{Status, Trouble, place, wav};
use phone::{Ended, Phone};

/// Whom to call, and how.
#[derive(Args, Debug)]
#[command(group(clap::ArgGroup::new("way").required(true).args(["settings", "registrar"])))]
pub struct Arguments {
    /// Number, or a sip:, sips: or tel: URI
    pub number: String,
    /// URL of the settings file
    #[arg(long, value_name = "URL")]
    pub settings: Option<String>,
    /// Registrar without a settings file: host[:port][;transport=udp|tcp|tls]
    #[arg(long, value_name = "REGISTRAR")]
    pub registrar: Option<String>,
    /// Domain of the user's address, where it is not the registrar's host
    #[arg(long, value_name = "NAME")]
    pub domain: Option<String>,
    /// Extension or user name
    #[arg(long)]
    pub user: String,
    /// Its password
    #[arg(long)]
    pub password: String,
    /// Speech codecs to offer, best first: opus, g722, pcma, pcmu, g729; those of the settings if not given
    #[arg(long, value_name = "CODECS", value_delimiter = ',', value_parser = codec)]
    pub codec: Vec<AudioCodec>,
    /// Call with a picture: shows a test pattern, counts the pictures that come
    #[arg(long)]
    pub video: bool,
    /// Where to write what was heard, as a WAV file of the codec's sampling rate
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// What each phone is told
    #[command(flatten)]
    pub phone: PhoneOptions,
}

/// Recorded beyond the time of talking: what comes until the far side has hung up.
const SPARE_TIME: Duration = Duration::from_secs(60);

/// Calls; exit status 1 if there was no call.
pub fn carry_out(arguments: &Arguments, say: &mut dyn FnMut(&str)) -> Result<Status, Trouble> {
    let voice = arguments.phone.voice()?;
    let trust = arguments.phone.believed.trust()?;
    place::event_loop()?.block_on(async {
        let (host, way) = way(arguments).await?;
        let mut config = client::Config::new(trust);
        config.client = client_config(arguments, &host, voice);
        let mut phone = Phone {
            softphone: client::start(&host, config).await,
            say,
        };
        let ended = phone
            .call(
                way,
                (&arguments.number, arguments.video),
                arguments.phone.time(),
            )
            .await;
        // The far side should not find out by silence that we are gone.
        phone.leave().await;
        match ended? {
            Ended::NoCall(why) => {
                place::eprint(&why);
                Ok(Status::Findings)
            }
            Ended::Talked {
                measurement,
                recording,
            } => {
                if let (Some(path), Some(recording)) = (&arguments.record, &recording) {
                    wav::write(path, recording.rate_hz, &recording.heard)?;
                }
                tell(say, measurement.as_deref());
                Ok(Status::Expected)
            }
        }
    })
}

fn client_config(arguments: &Arguments, host: &Host, voice: Voice) -> ClientConfig {
    let record = if arguments.record.is_some() {
        arguments.phone.time() + SPARE_TIME
    } else {
        Duration::ZERO
    };
    ClientConfig {
        addresses: host.addresses(),
        sip_port: 0,
        // Where nobody says a word about it, UDP is what every registrar has.
        sip_transport: sip::flow::Transport::Udp,
        codecs: arguments.codec.clone(),
        voice,
        record,
        ..ClientConfig::default()
    }
}

/// The host to call from, and how to log in. A registrar on this machine is called from loopback.
async fn way(arguments: &Arguments) -> Result<(Host, LogIn), Trouble> {
    let (user, password) = (arguments.user.clone(), arguments.password.clone());
    if let Some(url) = &arguments.settings {
        return Ok((
            place::host_towards(&host_of(url), arguments.phone.faults.as_deref()).await?,
            LogIn::Settings {
                url: url.clone(),
                user,
                password,
            },
        ));
    }
    let text = arguments.registrar.as_deref().unwrap_or_default();
    let Controller {
        host,
        port,
        transport,
    } = Controller::read(text).map_err(|error| {
        Trouble::new(
            error.to_string(),
            "give --registrar host:port;transport=udp, tcp or tls",
        )
    })?;
    let from = place::host_towards(&host, arguments.phone.faults.as_deref()).await?;
    let domain = arguments.domain.clone();
    Ok((
        from,
        LogIn::Direct {
            host,
            port,
            transport,
            domain,
            user,
            password,
        },
    ))
}

/// The host in the address of a settings file, with or without scheme; an IPv6 address without its brackets.
fn host_of(address: &str) -> String {
    let whole = match address.contains("://") {
        true => address.to_owned(),
        false => format!("https://{address}"),
    };
    let url = url::Url::parse(&whole).ok();
    let host = url.as_ref().and_then(url::Url::host_str);
    host.unwrap_or_default().trim_matches(['[', ']']).to_owned()
}

fn tell(say: &mut dyn FnMut(&str), measurement: Option<&Measurement>) {
    let Some(measurement) = measurement else {
        say("nothing was heard");
        return;
    };
    let mos = measurement
        .mos()
        .map_or_else(|| "-".to_owned(), |mos| format!("{mos:.2}"));
    say(&format!(
        "loss {:.2} %, MOS {mos}",
        measurement.loss() * 100.0
    ));
    if let Some(video) = &measurement.video {
        say(&format!(
            "video: {} pictures sent, {} seen, {} broken",
            video.shown.pictures, video.seen.pictures, video.seen.broken
        ));
    }
}

/// A codec by its name.
pub(super) fn codec(name: &str) -> Result<AudioCodec, String> {
    let is_it = |codec: &AudioCodec| codec.name().eq_ignore_ascii_case(name);
    AudioCodec::ALL.into_iter().find(is_it).ok_or_else(|| {
        let names = AudioCodec::ALL.map(|codec| codec.name().to_ascii_lowercase());
        format!("there are {}", names.join(", "))
    })
}
