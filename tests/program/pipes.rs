//! Captures that come through a pipe, slowly: what is whole is shown at once, before the next byte comes.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use crate::build::{REQUEST, Wire, masked};

/// Longest wait for what has to come.
const PATIENCE: Duration = Duration::from_secs(120);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The packet in which each frame ends, by the list that another decoder made.
fn ends(list: &str) -> Vec<usize> {
    let lines = fs::read_to_string(root().join("tests/data/captures").join(list)).unwrap();
    let frames = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let whole = frames.filter(|frame| frame.get("truncated").is_none());
    whole.map(|frame| usize::try_from(frame["last"].as_u64().unwrap()).unwrap()).collect()
}

/// The header of a pcap file, and its records.
fn records(bytes: &[u8]) -> Vec<&[u8]> {
    let (header, mut rest) = bytes.split_at(24);
    let mut pieces = vec![header];
    while !rest.is_empty() {
        let len = 16 + usize::try_from(u32::from_le_bytes(rest[8..12].try_into().unwrap())).unwrap();
        let (record, after) = rest.split_at(len);
        pieces.push(record);
        rest = after;
    }
    pieces
}

/// What comes before the first packet of a pcapng file, and its packets with what follows them.
fn blocks(bytes: &[u8]) -> Vec<&[u8]> {
    let (mut pieces, mut start, mut at, mut seen) = (Vec::new(), 0, 0, false);
    while at < bytes.len() {
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        if word(at) == 6 {
            if at > start || seen {
                pieces.push(&bytes[start..at]);
            }
            (start, seen) = (at, true);
        }
        at += usize::try_from(word(at + 4)).unwrap();
    }
    pieces.push(&bytes[start..]);
    pieces
}

/// Lines as they are printed.
fn lines(from: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            if sender.send(line.unwrap()).is_err() {
                return;
            }
        }
    });
    lines
}

/// The program, what feeds it, and the lines it prints.
fn start(arguments: &[&str]) -> (Child, ChildStdin, Receiver<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
    let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (pipe, shown) = (child.stdin.take().unwrap(), lines(child.stdout.take().unwrap()));
    (child, pipe, shown)
}

fn each_frame_is_shown_before_the_next_packet(arguments: &[&str], pieces: &[&[u8]], ends: &[usize]) {
    let (mut child, mut pipe, shown) = start(arguments);
    for (packet, piece) in pieces.iter().enumerate() {
        let (half, rest) = piece.split_at(piece.len() / 2);
        pipe.write_all(half).unwrap();
        pipe.write_all(rest).unwrap();
        for _ in ends.iter().filter(|end| **end == packet) {
            let line = shown.recv_timeout(PATIENCE);
            assert!(line.is_ok(), "{arguments:?}: nothing was shown after packet {packet}");
        }
        let more = shown.try_recv();
        assert!(more.is_err(), "{arguments:?}: {more:?} was shown too early, after packet {packet}");
    }
    drop(pipe);
    assert!(child.wait().unwrap().success());
    let left = shown.recv_timeout(PATIENCE);
    assert!(left.is_err() || ends.len() < pieces.len(), "{left:?}");
}

#[test]
fn a_pcap_is_shown_packet_by_packet() {
    let bytes = fs::read(root().join("tests/data/captures/vlan-qinq.pcap")).unwrap();
    let ends = ends("vlan-qinq.jsonl");
    assert!(ends.len() > 20);
    for arguments in [&["-"][..], &["frames", "-"], &["live", "-", "--format", "jsonl"], &["live", "-i", "-"]] {
        each_frame_is_shown_before_the_next_packet(arguments, &records(&bytes), &ends);
    }
}

#[test]
fn a_pcapng_is_shown_packet_by_packet() {
    let bytes = fs::read(root().join("samples/messages-commented.pcapng")).unwrap();
    let (pieces, ends) = (blocks(&bytes), ends("commented.jsonl"));
    assert_eq!((pieces.len(), ends.len()), (41, 27));
    each_frame_is_shown_before_the_next_packet(&["live", "-", "--lines"], &pieces, &ends);
}

/// A frame that lies in one packet, alone, and the last frame of the capture.
fn a_frame_and_the_last(list: &str) -> [serde_json::Value; 2] {
    let lines = fs::read_to_string(root().join("tests/data/captures").join(list)).unwrap();
    let frames: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let whole: Vec<&serde_json::Value> = frames.iter().filter(|frame| frame.get("truncated").is_none()).collect();
    let lone = whole.iter().skip(5).find(|frame| {
        let here = |other: &&&serde_json::Value| other["pkt"] == frame["pkt"] || other["last"] == frame["pkt"];
        frame["pkt"] == frame["last"] && whole.iter().filter(here).count() == 1
    });
    [(*lone.unwrap()).clone(), (*whole.last().unwrap()).clone()]
}

