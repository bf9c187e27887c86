//! TLS as OpenSSL speaks it: every way of sealing records that it knows, opened from captures whose contents are known.
//!
//! In each capture of `tests/data/tls/openssl` a client sends the lines of [`SAID`] and its server answers each of them turned
//! round (`openssl s_server -rev`); the secrets lie in it. What is special about a capture its name says.

use std::path::{Path, PathBuf};

use sockeye::base::{Origin, PacketNumber, Part, SecretLog, Side, Timestamp};
use sockeye::capture::{self, Capture, Options};
use sockeye::net::{Content, decode};
use sockeye::tcp::{Connections, Event, Handler, Info, Now};
use sockeye::tls::{Connection, Facts, KeyLog, Told, Work};

/// What each client says, in lines.
const SAID: &str = "first line of the client\nand a second one, which is longer than the first line was\nend\n";

/// What was opened of one connection.
#[derive(Debug, Default)]
struct Opened {
    pieces: Vec<Vec<u8>>,
    client: Vec<u8>,
    server: Vec<u8>,
    /// Generations of keys, in the order in which they were first used.
    generations: Vec<String>,
    /// What did not open, or is missing.
    faults: Vec<String>,
    facts: Facts,
}

#[derive(Default)]
struct State {
    tls: Connection,
    parts: Vec<(Side, Vec<u8>)>,
    opened: Opened,
}

struct Reader<'k> {
    keys: &'k KeyLog,
    buffer: Vec<u8>,
    done: Vec<Opened>,
}

impl Handler<Box<State>> for Reader<'_> {
    fn event(&mut self, _: &Info, state: &mut Box<State>, side: Side, event: Event<'_>) {
        let Event::Part(part @ (Part::Bytes(_) | Part::Gap(_))) = event else { return };
        let State { tls, parts, opened } = &mut **state;
        let mut work = Work {
            keys: self.keys,
            may_come: true,
            has_room: true,
            buffer: &mut self.buffer,
            tell: |side, told: Told<'_>| match told {
                Told::Plain(plain) => {
                    parts.push((side, plain.bytes.to_vec()));
                    let generation = format!("{side:?} {:?}", plain.key.generation);
                    if !opened.generations.contains(&generation) {
                        opened.generations.push(generation);
                    }
                }
                Told::Alert { level: 1, description: 0, .. } => {}
                other => opened.faults.push(format!("{side:?} {other:?}")),
            },
        };
        tls.push(side, part, &mut work);
    }

    fn closed(&mut self, _: &Info, mut state: Box<State>) {
        state.tls.finish();
        let mut opened = state.opened;
        opened.facts = state.tls.facts().clone();
        for (side, bytes) in state.parts {
            let to = if Some(side) == opened.facts.client { &mut opened.client } else { &mut opened.server };
            to.extend_from_slice(&bytes);
            opened.pieces.push(bytes);
        }
        self.done.push(opened);
    }

    fn pending(&self, _: &Box<State>) -> Option<PacketNumber> {
        None
    }

    fn tick(&mut self, _: &Info, _: &mut Box<State>, _: &Now) {}
}

/// Every connection of a capture, with these keys.
fn open(bytes: &[u8], keys: &KeyLog) -> Vec<Opened> {
    let mut capture = read(bytes);
    let mut reader = Reader { keys, buffer: Vec::new(), done: Vec::new() };
    let mut connections = Connections::<Box<State>>::default();
    let mut now = Now { time: Timestamp(i64::MIN), ..Now::default() };
    while let Some(packet) = capture.next_packet().unwrap() {
        now = Now { packet: packet.number, time: packet.time, ..now };
        if let Content::Segment(segment) = decode(packet.link, packet.data, packet.wire_len).content {
            connections.sweep(&now, &mut reader);
            connections.push(&segment, packet.at(), Origin::Made, &now, &mut reader);
        }
    }
    connections.finish(&now, &mut reader);
    reader.done
}

fn read(bytes: &[u8]) -> Capture {
    capture::open_reader("made", std::io::Cursor::new(bytes.to_vec()), &Options::default()).unwrap()
}

/// The text of all secrets in a capture.
fn secrets(bytes: &[u8]) -> String {
    let log = all(read(bytes)).all();
    log.iter().map(|secrets| String::from_utf8(secrets.bytes.clone()).unwrap()).collect()
}

fn key_log(text: &str) -> KeyLog {
    let mut keys = KeyLog::default();
    keys.push(text.as_bytes());
    keys.finish();
    keys
}

fn all(mut capture: Capture) -> SecretLog {
    while capture.next_packet().unwrap().is_some() {}
    capture.secrets()
}

fn captures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls/openssl");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut captures: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end != "md")).collect();
    captures.sort();
    captures
}

fn turned_round(lines: &str) -> String {
    lines.lines().map(|line| line.chars().rev().chain(['\n']).collect::<String>()).collect()
}

