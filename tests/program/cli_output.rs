//! What the program prints about captures, against frames that another decoder found in them (tests/data/cli), and
//! one form against another.

use assert_cmd::Command;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha1::{Digest, Sha1};
use sockeye::base::hidden::is_hidden;

fn sockeye(args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).args(args).output().unwrap();
    assert!(output.status.code().is_some_and(|code| code < 2), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn payload(item: &Value) -> Vec<u8> {
    match (&item["payload"]["text"], &item["payload"]["base64"]) {
        (Value::String(text), Value::Null) => text.clone().into_bytes(),
        (Value::Null, Value::String(base64)) => STANDARD.decode(base64).unwrap(),
        other => panic!("a payload is text or base64, never both: {other:?}"),
    }
}

/// The first 12 hex digits of the SHA-1, as the expected frames have it.
fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha1::digest(bytes))[..12].to_string()
}

/// One frame, in the words of the expected files.
fn in_their_words(frame: &Value) -> String {
    let flag = |name: &str| u8::from(frame[name].as_bool().unwrap());
    let direction = &frame["direction"].as_str().unwrap()[..1];
    let key = frame["masking_key"].as_str().unwrap_or_default();
    format!(
        "{} {direction} {} fin={} rsv={} op={} mask={} key={key} len={} sha={} packets {}-{}",
        frame["connection"],
        frame["offset"],
        flag("fin"),
        frame["rsv"],
        frame["opcode"],
        flag("masked"),
        frame["length"],
        digest(&payload(frame)),
        frame["packet"],
        frame["last_packet"],
    )
}

fn expected(frame: &Value) -> String {
    format!(
        "{} {} {} fin={} rsv={} op={} mask={} key={} len={} sha={} packets {}-{}",
        frame["conn"],
        frame["dir"].as_str().unwrap(),
        frame["off"],
        frame["fin"],
        frame["rsv"],
        frame["opcode"],
        frame["mask"],
        frame["key"].as_str().unwrap_or_default(),
        frame["len"],
        frame["sha"].as_str().unwrap(),
        frame["pkt"],
        frame["last"],
    )
}

const SAMPLES: [(&str, &str); 6] = [
    ("samples/messages-commented.pcapng", "messages-commented"),
    ("samples/deflate-takeover.pcap", "deflate-takeover"),
    ("samples/polling-vs-websocket.pcap", "polling-vs-websocket"),
    ("samples/auth-origin-redirect.pcap", "auth-origin-redirect"),
    ("samples/proxy-both-legs.pcap", "proxy-both-legs"),
    ("samples/socketio.pcap.gz", "socketio"),
];

