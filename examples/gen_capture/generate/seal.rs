//! TLS 1.3 (RFC 8446) as the two ends of a generated connection speak it: enough of a handshake to be one, and records.
//!
//! Secrets are random numbers of the connection; whoever reads the capture has them from its key log. Nobody checks a
//! certificate, so none is sent: the connection looks resumed.

use aes_gcm::aead::{AeadInOut, KeyInit, Nonce};
use aes_gcm::{Aes128Gcm, Key};
use chacha20poly1305::ChaCha20Poly1305;
use hkdf::Hkdf;
use sha2::Sha256;

use super::random::Random;
use super::talk::Side;

/// What seals records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Suite {
    /// TLS_AES_128_GCM_SHA256
    Aes,
    /// TLS_CHACHA20_POLY1305_SHA256
    Chacha20,
}

/// The longest content of a record.
pub const LONGEST: usize = 16_384;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const DATA: u8 = 23;

/// The secrets of a connection.
#[derive(Clone)]
struct Secrets {
    random: [u8; 32],
    /// Of client and server, for the handshake and for application data.
    handshake: [[u8; 32]; 2],
    traffic: [[u8; 32]; 2],
}

impl Secrets {
    fn new(index: u32, seed: u64) -> Secrets {
        let mut random = Random::new(seed.rotate_left(17) ^ 0x0005_ec2e_0000_0000 ^ u64::from(index));
        let mut next = || {
            let mut secret = [0; 32];
            secret.chunks_exact_mut(8).for_each(|part| part.copy_from_slice(&random.bits().to_be_bytes()));
            secret
        };
        Secrets { random: next(), handshake: [next(), next()], traffic: [next(), next()] }
    }
}

/// The key log of connection `index` of a capture (RFC 9850).
pub fn key_log(index: u32, seed: u64) -> String {
    let secrets = Secrets::new(index, seed);
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let line = |label: &str, secret: &[u8; 32]| format!("{label} {} {}\n", hex(&secrets.random), hex(secret));
    [
        line("CLIENT_HANDSHAKE_TRAFFIC_SECRET", &secrets.handshake[0]),
        line("SERVER_HANDSHAKE_TRAFFIC_SECRET", &secrets.handshake[1]),
        line("CLIENT_TRAFFIC_SECRET_0", &secrets.traffic[0]),
        line("SERVER_TRAFFIC_SECRET_0", &secrets.traffic[1]),
    ]
    .concat()
}

/// Both ends of a connection.
#[derive(Clone)]
pub struct Seal {
    suite: Suite,
    secrets: Box<Secrets>,
    ends: [End; 2],
    record: usize,
}

#[derive(Clone)]
struct End {
    cipher: Cipher,
    iv: [u8; 12],
    sequence: u64,
}

#[derive(Clone)]
enum Cipher {
    Aes(Box<Aes128Gcm>),
    ChaCha(Box<ChaCha20Poly1305>),
}

/// HKDF-Expand-Label with an empty context (RFC 8446 section 7.1).
fn expand(secret: &[u8; 32], label: &str, out: &mut [u8]) {
    let full = format!("tls13 {label}");
    let mut info = vec![0, out.len() as u8, full.len() as u8];
    info.extend(full.as_bytes());
    info.push(0);
    Hkdf::<Sha256>::from_prk(secret).expect("32 bytes").expand(&info, out).expect("few bytes");
}

impl End {
    fn new(suite: Suite, secret: &[u8; 32]) -> End {
        let (mut key, mut iv) = ([0; 32], [0; 12]);
        expand(secret, "iv", &mut iv);
        let cipher = match suite {
            Suite::Aes => {
                expand(secret, "key", &mut key[..16]);
                Cipher::Aes(Box::new(Aes128Gcm::new_from_slice(&key[..16]).expect("16 bytes")))
            }
            Suite::Chacha20 => {
                expand(secret, "key", &mut key);
                Cipher::ChaCha(Box::new(ChaCha20Poly1305::new(&Key::<ChaCha20Poly1305>::from(key))))
            }
        };
        End { cipher, iv, sequence: 0 }
    }

