//! What is copied and written.

use super::*;

#[test]
fn copies_go_to_the_clipboard_or_ask_for_a_file() {
    let mut screen = Screen::session(120, 40);
    screen.keys("yp");
    assert_eq!(screen.effects, [Effect::Send(b"\x1b]52;c;SGVsbG8=\x1b\\".to_vec())]);
    assert!(screen.shows("sent to the terminal's clipboard: payload of frame 1, 5 B"));
    screen.effects.clear();
    screen.keys("xh");
    let [Effect::Write(write)] = screen.effects.as_slice() else { panic!("{:?}", screen.effects) };
    assert_eq!((write.file.as_str(), write.bytes.as_slice()), ("messages-plain.pcap.frame1.hex", &b"48656c6c6f"[..]));
    screen.effects.clear();
    screen.keys("yj");
    let [Effect::Send(sent)] = screen.effects.as_slice() else { panic!("{:?}", screen.effects) };
    use base64::Engine as _;
    let text = String::from_utf8(sent.clone()).unwrap();
    let json = base64::prelude::BASE64_STANDARD
        .decode(text.trim_start_matches("\x1b]52;c;").trim_end_matches("\x1b\\"))
        .unwrap();
    let value: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!((value["n"].as_u64(), value["payload"]["text"].as_str()), (Some(1), Some("Hello")));
    assert!(value.get("comments").is_none());

    let mut sample = Sample::default();
    let id = sample.connect();
    sample.send(id, Direction::Server, true, Opcode::Binary, &vec![7; 60_000]);
    sample.flush();
    let mut screen = Screen::of(&sample, 120, 40);
    screen.keys("yp");
    assert!(
        screen.effects.is_empty() && screen.shows("Write it to messages-plain.pcap.frame1.txt ?"),
        "{}",
        screen.lines().join("\n")
    );
    screen.keys("y");
    assert!(matches!(screen.effects.as_slice(), [Effect::Write(write)] if write.bytes.len() == 60_000));
}

/// As `frames --format jsonl` prints it, with what somebody wrote to its packet.
#[test]
fn json_of_a_frame_has_the_comments_on_its_packets() {
    let mut screen = Screen::capture("samples/messages-commented.pcapng", 120, 40);
    screen.keys("xj");
    let [Effect::Write(write)] = screen.effects.as_slice() else { panic!("{:?}", screen.effects) };
    let value: serde_json::Value = serde_json::from_slice(&write.bytes).unwrap();
    assert_eq!(value["comments"], serde_json::json!([{ "packet": 8, "text": "first masked frame" }]));
}

#[test]
fn the_selected_field_is_what_is_copied_from_fields_and_bytes() {
    let mut screen = Screen::session(120, 40);
    screen.keys("<Enter>jjjjjjyp");
    assert_eq!(screen.inspector.state.field().unwrap().field.name(), "ws.key");
    assert_eq!(screen.effects, [Effect::Send(crate::tui::copy::osc52(&[0xae, 0xd8, 0x58, 0xe8]).unwrap())]);
}

/// What was copied, and what the foot line says of it.
fn copied(screen: &mut Screen, keys: &str) -> (Vec<u8>, String) {
    use base64::Engine as _;
    screen.effects.clear();
    screen.keys(keys);
    let [Effect::Send(sent)] = screen.effects.as_slice() else { panic!("{keys} {:?}", screen.effects) };
    let encoded = sent.strip_prefix(b"\x1b]52;c;").and_then(|rest| rest.strip_suffix(b"\x1b\\")).unwrap();
    let said = screen.lines().last().unwrap().trim().to_owned();
    (base64::prelude::BASE64_STANDARD.decode(encoded).unwrap(), said)
}