#[test]
fn every_capture_of_openssl_is_opened() {
    let mut wrong = Vec::new();
    for path in captures() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let opened = open(&bytes, &key_log(&secrets(&bytes)));
        for (n, one) in opened.iter().enumerate() {
            let [client, server] = [&one.client, &one.server].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            let answers = if name.contains("early") { String::new() } else { turned_round(SAID) };
            if client != SAID || server != answers || !one.faults.is_empty() || one.facts.closed > 0 {
                let hello = one.facts.server_hello.as_ref();
                let suite = hello.map(|hello| (hello.version, hello.suite.to_string()));
                wrong.push(format!(
                    "{name}, connection {n}: {suite:?} {client:?} {server:?} {:?} {} opened, {} closed",
                    one.faults, one.facts.opened, one.facts.closed
                ));
            }
        }
        if opened.is_empty() {
            wrong.push(format!("{name}: no connection"));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn capture_named(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls/openssl");
    std::fs::read(folder.join(format!("{name}.pcapng"))).unwrap()
}

#[test]
fn keys_follow_one_on_the_other() {
    let generations = |name: &str| {
        let bytes = capture_named(name);
        let opened = open(&bytes, &key_log(&secrets(&bytes)));
        opened.into_iter().map(|one| one.generations).collect::<Vec<_>>()
    };
    assert_eq!(generations("tls13-early-data")[1], ["A Early", "A Application(0)"]);
    let updates = ["A Application(0)", "B Application(0)", "A Application(1)", "B Application(1)", "A Application(2)"];
    assert_eq!(generations("tls13-key-updates"), [updates]);
}

#[test]
fn half_a_key_log_opens_one_side() {
    let bytes = capture_named("tls13-key-updates");
    let text = secrets(&bytes);
    for (left_out, client, server) in [("SERVER_", SAID, ""), ("CLIENT_", "", &turned_round(SAID))] {
        let half: String =
            text.lines().filter(|line| !line.starts_with(left_out)).map(|line| format!("{line}\n")).collect();
        let opened = open(&bytes, &key_log(&half));
        assert_eq!(String::from_utf8_lossy(&opened[0].client), client, "without {left_out}");
        assert_eq!(String::from_utf8_lossy(&opened[0].server), server, "without {left_out}");
        assert!(opened[0].facts.closed > 0);
    }
    // Of one of two connections: the other stays closed.
    let bytes = capture_named("tls12-resumed-by-ticket");
    let text = secrets(&bytes);
    let last = text.lines().rfind(|line| line.starts_with("CLIENT_RANDOM")).unwrap();
    let opened = open(&bytes, &key_log(last));
    assert_eq!(opened.iter().map(|one| one.client == SAID.as_bytes()).collect::<Vec<_>>(), [false, true]);
    assert!(opened[0].client.is_empty() && opened[0].facts.opened == 0);
}

#[test]
fn wrong_keys_open_nothing() {
    for path in captures() {
        let bytes = std::fs::read(&path).unwrap();
        if path.to_string_lossy().contains("null") {
            // Nothing is sealed there.
            continue;
        }
        let wrong: String = secrets(&bytes)
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| format!("{}{}\n", &line[..line.len() - 1], if line.ends_with('0') { '1' } else { '0' }))
            .collect();
        for one in open(&bytes, &key_log(&wrong)) {
            assert!(one.pieces.is_empty() && one.facts.opened == 0 && one.facts.closed > 0, "{}", path.display());
        }
    }
}

#[test]
fn a_byte_that_was_changed_never_makes_bytes_that_nobody_sent() {
    const STEP: usize = 23;
    for name in [
        "tls13-early-data",
        "tls12-cbc-sha256-encrypt-then-mac",
        "tls10-cbc-sha1-mac-then-encrypt",
        "tls12-null-sha256",
        "tls12-ccm8",
    ] {
        let bytes = capture_named(name);
        let keys = key_log(&secrets(&bytes));
        let sound: Vec<Vec<u8>> = open(&bytes, &keys).into_iter().flat_map(|one| one.pieces).collect();
        let mut capture = read(&bytes);
        let mut places = Vec::new();
        while let Some(packet) = capture.next_packet().unwrap() {
            // Behind the headers of Ethernet, IP and TCP.
            let start = usize::try_from(packet.position).unwrap();
            places.extend((start + 66..start + packet.data.len()).step_by(STEP));
        }
        let mut whole = 0;
        for (n, place) in places.iter().enumerate() {
            let mut changed = bytes.clone();
            changed[place + n % 5] ^= 1 << (n % 8);
            let opened = open(&changed, &keys);
            let pieces: Vec<&Vec<u8>> = opened.iter().flat_map(|one| &one.pieces).collect();
            assert!(pieces.iter().all(|piece| sound.contains(piece)), "{name}, byte {place}");
            whole += usize::from(pieces.len() == sound.len());
        }
        assert!(places.len() > 40 && whole < places.len(), "{name}");
    }
}

#[test]
fn a_generated_capture_holds_what_its_generator_says() {
    use crate::build::Found;
    use crate::generate::{Kind, Options as Wanted, Suite, generate};
    for (suite, record) in
        [(Suite::Aes, None), (Suite::Chacha20, None), (Suite::Aes, Some(1400)), (Suite::Chacha20, Some(16_384))]
    {
        let mut bytes = Vec::new();
        let wanted = Wanted { clients: 3, suite, record, ..Wanted::new(Kind::Wss, 1000) };
        let truth = generate(&wanted, &mut bytes).unwrap();
        assert_eq!(truth.file_bytes, bytes.len() as u64);
        let mut found = Found::default();
        let driven = sockeye::dissect::drive(read(&bytes), &sockeye::dissect::Options::default(), 1, &mut found);
        assert_eq!(driven.counts.net.packets, truth.packets);
        assert_eq!(found.connections.len() as u64, truth.connections);
        assert_eq!((found.frames.len() as u64, found.messages.len() as u64), (truth.frames, truth.messages));
        let payloads: u64 = found.messages.iter().map(|message| message.payload.len() as u64).sum();
        assert_eq!(payloads, truth.message_bytes);
    }
}
