//! The `o=` line of our descriptions (RFC 8866 §5.2), seeded instead of drawn and dated.

/// Session id and version of one connection's descriptions.
#[derive(Debug)]
pub(super) struct Origin {
    session: u64,
    version: u64,
}

impl Origin {
    /// RFC 9429 §5.2.1: a 64-bit number with the top bit clear.
    pub(super) fn new(random: [u8; 8]) -> Origin {
        Origin {
            session: u64::from_be_bytes(random) >> 1,
            version: 0,
        }
    }

    /// The description with an origin of ours, one version later than the last.
    pub(super) fn replace(&mut self, description: &str) -> String {
        self.version += 1;
        let lines = description.lines().map(|line| {
            if line.starts_with("o=") {
                format!("o=- {} {} IN IP4 127.0.0.1\r\n", self.session, self.version)
            } else {
                format!("{line}\r\n")
            }
        });
        lines.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_origin_changes_and_its_version_grows() {
        let mut origin = Origin::new([0xff; 8]);
        let text = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\n";
        let id = u64::MAX >> 1;
        assert_eq!(
            origin.replace(text),
            format!("v=0\r\no=- {id} 1 IN IP4 127.0.0.1\r\ns=-\r\n")
        );
        assert!(origin.replace(text).contains(&format!("o=- {id} 2 ")));
    }
}
