//! The index against the dissector: what the one reads back from the file, the other told while it passed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sockeye::base::{Hole, Source, Span, Timestamp, limits};
use sockeye::capture::{self, Capture, Store};
use sockeye::dissect::{Dissector, FramePlace, MessagePlace, Options, Sink, Told, Wants};
use sockeye::fields::{Cost, Field, FrameField, MessageField, PacketField, Scope, Value, node_at};
use sockeye::teach::annotate::tree;
use sockeye::trace::values::{self, FrameView, MessageView, Parties};
use sockeye::trace::{Bytes, Detail, Indexer, Inflations, LoadedFrame, LoadedMessage, Progress, Trace, Window};
use sockeye::websocket::{Frame, Message};

use crate::generate;

/// Indexes, and keeps every payload beside.
#[derive(Default)]
struct Both {
    indexer: Indexer,
    frames: Vec<(FramePlace, Vec<u8>, Vec<Hole>)>,
    messages: Vec<(u64, Vec<u64>, Vec<u8>, bool)>,
    notes: BTreeMap<(u32, String), u64>,
    /// The value of every field of every frame and message, as it was told.
    frame_values: Vec<Vec<String>>,
    message_values: Vec<Vec<String>>,
}

fn frame_values(place: &FramePlace, frame: &Frame<'_>, parties: Option<&Parties>) -> Vec<String> {
    let row = FrameView { place, frame, parties, origin: Timestamp::default() };
    FrameField::ALL.iter().map(|field| shown(field.field(), &values::frame(*field, &row))).collect()
}

fn message_values(place: &MessagePlace<'_>, message: &Message<'_>, parties: Option<&Parties>) -> Vec<String> {
    let row = MessageView { place, message, parties, origin: Timestamp::default() };
    MessageField::ALL.iter().map(|field| shown(field.field(), &values::message(*field, &row))).collect()
}

fn shown(field: &Field, value: &Value<'_>) -> String {
    assert!(field.admits(value), "{field:?}: {value:?}");
    format!("{}: {value:?}", field.name())
}

impl Sink for Both {
    fn wants(&self) -> Wants {
        Wants { frame_payload: true, message_payload: true, bytes: true, packets: true, ..Wants::NOTHING }
    }