fn expected_frames(name: &str) -> Vec<Value> {
    let path = format!("{}/tests/data/cli/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    objects(&std::fs::read_to_string(path).unwrap())
}

#[test]
fn every_frame_is_the_one_another_decoder_found() {
    for (sample, name) in SAMPLES {
        let frames = objects(&sockeye(&["frames", sample, "--format", "jsonl"]));
        let numbers: Vec<u64> = frames.iter().map(|frame| frame["n"].as_u64().unwrap()).collect();
        assert_eq!(numbers, (1..=frames.len() as u64).collect::<Vec<_>>(), "{name}");
        let mut found: Vec<String> = frames.iter().map(in_their_words).collect();
        let mut wanted: Vec<String> = expected_frames(name).iter().map(expected).collect();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{name}");
    }
}

#[test]
fn every_message_is_the_one_another_decoder_found() {
    for (sample, name) in SAMPLES {
        let message =
            |opcode: &Value, length: &Value, sha: &str, last: &Value| format!("{opcode} {length} {sha} {last}");
        let messages = objects(&sockeye(&["messages", sample, "--format", "jsonl"]));
        let mut found: Vec<String> = messages
            .iter()
            .filter(|m| m["complete"] == true)
            .map(|m| message(&m["opcode"], &m["length"], &digest(&payload(m)), &m["last_packet"]))
            .collect();
        let frames = expected_frames(name);
        let whole = frames.iter().filter(|frame| frame["msg"].is_object());
        let mut wanted: Vec<String> = whole
            .map(|frame| {
                let msg = &frame["msg"];
                message(&msg["opcode"], &msg["len"], msg["sha"].as_str().unwrap(), &frame["last"])
            })
            .collect();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{name}");
    }
}

#[test]
fn messages_name_the_frames_that_carry_them() {
    let sample = "samples/deflate-takeover.pcap";
    let frames = objects(&sockeye(&["frames", sample, "--format", "jsonl"]));
    for message in objects(&sockeye(&["messages", sample, "--format", "jsonl"])) {
        let numbers: Vec<usize> =
            message["frames"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
        let of = |n: &usize| &frames[*n - 1];
        let length: u64 = numbers.iter().map(|n| of(n)["length"].as_u64().unwrap()).sum();
        assert_eq!(message["wire_length"].as_u64(), Some(length));
        assert!(numbers.iter().all(|n| of(n)["direction"] == message["direction"]));
        assert_eq!(of(numbers.first().unwrap())["opcode"], message["opcode"]);
        assert!(numbers.iter().skip(1).all(|n| of(n)["opcode"] == 0));
        assert_eq!(of(numbers.last().unwrap())["message"], message["n"]);
    }
}

#[test]
fn connections_are_listed_with_their_status_refused_ones_too() {
    let connections = objects(&sockeye(&["connections", "samples/auth-origin-redirect.pcap", "--format", "jsonl"]));
    let seen: Vec<_> = connections
        .iter()
        .map(|c| (c["n"].as_u64().unwrap(), c["evidence"].as_str().unwrap(), c["status"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        seen,
        [
            (0, "refused", 401),
            (1, "handshake", 101),
            (2, "refused", 403),
            (3, "handshake", 101),
            (4, "refused", 302),
            (5, "handshake", 101)
        ]
    );
    assert_eq!(connections[5]["subprotocol"], "chat.v2");
    assert_eq!(connections[1]["uri"], "/auth");
    assert_eq!(connections[1]["close"]["code"], 1000);
    assert_eq!((&connections[1]["frames"], &connections[1]["messages"]), (&4.into(), &2.into()));
}

#[test]
fn csv_fields_and_text_say_what_json_says() {
    let sample = "samples/messages-commented.pcapng";
    let frames = objects(&sockeye(&["frames", sample, "--format", "jsonl"]));
    let csv = sockeye(&["frames", sample, "--format", "csv"]);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let names = reader.headers().unwrap().clone();
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), frames.len());
    for (row, frame) in rows.iter().zip(&frames) {
        let cell = |name: &str| row.get(names.iter().position(|known| known == name).unwrap()).unwrap();
        for name in ["n", "connection", "offset", "fin", "rsv", "opcode", "masked", "length", "captured", "packet"] {
            assert_eq!(cell(name), frame[name].to_string(), "{name}");
        }
        for name in ["direction", "time"] {
            assert_eq!(cell(name), frame[name].as_str().unwrap());
        }
        assert_eq!(cell("masking_key"), frame["masking_key"].as_str().unwrap_or_default());
        assert_eq!(cell("payload.text"), frame["payload"]["text"].as_str().unwrap_or_default());
        assert_eq!(cell("payload.base64"), frame["payload"]["base64"].as_str().unwrap_or_default());
    }
    let fields = sockeye(&["frames", sample, "-e", "n", "-e", "length", "-e", "payload.hex"]);
    let text = sockeye(&["frames", sample]);
    assert_eq!(text.lines().count(), frames.len(), "into a pipe, a line is a frame");
    for ((line, text), frame) in fields.lines().zip(text.lines()).zip(&frames) {
        assert_eq!(line, format!("{}\t{}\t{}", frame["n"], frame["length"], hex::encode(payload(frame))));
        let words: Vec<&str> = text.split_whitespace().collect();
        assert_eq!((words[0], words[2]), (&*frame["n"].to_string(), &*frame["connection"].to_string()));
    }
}

#[test]
fn totals_are_the_sums_of_the_lists() {
    for (sample, _) in SAMPLES {
        let list = |kind: &str| objects(&sockeye(&[kind, sample, "--format", "jsonl"]));
        let (frames, messages, connections) = (list("frames"), list("messages"), list("connections"));
        let sum = |items: &[Value], name: &str| items.iter().map(|item| item[name].as_u64().unwrap()).sum::<u64>();
        let notes = [&frames, &messages, &connections]
            .iter()
            .flat_map(|items| items.iter())
            .map(|item| item["notes"].as_array().unwrap().len())
            .sum::<usize>();
        let websockets = connections.iter().filter(|connection| connection["evidence"] != "refused").count();
        let line = sockeye(&["stats", sample, "-q"]);
        let count = |name: &str| {
            let part = line.split_whitespace().find_map(|part| part.strip_prefix(&format!("{name}="))).unwrap();
            part.parse::<u64>().unwrap()
        };
        assert_eq!(count("frames"), frames.len() as u64, "{sample}");
        assert_eq!(count("messages"), messages.len() as u64, "{sample}");
        assert_eq!(count("websockets"), websockets as u64, "{sample}");
        assert_eq!(count("payload"), sum(&frames, "captured"), "{sample}");
        assert_eq!(count("message_bytes"), sum(&messages, "length"), "{sample}");
        let compressed: Vec<Value> = messages.iter().filter(|message| message["compressed"] == true).cloned().collect();
        assert_eq!(count("inflated"), sum(&compressed, "length"), "{sample}");
        assert_eq!(count("notes"), notes as u64, "{sample}");
        let object = &objects(&sockeye(&["stats", sample, "--format", "jsonl"]))[0];
        for name in [
            "packets",
            "connections",
            "websockets",
            "frames",
            "messages",
            "payload",
            "message_bytes",
            "inflated",
            "notes",
        ] {
            assert_eq!(object[name].as_u64(), Some(count(name)), "{sample}: {name}");
        }
    }
}

#[test]
fn follow_holds_the_connection_and_nothing_else() {
    let sample = "samples/proxy-both-legs.pcap";
    let messages = objects(&sockeye(&["messages", sample, "--format", "jsonl"]));
    let lines = objects(&sockeye(&["follow", sample, "1", "--format", "jsonl"]));
    let own: Vec<&Value> = messages.iter().filter(|message| message["connection"] == 1).collect();
    let followed: Vec<&Value> = lines.iter().filter(|line| line["type"] == "message").collect();
    assert!(!own.is_empty());
    assert_eq!(followed, own);
    assert!(lines.iter().filter(|line| line["type"] == "frame").all(|frame| frame["opcode"].as_u64() >= Some(8)));
    assert_eq!((&lines.last().unwrap()["type"], &lines.last().unwrap()["n"]), (&"connection".into(), &1.into()));

    let text = sockeye(&["follow", sample, "1"]);
    for message in own {
        let first = message["payload"]["text"].as_str().unwrap_or_default().lines().next().unwrap_or_default();
        assert!(text.contains(first), "{first}");
    }
}

/// Notes of frames and connections, as their code and what they are of: `"tcp.gap" "connection" 0`.
fn notes(capture: &str, limit: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for list in ["frames", "connections"] {
        for item in objects(&sockeye(&[&[list, capture, "--format", "jsonl"], limit].concat())) {
            let of = format!("{} {}", item["type"], item["n"]);
            found.extend(item["notes"].as_array().unwrap().iter().map(|note| format!("{} {of}", note["code"])));
        }
    }
    found
}

#[test]
fn a_capture_that_is_not_read_to_its_end_has_no_notes_of_its_own() {
    // Messages in fragments; bytes lost; refusals; connections closed by both sides.
    for capture in [
        "samples/deflate-takeover.pcap",
        "samples/auth-origin-redirect.pcap",
        "samples/proxy-both-legs.pcap",
        "tests/data/captures/tcp-lost-segments.pcap.lz4",
    ] {
        let whole = notes(capture, &[]);
        let findings = |args: &[&str]| {
            let found = objects(&sockeye(&[&["lint", capture, "--format", "jsonl"], args].concat()));
            let rules = found.into_iter().filter(|rule| rule["type"] == "finding");
            rules.map(|rule| (rule["code"].clone(), rule["count"].as_u64().unwrap())).collect::<Vec<_>>()
        };
        let all = findings(&[]);
        for count in [1, 2, 3, 4, 5, 6, 8, 13, 21, 34, 37] {
            let number = count.to_string();
            let some = notes(capture, &["-c", &number]);
            assert!(some.iter().all(|note| whole.contains(note)), "{capture} -c {count}: {some:?}");
            for (code, times) in findings(&["-c", &number]) {
                let there = all.iter().find(|(other, _)| *other == code).map_or(0, |(_, times)| *times);
                assert!(times <= there, "{capture} -c {count}: {code} {times} times, and {there} in all");
            }
        }
    }
    let talk = sockeye(&["follow", "samples/deflate-takeover.pcap", "0", "-c", "5"]);
    assert!(!talk.contains("unfinished") && talk.contains("frames 4 → 1 ←"), "{talk}");
}

#[test]
fn a_finding_stands_where_it_happened() {
    // Where tshark says "Previous segment not captured", each time of 1448 bytes; the last is not among the first five.
    let capture = "tests/data/captures/tcp-lost-segments.pcap.lz4";
    let found = objects(&sockeye(&["lint", capture, "--format", "jsonl"]));
    let places = |code: &str| {
        let rule = found.iter().find(|rule| rule["code"] == code).unwrap();
        rule["places"].as_array().unwrap().clone()
    };
    let packets: Vec<u64> = places("tcp.gap").iter().map(|place| place["packet"].as_u64().unwrap()).collect();
    assert_eq!(packets, [51, 98, 166, 782, 788]);
    let gap = &places("ws.frame.gap")[0];
    assert_eq!((&gap["packet"], &gap["detail"]), (&Value::from(51), &Value::from("1448 of 65535 payload bytes")));
    let text = sockeye(&["lint", capture]);
    assert!(text.contains("    connection 0, packet 51, 0.020362449 s: 1448 bytes from the client at 11748 (lost)\n"));
    let connection = &objects(&sockeye(&["connections", capture, "--format", "jsonl"]))[0];
    let notes = connection["notes"].as_array().unwrap();
    assert_eq!(notes.iter().map(|note| note["packet"].as_u64().unwrap()).max(), Some(788));
    // A refusal is where the answer is, as tshark has it (`http.response.code == 401`).
    let refused = &objects(&sockeye(&["lint", "samples/auth-origin-redirect.pcap", "--format", "jsonl"]))[0];
    assert_eq!(refused["places"][0]["packet"], 6);
}

#[test]
fn comments_on_packets_are_told_with_what_the_packets_carry() {
    // `tshark -T fields -e frame.number -e frame.comment`: 4 "the upgrade request", 8 "first masked frame".
    let sample = "samples/messages-commented.pcapng";
    let told = |args: &[&str]| {
        let items = objects(&sockeye(&[args, &["--format", "jsonl"]].concat()));
        let commented = items.into_iter().filter(|item| item["comments"].is_array());
        commented.map(|item| (item["n"].clone(), item["comments"].clone())).collect::<Vec<_>>()
    };
    let first = (Value::from(1), serde_json::json!([{"packet": 8, "text": "first masked frame"}]));
    for threads in ["1", "2", "4"] {
        assert_eq!(told(&["frames", sample, "--threads", threads]), std::slice::from_ref(&first));
        assert_eq!(told(&["messages", sample, "--threads", threads]), std::slice::from_ref(&first));
        let request = (Value::from(0), serde_json::json!([{"packet": 4, "text": "the upgrade request"}]));
        assert_eq!(told(&["connections", sample, "--threads", threads]), [request]);
    }
    let talk = sockeye(&["follow", sample, "0"]);
    assert!(talk.contains("  ⟨packet 4: the upgrade request⟩\n\n← 101 "), "{talk}");
    assert!(talk.contains("  Hello\n  ⟨packet 8: first masked frame⟩\n"), "{talk}");
    let explained = sockeye(&["explain", &format!("{sample}#1")]);
    assert!(explained.contains("client to server\npacket 8: first masked frame\n"), "{explained}");
}

#[test]
fn two_runs_give_the_same_bytes() {
    for format in ["text", "jsonl", "csv"] {
        let args = ["frames", "samples/reordered.pcap", "--format", format];
        assert_eq!(sockeye(&args), sockeye(&args));
    }
}

#[test]
fn nothing_hidden_reaches_the_output() {
    let samples = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/samples")).unwrap();
    for path in samples.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e != "md")) {
        let path = path.to_str().unwrap();
        let commands: [&[&str]; 9] = [
            &["frames", path],
            &["messages", path, "--width", "0"],
            &["connections", path],
            &["frames", path, "--format", "jsonl"],
            &["messages", path, "--format", "jsonl"],
            &["connections", path, "--format", "jsonl"],
            &["messages", path, "-e", "payload", "-e", "connection.uri"],
            &["stats", path],
            &["lint", path],
        ];
        for args in commands {
            let text = sockeye(args);
            let tab_is_ours = args.contains(&"-e");
            let bad = text.chars().find(|&c| is_hidden(c) && c != '\n' && !(c == '\t' && tab_is_ours));
            assert_eq!(bad, None, "{args:?}");
        }
    }
}

#[test]
fn every_member_of_the_json_is_documented() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/FORMATS.md")).unwrap();
    for kind in ["frames", "messages", "connections"] {
        for (sample, _) in SAMPLES {
            for object in objects(&sockeye(&[kind, sample, "--format", "jsonl"])) {
                for name in object.as_object().unwrap().keys() {
                    assert!(page.contains(&format!("`{name}`")), "{kind}: {name}");
                }
            }
        }
    }
}

#[test]
fn the_page_of_keys_is_the_one_the_program_prints() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/KEYS.md")).unwrap();
    assert_eq!(sockeye(&["keys"]), page, "write it again: cargo run -- keys > docs/KEYS.md");
}

#[test]
fn the_page_of_rules_is_the_one_the_program_prints() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/NOTES.md")).unwrap();
    assert_eq!(sockeye(&["notes"]), page, "write it again: cargo run -- notes > docs/NOTES.md");
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/FIELDS.md")).unwrap();
    let again = "write it again: cargo run -- fields filter --markdown > docs/FIELDS.md";
    assert_eq!(sockeye(&["fields", "filter", "--markdown"]), page, "{again}");
}
