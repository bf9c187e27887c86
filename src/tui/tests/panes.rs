//! List, fields, diagram, bytes and text: what they show, and that they agree.

use super::*;

#[test]
fn the_list_says_what_each_frame_is() {
    let screen = Screen::session(120, 40);
    let lines = screen.lines();
    assert!(
        lines[0].contains("sockeye  messages-plain.pcap  11 frames  5 messages  1 connection  ▲ 1"),
        "{}",
        lines[0]
    );
    assert!(lines[0].contains("ws://10.77.0.2:9100/echo") && lines[0].ends_with("1/11 ✓"), "{}", lines[0]);
    let words = |n: usize| lines[1 + n].split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words(1), "▶ 1 0.000 000 → TEXT F··· M 5 Hello");
    assert_eq!(words(2), "2 0.001 000 +1.00 ms ← TEXT F··· 5 Hello");
    assert_eq!(words(3), "3 0.002 000 +1.00 ms → TEXT ···· M 4 frag ┐ message 3");
    assert_eq!(words(5), "5 0.004 000 +1.00 ms → CONT ···· M 10 déjà vu │");
    assert_eq!(words(6), "6 0.005 000 +1.00 ms → CONT F··· M 8 ☃ 😀 ┘ 35 B");
    assert_eq!(words(10), "10 0.009 000 +1.00 ms ← BIN F··· 300 ".to_owned() + &["ff"; 22].join(" ") + " …");
    assert_eq!(words(11), "▲ 11 0.010 000 +1.00 ms ⇢ CLOSE F··· M 14 4001 app says bye ws.close.unanswered");
}

#[test]
fn a_row_can_be_a_whole_message() {
    let mut screen = Screen::session(120, 40);
    screen.keys("jjjjM");
    assert_eq!(screen.selected(), 5);
    let lines = screen.lines();
    let words = |n: usize| lines[1 + n].split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words(3), "▶ 3 0.005 000 +1.00 ms → TEXT ×4 35 fragmented text: déjà vu ☃ 😀");
    assert_eq!(words(4), "4 0.006 000 +1.00 ms ← TEXT 35 fragmented text: déjà vu ☃ 😀");
    assert_eq!(words(6), "", "control frames are no messages");
    // The next row is the next message; back to frames, its last frame is selected.
    screen.keys("j");
    assert_eq!(screen.selected(), 7);
    screen.keys("M");
    assert_eq!(screen.selected(), 7);
}

#[test]
fn a_frame_is_seen_in_each_of_its_packets() {
    // Frame 20 lies in packets 35, 36 and 38 (tests/data/captures/deflate-takeover.jsonl), which have 1514, 1514 and 680
    // bytes (`tshark -r samples/deflate-takeover.pcap -Y 'frame.number in {35,36,38}' -T fields -e frame.len`).
    let mut screen = Screen::capture("samples/deflate-takeover.pcap", 160, 50);
    screen.keys(":20<Enter><Tab><Tab><Tab>");
    for (packet, place, len) in [(35, 1, "1 514"), (36, 2, "1 514"), (38, 3, "680")] {
        // The first time it is the packet that is looked at already.
        screen.keys(if place == 1 { "(" } else { ")" });
        let shown = format!("packet {packet} {len} B, {place} of 3");
        assert!(screen.shows(&shown), "{shown}\n{}", screen.lines().join("\n"));
        assert!(screen.shows(&format!("Packet {packet}")), "its headers are those of the tree");
        let state = &screen.inspector.state;
        let detail = state.detail.as_ref().unwrap();
        assert_eq!(detail.run().unwrap().packet, packet);
        // The byte under the cursor is a byte of the frame, and of the stream at the place where this packet begins.
        let here = crate::base::Span { source: crate::base::Source::Packet, start: state.bytes.cursor, len: 1 };
        let in_stream = detail.translate(here, crate::base::Source::Stream).unwrap().start;
        assert_eq!(in_stream, detail.run().unwrap().offset.max(detail.row.offset));
    }
    assert!(screen.keys(")").shows("this is the last packet of frame 20"));
    assert!(screen.keys("((").shows("packet 35 1 514 B, 1 of 3") && screen.keys("(").shows("this is the first packet"));
    // Where one pane is shown at a time, this shows the bytes.
    let mut narrow = Screen::capture("samples/deflate-takeover.pcap", 80, 24);
    assert!(narrow.keys(":20<Enter>)").shows("packet 35 1 514 B, 1 of 3"), "{}", narrow.lines().join("\n"));
    // Another frame begins at its first packet.
    screen.keys("<Esc>j");
    assert!(screen.keys("k").inspector.state.detail.as_ref().unwrap().packets().1 == 1);
}

