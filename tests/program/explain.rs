//! `explain`: what it reads, what it shows in full, what it says of a handshake, and what of a wrong argument.

use assert_cmd::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Standard output, standard error, exit status.
fn explain(arguments: &[&str], input: &[u8]) -> (String, String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
    let output = command.current_dir(ROOT).arg("explain").args(arguments).write_stdin(input).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

#[test]
fn dumps_are_read_from_standard_input_and_that_is_said() {
    let folder = format!("{ROOT}/tests/data/dumps");
    let (raw, _, _) = explain(&["-"], &std::fs::read(format!("{folder}/hello.bin")).unwrap());
    assert!(raw.contains("= payload   48 65 6c 6c 6f\n"), "{raw}");
    for (tool, form) in
        [("xxd", "a hex dump"), ("base64", "base64"), ("xxd-i", "an array"), ("hexdump", "a dump of words")]
    {
        let dump = std::fs::read(format!("{folder}/hello.{tool}.txt")).unwrap();
        let (out, _, status) = explain(&["-"], &dump);
        assert!(out.starts_with(&format!("read as {form}")), "{tool}: {out}");
        assert!(out.contains(": 11 bytes\n\n") && out.ends_with(&raw) && status == 0, "{tool}: {out}");
    }
    // As a redirection of PowerShell writes it.
    let wide: Vec<u8> =
        "\u{feff}81 85 37 fa 21 3d 7f 9f 4d 51 58\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(explain(&["-"], &wide).0, raw);
    for (input, place) in [
        (&b"81 85 37\nfa 2"[..], "standard input: line 2, column 4: "),
        (b"hello", "standard input: column 1: "),
        (b"00000000  81 05 48\n00000010  65\n", "standard input: line 2, column 1: the offset '00000010' "),
    ] {
        let (out, error, status) = explain(&["-"], input);
        assert!(out.is_empty() && status == 1 && error.starts_with(&format!("sockeye: {place}")), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn a_long_payload_is_shown_in_full_where_that_is_asked() {
    // 200 letters, unmasked, in a frame whose length is in 16 bits.
    let text = "0123456789".repeat(20);
    let frame = [&[0x81, 0x7e, 0x00, 0xc8][..], text.as_bytes()].concat();
    let (short, _, _) = explain(&["-"], &frame);
    assert!(short.contains("\nand so on for 136 more bytes\n"), "{short}");
    assert!(short.ends_with("\nlong values are cut; --full shows all of them\n"), "{short}");
    let (full, _, _) = explain(&["--full", "-"], &frame);
    assert!(!full.contains("and so on") && !full.contains("--full"), "{full}");
    assert!(full.contains(&format!("\ntext        \"{text}\"\n")), "{full}");
    let rows = full.split_once("\npayload").unwrap().1.split_once("\ntext").unwrap().0;
    let bytes = rows.split_whitespace().filter(|word| word.len() == 2).count();
    assert_eq!(bytes, 200, "{full}");
}

#[test]
fn a_handshake_is_explained_line_by_line() {
    // The example of RFC 6455 section 1.3, as it stands there.
    let request = "GET /chat HTTP/1.1\nHost: server.example.com\nUpgrade: websocket\nConnection: Upgrade\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nOrigin: http://example.com\n\
                   Sec-WebSocket-Protocol: chat, superchat\nSec-WebSocket-Version: 13\n\n";
    let response = "HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n\
                    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\nSec-WebSocket-Protocol: chat\n\n";
    let (out, _, status) = explain(&["-"], format!("{request}{response}").as_bytes());
    assert_eq!(status, 0);
    for line in [
        "an HTTP head of ",
        "→ GET /chat HTTP/1.1\n      asks for /chat by GET",
        "  Host: server.example.com\n      which host is meant",
        "  Origin: http://example.com\n      which web page asks",
        "  Sec-WebSocket-Protocol: chat\n      the one subprotocol that is spoken",
        "← 101 Switching Protocols\n      the server agrees",
        "  SHA-1 of both         b3 7a 4f 2c c0 62 4f 16 90 f6 46 06 cf 38 59 45 b2 be c4 ea\n",
        "  that in base64        s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n",
        "  the response says     the same",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
    assert!(!out.contains('✖'), "{out}");
    // As hex, and with another answer.
    let wrong = response.replace("s3pP", "S3pP");
    let (out, _, _) = explain(&[&hex::encode(format!("{request}{wrong}").replace('\n', "\r\n"))], b"");
    assert!(out.contains("the response says     S3pPLMBiTxaQ9kYGzzhZRbK+xOo=: not the same\n"), "{out}");
    assert!(out.contains("✖ ws.handshake.accept"), "{out}");
}

#[test]
fn a_handshake_of_a_capture_is_named_by_its_connection() {
    let (out, _, status) = explain(&["samples/proxy-connect.pcap#c0"], b"");
    assert_eq!(status, 0, "{out}");
    assert!(out.starts_with("the opening handshake of connection 0, 10.77.0.1:35226 to 10.77.0.2:3128\n"), "{out}");
    assert!(out.contains("  that in base64        gWtfANdAGZu+IYKMU1FSpzkgN8Q=\n"), "{out}");
    let (refused, _, _) = explain(&["samples/auth-origin-redirect.pcap#c0"], b"");
    assert!(refused.contains("← 401 Unauthorized\n      no upgrade"), "{refused}");
    let (_, error, status) = explain(&["samples/hello-midstream.pcap#c0"], b"");
    assert!(
        status == 1 && error.contains("lacks the handshake of connection 0; its frames: sockeye follow"),
        "{error}"
    );
}

#[test]
fn a_part_of_an_item_is_explained_by_its_address() {
    // "Hello" of RFC 6455 section 5.7 in a capture made by hand would do; this one is a client's first frame.
    let (whole, _, _) = explain(&["samples/mqtt.pcap#1"], b"");
    let wire: Vec<&str> = whole.lines().next().unwrap().split(' ').collect();
    let (mask, _, status) = explain(&["samples/mqtt.pcap#1.mask"], b"");
    assert_eq!(status, 0);
    assert!(mask.starts_with("#1.mask\nMASK  1\n      a client must mask, "), "{mask}");
    let (bit, _, _) = explain(&["samples/mqtt.pcap#1.opcode:2"], b"");
    assert!(bit.ends_with(&format!("\nbit         1  of {}\n", wire[0])), "{bit}");
    let (key, _, _) = explain(&["samples/mqtt.pcap#1.key"], b"");
    assert!(
        key.contains(&format!("bytes 2 to 5 of the frame on the wire\npayload     {}\n", wire[2..6].join(" "))),
        "{key}"
    );
    let (bytes, _, _) = explain(&["samples/mqtt.pcap#1.payload[1..2]"], b"");
    let lines: Vec<&str> = bytes.lines().collect();
    assert!(lines.contains(&"bytes 1 to 2 of the payload"), "{bytes}");
    let row = |name: &str| lines.iter().find(|line| line.starts_with(name)).unwrap()[name.len()..].trim().to_owned();
    assert_eq!(row("on the wire"), wire[7..9].join(" "));
    assert_eq!(row("⊕ the key"), wire[3..5].join(" "));
    let (head, _, _) = explain(&["samples/mqtt.pcap#c0.request.sec-websocket-protocol"], b"");
    assert!(head.contains("\nSec-WebSocket-Protocol  mqtt\n") && head.contains("RFC 6455 4.1, item 10"), "{head}");
    let (message, _, _) = explain(&["samples/mqtt.pcap#m1"], b"");
    assert!(message.starts_with("message 1: binary in 1 frame, "), "{message}");
    assert!(message.ends_with(&whole), "{message}");
}

#[test]
fn a_wrong_address_is_shown_with_its_place() {
    for (address, said, below) in [
        ("#1.maks", "a frame has no field 'maks'; did you mean 'mask'?", "                      ^~~~"),
        ("#1.payload[3..1]", "the last byte, 1, comes before the first, 3; ", "                              ^~~~"),
        ("#c0x", "'0x' is no number of a connection; expected", "                     ^~"),
    ] {
        let typed = format!("samples/mqtt.pcap{address}");
        let (out, error, status) = explain(&[&typed], b"");
        assert!(out.is_empty() && status == 1, "{error}");
        let lines: Vec<&str> = error.lines().collect();
        assert!(lines[0].starts_with(&format!("sockeye: '{typed}': {said}")), "{error}");
        assert_eq!(&lines[1..], [&format!("  {typed}")[..], below], "{error}");
    }
    for (address, said) in [
        ("#1.close.code", "samples/mqtt.pcap: frame 1 has no close code\n"),
        ("#1.opcode:4", "samples/mqtt.pcap: opcode has 4 bits, 0 to 3\n"),
        ("#m999", "samples/mqtt.pcap: there is no message 999; it has "),
        ("#c9.uri", "samples/mqtt.pcap: connection 9 is no WebSocket; "),
    ] {
        let (out, error, status) = explain(&[&format!("samples/mqtt.pcap{address}")], b"");
        assert!(out.is_empty() && status == 1 && error.starts_with(&format!("sockeye: {said}")), "{error}");
    }
}

#[test]
fn a_list_of_an_address_has_that_item_alone() {
    let run = |file: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
        let output = command.current_dir(ROOT).args(["-q", file]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let all = run("samples/mqtt.pcap");
    let one = run("samples/mqtt.pcap#3");
    assert!(one.lines().count() < 4 && all.contains(one.lines().next_back().unwrap()), "{one}");
    assert_eq!(run("samples/mqtt.pcap#c0").lines().count(), all.lines().count());
}
