//! What a server's certificate says of itself: names and times, and nothing of whether it may be believed.
//!
//! In: the body of a Certificate message (RFC 8446 section 4.4.2, RFC 5246 section 7.4.2). Out: [`Certificate`], of the first
//! certificate in it, or nothing where that is no X.509 (RFC 5280 section 4.1). DER is read as far as the names lie, each element by
//! its length; nothing is verified.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::hello::vector8;
use crate::base::number::narrow;
use crate::base::{Cursor, limits};

/// `id-at-commonName` (RFC 5280 appendix A.1).
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];

/// `id-ce-subjectAltName` (RFC 5280 section 4.2.1.6).
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];

/// Tags of DER (X.690 section 8), and those that RFC 5280 gives in their context.
mod tag {
    pub const BOOLEAN: u8 = 0x01;
    pub const INTEGER: u8 = 0x02;
    pub const OCTET_STRING: u8 = 0x04;
    pub const OID: u8 = 0x06;
    pub const T61_STRING: u8 = 0x14;
    pub const UTC_TIME: u8 = 0x17;
    pub const GENERALIZED_TIME: u8 = 0x18;
    pub const BMP_STRING: u8 = 0x1e;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;
    pub const VERSION: u8 = 0xa0;
    pub const EXTENSIONS: u8 = 0xa3;
    pub const DNS_NAME: u8 = 0x82;
    pub const IP_ADDRESS: u8 = 0x87;
}

/// A certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Certificate {
    /// The common name of whom it is for.
    pub subject: Option<String>,
    /// The common name of who issued it.
    pub issuer: Option<String>,
    /// Whom it is for is who issued it.
    pub is_self_issued: bool,
    /// Names of servers and addresses that it is for: the first of them ([`limits::TLS_CERTIFICATE_NAMES`]).
    pub names: Vec<String>,
    /// How many more there are.
    pub more_names: u64,
    /// From when on it is valid, as `2026-11-29T07:19:11Z`.
    pub not_before: String,
    /// Until when.
    pub not_after: String,
}

impl Certificate {
    /// Reads the first certificate of a message; of TLS 1.3 it is otherwise than before.
    #[must_use]
    pub fn of_message(body: &[u8], is_tls13: bool) -> Option<Certificate> {
        let mut cursor = Cursor::new(body);
        if is_tls13 {
            vector8(&mut cursor)?;
        }
        let mut list = Cursor::new(vector24(&mut cursor)?);
        Certificate::parse(vector24(&mut list)?)
    }

    /// Reads DER.
    #[must_use]
    pub fn parse(der: &[u8]) -> Option<Certificate> {
        let mut all = Der::new(Der::new(der).of_tag(tag::SEQUENCE)?);
        let mut fields = Der::new(all.of_tag(tag::SEQUENCE)?);
        let _version = fields.of_tag(tag::VERSION);
        fields.of_tag(tag::INTEGER)?;
        let _algorithm = fields.of_tag(tag::SEQUENCE)?;
        let issuer = fields.of_tag(tag::SEQUENCE)?;
        let mut validity = Der::new(fields.of_tag(tag::SEQUENCE)?);
        let [not_before, not_after] = [time(validity.next()?)?, time(validity.next()?)?];
        let subject = fields.of_tag(tag::SEQUENCE)?;
        let _key = fields.of_tag(tag::SEQUENCE)?;
        let mut certificate = Certificate {
            subject: common_name(subject),
            issuer: common_name(issuer),
            is_self_issued: subject == issuer,
            not_before,
            not_after,
            ..Certificate::default()
        };
        // Unique identifiers may stand before them, which nobody writes.
        if let Some((_, extensions)) = fields.find(|(tag, _)| *tag == tag::EXTENSIONS) {
            certificate.extensions(extensions);
        }
        Some(certificate)
    }