#[test]
fn the_same_field_is_inverse_in_tree_diagram_and_bytes() {
    let mut screen = Screen::session(120, 40);
    // Into the fields of frame 1, down to MASK: frame, FIN, RSV, opcode, MASK.
    screen.keys("<Enter>jjjj");
    assert_eq!(screen.inspector.state.field().unwrap().field.name(), "ws.mask");
    let inverse = screen.inverse();
    assert!(inverse.iter().any(|line| line.starts_with("MASK 1  a client must mask")), "{inverse:?}");
    // The diagram: the bit and its name downwards; the bytes: byte 1, and its dot in the text.
    let ends: String = inverse.iter().filter_map(|line| line.chars().last()).collect();
    assert_eq!(ends, "1MASK·", "{inverse:?}");
    assert_eq!(inverse.last().unwrap(), "85·");
    screen.keys("jj");
    assert_eq!(screen.inspector.state.field().unwrap().field.name(), "ws.key");
    let inverse = screen.inverse();
    assert!(inverse.iter().any(|line| line == "aed8 58e8··X·"), "{inverse:?}");
    assert!(inverse.iter().any(|line| line == "ae d8") && inverse.iter().any(|line| line == "58 e8"), "{inverse:?}");
    assert!(inverse.iter().any(|line| line.contains("1 0 1 0 1 1 1 0 1 1 0 1 1 0 0 0")), "{inverse:?}");
}

#[test]
fn moving_in_the_bytes_selects_the_field() {
    let mut screen = Screen::session(120, 40);
    screen.keys("<Tab><Tab><Tab>");
    assert_eq!(screen.inspector.state.pane, crate::tui::pane::Pane::Bytes);
    let ids = |screen: &Screen| screen.inspector.state.field().unwrap().field.name();
    screen.keys("gg");
    // Byte 0 holds FIN, RSV and opcode; the narrowest is FIN, and of the equals the last in the tree.
    assert!(ids(&screen).starts_with("ws."));
    screen.keys("ll");
    assert_eq!(ids(&screen), "ws.key");
    screen.keys("llll");
    assert_eq!(ids(&screen), "ws.payload");
    // "Hello": H is 48, masked with ae it is e6, the first payload byte, wire byte 6.
    assert!(screen.shows("payload 0 48 = wire 6 e6 ^ key 0 ae"), "{}", screen.lines().join("\n"));
    // The next source is the unmasked payload; the cursor stays on the same byte.
    screen.keys("l]");
    assert_eq!(
        (screen.inspector.state.bytes.source, screen.inspector.state.bytes.cursor),
        (crate::base::Source::Unmasked, 1)
    );
}

#[test]
fn stepping_through_frames_keeps_the_field() {
    let mut screen = Screen::session(120, 40);
    screen.keys("<Enter>jjjjjj");
    assert_eq!(screen.inspector.state.field().unwrap().field.name(), "ws.key");
    screen.keys("<Esc>jj");
    assert_eq!((screen.selected(), screen.inspector.state.field().unwrap().field.name()), (3, "ws.key"));
}

