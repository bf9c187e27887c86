//! The pictures against the frames that another decoder found in the same captures (`tests/data/captures`): numbers,
//! arrows, flags, lengths, keys and bits stand where they belong, for every frame.

use serde_json::Value;
use sha1::{Digest as _, Sha1};

use super::*;
use crate::tui::form::Form;

/// The frames of a capture as the other decoder found them.
fn expected(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/captures/{name}.jsonl"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub(super) struct Truth(pub Value);

impl Truth {
    fn int(&self, name: &str) -> u64 {
        self.0[name].as_u64().unwrap_or(u64::from(self.0[name].as_bool() == Some(true)))
    }

    fn masked(&self) -> bool {
        self.0["mask"].as_bool().unwrap_or(self.0["mask"].as_u64() == Some(1))
    }

    /// The header that such a frame has (RFC 6455 section 5.2), with the shortest length form, as bytes.
    fn header(&self) -> Vec<u8> {
        let len = self.int("len");
        let mut header = vec![
            (self.int("fin") << 7 | self.int("rsv") << 4 | self.int("opcode")) as u8,
            u8::from(self.masked()) << 7,
        ];
        match len {
            0..=125 => header[1] |= len as u8,
            126..=65535 => {
                header[1] |= 126;
                header.extend((len as u16).to_be_bytes());
            }
            _ => {
                header[1] |= 127;
                header.extend(len.to_be_bytes());
            }
        }
        // Of a frame that the capture cuts off, the list has no key.
        if let Some(key) = self.0["key"].as_str().filter(|_| self.masked()) {
            header.extend(hex::decode(key).unwrap());
        }
        header
    }

    fn name(&self) -> &'static str {
        match self.int("opcode") {
            0 => "CONT",
            1 => "TEXT",
            2 => "BIN",
            8 => "CLOSE",
            9 => "PING",
            10 => "PONG",
            other => panic!("opcode {other}"),
        }
    }
}

/// Zeros and ones of the diagram, in the order in which they stand: lines whose cells hold nothing else.
fn bits(screen: &Screen) -> String {
    let diagram = screen.inspector.state.scene.diagram.as_ref().unwrap();
    let lines = diagram.lines.iter().skip(2);
    let bits = lines.flatten().filter(|part| part.bits).map(|part| part.text.as_str());
    bits.collect::<String>().chars().filter(|c| *c == '0' || *c == '1').collect()
}