    fn extensions(&mut self, extensions: &[u8]) {
        for (_, extension) in Der::new(Der::new(extensions).of_tag(tag::SEQUENCE).unwrap_or_default()) {
            let mut extension = Der::new(extension);
            if extension.of_tag(tag::OID) != Some(SUBJECT_ALT_NAME) {
                continue;
            }
            let _critical = extension.of_tag(tag::BOOLEAN);
            let names = Der::new(extension.of_tag(tag::OCTET_STRING).unwrap_or_default()).of_tag(tag::SEQUENCE);
            for name in Der::new(names.unwrap_or_default()).filter_map(general_name) {
                if self.names.len() < limits::TLS_CERTIFICATE_NAMES {
                    self.names.push(name);
                } else {
                    self.more_names += 1;
                }
            }
        }
    }
}

/// A name that browsers compare (RFC 5280 section 4.2.1.6).
fn general_name((tag, content): (u8, &[u8])) -> Option<String> {
    match tag {
        tag::DNS_NAME => Some(String::from_utf8_lossy(content).into_owned()),
        tag::IP_ADDRESS => {
            let four = <[u8; 4]>::try_from(content).map(|bytes| Ipv4Addr::from(bytes).to_string());
            four.or_else(|_| <[u8; 16]>::try_from(content).map(|bytes| Ipv6Addr::from(bytes).to_string())).ok()
        }
        _ => None,
    }
}

/// The last common name, which is the nearest.
fn common_name(name: &[u8]) -> Option<String> {
    let attributes = Der::new(name).filter(|(tag, _)| *tag == tag::SET).flat_map(|(_, set)| Der::new(set));
    let of = |(_, attribute): (u8, &[u8])| {
        let mut attribute = Der::new(attribute);
        (attribute.of_tag(tag::OID)? == COMMON_NAME).then(|| attribute.next().map(text))?
    };
    attributes.filter_map(of).last()
}

/// What should be text, as text: whoever shows it makes it safe.
fn text((tag, content): (u8, &[u8])) -> String {
    match tag {
        tag::BMP_STRING => {
            let units = content.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair));
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        // In practice it is Latin-1.
        tag::T61_STRING => content.iter().map(|byte| char::from(*byte)).collect(),
        _ => String::from_utf8_lossy(content).into_owned(),
    }
}

/// A time in UTC, to the second (RFC 5280 section 4.1.2.5).
fn time((tag, content): (u8, &[u8])) -> Option<String> {
    let digits = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let (century, rest) = match tag {
        // Of two digits, those below 50 are of this century.
        tag::UTC_TIME => (if digits < "50" { "20" } else { "19" }, digits),
        tag::GENERALIZED_TIME => digits.split_at_checked(2)?,
        _ => return None,
    };
    let is_right = rest.len() == 12 && century.bytes().chain(rest.bytes()).all(|byte| byte.is_ascii_digit());
    let part = |at: usize| rest.get(at..at + 2).filter(|_| is_right);
    let [year, month, day, hour, minute, second] = [part(0)?, part(2)?, part(4)?, part(6)?, part(8)?, part(10)?];
    Some(format!("{century}{year}-{month}-{day}T{hour}:{minute}:{second}Z"))
}

/// Elements of DER, one behind the other: tag and content, up to the first that is cut.
struct Der<'a> {
    rest: Cursor<'a>,
}

impl<'a> Der<'a> {
    fn new(content: &'a [u8]) -> Der<'a> {
        Der { rest: Cursor::new(content) }
    }

    /// The next, where it has this tag; else it stays.
    fn of_tag(&mut self, wanted: u8) -> Option<&'a [u8]> {
        if self.rest.rest().first() != Some(&wanted) {
            return None;
        }
        self.next().map(|(_, content)| content)
    }
}

