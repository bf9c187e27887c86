//! Real peers talk while the real binary watches: every frame is there, and equal to what was sent.

use std::collections::HashMap;
use std::process::Command;
use std::time::{Duration, Instant};

use base64::Engine;
use serde_json::Value;

use crate::link::Pair;
use crate::program::{PATIENCE, Program, folder, sockeye};
use crate::talk::{Client, Said, said, serve};

/// Every test of this file.
pub const TESTS: &[(&str, fn())] = &[
    ("peers::a_hundred_thousand_messages_are_all_there", a_hundred_thousand_messages_are_all_there),
    ("peers::connections_already_open_are_shown_at_once", connections_already_open_are_shown_at_once),
];

/// Messages of each of four directions.
const EACH: u32 = 25_000;

fn objects(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn payload(object: &Value) -> Said {
    match &object["payload"]["text"] {
        Value::String(text) => Said::Text(text.clone()),
        _ => {
            let base64 = object["payload"]["base64"].as_str().unwrap();
            Said::Binary(base64::engine::general_purpose::STANDARD.decode(base64).unwrap())
        }
    }
}

fn is_data(object: &Value) -> bool {
    object["opcode"].as_u64().unwrap() < 8
}

/// What each side of each connection said, control frames left out.
fn by_side(objects: &[Value]) -> HashMap<(u64, String), Vec<Said>> {
    let mut sides: HashMap<(u64, String), Vec<Said>> = HashMap::new();
    for object in objects.iter().filter(|object| is_data(object)) {
        let side = (object["connection"].as_u64().unwrap(), object["direction"].as_str().unwrap().to_owned());
        sides.entry(side).or_default().push(payload(object));
    }
    sides
}

/// Data frames of each side as they stand on the wire; a capture may end before the last close. Where two packets pass
/// at the same moment, on two processors, each capture has its own order of them, and so its own numbers.
fn on_the_wire(lines: &str) -> HashMap<(u64, String), Vec<Value>> {
    let mut sides: HashMap<(u64, String), Vec<Value>> = HashMap::new();
    for mut object in objects(lines).into_iter().filter(is_data) {
        for name in ["time", "n", "packet", "last_packet", "message"] {
            object.as_object_mut().unwrap().remove(name);
        }
        let side = (object["connection"].as_u64().unwrap(), object["direction"].as_str().unwrap().to_owned());
        sides.entry(side).or_default().push(object);
    }
    sides
}

fn a_hundred_thousand_messages_are_all_there() {
    let (pair, folder) = (Pair::new(), folder());
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (kept, theirs) = (file("kept.pcapng"), file("theirs.pcap"));
    serve(&pair.right, "10.7.0.2:4000", false);
    serve(&pair.right, "10.7.0.2:4001", true);
    let filter = ["-f", "tcp portrange 4000-4001", "-B", "256"];
    let mut frames = Program::live(&pair.left, &[&["left", "--format", "jsonl", "-w", &kept], &filter[..]].concat());
    let mut messages = Program::live(&pair.right, &[&["any", "--messages", "--format", "jsonl"], &filter[..]].concat());
    let tcpdump = tcpdump(&pair, &theirs);

    let plain = Client::connect(&pair.left, "10.7.0.2:4000", false);
    let deflate = Client::connect(&pair.left, "10.7.0.2:4001", true);
    plain.begin(0..EACH);
    deflate.begin(0..EACH);
    plain.wait();
    deflate.wait();
    plain.close();
    deflate.close();
    let total = usize::try_from(4 * EACH).unwrap();
    frames.wait_lines(total);
    messages.wait_lines(total);
    let (frames, messages) = (frames.interrupt(), messages.interrupt());
    for ended in [&frames, &messages] {
        assert_eq!(ended.code, Some(0), "{}", ended.error);
        assert!(ended.error.contains(" 0 dropped by the kernel"), "{}", ended.error);
    }
    assert!(frames.error.contains(", 0 not kept"), "{}", frames.error);

    let expected: Vec<Said> = (0..EACH).map(said).collect();
    let sides = by_side(&objects(&messages.out));
    assert_eq!(sides.len(), 4);
    for (side, said) in &sides {
        assert!(*said == expected, "{side:?}: {} messages, not what was sent", said.len());
    }
    // The plain conversation has a frame for each message, and is the first connection.
    let told = by_side(&objects(&frames.out));
    for direction in ["client", "server"] {
        assert!(told[&(0, direction.to_owned())] == expected, "frames of the {direction}");
    }

    assert_eq!(sockeye(&["frames", &kept, "--format", "jsonl"]), frames.out, "the file opened again");
    let inflated = by_side(&objects(&sockeye(&["messages", &kept, "--format", "jsonl"])));
    assert!(inflated.values().all(|said| *said == expected), "messages of the file");
    if let Some(tcpdump) = tcpdump {
        // It may be behind, and forgets what it has not yet written when it is interrupted.
        let start = Instant::now();
        while start.elapsed() < PATIENCE && sockeye(&["frames", "-q", &theirs]).lines().count() < total {
            std::thread::sleep(Duration::from_millis(500));
        }
        let ended = tcpdump.interrupt();
        if !ended.error.contains("\n0 packets dropped by kernel") {
            eprintln!("SKIPPED: tcpdump was too slow here, so its file was not compared: {}", ended.error);
            return;
        }
        let others = on_the_wire(&sockeye(&["frames", &theirs, "--format", "jsonl"]));
        let ours = on_the_wire(&frames.out);
        assert_eq!(ours.len(), others.len());
        for (side, frames) in &ours {
            let (count, other) = (frames.len(), &others[side]);
            let first = frames.iter().zip(other).find(|(one, other)| one != other);
            assert_eq!((count, first), (other.len(), None), "tcpdump has other frames of {side:?}");
        }
    }
}

/// tcpdump beside it, where it is installed.
fn tcpdump(pair: &Pair, file: &str) -> Option<Program> {
    if Command::new("tcpdump").arg("--version").output().is_err() {
        eprintln!("SKIPPED: tcpdump is not installed, so its file was not compared");
        return None;
    }
    let options = ["tcpdump", "-Z", "root", "-i", "left", "--immediate-mode", "-U", "-B", "65536", "-w", file];
    let options = [&options[..], &["tcp portrange 4000-4001"]].concat();
    let mut program = Program::start(&pair.left, &options);
    program.wait_error("listening on");
    Some(program)
}

fn connections_already_open_are_shown_at_once() {
    let pair = Pair::new();
    serve(&pair.left, "127.0.0.1:4000", false);
    let client = Client::connect(&pair.left, "127.0.0.1:4000", false);
    client.say(0..100);
    let mut program = Program::live(&pair.left, &["lo", "-f", "tcp port 4000", "--format", "jsonl"]);
    client.say(100..200);
    // Nothing more comes on this connection, and nothing ends it: what was said is shown all the same.
    program.wait_lines(200);
    let sides = by_side(&objects(&program.out()));
    let expected: Vec<Said> = (100..200).map(said).collect();
    assert!(sides.len() == 2 && sides.values().all(|said| *said == expected));
    client.say(200..201);
    program.wait_lines(202);
    let ended = program.interrupt();
    assert_eq!(ended.code, Some(0), "{}", ended.error);
    client.close();
}
