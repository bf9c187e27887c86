//! What `explain` has to say, as facts taken from the clauses: of every opcode, form of length, reserved bit, mask, close code,
//! broken rule, draft and block of DEFLATE. Bytes are made by hand from the figures of RFC 6455 section 5.2 and the examples of RFC
//! 7692 section 7.2.3; words are those of the clauses.

use assert_cmd::Command;

fn explain(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("explain").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn check(arguments: &[&str], facts: &[&str]) {
    let text = explain(arguments);
    for fact in facts {
        assert!(text.contains(fact), "{arguments:?} does not say: {fact}\n{text}");
    }
}

/// RFC 6455 section 5.2, "Opcode", and 11.8.
#[test]
fn every_opcode_is_named() {
    for (bytes, facts) in [
        ("0000", &["continuation", "continues a message", "RFC 6455 5.4"][..]),
        ("8100", &["opcode 1 TEXT", "UTF-8", "RFC 6455 5.6"]),
        ("8200", &["opcode 2 BIN", "up to the application", "RFC 6455 5.6"]),
        ("8800", &["opcode 8 CLOSE", "nothing may follow on this side", "RFC 6455 5.5.1"]),
        ("8900", &["opcode 9 PING", "pong with the same payload", "RFC 6455 5.5.2"]),
        ("8a00", &["opcode 10 PONG", "answers a ping, or is a heartbeat", "RFC 6455 5.5.3"]),
    ] {
        check(&[bytes], facts);
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        let facts =
            ["no specification uses this opcode", "ws.opcode.reserved", "the receiver must fail the connection"];
        check(&[&format!("{:02x}00", 0x80 | opcode)], &facts);
    }
}

/// RFC 6455 section 5.2, "Payload length", "FIN", "MASK"; sections 5.1 and 5.3.
#[test]
fn every_form_of_length_and_every_bit_is_explained() {
    let zeros = |len: usize| "00".repeat(len);
    let bits16 = format!("827e007e{}", zeros(126));
    let bits64 = format!("827f0000000000010000{}", zeros(65_536));
    for (bytes, facts) in [
        ("820100", &["length 1 ", "up to 125 fit here"][..]),
        (&bits16, &["length 126", "in the 16 bits that follow", "extended length 126", "most significant byte first"]),
        (&bits64, &["length 127", "in the 64 bits that follow", "extended length 65536"]),
        ("827e000100", &["ws.length.not-minimal", "fewest bytes", "RFC 6455 5.2"]),
        ("0100", &["FIN 0", "RFC 6455 5.4"]),
        ("8100", &["FIN 1", "the only frame of its message"]),
        ("818001020304", &["MASK 1", "a client must mask", "masking key 01020304", "i mod 4", "RFC 6455 5.3"]),
        ("8100", &["MASK 0", "a server must not mask"]),
        ("81 81 00 00 00 00 41", &["ws.mask.zero", "strong source of entropy", "RFC 6455 5.3"]),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
        let output = command.args(["explain", "-"]).write_stdin(bytes).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        for fact in facts {
            assert!(text.contains(fact), "{} does not say: {fact}\n{text}", &bytes[..bytes.len().min(40)]);
        }
    }
    for (bytes, rsv) in [("9100", "RSV 001"), ("a100", "RSV 010")] {
        check(&[bytes], &[rsv, "ws.rsv.unnegotiated", "the receiver must fail the connection  RFC 6455 5.2"]);
    }
    check(&["c100"], &["RSV 100"]);
    check(&["c900"], &["ws.rsv.misplaced", "RFC 7692 6.1"]);
}

/// RFC 6455 sections 7.4.1 and 7.4.2, and IANA's registry of close codes.
#[test]
fn every_close_code_says_who_may_send_it() {
    let facts: &[(u16, &[&str])] = &[
        (999, &["nobody sends it", "ws.close.code"]),
        (1000, &["normal closure", "either side may send it"]),
        (1001, &["going away", "either side may send it"]),
        (1002, &["protocol error", "either side may send it"]),
        (1003, &["unsupported data", "only text"]),
        (1004, &["nobody sends it", "ws.close.code"]),
        (1005, &["nobody sends it", "had no code", "ws.close.code"]),
        (1006, &["nobody sends it", "no close frame", "ws.close.code"]),
        (1007, &["no UTF-8"]),
        (1008, &["policy"]),
        (1009, &["too big"]),
        (1010, &["extensions", "a client sends it"]),
        (1011, &["unexpected", "a server sends it"]),
        (1012, &["restart", "IANA"]),
        (1013, &["try again later", "IANA"]),
        (1014, &["gateway", "IANA"]),
        (1015, &["nobody sends it", "TLS", "ws.close.code"]),
        (2999, &["reserved for the protocol", "ws.close.code"]),
        (3000, &["registered with IANA", "RFC 6455 7.4.2"]),
        (4999, &["private use", "RFC 6455 7.4.2"]),
        (5000, &["nobody sends it", "ws.close.code"]),
    ];
    for (code, facts) in facts {
        let bytes = format!("8802{code:04x}");
        check(&[&bytes], facts);
        check(&[&bytes], &[&format!("\nclose       {code} ")]);
    }
    check(&["8800"], &["1005 in its place"]);
    check(&["880103"], &["ws.close.short", "a code of two bytes", "RFC 6455 5.5.1"]);
    check(&["880303e8ff"], &["ws.close.reason", "1007 is the code for it"]);
}

/// What a peer must do, by the clause that says so, for rules that single frames can break.
#[test]
fn a_broken_rule_says_what_a_peer_must_do() {
    for (bytes, facts) in [
        ("0900", &["ws.control.fragmented", "RFC 6455 5.5"][..]),
        ("897e007e", &["ws.control.long", "saying 1002", "RFC 6455 5.5"]),
        ("8103ff4141", &["ws.message.utf8", "must fail the connection; 1007", "RFC 6455 8.1"]),
        ("0101418101 41", &["ws.message.interrupted", "must end a message before it starts the next"]),
        ("827fffffffffffffffff", &["ws.length.top-bit", "2^63-1", "RFC 6455 5.2"]),
        ("c1020707", &["ws.inflate.error", "RFC 6455 7.4.1"]),
        ("c10bf248cdc9c907000000ffff", &["ws.inflate.tail", "must remove the four bytes", "RFC 7692 7.2.1"]),
    ] {
        check(&[bytes], facts);
    }
}

/// RFC 7692 section 7.2.3: its examples, from a frame, from a bare payload, and from a capture.
#[test]
fn compression_is_explained_bit_by_bit() {
    check(
        &["c107f248cdc9c90700"],
        &[
            "bits 0–2        BFINAL 0 BTYPE 01         a block: codes that RFC 1951 fixes; more blocks follow\n",
            "bits 3–10       01111000                  literal 48 H\n",
            "0000000                   end of block\n",
            "here the receiver puts back 00 00 ff ff, which the sender has removed  RFC 7692 7.2.1\n",
            "LEN 0000 NLEN ffff",
            "\ninflated    5 bytes  \"Hello\"\n",
        ],
    );
    // Section 7.2.3.2: the second message refers to the first.
    check(
        &["c107f248cdc9c90700", "c105f200110000"],
        &["length 4, distance 5: \"ello\", all out of the window: of messages before\n"],
    );
    // Section 7.2.3.3: no compression. Section 7.2.3.4: a block with BFINAL.
    check(
        &["c10b000500faff48656c6c6f00"],
        &["BFINAL 0 BTYPE 00", "LEN 0005 NLEN fffa", "5 bytes as they are: \"Hello\"\n"],
    );
    check(&["c108f348cdc9c9070000"], &["BFINAL 1 BTYPE 01", "the last block\n", "\"Hello\"\n"]);
    check(&["--deflate", "f248cdc9c90700"], &["literal 48 H\n", "\ninflated    5 bytes  \"Hello\"\n"]);
    check(&["--deflate", "f200110000"], &["what it refers to is not known"]);
    check(&["--deflate", "07"], &["✖ it breaks off here: BTYPE is 11, which is reserved\n"]);
}

/// A capture whose messages refer to those before: what comes out of the window is known.
#[test]
fn a_compressed_frame_of_a_capture_is_explained_with_its_window() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
    let columns = ["frames", "samples/deflate-takeover.pcap", "-Y", "ws.compressed && ws.n in {25..32}", "-e", "n"];
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).args(columns).output().unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    let frames: Vec<&str> = listed.lines().collect();
    let mut referring = 0;
    assert_eq!(frames.len(), 8, "{listed}");
    for frame in frames {
        let text = explain(&[&format!("samples/deflate-takeover.pcap#{frame}"), "--full"]);
        assert!(text.contains("how it is compressed") && !text.contains("not known here"), "{text}");
        referring += usize::from(text.contains("out of the window: of messages before"));
    }
    assert!(referring > 0, "{listed}");
}

