//! RTP: header, extension elements, typed elements, rewriting in place.

use media::Ssrc;
use media::rtp::{
    AbsoluteSendTime, AudioLevel, ElementKind, ExtensionMap, Header, HeaderExtensions, Packet,
    PacketMut, Writer, kind,
};

use super::{INPUT_MAX, Target};

#[derive(Debug)]
pub(super) struct Rtp {
    map: ExtensionMap,
    buffer: Vec<u8>,
}

impl Rtp {
    pub(super) fn new() -> Rtp {
        let mut map = ExtensionMap::new();
        for (id, kind) in (1..).zip(ElementKind::ALL) {
            map.insert(id, kind).expect("each is given once");
        }
        Rtp {
            map,
            buffer: vec![0; INPUT_MAX],
        }
    }

    fn seed(&self, extensions: &HeaderExtensions<'_>, csrcs: u32) -> Vec<u8> {
        let mut buffer = vec![0; 400];
        let header = Header {
            marker: true,
            payload_type: 96,
            sequence: 0xfff0,
            timestamp: 7,
            ssrc: Ssrc(1),
        };
        let mut writer = Writer::new(&mut buffer, header).expect("there is room");
        for number in 0..csrcs {
            writer.csrc(Ssrc(number)).expect("there is room");
        }
        self.map
            .write(&mut writer, extensions)
            .expect("there is room");
        let len = writer
            .payload(b"some words of speech")
            .expect("there is room");
        buffer.truncate(len);
        buffer
    }
}

impl Target for Rtp {
    fn name(&self) -> &'static str {
        "rtp"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let all = HeaderExtensions {
            audio_level: Some(AudioLevel {
                voice: true,
                below_overload_db: 20,
            }),
            mid: Some(b"audio"),
            stream_id: Some(b"h"),
            repaired_stream_id: Some(b"l"),
            transport_sequence: Some(9),
            absolute_send_time: Some(AbsoluteSendTime(99)),
        };
        let wide = HeaderExtensions {
            mid: Some(b"longer than sixteen octets"),
            ..all
        };
        let mut padded = self.seed(&all, 0);
        padded[0] |= 0x20;
        padded.extend([0, 0, 3]);
        vec![
            self.seed(&HeaderExtensions::default(), 0),
            self.seed(&all, 2),
            self.seed(&wide, 15),
            padded,
        ]
    }

    fn run(&mut self, input: &[u8]) {
        let _ = kind(input);
        let Ok(packet) = Packet::parse(input) else {
            return;
        };
        let whole = packet.header_len() + packet.payload().len() + packet.padding_len();
        assert_eq!(whole, input.len());
        assert!(packet.csrcs().count() <= 15);
        let extension_len = packet
            .extension()
            .map_or(0, |extension| extension.data.len());
        let elements_len: usize = packet.elements().map(|element| element.data.len()).sum();
        assert!(elements_len <= extension_len && extension_len <= packet.header_len());
        let read = self.map.read(&packet);
        let Some(copy) = self.buffer.get_mut(..input.len()) else {
            return;
        };
        copy.copy_from_slice(input);
        let mut rewritten = PacketMut::parse(copy).expect("it was read before");
        rewritten.set_sequence(1);
        rewritten.set_ssrc(Ssrc(2));
        if let Some(octets) = rewritten.element_mut(5) {
            octets.fill(0);
        }
        let again = Packet::parse(copy).expect("only fields changed");
        assert_eq!(again.payload(), packet.payload());
        let again = self.map.read(&again);
        assert_eq!(again.mid, read.mid);
        // The number that stands is the first element's, if that is long enough to have one.
        if packet
            .elements()
            .find(5)
            .is_some_and(|data| data.len() >= 2)
        {
            assert_eq!(again.transport_sequence, Some(0));
        }
    }
}
