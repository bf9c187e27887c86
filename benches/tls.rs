//! Decrypted bytes a second: whole connections of TLS 1.3, records of 16 KiB and of 1,400 bytes; beside them what the ciphers of
//! RustCrypto take alone, which open records where graviola does not run.

mod traffic;

use aes_gcm::Aes128Gcm;
use aes_gcm::aead::{AeadInOut, KeyInit, Nonce};
use chacha20poly1305::ChaCha20Poly1305;
use divan::counter::BytesCount;
use divan::{AllocProfiler, Bencher, black_box};
use sockeye::base::{At, Chunk, Part, Side};
use sockeye::tls::{Connection, KeyLog, Told, Work};
use traffic::generate::seal::{Seal, Suite, key_log};
use traffic::generate::talk;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

/// Bytes that are sealed.
const CONTENT: usize = 8 << 20;

/// Bytes of content of a record.
const RECORDS: [usize; 2] = [16_384, 1_400];

fn main() {
    divan::main();
}

/// All of a connection from its ClientHello on.
fn connection(bencher: Bencher, suite: Suite, record: usize) {
    let mut seal = Seal::new(suite, 0, 1, record);
    let [hello, answer, finished] = seal.handshake();
    let data = seal.data(talk::Side::Server, &vec![b'x'; CONTENT]);
    let mut keys = KeyLog::default();
    keys.push(key_log(0, 1).as_bytes());
    let mut buffer = Vec::new();
    bencher.counter(BytesCount::new(CONTENT)).bench_local(|| {
        let (mut connection, mut opened) = (Connection::default(), 0);
        let tell = |_, told: Told<'_>| {
            if let Told::Plain(plain) = told {
                opened += black_box(plain.bytes).len();
            }
        };
        let mut work = Work { keys: &keys, may_come: false, has_room: true, buffer: &mut buffer, tell };
        for (side, bytes) in [(Side::A, &hello), (Side::B, &answer), (Side::A, &finished), (Side::B, &data)] {
            connection.push(side, Part::Bytes(Chunk::made(bytes, At::default())), &mut work);
        }
        assert_eq!(opened, CONTENT);
    });
}

/// Records of one size, one after another, by one cipher of RustCrypto.
fn alone<C: AeadInOut>(bencher: Bencher, cipher: &C, record: usize) {
    let (nonce, header) = (Nonce::<C>::default(), [23, 3, 3, 0, 0]);
    let mut sealed = vec![b'x'; record];
    let tag = cipher.encrypt_inout_detached(&nonce, &header, sealed.as_mut_slice().into()).expect("short enough");
    let mut buffer = Vec::new();
    bencher.counter(BytesCount::new(CONTENT / record * record)).bench_local(|| {
        for _ in 0..CONTENT / record {
            buffer.clear();
            buffer.extend_from_slice(&sealed);
            let opened = cipher.decrypt_inout_detached(&nonce, &header, buffer.as_mut_slice().into(), &tag);
            opened.expect("it was sealed so");
            black_box(&buffer);
        }
    });
}

#[divan::bench(args = RECORDS, sample_count = 20)]
fn aes_128_gcm(bencher: Bencher, record: usize) {
    connection(bencher, Suite::Aes, record);
}

#[divan::bench(args = RECORDS, sample_count = 20)]
fn chacha20_poly1305(bencher: Bencher, record: usize) {
    connection(bencher, Suite::Chacha20, record);
}

#[divan::bench(args = RECORDS, sample_count = 20)]
fn aes_128_gcm_of_rustcrypto(bencher: Bencher, record: usize) {
    alone(bencher, &Aes128Gcm::new_from_slice(&[7; 16]).expect("16 bytes"), record);
}

#[divan::bench(args = RECORDS, sample_count = 20)]
fn chacha20_poly1305_of_rustcrypto(bencher: Bencher, record: usize) {
    alone(bencher, &ChaCha20Poly1305::new_from_slice(&[7; 32]).expect("32 bytes"), record);
}