#[test]
fn what_waits_for_a_lost_packet_is_shown_while_nothing_comes() {
    let bytes = fs::read(root().join("tests/data/captures/vlan-qinq.pcap")).unwrap();
    let pieces = records(&bytes);
    let [lost, last] = a_frame_and_the_last("vlan-qinq.jsonl");
    let lost = usize::try_from(lost["pkt"].as_u64().unwrap()).unwrap();
    let (mut child, mut pipe, shown) = start(&["frames", "-", "--format", "jsonl"]);
    for (_, piece) in pieces.iter().enumerate().filter(|(packet, _)| *packet != lost) {
        pipe.write_all(piece).unwrap();
    }
    // The pipe stays open, and nothing more comes.
    let side = if last["dir"] == "c" { "client" } else { "server" };
    loop {
        let line = shown.recv_timeout(PATIENCE).expect("what waits for the lost packet is shown at last");
        let frame: serde_json::Value = serde_json::from_str(&line).unwrap();
        if frame["direction"] == side && frame["offset"] == last["off"] {
            break;
        }
    }
    drop(pipe);
    assert!(child.wait().unwrap().success());
}

/// A request for an upgrade without its response leaves open what follows it; that may not silence what comes later.
#[test]
fn a_handshake_half_seen_silences_nothing() {
    let held = Wire::new().client(REQUEST).client(masked(0x81, b"early")).pcap();
    let whole =
        ["one", "two", "three"].iter().fold(Wire::websocket(), |wire, text| wire.client(masked(0x81, text.as_bytes())));
    let whole = whole.on_loopback().pcap();
    let (mut child, mut pipe, shown) = start(&["frames", "-"]);
    pipe.write_all(&[&held, &whole[24..]].concat()).unwrap();
    // The pipe stays open, and nothing more comes.
    for text in ["early", "one", "two", "three"] {
        let line = shown.recv_timeout(PATIENCE).expect("what comes later is shown");
        assert!(line.contains(text), "{line}");
    }
    drop(pipe);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_pipe_is_not_an_interface() {
    let output = Command::new(env!("CARGO_BIN_EXE_sockeye")).arg("live").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("'sockeye interfaces' lists"));
    for (arguments, named) in [
        (&["live", "-", "lo"][..], "other interfaces"),
        (&["live", "-", "-f", "tcp"], "-f"),
        (&["live", "-", "-w", "x"], "-w"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_sockeye")).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(named) && said.contains("another program"), "{said}");
    }
}

/// A named pipe in a folder of its own.
#[cfg(unix)]
fn named_pipe() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    (folder, path)
}

#[cfg(unix)]
#[test]
fn the_inspector_takes_keys_from_the_terminal_while_a_pipe_feeds_it() {
    use portable_pty::{CommandBuilder, PtySize, native_pty_system};
    let bytes = fs::read(root().join("tests/data/captures/vlan-qinq.pcap")).unwrap();
    let pieces = records(&bytes);
    let (_folder, path) = named_pipe();
    let terminal = native_pty_system().openpty(PtySize { rows: 24, cols: 100, ..PtySize::default() }).unwrap();
    let mut command = CommandBuilder::new("sh");
    command.args(["-c", "exec \"$0\" - < \"$1\"", env!("CARGO_BIN_EXE_sockeye"), path.to_str().unwrap()]);
    command.env("TERM", "xterm-256color");
    let mut child = terminal.slave.spawn_command(command).unwrap();
    drop(terminal.slave);
    let mut pipe = fs::OpenOptions::new().write(true).open(&path).unwrap();
    let mut screen = Screen::of(terminal.master.try_clone_reader().unwrap());
    let mut keys = terminal.master.take_writer().unwrap();
    pieces[..20].iter().for_each(|piece| pipe.write_all(piece).unwrap());
    let so_far = |packets: usize| ends("vlan-qinq.jsonl").iter().filter(|end| **end < packets).count();
    screen.wait(&format!("{} frames", so_far(20)));
    keys.write_all(b"?").unwrap();
    screen.wait("─ help ─");
    keys.write_all(b"q").unwrap();
    pieces[20..40].iter().for_each(|piece| pipe.write_all(piece).unwrap());
    screen.wait(&format!("{} frames", so_far(40)));
    keys.write_all(b"q").unwrap();
    assert!(child.wait().unwrap().success());
}

/// What a terminal shows.
#[cfg(unix)]
struct Screen {
    parser: vt100::Parser,
    bytes: Receiver<Vec<u8>>,
}

#[cfg(unix)]
impl Screen {
    fn of(mut from: Box<dyn std::io::Read + Send>) -> Screen {
        let (sender, bytes) = channel();
        std::thread::spawn(move || {
            let mut some = [0; 4096];
            while let Ok(count @ 1..) = from.read(&mut some) {
                if sender.send(some[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Screen { parser: vt100::Parser::new(24, 100, 0), bytes }
    }

    fn wait(&mut self, text: &str) {
        while !self.parser.screen().contents().contains(text) {
            match self.bytes.recv_timeout(PATIENCE) {
                Ok(bytes) => self.parser.process(&bytes),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("no '{text}' on the screen:\n{}", self.parser.screen().contents())
                }
            }
        }
    }
}