impl<'a> Iterator for Der<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        // Tags of several bytes are in no certificate.
        let tag = self.rest.u8().ok().filter(|tag| tag & 0x1f != 0x1f)?;
        let first = self.rest.u8().ok()?;
        let len = match first {
            0..=0x7f => usize::from(first),
            // The length of the length: a message is no longer than three bytes of it.
            0x81..=0x83 => {
                let bytes = self.rest.take(usize::from(first & 0x7f)).ok()?;
                bytes.iter().fold(0, |len, byte| len << 8 | usize::from(*byte))
            }
            _ => return None,
        };
        Some((tag, self.rest.take(len).ok()?))
    }
}

fn vector24<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let [a, b, c] = cursor.array().ok()?;
    cursor.take(narrow(u32::from_be_bytes([0, a, b, c]).into())).ok()
}

crate::base::pack::pack_struct!(Certificate {
    subject,
    issuer,
    is_self_issued,
    names,
    more_names,
    not_before,
    not_after,
});

#[cfg(test)]
mod tests {
    use super::*;

    /// A certificate for `münchen.example`, and that of who issued it, made with OpenSSL. What they say is what
    /// `openssl x509 -text` prints of them.
    const LEAF: &str = "30820231308201d6a0030201020214677d3cba7d2a0814fac5f55981b96197cc2606b5300a06082a8648ce3d040302302c31133011060355040a0c0a4578616d706c652043413115301306035504030c0c4578616d706c6520526f6f743020170d3236313132393037313931315a180f32303539313030373037313931315a303b310b30090603550406130244453111300f060355040a0c08426569737069656c3119301706035504030c106dc3bc6e6368656e2e6578616d706c653059301306072a8648ce3d020106082a8648ce3d03010703420004b865d182842541bd8ed28f1fa9fd573f3977a3bfb0b7e0af62da1d75cbc924ff4dfae6d57af4cdf3cd829bbeafed3fc172703b35d862c206917880bc9136c282a381c43081c130610603551d11045a305882092a2e6578616d706c658216786e2d2d6d6e6368656e2d3379612e6578616d706c658704c0000207871020010db8000000000000000000000007810961406578616d706c65861068747470733a2f2f6578616d706c652f300c0603551d130101ff04023000300e0603551d0f0101ff040403020780301d0603551d0e041604141ad1267583e99020a12be28b460652b9152bda85301f0603551d23041830168014a3db28c3e792a26eb82c12bd58c36f43687fbfa7300a06082a8648ce3d0403020349003046022100cf0a5e9e1d628a79bb8d78c46e691c0a83de005505d31f5afd29ddd1ff3fa438022100f7e9c6ca1b7c4e38a5cc8e520bedc3cd0913ee9f4d3bb2b3f08ae85a2e1f57fe";
    const ROOT: &str = "308201af30820155a0030201020214533387f5f216d6aeaaeaf2f87a26979015957529300a06082a8648ce3d040302302c31133011060355040a0c0a4578616d706c652043413115301306035504030c0c4578616d706c6520526f6f743020170d3236313132393037313931315a180f32313236313130353037313931315a302c31133011060355040a0c0a4578616d706c652043413115301306035504030c0c4578616d706c6520526f6f743059301306072a8648ce3d020106082a8648ce3d03010703420004004e0236589341230b3d904d88d2173ecd7e4c00ec32d1858d7c0e8ed7ad0b9301356402109373e5d82e9d70a2ce7c9e2a45e82e21368f439adc18ee0d48fa11a3533051301d0603551d0e04160414a3db28c3e792a26eb82c12bd58c36f43687fbfa7301f0603551d23041830168014a3db28c3e792a26eb82c12bd58c36f43687fbfa7300f0603551d130101ff040530030101ff300a06082a8648ce3d0403020348003045022100f22d90a0b77d3d1501c89aa3199d7f42f326f47a376a0da0af183ad011af8ac50220466c778b7e67934a3dc13cc1701ab967fbd285fc0ff164a375df8079f37ca4e7";