/// Every frame of a capture, looked at one after the other.
fn agrees(file: &str, name: &str) {
    let truth = expected(name);
    let mut screen = Screen::capture(file, 120, 44);
    assert_eq!(screen.inspector.state.scene.counts[0], truth.len() as u64);
    for number in 1..=screen.inspector.state.scene.counts[0] {
        screen.keys(&format!(":{number}<Enter>"));
        let row = screen.inspector.state.detail.as_ref().unwrap().row;
        let side = if row.direction == Direction::Client { "c" } else { "s" };
        let same = |frame: &&Value| {
            frame["conn"] == row.socket.connection.0 && frame["dir"] == side && frame["off"] == row.offset
        };
        let truth = Truth(truth.iter().find(same).unwrap_or_else(|| panic!("{number}: no such frame")).clone());
        let text = screen.lines().join("\n");
        let context = format!("{file} frame {number} {}\n{text}", truth.0);

        // The row.
        let line = screen.lines().into_iter().find(|line| line.contains('▶')).expect(&context);
        let line = line.replace('▶', " ");
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        // Opcodes of control frames have their highest bit set (RFC 6455 section 5.2), and a dashed arrow.
        let arrow = match (side, truth.int("opcode") >= 8) {
            ("c", false) => "→",
            ("c", true) => "⇢",
            (_, false) => "←",
            (_, true) => "⇠",
        };
        let at = words.iter().position(|word| word == arrow).expect(&context);
        assert_eq!(words[at + 1], truth.name(), "{context}");
        let flags = format!(
            "{}{}{}{}",
            if truth.int("fin") == 1 { 'F' } else { '·' },
            if truth.int("rsv") & 4 != 0 { '1' } else { '·' },
            if truth.int("rsv") & 2 != 0 { '2' } else { '·' },
            if truth.int("rsv") & 1 != 0 { '3' } else { '·' }
        );
        assert_eq!(words[at + 2], flags, "{context}");
        assert_eq!(words[at + 3] == "M", truth.masked(), "{context}");
        let after = words[at + 3 + usize::from(truth.masked())..].join("");
        assert!(after.starts_with(&truth.int("len").to_string()), "{context}");

        // The fields.
        let field = |id: &str| {
            screen.inspector.state.tree.iter().find(|field| field.field.name() == id).map(|f| f.text.clone())
        };
        assert_eq!(field("ws.fin"), Some(truth.int("fin").to_string()), "{context}");
        assert_eq!(field("ws.mask"), Some(u8::from(truth.masked()).to_string()), "{context}");
        if let Some(key) = truth.0["key"].as_str().filter(|_| truth.masked()) {
            assert_eq!(field("ws.key").as_deref(), Some(key), "{context}");
        }
        let length = if truth.int("len") < 126 { "ws.length7" } else { "ws.length" };
        assert_eq!(field(length), Some(truth.int("len").to_string()), "{context}");

        // The diagram: the bits of the header, in their order, and the payload's after them.
        let header = truth.header();
        let wanted: String = header.iter().map(|byte| format!("{byte:08b}")).collect();
        let drawn = bits(&screen);
        assert!(drawn.starts_with(&wanted), "{wanted}\n{drawn}\n{context}");

        // The bytes on the wire begin with the header, and the packet is the one it begins in.
        let shown: Vec<u8> = screen.inspector.state.scene.bytes.iter().map_while(|byte| byte.value).collect();
        assert!(shown.starts_with(&header), "{context}");
        let rows: String = text.lines().skip_while(|line| !line.contains("│ text │")).skip(1).take(1).collect();
        let hex: String = header.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let drawn: String = rows.rsplit('│').next().unwrap().split_whitespace().skip(1).collect();
        assert!(drawn.starts_with(&hex), "{hex} {drawn}\n{context}");
        if let Some(packet) = truth.0["pkt"].as_u64() {
            assert!(text.contains(&format!("packet {packet} │")), "{context}");
        }

        // What is copied is the payload.
        let Some(sha) = truth.0["sha"].as_str() else { continue };
        let shared = screen.inspector.state.trace.clone();
        let payload = screen.inspector.state.copy(&shared.read(), Form::Payload).unwrap().bytes;
        assert_eq!(hex::encode(Sha1::digest(&payload))[..12], *sha, "{context}");
    }
}

#[test]
fn pictures_of_plain_messages() {
    agrees("tests/data/captures/messages-plain.pcap.zst", "messages-plain");
}

#[test]
fn pictures_of_compressed_messages() {
    agrees("samples/deflate-takeover.pcap", "deflate-takeover");
}

#[test]
fn pictures_of_reordered_packets() {
    agrees("tests/data/captures/tcp-reordered-duplicated.pcap.gz", "tcp-reordered-duplicated");
}

#[test]
fn pictures_of_other_links() {
    agrees("tests/data/captures/vlan-qinq.pcap", "vlan-qinq");
    agrees("tests/data/captures/linktype-null.pcap", "linktype-null");
    agrees("samples/proxy-both-legs.pcap", "proxy-both-legs");
    agrees("samples/hello-midstream.pcap", "seed-frames-51-52");
    agrees("samples/socketio.pcap.gz", "socketio");
}

/// Whole messages, after inflating: their number, length and bytes.
#[test]
fn messages_are_what_the_other_decoder_made_of_them() {
    for (file, name) in [
        ("samples/deflate-takeover.pcap", "deflate-takeover"),
        ("tests/data/captures/deflate-window9.pcap", "deflate-window9"),
        ("tests/data/captures/deflate-no-takeover.pcap", "deflate-no-takeover"),
        ("tests/data/captures/messages-plain.pcap.zst", "messages-plain"),
    ] {
        let truth: Vec<Value> = expected(name).into_iter().filter(|frame| !frame["msg"].is_null()).collect();
        let mut screen = Screen::capture(file, 120, 44);
        screen.keys("M");
        assert_eq!(screen.inspector.state.scene.rows, truth.len() as u64, "{file}");
        for row in 0..screen.inspector.state.scene.rows {
            screen.keys(if row == 0 { "gg" } else { "j" });
            let detail = screen.inspector.state.detail.as_ref().unwrap();
            let side = if detail.row.direction == Direction::Client { "c" } else { "s" };
            let same = |frame: &&Value| frame["dir"] == side && frame["off"] == detail.row.offset;
            let truth = truth.iter().find(same).unwrap();
            let shared = screen.inspector.state.trace.clone();
            let payload = screen.inspector.state.copy(&shared.read(), Form::Payload).unwrap().bytes;
            assert_eq!(payload.len() as u64, truth["msg"]["len"].as_u64().unwrap(), "{file} {truth}");
            assert_eq!(hex::encode(Sha1::digest(&payload))[..12], *truth["msg"]["sha"].as_str().unwrap(), "{truth}");
        }
    }
}

