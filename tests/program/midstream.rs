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