    fn bytes(hex: &str) -> Vec<u8> {
        hex::decode(hex).unwrap()
    }

    #[test]
    fn names_and_times_are_those_that_openssl_prints() {
        let leaf = Certificate::parse(&bytes(LEAF)).unwrap();
        assert_eq!((leaf.subject.as_deref(), leaf.issuer.as_deref()), (Some("münchen.example"), Some("Example Root")));
        assert_eq!(leaf.names, ["*.example", "xn--mnchen-3ya.example", "192.0.2.7", "2001:db8::7"]);
        assert_eq!(
            (leaf.not_before.as_str(), leaf.not_after.as_str()),
            ("2026-11-29T07:19:11Z", "2059-10-07T07:19:11Z")
        );
        assert!(!leaf.is_self_issued);
        let root = Certificate::parse(&bytes(ROOT)).unwrap();
        assert!(root.is_self_issued && root.names.is_empty());
        assert_eq!(root.not_after, "2126-11-05T07:19:11Z");
    }

    #[test]
    fn messages_of_either_version_are_read() {
        let (leaf, root) = (bytes(LEAF), bytes(ROOT));
        let with_len = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[1..], bytes].concat();
        let older = with_len(&[with_len(&leaf), with_len(&root)].concat());
        let newer =
            [&[0][..], &with_len(&[with_len(&leaf), vec![0, 0], with_len(&root), vec![0, 0]].concat())].concat();
        let expected = Certificate::parse(&leaf);
        assert_eq!(Certificate::of_message(&older, false), expected);
        assert_eq!(Certificate::of_message(&newer, true), expected);
        assert_eq!(Certificate::of_message(&with_len(&[]), false), None);
    }

    #[test]
    fn a_certificate_that_is_cut_or_changed_never_fails() {
        let leaf = bytes(LEAF);
        for len in 0..leaf.len() {
            assert_eq!(Certificate::parse(&leaf[..len]), None);
            for bit in [0x01, 0x80, 0xff] {
                let mut changed = leaf.clone();
                changed[len] ^= bit;
                let _ = Certificate::parse(&changed);
            }
        }
    }

    #[test]
    fn texts_and_times_of_other_kinds() {
        assert_eq!(text((tag::BMP_STRING, &[0, b'a', 0, 0xfc])), "aü");
        assert_eq!(text((tag::T61_STRING, &[0xfc])), "ü");
        assert_eq!(time((tag::UTC_TIME, b"491231235959Z")).unwrap(), "2049-12-31T23:59:59Z");
        assert_eq!(time((tag::UTC_TIME, b"500101000000Z")).unwrap(), "1950-01-01T00:00:00Z");
        for wrong in ["500101000000", "5001010000Z", "5001010000x0Z", "é0010100000Z"] {
            assert_eq!(time((tag::UTC_TIME, wrong.as_bytes())), None, "{wrong}");
        }
        assert_eq!(time((tag::GENERALIZED_TIME, "é".as_bytes())), None);
    }

    #[test]
    fn of_many_names_the_first_are_kept() {
        let one = [tag::DNS_NAME, 1, b'a'];
        let names = one.repeat(limits::TLS_CERTIFICATE_NAMES + 7);
        let wrap = |tag: u8, content: &[u8]| {
            let len = u16::try_from(content.len()).unwrap().to_be_bytes();
            [&[tag, 0x82], &len[..], content].concat()
        };
        let extension =
            [[&[tag::OID, 3], SUBJECT_ALT_NAME].concat(), wrap(tag::OCTET_STRING, &wrap(tag::SEQUENCE, &names))]
                .concat();
        let mut certificate = Certificate::default();
        certificate.extensions(&wrap(tag::SEQUENCE, &wrap(tag::SEQUENCE, &extension)));
        assert_eq!((certificate.names.len(), certificate.more_names), (limits::TLS_CERTIFICATE_NAMES, 7));
    }
}