    /// Appends a record (RFC 8446 section 5.2).
    fn seal(&mut self, content_type: u8, content: &[u8], out: &mut Vec<u8>) {
        let len = (content.len() + 1 + 16) as u16;
        let header = [DATA, 3, 3, (len >> 8) as u8, len as u8];
        out.extend(header);
        let start = out.len();
        out.extend_from_slice(content);
        out.push(content_type);
        let mut nonce = self.iv;
        nonce[4..].iter_mut().zip(self.sequence.to_be_bytes()).for_each(|(to, from)| *to ^= from);
        self.sequence += 1;
        let sealed = &mut out[start..];
        let tag: [u8; 16] = match &self.cipher {
            Cipher::Aes(key) => {
                let nonce = Nonce::<Aes128Gcm>::from(nonce);
                key.encrypt_inout_detached(&nonce, &header, sealed.into()).expect("short enough").into()
            }
            Cipher::ChaCha(key) => {
                let nonce = Nonce::<ChaCha20Poly1305>::from(nonce);
                key.encrypt_inout_detached(&nonce, &header, sealed.into()).expect("short enough").into()
            }
        };
        out.extend(tag);
    }
}

fn plain(content: &[u8]) -> Vec<u8> {
    let len = (content.len() as u16).to_be_bytes();
    [&[HANDSHAKE, 3, 3, len[0], len[1]], content].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let len = (body.len() as u32).to_be_bytes();
    [&[kind], &len[1..], body].concat()
}

impl Seal {
    /// Of connection `index`; records hold at most `record` bytes.
    pub fn new(suite: Suite, index: u32, seed: u64, record: usize) -> Seal {
        let secrets = Box::new(Secrets::new(index, seed));
        let ends = secrets.handshake.map(|secret| End::new(suite, &secret));
        Seal { suite, secrets, ends, record: record.clamp(1, LONGEST) }
    }

    /// What the two say before data: ClientHello; ServerHello and, sealed, EncryptedExtensions and Finished; Finished.
    pub fn handshake(&mut self) -> [Vec<u8>; 3] {
        let id: [u8; 2] = if self.suite == Suite::Aes { [0x13, 0x01] } else { [0x13, 0x03] };
        // supported_versions is extension 43.
        let client = [&[3, 3][..], &self.secrets.random, &[0, 0, 2, id[0], id[1], 1, 0, 0, 7], &[0, 43, 0, 3, 2, 3, 4]];
        let server = [&[3, 3][..], &[0x5e; 32], &[0, id[0], id[1], 0, 0, 6], &[0, 43, 0, 2, 3, 4]];
        let finished = message(20, &[0xf1; 32]);
        let mut answer = plain(&message(2, &server.concat()));
        let extensions = message(8, &[0, 0]);
        self.ends[1].seal(HANDSHAKE, &[extensions, finished.clone()].concat(), &mut answer);
        let mut last = Vec::new();
        self.ends[0].seal(HANDSHAKE, &finished, &mut last);
        let traffic = self.secrets.traffic;
        self.ends = traffic.map(|secret| End::new(self.suite, &secret));
        [plain(&message(1, &client.concat())), answer, last]
    }

    fn end(&mut self, side: Side) -> &mut End {
        &mut self.ends[usize::from(side == Side::Server)]
    }

    /// Data as records.
    pub fn data(&mut self, side: Side, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + 64);
        let record = self.record;
        bytes.chunks(record).for_each(|content| self.end(side).seal(DATA, content, &mut out));
        out
    }

    /// `close_notify` (RFC 8446 section 6.1).
    pub fn close(&mut self, side: Side) -> Vec<u8> {
        let mut out = Vec::new();
        self.end(side).seal(ALERT, &[1, 0], &mut out);
        out
    }
}