#[test]
fn the_tree_goes_from_the_frame_to_the_wire() {
    let mut screen = Screen::capture("samples/deflate-takeover.pcap", 120, 60);
    screen.keys("<Tab>\\");
    let lines = screen.lines();
    let place =
        |wanted: &str| lines.iter().position(|line| line.contains(wanted)).unwrap_or_else(|| panic!("{wanted}"));
    let order = [
        "▾ WebSocket frame 1",
        "masking key",
        "▾ Message 1",
        "inflated \"Hello\"",
        "▾ Connection 0",
        "▸ request GET /echo",
        "▸ response 101",
        "Packet ",
        "▸ TCP ",
        "▸ IPv4 ",
        "▸ Ethernet ",
    ];
    assert!(order.windows(2).all(|pair| place(pair[0]) < place(pair[1])), "{}", lines.join("\n"));
    // The heads and the layers unfold.
    screen.keys("<^f>GET<Enter>l<^f>IPv4<Enter>l<^f>Ethernet<Enter>l");
    for field in ["Sec-WebSocket-Key ", "time to live", "Host 10.77.0.2:9100"] {
        assert!(screen.shows(field), "{field}\n{}", screen.lines().join("\n"));
    }
    // The inflated text is selected in its bytes.
    screen.keys("\\<^f>inflated<Enter>n]]");
    assert_eq!(screen.inspector.state.bytes.source, crate::base::Source::Inflated);
    assert!(screen.inspector.state.scene.bytes.iter().all(|byte| byte.field));
    let text: Vec<u8> = screen.inspector.state.scene.bytes.iter().filter_map(|byte| byte.value).collect();
    assert_eq!(text, b"Hello");
    // So are they for the payload that they were inflated from, and not for a field of the header.
    screen.keys("<Esc><Tab><^f>payload 7 B<Enter>");
    assert_eq!(screen.inspector.state.field().unwrap().field.name(), "ws.payload");
    assert!(screen.inspector.state.scene.bytes.iter().all(|byte| byte.field));
    screen.keys("kk");
    assert!(!screen.inspector.state.scene.bytes.iter().any(|byte| byte.field));
}

