//! Hello messages: what a client offers, what a server chooses.
//!
//! In: the body of a ClientHello or ServerHello (RFC 8446 section 4.1, RFC 5246 section 7.4.1). Out: what decryption and
//! people need of it, or nothing where it is cut or its lengths lie. What is unknown is skipped by its length.

use crate::base::Cursor;
use crate::base::limits;

use super::keylog::Random;
use super::suite::SuiteId;

/// The random of a ServerHello that asks for another ClientHello (RFC 8446 section 4.1.3).
const RETRY: Random = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// Numbers of extensions (IANA's registry of TLS extension types).
pub(super) mod extension {
    pub const SERVER_NAME: u16 = 0;
    pub const ALPN: u16 = 16;
    pub const ENCRYPT_THEN_MAC: u16 = 22;
    pub const EXTENDED_MASTER_SECRET: u16 = 23;
    pub const PRE_SHARED_KEY: u16 = 41;
    pub const EARLY_DATA: u16 = 42;
    pub const SUPPORTED_VERSIONS: u16 = 43;
    pub const ECH_OUTER_EXTENSIONS: u16 = 0xfd00;
    pub const ENCRYPTED_CLIENT_HELLO: u16 = 0xfe0d;
}

/// What a client offers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClientHello {
    /// The version it says it is (`legacy_version`).
    pub version: u16,
    /// Its random, by which key logs name the connection.
    pub random: Random,
    /// The session it wants to resume; of TLS 1.3 a number without meaning.
    pub session: Vec<u8>,
    /// Suites, best first.
    pub suites: Vec<SuiteId>,
    /// The server's name (RFC 6066 section 3).
    pub server_name: Option<String>,
    /// Protocols it offers to speak inside (RFC 7301).
    pub alpn: Vec<String>,
    /// Versions, where it lists them (RFC 8446 section 4.2.1).
    pub versions: Vec<u16>,
    /// Data follow at once, under keys of an earlier connection (RFC 8446 section 4.2.10).
    pub early_data: bool,
    /// It offers to go on from an earlier connection (RFC 8446 section 4.2.11).
    pub pre_shared_key: bool,
    /// Most of it is sealed (RFC 9849): its name and random may be a cover's.
    pub encrypted: bool,
}

/// What a server chooses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerHello {
    /// The version that is spoken.
    pub version: u16,
    /// Its random.
    pub random: Random,
    /// The session: that of the client's, where it is resumed.
    pub session: Vec<u8>,
    /// The suite.
    pub suite: SuiteId,
    /// The protocol inside, before TLS 1.3 (later it is an encrypted extension).
    pub alpn: Option<String>,
    /// RFC 7366.
    pub encrypt_then_mac: bool,
    /// RFC 7627.
    pub extended_master_secret: bool,
    /// It is a HelloRetryRequest (RFC 8446 section 4.1.4).
    pub is_retry: bool,
    /// It goes on from an earlier connection, in TLS 1.3.
    pub pre_shared_key: bool,
}

impl ClientHello {
    /// Reads a body.
    #[must_use]
    pub fn parse(body: &[u8]) -> Option<ClientHello> {
        let mut cursor = Cursor::new(body);
        let mut hello = ClientHello {
            version: cursor.u16().ok()?,
            random: cursor.array().ok()?,
            session: vector8(&mut cursor)?.to_vec(),
            ..ClientHello::default()
        };
        hello.suites = numbers(vector16(&mut cursor)?).map(SuiteId).collect();
        let _compression = vector8(&mut cursor)?;
        for (number, data) in extensions(&mut cursor) {
            hello.extension(number, data);
        }
        Some(hello)
    }

    fn extension(&mut self, number: u16, data: &[u8]) {
        let mut cursor = Cursor::new(data);
        match number {
            extension::SERVER_NAME => self.server_name = server_name(&mut cursor),
            extension::ALPN => self.alpn = protocols(&mut cursor),
            extension::SUPPORTED_VERSIONS => {
                self.versions = vector8(&mut cursor).map(|list| numbers(list).collect()).unwrap_or_default();
            }
            extension::EARLY_DATA => self.early_data = true,
            extension::PRE_SHARED_KEY => self.pre_shared_key = true,
            extension::ENCRYPTED_CLIENT_HELLO => self.encrypted = true,
            _ => {}
        }
    }
}

impl ServerHello {
    /// Reads a body.
    #[must_use]
    pub fn parse(body: &[u8]) -> Option<ServerHello> {
        let mut cursor = Cursor::new(body);
        let mut hello = ServerHello {
            version: cursor.u16().ok()?,
            random: cursor.array().ok()?,
            session: vector8(&mut cursor)?.to_vec(),
            suite: SuiteId(cursor.u16().ok()?),
            ..ServerHello::default()
        };
        let _compression = cursor.u8().ok()?;
        hello.is_retry = hello.random == RETRY;
        for (number, data) in extensions(&mut cursor) {
            hello.extension(number, data);
        }
        Some(hello)
    }

    fn extension(&mut self, number: u16, data: &[u8]) {
        let mut cursor = Cursor::new(data);
        match number {
            extension::SUPPORTED_VERSIONS => self.version = cursor.u16().unwrap_or(self.version),
            extension::ALPN => self.alpn = protocols(&mut cursor).into_iter().next(),
            extension::ENCRYPT_THEN_MAC => self.encrypt_then_mac = true,
            extension::EXTENDED_MASTER_SECRET => self.extended_master_secret = true,
            extension::PRE_SHARED_KEY => self.pre_shared_key = true,
            _ => {}
        }
    }
}

