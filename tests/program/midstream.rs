//! What the user says of a port that carries WebSocket mid-stream, or does not.

/// The program, as its user runs it: what it wrote, what it complained of, how it ended.
fn sockeye(arguments: &[&str]) -> (String, String, Option<i32>) {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_sockeye"));
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

#[test]
fn the_option_decides() {
    const FILE: &str = "samples/hello-midstream.pcap";
    let (out, _, status) = sockeye(&["connections", FILE, "--format", "jsonl"]);
    assert!(out.contains(r#""evidence":"mid-stream""#) && status == Some(0), "{out}");
    let (out, _, _) = sockeye(&["connections", FILE, "--format", "jsonl", "-d", "tcp.port==8002,websocket"]);
    assert!(out.contains(r#""evidence":"decode-as""#), "{out}");
    let (out, _, status) = sockeye(&["frames", FILE, "-d", "tcp.port==8002,none"]);
    assert_eq!((out.as_str(), status), ("", Some(0)));
    // The first rule that fits counts, and another port's does not.
    let rules = ["-d", "tcp.port==1,none", "-d", "tcp.port==8002,none", "-d", "tcp.port==8002,websocket"];
    assert_eq!(sockeye(&[&["frames", FILE][..], &rules].concat()).0, "");
    for (wrong, said) in [
        ("tcp.port==8002", "write tcp.port==9000,websocket or tcp.port==9000,none"),
        ("udp.port==1,none", "'udp.port' is no port field"),
        ("tcp.port==65536,none", "'65536' is no port"),
        ("tcp.port==1,http", "'http' is neither websocket nor none"),
    ] {
        let (out, complaint, status) = sockeye(&["frames", FILE, "-d", wrong]);
        assert!(out.is_empty() && complaint.contains(said) && status == Some(1), "{wrong}: {complaint} {status:?}");
    }
}

/// A capture that begins inside a frame, and whose first segment holds a whole frame behind that one's end.
#[test]
fn a_frame_that_begins_inside_the_first_segment_is_found() {
    let out = sockeye(&["messages", "tests/data/captures/midframe.pcap"]).0;
    let texts: Vec<bool> = ["second message", "reply in the middle", "third"].map(|text| out.contains(text)).to_vec();
    assert_eq!((texts, out.lines().count()), (vec![true; 3], 3), "{out}");
}

/// What is surely something else is not read as WebSocket, whatever the user says of the port; and it is named.
#[test]
fn what_is_not_websocket_is_named() {
    for (file, port, name) in [
        ("tests/data/midstream/socks4a-tls-san.pcap", 9901, "TLS"),
        ("tests/data/midstream/tls-https.pcap.gz", 8443, "TLS"),
        ("tests/data/tls/server-settings-first.pcap", 8080, "HTTP/2"),
    ] {
        let (out, complaint, _) = sockeye(&["frames", file]);
        assert!(out.is_empty() && complaint.contains(&format!(" {name}")), "{file}: {complaint}");
        let (out, complaint, _) = sockeye(&["frames", file, "-d", &format!("tcp.port=={port},websocket")]);
        assert!(out.is_empty() && complaint.contains(&format!(" {name}")), "{file} by word: {complaint}");
        let stats = sockeye(&["stats", file]).0;
        assert!(stats.contains(&format!(" {name}\n")), "{file}: {stats}");
    }
}
