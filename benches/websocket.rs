//! Bytes a second through unmasking and inflating.

mod traffic;

use divan::counter::BytesCount;
use divan::{AllocProfiler, Bencher, black_box};
use flate2::{Compress, Compression, FlushCompress};
use sockeye::base::{At, Chunk, Direction};
use sockeye::http::{Connection, Outcomes, Verdict};
use sockeye::websocket::inflate::Inflater;
use sockeye::websocket::{Events, Frame, Look, Message, Scratch, Session, Utf8Check, mask};
use traffic::generate::random::Random;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Payload lengths: a chat line, a segment, a large message.
const LENGTHS: [usize; 3] = [16, 1400, 1 << 20];

#[divan::bench(args = LENGTHS)]
fn unmask(bencher: Bencher, length: usize) {
    let mut bytes = vec![0xa5; length];
    bencher.counter(BytesCount::new(length)).bench_local(|| {
        mask::unmask(black_box(&mut bytes), black_box([0x37, 0xfa, 0x21, 0x3d]), black_box(1));
    });
}

/// A stream of messages with context takeover; bytes are counted after inflating.
#[divan::bench(sample_count = 20)]
fn inflate(bencher: Bencher) {
    let (messages, length) = compressed();
    bencher.counter(BytesCount::new(length)).bench_local(|| {
        let mut inflater = Inflater::new(15, true);
        let mut total = 0usize;
        for message in &messages {
            let mut count = |bytes: &[u8]| total += bytes.len();
            inflater.push(message, &mut count).expect("a whole message");
            inflater.finish(&mut count).expect("a whole message");
        }
        assert_eq!(total, length);
    });
}

/// The same with flate2 alone, which is the floor.
#[divan::bench(sample_count = 20)]
fn inflate_with_flate2_alone(bencher: Bencher) {
    let (messages, length) = compressed();
    let mut out = vec![0; 64 * 1024];
    bencher.counter(BytesCount::new(length)).bench_local(|| {
        let mut inflater = flate2::Decompress::new(false);
        for message in &messages {
            for part in [message.as_slice(), &[0, 0, 0xff, 0xff]] {
                let mut rest = part;
                loop {
                    let (before_in, before_out) = (inflater.total_in(), inflater.total_out());
                    inflater.decompress(rest, &mut out, flate2::FlushDecompress::Sync).expect("a whole message");
                    rest = &rest[(inflater.total_in() - before_in) as usize..];
                    black_box(&out);
                    if rest.is_empty() && inflater.total_out() - before_out < out.len() as u64 {
                        break;
                    }
                }
            }
        }
        assert_eq!(inflater.total_out(), length as u64);
    });
}

/// JSON ticks, about 100 a message, compressed one after the other; and their length together.
fn compressed() -> (Vec<Vec<u8>>, usize) {
    let mut compress = Compress::new(Compression::default(), false);
    let mut random = Random::new(7);
    let mut length = 0;
    let messages = (0..200)
        .map(|_| {
            let message: String = (0..100)
                .map(|i| format!("{{\"type\":\"tick\",\"seq\":{i},\"price\":{}}}\n", random.below(10_000)))
                .collect();
            length += message.len();
            let mut out = Vec::with_capacity(message.len());
            compress.compress_vec(message.as_bytes(), &mut out, FlushCompress::Sync).expect("no dictionary");
            out.truncate(out.len() - 4);
            out
        })
        .collect();
    (messages, length)
}

struct Frames(u64);

impl Events for Frames {
    fn frame(&mut self, frame: &Frame<'_>) {
        self.0 += black_box(frame).header.length;
    }

    fn message(&mut self, message: &Message<'_>) {
        black_box(message);
    }
}

/// Frames of 100 bytes of text, as they lie in segments: from the server, and masked from the client.
#[divan::bench(args = [Direction::Server, Direction::Client])]
fn session(bencher: Bencher, direction: Direction) {
    let text = [b'x'; 100];
    let mut bytes = Vec::new();
    let mut random = Random::new(9);
    for _ in 0..10_000 {
        let key = (direction == Direction::Client).then(|| random.key());
        bytes.extend([0x81, 100 | if key.is_some() { 0x80 } else { 0 }]);
        bytes.extend(key.into_iter().flatten());
        bytes.extend(text.iter().zip((0..4).cycle()).map(|(byte, i)| byte ^ key.map_or(0, |key| key[i])));
    }
    bencher.counter(BytesCount::new(bytes.len())).bench_local(|| {
        let (mut session, mut scratch, mut frames) = (Session::new(), Scratch::default(), Frames(0));
        for segment in bytes.chunks(1448) {
            session.push(direction, Chunk::made(segment, At::default()), Look::default(), &mut scratch, &mut frames);
        }
        assert_eq!(frames.0, 1_000_000);
    });
}

/// Text as a chat has it, and as a page has it.
#[divan::bench(args = LENGTHS)]
fn utf8(bencher: Bencher, length: usize) {
    let text = "naïve ☃ text, most of it plain; ".repeat(length / 32 + 1);
    bencher.counter(BytesCount::new(text.len())).bench_local(|| {
        Utf8Check::new().push(black_box(text.as_bytes())).expect("UTF-8");
    });
}

/// An upgrade, both halves whole.
#[divan::bench]
fn upgrade(bencher: Bencher) {
    let request = traffic::generate::request("dGhlIHNhbXBsZSBub25jZQ==", None);
    let response = traffic::generate::response("dGhlIHNhbXBsZSBub25jZQ==", None);
    let chunk = |text: &'static str| Chunk::made(text.as_bytes(), At::default());
    let [request, response] = [request, response].map(|text| chunk(text.leak()));
    bencher.bench_local(|| {
        let mut connection = Connection::default();
        let mut refused = Outcomes::default();
        connection.push(sockeye::base::Side::A, black_box(request), &mut refused);
        let verdict = connection.push(sockeye::base::Side::B, black_box(response), &mut refused);
        assert!(matches!(verdict, Verdict::WebSocket(_)));
    });
}