/// A byte of the payload, the byte on the wire and the byte of the key that it is made of, in both directions.
#[test]
fn bytes_are_linked_across_their_sources() {
    use crate::base::Source;
    let mut screen = Screen::capture("tests/data/captures/messages-plain.pcap.zst", 120, 44);
    // A masked frame of eight bytes of payload or more, by its place in its direction.
    let truth = expected("messages-plain");
    let long = truth.iter().find(|f| f["dir"] == "c" && f["len"].as_u64().is_some_and(|len| (8..125).contains(&len)));
    let (offset, key) = (long.unwrap()["off"].as_u64().unwrap(), long.unwrap()["key"].as_str().unwrap());
    let key = hex::decode(key).unwrap();
    let shared = screen.inspector.state.trace.clone();
    let number = (1..).find(|n| {
        let row = shared.read().frames().get(*n).unwrap();
        row.direction == Direction::Client && row.offset == offset
    });
    screen.keys(&format!(":{}<Enter><Tab><Tab><Tab>]gg", number.unwrap()));
    assert_eq!(screen.inspector.state.bytes.source, Source::Unmasked);
    screen.keys("lllllll");
    let plain = screen.inspector.state.scene.bytes[7].value.unwrap();
    // Byte 7 of the payload is byte 13 on the wire, XORed with byte 3 of the key, which is byte 5 on the wire.
    let wire = plain ^ key[3];
    let words = format!("payload 7 {plain:02x} = wire 13 {wire:02x} ^ key 3 {:02x}", key[3]);
    assert!(screen.shows(&words), "{words}\n{}", screen.lines().join("\n"));
    assert_eq!(screen.inspector.state.field().unwrap().field.name(), "ws.payload");
    screen.keys("[");
    assert_eq!((screen.inspector.state.bytes.source, screen.inspector.state.bytes.cursor), (Source::Frame, 13));
    let marked: Vec<usize> = screen
        .inspector
        .state
        .scene
        .bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| byte.cursor)
        .map(|(at, _)| at)
        .collect();
    assert_eq!(marked, [5, 13], "the byte and what it was masked with");
    assert_eq!(screen.inspector.state.scene.bytes[13].value, Some(wire));
    assert_eq!(screen.inspector.state.scene.bytes[5].value, Some(key[3]));
    // And back, from the packet.
    screen.keys("[[");
    screen.keys("]]]");
    assert_eq!((screen.inspector.state.bytes.source, screen.inspector.state.bytes.cursor), (Source::Unmasked, 7));
}

/// Ping and pong of the conversation, their times taken from the packets.
#[test]
fn round_trips_are_the_difference_of_two_packets() {
    let mut screen = Screen::capture("tests/data/captures/messages-plain.pcap.zst", 120, 60);
    let shared = screen.inspector.state.trace.clone();
    let (pong, took) = {
        let trace = shared.read();
        let rows: Vec<_> = (1..=trace.frames().count()).filter_map(|n| trace.frames().get(n)).collect();
        let ping = rows.iter().find(|row| row.header.opcode == Opcode::Ping).unwrap();
        let pong =
            rows.iter().find(|row| row.header.opcode == Opcode::Pong && row.direction != ping.direction).unwrap();
        (pong.number, pong.first.time.since(ping.last.time))
    };
    let rtt = format!("rtt {}", crate::tui::text::duration(took));
    for view in ["3", "4"] {
        screen.keys(&format!(":{pong}<Enter>{view}"));
        screen.event(Event::Pause);
        let shown = screen.lines().into_iter().filter(|line| line.contains("rtt")).collect::<Vec<_>>();
        assert_eq!(shown.len(), 2, "ping and pong: {shown:?}");
        assert!(shown.iter().all(|line| line.contains(&rtt)), "{rtt}: {shown:?}");
    }
}