/// The protocol that EncryptedExtensions choose (RFC 8446 section 4.3.1).
#[must_use]
pub fn encrypted_alpn(body: &[u8]) -> Option<String> {
    let mut cursor = Cursor::new(body);
    let (_, data) = extensions(&mut cursor).find(|(number, _)| *number == extension::ALPN)?;
    protocols(&mut Cursor::new(data)).into_iter().next()
}

/// Extensions up to the first that is cut.
pub(super) fn extensions<'a>(cursor: &mut Cursor<'a>) -> impl Iterator<Item = (u16, &'a [u8])> + use<'a> {
    let mut list = Cursor::new(vector16(cursor).unwrap_or_default());
    std::iter::from_fn(move || Some((list.u16().ok()?, vector16(&mut list)?)))
}

fn server_name(cursor: &mut Cursor<'_>) -> Option<String> {
    let mut list = Cursor::new(vector16(cursor)?);
    // The one kind of name there is.
    while list.u8().ok()? != 0 {
        vector16(&mut list)?;
    }
    vector16(&mut list).map(text)
}

fn protocols(cursor: &mut Cursor<'_>) -> Vec<String> {
    let mut list = Cursor::new(vector16(cursor).unwrap_or_default());
    std::iter::from_fn(|| vector8(&mut list)).map(text).take(limits::TLS_PROTOCOLS).collect()
}

/// What should be text, as text: whoever shows it makes it safe.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn numbers(list: &[u8]) -> impl Iterator<Item = u16> + '_ {
    list.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair))
}

pub(super) fn vector8<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let len = cursor.u8().ok()?;
    cursor.take(len.into()).ok()
}

pub(super) fn vector16<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let len = cursor.u16().ok()?;
    cursor.take(len.into()).ok()
}

crate::base::pack::pack_struct!(ClientHello {
    version,
    random,
    session,
    suites,
    server_name,
    alpn,
    versions,
    early_data,
    pre_shared_key,
    encrypted,
});
crate::base::pack::pack_struct!(ServerHello {
    version,
    random,
    session,
    suite,
    alpn,
    encrypt_then_mac,
    extended_master_secret,
    is_retry,
    pre_shared_key,
});

#[cfg(test)]
mod tests {
    use super::*;

    /// The ClientHello of RFC 8448 section 3, without its four bytes of handshake header.
    const CLIENT: &str = "0303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7000006130113031302010000910000000b0009000006736572766572ff01000100000a00140012001d0017001800190100010101020103010400230000003300260024001d002099381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c002b0003020304000d0020001e040305030603020308040805080604010501060102010402050206020202002d00020101001c00024001";

    /// Its ServerHello.
    const SERVER: &str = "0303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e00330024001d0020c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b00020304";

    fn bytes(hex: &str) -> Vec<u8> {
        hex::decode(hex).unwrap()
    }

    #[test]
    fn the_client_hello_of_rfc_8448_says_what_it_says() {
        let hello = ClientHello::parse(&bytes(CLIENT)).unwrap();
        assert_eq!((hello.version, hello.random[0], hello.random[31]), (0x0303, 0xcb, 0xe7));
        assert_eq!(hello.suites, [SuiteId(0x1301), SuiteId(0x1303), SuiteId(0x1302)]);
        assert_eq!(hello.server_name.as_deref(), Some("server"));
        assert_eq!(hello.versions, [0x0304]);
        assert!(!hello.early_data && !hello.pre_shared_key && !hello.encrypted && hello.alpn.is_empty());
    }

    #[test]
    fn the_server_hello_of_rfc_8448_says_what_it_says() {
        let hello = ServerHello::parse(&bytes(SERVER)).unwrap();
        assert_eq!((hello.version, hello.suite, hello.random[0]), (0x0304, SuiteId(0x1301), 0xa6));
        assert!(!hello.is_retry && !hello.encrypt_then_mac);
    }

    #[test]
    fn a_hello_that_is_cut_is_none_or_lacks_extensions() {
        let (client, server) = (bytes(CLIENT), bytes(SERVER));
        // Version, random, an empty session, three suites, one compression; or one suite, and a method.
        for len in 0..client.len() {
            assert_eq!(ClientHello::parse(&client[..len]).is_some(), len >= 45, "{len}");
        }
        for len in 0..server.len() {
            assert_eq!(ServerHello::parse(&server[..len]).is_some(), len >= 38, "{len}");
        }
        let older = ClientHello::parse(&client[..45]).unwrap();
        assert_eq!((older.server_name, older.versions), (None, vec![]));
    }

    #[test]
    fn a_retry_is_told_from_a_server_hello() {
        let mut retry = bytes(SERVER);
        retry[2..34].copy_from_slice(&RETRY);
        assert!(ServerHello::parse(&retry).unwrap().is_retry);
        // RFC 8446 section 4.1.3: it is the hash of these words.
        use sha2::Digest;
        assert_eq!(sha2::Sha256::digest(b"HelloRetryRequest").as_slice(), RETRY);
    }

    #[test]
    fn alpn_of_either_side() {
        let list = [0, 12, 2, b'h', b'2', 8, b'h', b't', b't', b'p', b'/', b'1', b'.', b'1'];
        assert_eq!(protocols(&mut Cursor::new(&list)), ["h2", "http/1.1"]);
        let body = [0, 9, 0, 16, 0, 5, 0, 3, 2, b'h', b'2'];
        assert_eq!(encrypted_alpn(&body).as_deref(), Some("h2"));
        assert_eq!(encrypted_alpn(&body[..8]), None);
    }
}
