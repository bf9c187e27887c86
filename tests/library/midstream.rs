//! Captures that start late: what is not WebSocket is not taken for it wherever it is entered, and what is, is found.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sockeye::base::Direction;
use sockeye::dissect::{DecodeAs, Evidence, Options, Sink, Told, Wants};

use crate::kept::{self, Kept, read};

/// Captures of a folder of the project.
fn captures(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.to_string_lossy().contains(".pcap")).collect();
    paths.sort();
    paths
}

/// A frame, wherever the capture starts: direction, first and last packet, header.
type Row = (bool, u64, u64, String);

#[derive(Default)]
struct Found {
    frames: Vec<Row>,
    evidence: Vec<Evidence>,
}

impl Sink for Found {
    fn wants(&self) -> Wants {
        Wants::NOTHING
    }

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Frame(_, frame) => {
                let client = frame.direction == Direction::Client;
                self.frames.push((client, frame.first.packet, frame.last.packet, format!("{:?}", frame.header)));
            }
            Told::Closed(connection) => {
                self.evidence.push(connection.evidence);
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

fn dissect(packets: &[Kept], options: Options) -> Found {
    let mut found = Found::default();
    kept::dissect(packets, options, &mut found);
    found
}

#[test]
fn nothing_else_is_taken_for_websocket() {
    let paths = captures("tests/data/midstream");
    assert!(paths.len() >= 20, "{paths:?}");
    for path in paths {
        let packets = read(&path);
        for start in 0..packets.len() {
            // Without payload: as from the next one. A connection is decided on its first bytes.
            if start > 0 && packets[start].wire_len <= 66 {
                continue;
            }
            let end = if start == 0 { packets.len() } else { packets.len().min(start + 24) };
            let found = dissect(&packets[start..end], Options::default());
            assert!(found.evidence.is_empty(), "{} from packet {}: {found:?}", path.display(), start + 1);
        }
    }
}

impl std::fmt::Debug for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {:#?}", self.evidence, self.frames)
    }
}

/// Fewest frames that are recognised, as long as a client's are among them.
const RECOGNISED: usize = 4;

/// Fewest text frames of a server that are recognised where its client is silent.
const RECOGNISED_ALONE: usize = 8;

#[test]
fn websocket_is_found_from_every_packet_on() {
    let mut paths = captures("tests/data/midstream/websocket");
    for name in [
        "samples/deflate-takeover.pcap",
        "samples/mqtt.pcap",
        "samples/stomp.pcap",
        "samples/vlan-qinq.pcap",
        "tests/data/captures/rfb-vnc.pcap",
    ] {
        paths.push(Path::new(env!("CARGO_MANIFEST_DIR")).join(name));
    }
    for path in paths {
        let packets = read(&path);
        let whole = dissect(&packets, Options::default());
        assert_eq!(whole.evidence, [Evidence::Handshake], "{}", path.display());
        let opened = whole.frames.iter().map(|frame| frame.1).min().unwrap();
        for start in opened..packets.len() as u64 {
            let after: BTreeSet<&Row> = whole.frames.iter().filter(|frame| frame.1 > start).collect();
            let found = dissect(&packets[start as usize..], Options::default());
            let got: BTreeSet<&Row> = found.frames.iter().collect();
            let made_up: Vec<_> = got.difference(&after).collect();
            let missed: Vec<_> = after.difference(&got).collect();
            let place = format!("{} from packet {}", path.display(), start + 1);
            assert!(made_up.is_empty(), "{place}: made up {made_up:?}");
            let alone = after.iter().all(|frame| !frame.0) || path.ends_with("server-only.pcap.gz");
            // Of a silent server, a close frame is no text.
            if after.len() > if alone { RECOGNISED_ALONE } else { RECOGNISED - 1 } {
                assert!(missed.len() <= 1, "{place}: missed {missed:?}");
                let [Evidence::MidStream { confidence }] = found.evidence[..] else { panic!("{place}: {found:?}") };
                assert!((0.99..=1.0).contains(&confidence), "{place}: {confidence}");
            }
        }
    }
}

#[test]
fn two_short_frames_are_enough() {
    // "Hello" masked, and its echo.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/hello-midstream.pcap");
    let found = dissect(&read(&path), Options::default());
    assert_eq!(found.frames.len(), 2, "{found:?}");
    // One of them is not.
    for only in 0..2 {
        let packets = read(&path);
        let found = dissect(&packets[only..=only], Options::default());
        assert!(found.evidence.is_empty(), "{found:?}");
    }
}

/// A server alone that compresses: each of its frames has a segment for itself.
#[test]
fn compressed_frames_of_a_server_alone_are_recognised() {
    for name in ["samples/deflate-takeover.pcap", "tests/data/captures/deflate-no-takeover.pcap"] {
        let packets = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(name));
        let whole = dissect(&packets, Options::default());
        // RAW IPv4 behind Ethernet: the source port tells who sent a packet.
        let port = |packet: &Kept| u16::from_be_bytes([packet.data[34], packet.data[35]]);
        let client = port(&packets[0]);
        let opened = whole.frames.iter().map(|frame| frame.1).min().unwrap() as usize;
        let server: Vec<Kept> = packets[opened..].iter().filter(|packet| port(packet) != client).cloned().collect();
        let found = dissect(&server, Options::default());
        let [Evidence::MidStream { confidence }] = found.evidence[..] else { panic!("{name}: {found:?}") };
        assert!(confidence >= 0.99, "{name}: {confidence}");
        let want = whole.frames.iter().filter(|frame| !frame.0 && frame.1 > opened as u64 + 2);
        let missed = want.filter(|frame| !found.frames.contains(frame)).count();
        let made_up = found.frames.iter().filter(|frame| !whole.frames.contains(frame)).count();
        assert!(missed <= 1 && made_up == 0, "{name}: {missed} missed, {made_up} made up");
    }
}

#[test]
fn the_users_word_decides() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/hello-midstream.pcap");
    let said = |what| Options { decode_as: vec![(8002, what)], ..Options::default() };
    let found = dissect(&read(&path), said(DecodeAs::WebSocket));
    assert_eq!((found.frames.len(), &found.evidence[..]), (2, &[Evidence::DecodeAs][..]));
    let found = dissect(&read(&path), said(DecodeAs::Nothing));
    assert!(found.frames.is_empty() && found.evidence.is_empty());
    // One frame that would not be recognised, and one that is none.
    let packets = read(&path);
    let found = dissect(&packets[1..], said(DecodeAs::WebSocket));
    assert_eq!((found.frames.len(), &found.evidence[..]), (1, &[Evidence::DecodeAs][..]));
    let other = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/midstream/random.pcap.gz");
    let found = dissect(&read(&other), Options { decode_as: vec![(7777, DecodeAs::WebSocket)], ..Options::default() });
    assert!(found.evidence.iter().all(|evidence| *evidence == Evidence::DecodeAs) && !found.evidence.is_empty());
}
