//! Frames and messages a second through each form of output, and bytes a second made safe to show.

use divan::counter::{BytesCount, ItemsCount};
use divan::{AllocProfiler, Bencher, black_box};
use sockeye::base::{At, ConnectionId, Direction, DisplaySafe, Timestamp};
use sockeye::dissect::{FramePlace, MessagePlace, Sink, Told};
use sockeye::output::{Columns, JsonLines, List, Look, Out, Output, Stats, Style, Summary, Table, Text, stats};
use sockeye::websocket::{Frame, Framing, Header, LengthForm, Message, Opcode};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Frames in one run of a bench.
const FRAMES: u64 = 10_000;

/// A tick as the ticker of examples/gen_capture.rs sends it.
const TICK: &[u8] = br#"{"symbol":"ACME","price":101.25,"volume":4200,"sequence":1234567,"side":"buy"}"#;

fn frame(payload: &'static [u8], opcode: Opcode) -> Frame<'static> {
    let at = At { packet: 1_234_567, time: Timestamp(1_795_328_581_123_456_789) };
    let length = payload.len() as u64;
    let masking_key = Some([0xae, 0xd8, 0x58, 0xe8]);
    let header = Header { fin: true, rsv: 0, opcode, masking_key, length, form: LengthForm::Bits7 };
    Frame {
        direction: Direction::Client,
        offset: 123_456_789,
        header,
        header_len: 6,
        framing: Framing::Rfc6455,
        message_opcode: Some(opcode),
        compressed: false,
        first: at,
        last: at,
        ended: true,
        ends_message: true,
        message_offset: Some(123_456_789),
        message_follows: true,
        captured: length,
        payload,
        holes: &[],
        notes: &[],
    }
}

/// Tells the sink [`FRAMES`] frames, a few microseconds apart.
fn tell(mut output: impl Output, frame: &Frame<'_>) {
    let mut frame = *frame;
    for number in 1..=FRAMES {
        frame.first.time.0 += 3_217;
        frame.last.time.0 += 3_217;
        let place = FramePlace { number, socket: ConnectionId(17).into(), message: Some(number) };
        output.tell(&Told::Frame(&place, black_box(&frame)));
    }
    output.finish(&Summary::default());
}

fn frames<O: Output>(bencher: Bencher, make: impl Fn() -> O + Sync) {
    let tick = frame(TICK, Opcode::Text);
    bencher.counter(ItemsCount::new(FRAMES)).bench(|| tell(make(), &tick));
}

fn nowhere() -> Out {
    Out::new(std::io::sink())
}

#[divan::bench]
fn frames_text(bencher: Bencher) {
    let look = Look { style: Style { colour: false }, width: Some(160), heading: false };
    frames(bencher, || Text::new(List::Frames, nowhere(), look));
}

#[divan::bench]
fn frames_jsonl(bencher: Bencher) {
    frames(bencher, || JsonLines::new(List::Frames, nowhere()));
}

#[divan::bench]
fn frames_csv(bencher: Bencher) {
    let columns = Columns::choose(List::Frames, &[]).expect("the usual columns");
    frames(bencher, || Table::csv(columns.clone(), nowhere(), false));
}

#[divan::bench]
fn frames_fields(bencher: Bencher) {
    let names = ["n", "time.relative", "opcode", "length", "payload"].map(String::from);
    let columns = Columns::choose(List::Frames, &names).expect("known columns");
    frames(bencher, || Table::tabs(columns.clone(), nowhere()));
}

#[divan::bench]
fn frames_stats(bencher: Bencher) {
    frames(bencher, || Stats::new(stats::Form::Line, nowhere()));
}

/// A binary frame: base64.
#[divan::bench]
fn frames_jsonl_binary(bencher: Bencher) {
    let binary = frame(TICK, Opcode::Binary);
    let make = || JsonLines::new(List::Frames, nowhere());
    bencher.counter(ItemsCount::new(FRAMES)).bench(|| tell(make(), &binary));
}

#[divan::bench]
fn messages_jsonl(bencher: Bencher) {
    let Frame { first, last, direction, .. } = frame(TICK, Opcode::Text);
    let message = Message {
        direction,
        offset: 123_456_789,
        last_offset: 123_456_789,
        opcode: Opcode::Text,
        compressed: false,
        first,
        last,
        frame_count: 1,
        wire_length: TICK.len() as u64,
        length: TICK.len() as u64,
        complete: true,
        ended: true,
        payload: TICK,
        holes: &[],
        notes: &[],
    };
    bencher.counter(ItemsCount::new(FRAMES)).bench(|| {
        let mut output = JsonLines::new(List::Messages, nowhere());
        for number in 1..=FRAMES {
            let place = MessagePlace { number, socket: ConnectionId(17).into(), frames: &[number] };
            output.tell(&Told::Message(&place, black_box(&message)));
        }
        output.finish(&Summary::default());
    });
}

/// Making text safe: plain ASCII, other letters, and what must be escaped.
#[divan::bench(args = ["plain text, of which there is most ", "日本語のテキスト ", "\x1b[31m\u{202e}\n"])]
fn display_safe(bencher: Bencher, pattern: &str) {
    let text = pattern.repeat(64 * 1024 / pattern.len());
    let mut out = Vec::new();
    bencher.counter(BytesCount::new(text.len())).bench_local(|| {
        out.clear();
        DisplaySafe::text(black_box(&text)).write_to(&mut out)
    });
}