#[test]
fn what_is_shown_in_a_tab_is_what_is_copied_there() {
    // Frame 1 of samples/deflate-takeover.pcap: "Hello", compressed (RFC 7692 section 7.2.3.1 has the same 7 bytes).
    let compressed = hex::decode("f248cdc9c90700").unwrap();
    let mut screen = Screen::capture("samples/deflate-takeover.pcap", 120, 40);
    let (bytes, said) = copied(&mut screen, "yp");
    assert_eq!((bytes, said.contains("payload of frame 1, 7 B")), (compressed.clone(), true), "{said}");
    let (bytes, said) = copied(&mut screen, "yi");
    assert_eq!((bytes.as_slice(), said.contains("message 1, inflated, 5 B")), (b"Hello".as_slice(), true), "{said}");
    // The key is selected; it is not seen in the text, nor in what is inflated or unmasked.
    screen.keys("<Tab>/masking<Enter><Tab><Tab>");
    assert_eq!(screen.inspector.state.field().unwrap().field.name(), "ws.key");
    assert_eq!(copied(&mut screen, "yp").0.len(), 4);
    for (keys, shown, name) in [
        ("[", b"Hello".as_slice(), "text of message 1"),
        ("]]", &compressed, "payload of frame 1"),
        ("]", b"Hello", "message 1, inflated"),
    ] {
        screen.keys(keys).keys("y");
        assert!(screen.shows(&format!("p  {name}, as it is")), "{}", screen.lines().join("\n"));
        let (bytes, said) = copied(&mut screen, "p");
        assert_eq!(bytes, shown, "{name}");
        assert!(said.contains(name), "{said}");
    }
    // The packet has the key, and more.
    assert_eq!(copied(&mut screen, "]yp").0.len(), 4);
    let (bytes, said) = copied(&mut screen, "<Tab><Tab>gg<Tab><Tab>yp");
    assert!(bytes.len() == 6 + 7 && said.contains("WebSocket frame 1"), "{said}");
    // Nothing is offered to be inflated where nothing is compressed.
    let mut screen = Screen::session(120, 40);
    assert!(!screen.keys("y").shows("inflated"));
}

#[test]
fn the_filter_is_one_of_wireshark() {
    // `tshark -r FILE -Y FILTER -T fields -e websocket.payload.text` shows these frames, and these only.
    let filter = |file: &str, frame: u64| {
        let mut screen = Screen::capture(file, 120, 40);
        screen.keys(&format!(":{frame}<Enter>y"));
        assert!(screen.shows("f  Wireshark filter for its packets"));
        let (bytes, said) = copied(&mut screen, "f");
        assert!(said.contains("display filter for Wireshark"), "{said}");
        String::from_utf8(bytes).unwrap()
    };
    assert_eq!(filter("samples/messages-commented.pcapng", 1), "tcp.stream == 0 && frame.number == 8");
    // 3506 bytes in packets 35, 36 and 38 (tests/data/captures/deflate-takeover.jsonl).
    let several = "tcp.stream == 0 && frame.number >= 35 && frame.number <= 38";
    assert_eq!(filter("samples/deflate-takeover.pcap", 20), several);
}

#[test]
fn where_a_handshake_is_shown_it_is_what_is_copied() {
    // One connection that asks for version 8 and is refused with 400.
    let mut screen = Screen::capture("samples/rejected-version.pcap", 120, 40);
    for view in ["2", "6"] {
        screen.keys(view).keys("y");
        assert!(screen.shows("p  handshake of connection 0, as it is") && !screen.shows("JSON"));
        let (bytes, said) = copied(&mut screen, "p");
        let text = String::from_utf8(bytes).unwrap();
        assert!(
            text.starts_with("GET /old HTTP/1.1\n")
                && text.contains("\n\n400 Bad Request\n")
                && text.contains("Sec-WebSocket-Version: 8\n"),
            "{text}"
        );
        assert!(said.contains("handshake of connection 0"), "{said}");
        assert_eq!(copied(&mut screen, "yf").0, b"tcp.stream == 0");
    }
}

#[test]
fn a_conversation_is_written_inflated_to_its_end() {
    // 89 frames, of which the list shows a few: 74 messages and their control frames.
    let mut screen = Screen::capture("samples/deflate-takeover.pcap", 80, 24);
    screen.keys("xt");
    let [Effect::Write(write)] = screen.effects.as_slice() else { panic!("{:?}", screen.effects) };
    let text = String::from_utf8(write.bytes.clone()).unwrap();
    assert!(text.contains("⇲ Hello") && !text.contains("⇲ …"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("- **") && line.contains(" TEXT")).count(), texts());
}

/// Messages of text in that capture, as another decoder found them.
fn texts() -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/captures/deflate-takeover.jsonl");
    let frames = std::fs::read_to_string(path).unwrap();
    let frames = frames.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    frames.filter(|frame| frame["msg"]["opcode"] == 1).count()
}