#[test]
fn the_payload_is_shown_as_text() {
    let mut sample = Sample::default();
    let id = sample.connect();
    sample.send(id, Direction::Server, true, Opcode::Text, br#"{"symbol":"ACME","price":[1,2]}"#);
    sample.flush();
    let mut screen = Screen::of(&sample, 120, 40);
    screen.keys("[");
    assert!(screen.inspector.state.bytes.text);
    for line in ["{", "  \"symbol\": \"ACME\",", "  \"price\": [", "    1,"] {
        assert!(
            screen.lines().iter().any(|shown| shown.ends_with(&format!("│ {line}"))),
            "{}",
            screen.lines().join("\n")
        );
    }
    screen.keys("]");
    assert!(screen.shows("0000 811f"));
}

#[test]
fn long_payloads_are_wrapped_a_piece_at_a_time() {
    let mut sample = Sample::default();
    let id = sample.connect();
    let long = format!("[{}]", vec![r#"{"seq":1,"name":"déjà vu"}"#; 60_000].join(","));
    sample.send(id, Direction::Server, true, Opcode::Text, long.as_bytes());
    sample.flush();
    let mut screen = Screen::of(&sample, 120, 40);
    screen.inspector.state.bytes.text = true;
    screen.inspector.settle(screen.size);
    assert!(
        screen.inspector.state.busy && screen.inspector.state.scene.text.lines.len() < 100_000,
        "the first picture waits for no more"
    );
    screen.rest();
    // Four lines an object, and the brackets.
    assert_eq!(screen.inspector.state.scene.text.lines.len(), 60_000 * 4 + 2);
    let before = screen.inspector.state.scene.text.lines.as_ptr();
    screen.keys("<Tab><Tab><Tab>G");
    assert_eq!(screen.inspector.state.scene.text.lines.as_ptr(), before, "they are made once");
    assert!(screen.shows("line 240 002 of 240 002"), "{}", screen.lines().join("\n"));
}

#[test]
fn narrow_terminals_show_one_pane_at_a_time() {
    let mut screen = Screen::session(40, 12);
    assert!(screen.shows("Hello") && !screen.shows("MASK"));
    screen.keys("<Enter>");
    assert!(!screen.shows("Hello ") && screen.shows("MASK 1"), "{}", screen.lines().join("\n"));
    screen.keys("<Tab>");
    assert!(screen.shows("│1│0│0│0│0 0 0 1│"), "{}", screen.lines().join("\n"));
    screen.keys("<Tab>");
    assert!(screen.shows("0000  81 85 ae d8"), "{}", screen.lines().join("\n"));
}

#[test]
fn only_what_was_masked_is_called_unmasked() {
    let mut screen = Screen::session(120, 40);
    // Frame 1 is the client's, 2 the server's (RFC 6455 section 5.1: a server masks nothing).
    assert!(screen.shows("│ unmasked │") && screen.shows("shown unmasked"), "{}", screen.lines().join("\n"));
    screen.keys("j");
    assert!(screen.shows("│ payload │") && screen.shows("not masked"), "{}", screen.lines().join("\n"));
    assert!(!screen.shows("unmasked"), "{}", screen.lines().join("\n"));
}

#[test]
fn the_selected_row_of_messages_is_what_the_details_are_about() {
    // Frame 8 is a ping between the messages of frames 7 and 10; 11 the close after the last one.
    for (frame, row_frame) in [(8, 7), (11, 10)] {
        let mut screen = Screen::session(120, 40);
        screen.keys(&format!(":{frame}<Enter>M"));
        assert_eq!(screen.selected(), row_frame);
        assert_eq!(screen.inspector.state.detail.as_ref().unwrap().row.number, row_frame);
    }
}

#[test]
fn the_text_of_a_close_frame_is_its_code_and_reason() {
    let mut screen = Screen::session(120, 40);
    screen.keys("G[");
    let lines = screen.lines();
    assert!(lines.iter().any(|line| line.ends_with("│ 4001 app says bye")), "{}", lines.join("\n"));
}

#[test]
fn the_head_says_that_only_one_connection_is_listed() {
    let mut screen = Screen::session(80, 24);
    assert!(screen.keys("c").lines()[0].ends_with("only conn 0  1/11 ✓"), "{}", screen.lines()[0]);
    assert!(!screen.keys("c").lines()[0].contains("only"));
}

#[test]
fn the_foot_offers_only_what_leads_somewhere() {
    let mut screen = Screen::session(80, 24);
    assert!(screen.lines()[23].contains("Tab pane"));
    screen.keys("2");
    assert!(!screen.lines()[23].contains("Tab pane"), "{}", screen.lines()[23]);
}

#[test]
fn a_long_uri_is_shortened_and_not_dropped() {
    let target = format!("/live/{}/updates?session=abcdef", "very/long/path".repeat(9));
    let mut sample = Sample::default();
    let id = sample.connect_to(&target);
    sample.send(id, Direction::Client, true, Opcode::Text, b"x");
    sample.note(id, 1, Code::MaskZero);
    sample.flush();
    for (width, height) in [(80, 24), (80, 23), (120, 40), (160, 40)] {
        for view in ["1", "2", "3", "4", "5"] {
            let mut screen = Screen::of(&sample, width, height);
            screen.keys(view);
            // Its beginning and its end are in the first line, whatever was found.
            let head = &screen.lines()[0];
            assert!(head.contains("ws:/") && head.contains('…') && head.contains("cdef"), "{view} {head}");
            if view == "2" || view == "4" {
                let lines = screen.lines();
                let line = lines.iter().skip(1).find(|line| line.contains("/live") && line.contains('…'));
                assert!(line.is_some_and(|line| line.contains("cdef")), "{}", lines.join("\n"));
            }
            if view == "4" {
                assert!(screen.shows("Upgrade: websocket"), "{}", screen.lines().join("\n"));
            }
        }
    }
}

#[test]
fn what_is_held_back_is_said_in_the_head() {
    let mut screen = Screen::session(80, 24);
    assert!(screen.keys("f").lines()[0].contains("frozen  1/11"), "{}", screen.lines()[0]);
    assert!(!screen.keys("f").lines()[0].contains("frozen"));
}

/// The frame of RFC 6455's kind that the design's example has: "Hello" under the key ae d8 58 e8.
#[test]
fn the_unmasking_goes_step_by_step_forward_and_back() {
    let mut screen = Screen::session(120, 40);
    screen.keys("X");
    for shown in ["0000  e6 bd 34 84 c1", "   ⊕  ae d8 58 e8 ae", "   =  48 ·· ·· ·· ··"] {
        assert!(screen.shows(shown), "{shown}");
    }
    assert!(screen.shows("0: e6 ⊕ ae = 48   1110 0110 ⊕ 1010 1110 = 0100 1000"));
    assert!(screen.keys("l").shows("   =  48 65 ·· ·· ··"));
    assert!(screen.keys("h").shows("   =  48 ·· ·· ·· ··"));
    assert!(screen.keys("G").shows("   =  48 65 6c 6c 6f"));
    assert!(screen.shows("4: c1 ⊕ ae = 6f"));
    // Elsewhere the whole is shown.
    assert!(screen.keys("gg<Tab>").shows("   =  48 65 6c 6c 6f"));
    // What a server sends is not masked.
    assert!(screen.keys("<Esc>jX").shows("frame 2 has no payload that is masked"));
}