    fn tell(&mut self, told: &Told<'_>) {
        self.indexer.tell(told);
        match *told {
            Told::Frame(place, frame) => {
                self.frame_values.push(frame_values(place, frame, None));
                self.frames.push((*place, frame.payload.to_vec(), frame.holes.to_vec()));
            }
            Told::Message(place, message) => {
                self.message_values.push(message_values(place, message, None));
                let plain = !message.compressed && message.complete;
                self.messages.push((place.number, place.frames.to_vec(), message.payload.to_vec(), plain));
            }
            Told::Note { socket, note, .. } => {
                *self.notes.entry((socket.connection.0, note.code.name().to_owned())).or_default() += 1;
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

fn read(path: &Path) -> Option<(Both, Store)> {
    let options = capture::Options { spool: true, ..capture::Options::default() };
    let mut capture: Capture = capture::open(path, &options).ok()?;
    let store = capture.store()?;
    let mut both = Both::default();
    let mut dissector = Dissector::new(Options { secrets: capture.secrets(), ..Options::default() });
    while let Ok(Some(packet)) = capture.next_packet() {
        dissector.push(&packet, &mut both);
    }
    dissector.finish(&mut both);
    both.indexer.flush(Progress { finished: true, ..Progress::default() });
    Some((both, store))
}

fn captures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders =
        ["samples", "tests/data/capture", "tests/data/captures", "tests/data/net"].map(|folder| root.join(folder));
    let files = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten();
    files.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| !path.ends_with("README.md")).collect()
}

fn without_holes(window: &Window) -> Vec<u8> {
    let at = |index: usize| window.start + index as u64;
    window.bytes.iter().enumerate().filter_map(|(index, _)| window.get(at(index))).collect()
}

#[test]
fn payloads_are_read_back_as_they_were_told() {
    let mut frames = 0;
    for path in captures() {
        let Some((both, store)) = read(&path) else { continue };
        let shared = both.indexer.shared();
        let trace = shared.read();
        let bytes = Bytes::new(&trace, &store);
        assert_eq!(trace.frames().count() as usize, both.frames.len(), "{}", path.display());
        for (place, payload, holes) in &both.frames {
            let row = trace.frames().get(place.number).unwrap();
            assert_eq!(row.socket, place.socket);
            let window = bytes.unmasked(&row, 0..u64::MAX);
            assert_eq!(without_holes(&window), *payload, "{} frame {}", path.display(), place.number);
            // What never came is no hole to the dissector: the frame is unfinished.
            let inside = |hole: &&Hole| row.ended || hole.start + hole.len < row.header.length;
            let found: Vec<Hole> = window.holes.iter().filter(inside).copied().collect();
            // A cut packet at the end of an unfinished frame runs into what never came.
            let told = if row.ended { holes.len() } else { found.len().max(holes.len().saturating_sub(1)) };
            assert_eq!(found, holes[..told], "{} frame {}", path.display(), place.number);
            frames += 1;
        }
        for (number, numbers, payload, plain) in &both.messages {
            let row = trace.messages().get(*number).unwrap();
            let mut frames: Vec<u64> = trace.message_frames(&row).iter().map(|row| row.number).collect();
            frames.sort_unstable();
            assert_eq!(frames, *numbers, "{} message {number}", path.display());
            if *plain {
                let window = bytes.message(&row, 0..u64::MAX);
                assert_eq!(window.bytes, *payload, "{} message {number}", path.display());
            }
        }
        let counted: u64 = trace.notes().counts().map(|(_, count)| count).sum();
        assert_eq!(counted, both.notes.values().sum::<u64>());
    }
    assert!(frames > 500, "{frames} frames");
}

/// The values of a row of the index that differ from what was told.
fn differing(told: &[String], read: &[String]) -> Vec<(String, String)> {
    assert_eq!(told.len(), read.len());
    told.iter().zip(read).filter(|(told, read)| told != read).map(|(told, read)| (told.clone(), read.clone())).collect()
}

fn is_noted(trace: &Trace, number: u64) -> bool {
    trace.notes().of_frame(number).next().is_some()
}

#[test]
fn every_field_of_a_row_has_the_value_that_was_told() {
    let mut compared = 0;
    for path in captures() {
        let Some((both, store)) = read(&path) else { continue };
        let shared = both.indexer.shared();
        let trace = shared.read();
        let bytes = Bytes::new(&trace, &store);
        for (number, told) in (1..).zip(&both.frame_values) {
            let row = trace.frames().get(number).unwrap();
            let loaded = LoadedFrame::read(bytes, row, Cost::Payload);
            let mut differing = differing(told, &frame_values(&loaded.place(), &loaded.frame(), None));
            // A note may come after its frame was told.
            differing.retain(|(told, _)| !(told.starts_with("notes") && is_noted(&trace, number)));
            assert!(differing.is_empty(), "{} frame {number}: {differing:#?}", path.display());
            compared += 1;
        }
        let mut inflations = Inflations::default();
        for (number, told) in (1..).zip(&both.message_values) {
            let row = trace.messages().get(number).unwrap();
            inflations.work(bytes, [number], u64::MAX);
            let inflated = inflations.get(number);
            let loaded = LoadedMessage::read(bytes, row, Cost::Inflated, inflated.as_deref());
            let mut differing = differing(told, &message_values(&loaded.place(), &loaded.message(), None));
            differing.retain(|(told, _)| !told.starts_with("payload") || row.complete);
            assert!(differing.is_empty(), "{} message {number}: {differing:#?}", path.display());
        }
    }
    assert!(compared > 500, "{compared} frames");
}

#[test]
fn every_header_byte_on_the_wire_has_its_field_and_its_place_in_a_packet() {
    for path in captures() {
        let Some((both, store)) = read(&path) else { continue };
        let shared = both.indexer.shared();
        let trace = shared.read();
        let bytes = Bytes::new(&trace, &store);
        for number in 1..=trace.frames().count() {
            let detail = Detail::read(bytes, number).unwrap();
            let nodes = tree(bytes, &detail);
            let header = u64::from(detail.row.header_len);
            for at in 0..header {
                assert!(node_at(&nodes, Source::Frame, at).is_some(), "{} {number} {at}", path.display());
            }
            let wire = detail.window(bytes, Source::Frame, 0..header);
            let span = Span { source: Source::Frame, start: 0, len: 1 };
            let Some(here) = detail.translate(span, Source::Packet) else { continue };
            if let [record, ..] = detail.records.as_slice() {
                // A record is in the packet as a whole, and what it holds is beside it.
                assert!(here.len <= record.len, "{} {number}", path.display());
                let inside = detail.translate(span, Source::Decrypted).unwrap();
                assert_eq!(inside.len, 1);
                let opened = detail.window(bytes, Source::Decrypted, inside.range());
                assert_eq!(opened.get(inside.start), wire.get(0), "{} {number}", path.display());
                let back = detail.translate(Span { len: 1, ..here }, Source::Decrypted).unwrap();
                assert!(back.range().contains(&inside.start), "{} {number}", path.display());
                continue;
            }
            if let Some(first) = wire.get(0) {
                let packet = detail.window(bytes, Source::Packet, here.start..here.start + 1);
                assert_eq!(packet.get(here.start), Some(first), "{} {number}", path.display());
            }
        }
    }
}

#[test]
fn a_comment_stands_with_the_packet_it_was_written_to() {
    // `tshark -T fields -e frame.number -e frame.comment`: 4 "the upgrade request", 8 "first masked frame".
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/messages-commented.pcapng");
    let (both, store) = read(&path).unwrap();
    let shared = both.indexer.shared();
    let trace = shared.read();
    let comments = |number| {
        let bytes = Bytes::new(&trace, &store);
        let nodes = tree(bytes, &Detail::read(bytes, number).unwrap());
        let comments = nodes.iter().filter(|node| node.is(PacketField::Comment));
        comments.map(|node| node.text.clone()).collect::<Vec<_>>()
    };
    assert_eq!(comments(1), ["first masked frame"]);
    assert!((2..=trace.frames().count()).all(|number| comments(number).is_empty()));
}

/// One compressed connection, of which each direction inflates to many times what lies between two checkpoints.
#[test]
fn any_compressed_message_is_reached_from_the_checkpoint_before_it() {
    let mut options = generate::Options::new(generate::Kind::Deflate, 4000);
    options.clients = 1;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let truth = generate::generate(&options, file.as_file_mut()).unwrap();
    assert!(truth.message_bytes / 2 > 4 * limits::WINDOW_EVERY, "{truth:?}");
    let (both, store) = read(file.path()).unwrap();
    let shared = both.indexer.shared();
    let trace = shared.read();
    let bytes = Bytes::new(&trace, &store);
    // From the last to the first, each with nothing inflated before: the worst there is.
    for (number, _, payload, _) in both.messages.iter().rev().step_by(7) {
        let mut inflations = Inflations::default();
        let more = inflations.work(bytes, [*number], 2 * limits::WINDOW_EVERY);
        assert!(!more, "message {number} takes more than two checkpoints' worth of work");
        assert_eq!(&inflations.get(*number).unwrap().bytes, payload, "message {number}");
    }
}

/// The layers between a browser's frame and its packet. Suite and stream are what `tshark` shows with the same keys
/// (`tls.handshake.ciphersuite`, `http2.streamid`); the record's header is read from the packet.
#[test]
fn a_decrypted_frame_knows_its_record_and_its_frame_of_http2() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/wss-h2-chromium.pcapng");
    let (both, store) = read(&path).unwrap();
    let shared = both.indexer.shared();
    let trace = shared.read();
    let bytes = Bytes::new(&trace, &store);
    for number in 1..=trace.frames().count() {
        let detail = Detail::read(bytes, number).unwrap();
        let nodes = tree(bytes, &detail);
        let node = |field| nodes.iter().find(|node| node.is(field)).unwrap();
        let number = |field| match node(field).value {
            Value::Number(number) => number,
            ref other => panic!("{other:?}"),
        };
        assert_eq!(node(PacketField::TlsKey).text, "TLS_AES_128_GCM_SHA256, application 0");
        assert_eq!(number(PacketField::TlsContentType), 23);
        let record = node(PacketField::Tls).span.unwrap();
        assert_eq!((record.source, record.len), (Source::Packet, number(PacketField::TlsLength) + 5));
        assert_eq!((number(PacketField::Http2Type), number(PacketField::Http2Stream)), (0, 3));
        let frame = node(PacketField::Http2).span.unwrap();
        assert_eq!((frame.source, frame.len), (Source::Decrypted, number(PacketField::Http2Length) + 9));
        // The WebSocket frame is what the DATA frame holds.
        let own = Span { source: Source::Frame, start: 0, len: detail.row.wire_len() };
        let inside = detail.translate(own, Source::Decrypted).unwrap().range();
        assert!(frame.range().start + 9 <= inside.start && inside.end <= frame.range().end);
    }
}
