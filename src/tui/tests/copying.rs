//! What is copied and written.

use super::*;

#[test]
fn copies_go_to_the_clipboard_or_ask_for_a_file() {
    let mut screen = Screen::session(120, 40);
    screen.keys("yp");
    assert_eq!(screen.effects, [Effect::Send(b"\x1b]52;c;SGVsbG8=\x1b\\".to_vec())]);
    assert!(screen.shows("sent to the terminal's clipboard: payload of frame 1, 5 B"));
    let (file, bytes) = written(&mut screen, "xh");
    assert_eq!((file.as_str(), bytes.as_slice()), ("messages-plain.pcap.frame1.hex", &b"48656c6c6f"[..]));
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
        screen.effects.is_empty()
            && screen.shows("too long for a clipboard")
            && screen.shows("name: messages-plain.pcap.frame1.txt"),
        "{}",
        screen.lines().join("\n")
    );
    assert_eq!(written(&mut screen, "").1.len(), 60_000);
}

/// The name and the bytes of the file that these keys, and Enter for the name that is offered, write.
pub(super) fn written(screen: &mut Screen, keys: &str) -> (String, Vec<u8>) {
    use crate::tui::writing::Content;
    screen.effects.clear();
    screen.keys(keys).keys("<Enter>");
    match screen.effects.as_slice() {
        [Effect::Write(write)] => match &write.content {
            Content::Bytes(bytes) => (write.file.clone(), bytes.clone()),
            Content::Screen => (write.file.clone(), Vec::new()),
        },
        other => panic!("{keys} {other:?}"),
    }
}

#[test]
fn the_name_of_a_file_is_asked_for_and_asked_again_where_it_does_not_do() {
    use crate::tui::writing::{Content, Unwritten, Write};
    let mut screen = Screen::session(80, 24);
    screen.keys("xp");
    assert!(screen.effects.is_empty() && screen.shows("payload of frame 1, 5 B"), "{}", screen.lines().join("\n"));
    assert!(screen.shows("name: messages-plain.pcap.frame1.txt"));
    assert_eq!(written(&mut screen, "<^u>other.txt").0, "other.txt");
    let write = Write { what: "x".to_owned(), file: "other-2.txt".to_owned(), content: Content::Bytes(vec![7]) };
    let why = "other.txt is in /tmp already, and is left as it is; another name?".to_owned();
    screen.event(Event::Wrote(Err(Box::new(Unwritten { why, write }))));
    assert!(screen.shows("other.txt is in /tmp already") && screen.shows("name: other-2.txt"));
    assert_eq!(written(&mut screen, ""), ("other-2.txt".to_owned(), vec![7]));
    screen.event(Event::Wrote(Ok("wrote x to other-2.txt in /tmp".to_owned())));
    assert!(screen.shows("wrote x to other-2.txt in /tmp"));
    // Nothing is written without a name, nor after Esc.
    screen.effects.clear();
    assert!(screen.keys("xp<^u><Enter>").shows("name:") && screen.keys("<Esc>").effects.is_empty());
}