/// draft-hixie-thewebsocketprotocol-76 section 5.2, and the versions by their numbers.
#[test]
fn handshakes_of_drafts_are_explained() {
    check(
        &["tests/data/captures/legacy-hixie76.pcap#c0"],
        &[
            "Sec-WebSocket-Key1",
            "their number, divided by the spaces",
            "the sixteen bytes behind the response come of both keys  draft-hixie-76 5.2\n",
            "MD5 of that",
            "the same: the server has read this request",
        ],
    );
    check(&["tests/data/captures/legacy-hixie75.pcap#c0"], &["draft-hixie-75 4.1"]);
    check(&["tests/data/captures/legacy-hybi7.pcap#c0"], &["which web page asks"]);
}

/// RFC 6455 sections 1.9 and 4.2.2; RFC 7692 section 7.1; RFC 9110 for what is no part of the handshake.
#[test]
fn what_was_offered_and_chosen_is_said_and_every_field_has_a_sentence() {
    let request = "GET /chat HTTP/1.1\nHost: a.example\nUpgrade: websocket\nConnection: Upgrade\nUser-Agent: x\nAccept-Encoding: gzip\n\
        Cache-Control: no-cache\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Version: 13\nX-Own: 1\n\
        Sec-WebSocket-Protocol: chat, superchat\n\
        Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\n\n";
    let response = "HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\nServer: y\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\nSec-WebSocket-Protocol: superchat\n\
        Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_max_window_bits=10\n\n";
    let mut command = Command::new(env!("CARGO_BIN_EXE_sockeye"));
    let output = command.args(["explain", "-"]).write_stdin(format!("{request}{response}")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for fact in [
        "offered chat, superchat; the server chose superchat  RFC 6455 1.9\n",
        "offered as permessage-deflate; client_max_window_bits; chosen as permessage-deflate; server_no_context_takeover",
        "the server starts each message with an empty window",
        "RFC 7692 7.1.1.1",
        "the client refers back 1024 bytes at most  RFC 7692 7.1.2.2",
        "  User-Agent: x\n      which program asks  RFC 9110 10.1.5\n",
        "  Accept-Encoding: gzip\n      which codings of content the client would take",
        "  Server: y\n      which program answers  RFC 9110 10.2.4\n",
        "  X-Own: 1\n      no part of the handshake",
        "the hash is SHA-1, and not MD5 as is sometimes taught",
    ] {
        assert!(text.contains(fact), "{fact}\n{text}");
    }
}
