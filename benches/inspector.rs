//! The inspector: one drawn picture, and from a key to its picture at five million frames.
//!
//! The index is filled once, through the sink that a capture fills. All frames point at the same few payloads, so that
//! what is measured is the inspector and not the disk.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher, black_box};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use sockeye::base::{At, Chunk, ConnectionId, Direction, LinkType, Origin, Packet, PerDirection, Timestamp};
use sockeye::dissect::{Evidence, FramePlace, MessagePlace, Sink, Socket, StreamBytes, Told, Totals};
use sockeye::trace::{Indexer, Progress, Shared};
use sockeye::tui::theme::Theme;
use sockeye::tui::{Inspector, State, draw, keys};
use sockeye::websocket::{Frame, Framing, Header, LengthForm, Message, Opcode};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

const FRAMES: u64 = 5_000_000;
const CONNECTIONS: u64 = 200;
const TICK: &[u8] = br#"{"symbol":"ACME","price":101.25,"volume":4200,"sequence":1234567,"side":"buy"}"#;

/// A packet of the store: Ethernet, IPv4 and TCP headers, then a frame.
fn packet() -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00];
    bytes.extend_from_slice(&[0x45, 0, 0, 120, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 77, 0, 2, 10, 77, 0, 1]);
    bytes.extend_from_slice(&[0x23, 0x8c, 0xb5, 0x2e, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 1, 0, 0, 0, 0, 0]);
    bytes.extend_from_slice(&[0x81, TICK.len() as u8]);
    bytes.extend_from_slice(TICK);
    bytes
}

fn told(id: ConnectionId, at: At) -> Socket {
    Socket {
        id: id.into(),
        client: SocketAddr::from(([10, 77, 0, 1], 40_000 + id.0 as u16)),
        server: SocketAddr::from(([10, 77, 0, 2], 9100)),
        evidence: Evidence::Handshake,
        handshake: None,
        totals: PerDirection { client: Totals::default(), server: Totals::default() },
        tls: None,
        http2: None,
        process: Default::default(),
        close: None,
        first: at,
        last: at,
        notes: Vec::new(),
    }
}

/// An index of five million frames, each a message in a packet of its own.
fn trace() -> &'static (Shared, Vec<u8>) {
    static TRACE: OnceLock<(Shared, Vec<u8>)> = OnceLock::new();
    TRACE.get_or_init(|| {
        let store = packet();
        let wire = store[54..].to_vec();
        let mut indexer = Indexer::new();
        let at = |packet: u64| At { packet, time: Timestamp(1_795_328_581_000_000_000 + packet as i64 * 3_217) };
        for id in 0..CONNECTIONS {
            indexer.tell(&Told::Opened(&told(ConnectionId(id as u32), at(1))));
        }
        let length = TICK.len() as u64;
        let header =
            Header { fin: true, rsv: 0, opcode: Opcode::Text, masking_key: None, length, form: LengthForm::Bits7 };
        for number in 1..=FRAMES {
            let at = at(number);
            let connection = ConnectionId((number % CONNECTIONS) as u32);
            let offset = number / CONNECTIONS * wire.len() as u64;
            let told = Packet {
                number,
                time: at.time,
                link: LinkType::ETHERNET,
                data: &store,
                wire_len: store.len() as u32,
                interface: 0,
                position: 0,
                comment: None,
            };
            indexer.tell(&Told::Packet(&told));
            let direction = Direction::Server;
            let chunk = Chunk { bytes: &wire, at, origin: Origin::Capture(54) };
            let socket = connection.into();
            indexer.tell(&Told::Bytes(&StreamBytes { socket, direction, offset, chunk }));
            indexer.tell(&Told::Frame(
                &FramePlace { number, socket, message: Some(number) },
                &Frame {
                    direction,
                    offset,
                    header,
                    header_len: 2,
                    framing: Framing::Rfc6455,
                    message_opcode: Some(Opcode::Text),
                    compressed: false,
                    first: at,
                    last: at,
                    ended: true,
                    ends_message: true,
                    message_offset: Some(offset),
                    message_follows: true,
                    captured: length,
                    payload: &[],
                    holes: &[],
                    notes: &[],
                },
            ));
            let message = Message {
                direction,
                offset,
                last_offset: offset,
                opcode: Opcode::Text,
                compressed: false,
                first: at,
                last: at,
                frame_count: 1,
                wire_length: length,
                length,
                complete: true,
                ended: true,
                payload: &[],
                holes: &[],
                notes: &[],
            };
            indexer.tell(&Told::Message(&MessagePlace { number, socket, frames: &[number] }, &message));
        }
        indexer.flush(Progress { packets: FRAMES, read: FRAMES, total: Some(FRAMES), finished: true });
        println!("index: {:.1} bytes a frame", indexer.shared().read().memory() as f64 / FRAMES as f64);
        (indexer.shared(), store)
    })
}

fn inspector(size: (u16, u16)) -> Inspector {
    let (shared, store) = trace();
    let state = State::new(shared.clone(), Arc::new(store.clone()), "ticker.pcap".to_owned(), Theme::dark());
    let mut inspector = Inspector::new(state);
    inspector.settle(size);
    inspector
}

/// Drawing alone: everything was looked up before.
#[divan::bench(args = [(80, 24), (120, 40), (200, 60)])]
fn picture(bencher: Bencher, size: (u16, u16)) {
    let inspector = inspector(size);
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    bencher.bench_local(|| {
        buffer.reset();
        draw::draw(&inspector, black_box(&mut buffer));
    });
}

/// Keys that come back to where they started, each with its look-up and its picture. The time of one key is the `item`.
#[divan::bench(args = ["jk", "<PgDn><PgUp>", "Ggg", "}{", "MM", "cc", "31", "41", "21", "51", "<Tab><Esc>", "tttt", "??"])]
fn key(bencher: Bencher, script: &str) {
    let size = (120, 40);
    let mut inspector = inspector(size);
    let script = keys::script(script);
    for chord in keys::script("2500000gg") {
        inspector.press(chord, size);
    }
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    bencher.counter(ItemsCount::new(script.len())).bench_local(|| {
        for chord in &script {
            inspector.press(*chord, size);
            buffer.reset();
            draw::draw(&inspector, black_box(&mut buffer));
        }
    });
}

/// From a filter that was typed to the last of the rows that it shows: of headers alone, of addresses, of payloads.
#[divan::bench(sample_count = 3, sample_size = 1, args = ["websocket.opcode == 1", "ip.src == 10.77.0.2", "ws.text contains \"ACME\""])]
fn filter(bencher: Bencher, typed: &str) {
    let size = (120, 40);
    let mut inspector = inspector(size);
    let script = keys::script(&format!("/<^u>{typed}<Enter>"));
    bencher.counter(ItemsCount::new(FRAMES)).bench_local(|| {
        for chord in &script {
            inspector.press(*chord, size);
        }
    });
}