#[test]
fn where_a_row_is_a_message_all_of_it_is_taken() {
    // Four fragments, frames 3 to 6: "frag", "mented text: ", "déjà vu ", "☃ 😀".
    let whole = "fragmented text: déjà vu ☃ 😀".as_bytes();
    for (name, keys) in [("talk, at its first fragment", "jj3"), ("talk, at its last", "jjjjj3"), ("messages", "Mjj")] {
        let mut screen = Screen::session(120, 40);
        screen.keys(keys);
        screen.event(Event::Pause);
        screen.event(Event::Pause);
        assert_eq!(screen.inspector.state.detail.as_ref().unwrap().message.unwrap().frame_count, 4, "{name}");
        assert!(screen.keys("y").shows("p  message 3, as it is") && screen.shows("JSON of the message"), "{name}");
        assert_eq!(copied(&mut screen, "p").0, whole, "{name}");
        assert_eq!(copied(&mut screen, "yh").0, hex::encode(whole).into_bytes());
        assert_eq!(copied(&mut screen, "ya").0, b"messages-plain.pcap#m3");
        assert_eq!(copied(&mut screen, "yf").0, b"tcp.stream == 0 && frame.number >= 3 && frame.number <= 6");
        let json: serde_json::Value = serde_json::from_slice(&copied(&mut screen, "yj").0).unwrap();
        assert_eq!((json["type"].as_str(), json["frames"].as_array().unwrap().len()), (Some("message"), 4));
        assert_eq!(json["payload"]["text"].as_str().unwrap().as_bytes(), whole);
        let markdown = String::from_utf8(copied(&mut screen, "ym").0).unwrap();
        assert!(markdown.contains("#m3** connection 0 client TEXT, 35 B, 4 frames, 3 to 6\n"), "{markdown}");
        assert!(markdown.contains("```text\nfragmented text: déjà vu ☃ 😀\n```\n"), "{markdown}");
        // On the wire: four headers of two bytes and a key, and the 35 bytes.
        let (file, wire) = written(&mut screen, "xr");
        assert_eq!((file.as_str(), wire.len()), ("messages-plain.pcap.message3.raw", 4 * 6 + 35));
        assert_eq!(&wire[..2], [0x01, 0x84]);
        assert_eq!(written(&mut screen, "xp"), ("messages-plain.pcap.message3.txt".to_owned(), whole.to_vec()));
    }
    // On the ladder, and among frames, a row is a frame.
    let mut screen = Screen::session(120, 40);
    screen.keys("jjjjj4");
    screen.event(Event::Pause);
    screen.event(Event::Pause);
    assert_eq!(copied(&mut screen, "yp").0, "☃ 😀".as_bytes());
}

/// What is empty, and what ends in an empty fragment, is in what is written; no sign of the screen is.
#[test]
fn a_conversation_has_every_payload_as_it_was_and_no_sign_of_the_screen() {
    use Direction::{Client, Server};
    let mut sample = Sample::default();
    let id = sample.connect();
    sample.send(id, Client, false, Opcode::Text, b"all of it\x20");
    sample.send(id, Client, true, Opcode::Continuation, b"");
    sample.send(id, Server, true, Opcode::Text, b"");
    sample.send(id, Client, true, Opcode::Text, "sent: \u{2205} \u{21f2} `code` ```".as_bytes());
    sample.send(id, Server, true, Opcode::Text, "long ".repeat(1000).as_bytes());
    sample.send(id, Server, true, Opcode::Binary, &[0, 255]);
    sample.send(id, Client, true, Opcode::Ping, b"");
    sample.send(id, Client, true, Opcode::Close, b"\x03\xe8bye");
    sample.flush();
    let mut screen = Screen::of(&sample, 120, 40);
    let text = String::from_utf8(written(&mut screen, "xt").1).unwrap();
    for wanted in [
        "- **client** 06:23:01.002 000 #2 TEXT, 10 B in 2 frames\n\n```text\nall of it \n```\n",
        " #3 TEXT, 0 B\n- **client**",
        "````text\nsent: \u{2205} \u{21f2} `code` ```\n````\n",
        &format!("```text\n{}\n```\n", "long ".repeat(1000)),
        " #6 BIN, 2 B\n\n```\n0000  00 ff",
        " #7 PING, 0 B\n- **client**",
        " CLOSE 1000 normal closure, 5 B\n\n```text\nbye\n```\n",
        "GET /echo HTTP/1.1\n",
    ] {
        assert!(text.contains(wanted), "{wanted}\n---\n{text}");
    }
    assert_eq!(text.matches(['\u{2205}', '\u{21f2}']).count(), 2, "those that were sent");
}

/// As `frames --format jsonl` prints it, with what somebody wrote to its packet.
#[test]
fn json_of_a_frame_has_the_comments_on_its_packets() {
    let mut screen = Screen::capture("samples/messages-commented.pcapng", 120, 40);
    let value: serde_json::Value = serde_json::from_slice(&written(&mut screen, "xj").1).unwrap();
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
    screen.keys("<Tab><^f>masking<Enter><Tab><Tab>");
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
    let text = String::from_utf8(written(&mut screen, "xt").1).unwrap();
    assert!(text.contains(" TEXT, 5 B, inflated from 7 B\n\n```text\nHello\n```\n") && !text.contains('⇲'), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("- **") && line.contains(" TEXT")).count(), texts());
}

/// Messages of text in that capture, as another decoder found them.
fn texts() -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/captures/deflate-takeover.jsonl");
    let frames = std::fs::read_to_string(path).unwrap();
    let frames = frames.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    frames.filter(|frame| frame["msg"]["opcode"] == 1).count()
}
