//! The views besides the frames: connections, conversation, ladder, notes.

use super::*;

#[test]
fn connections_are_listed_and_opened() {
    let mut sample = Sample::default();
    let ids = [sample.connect(), sample.connect()];
    for i in 0..40 {
        sample.send(ids[i % 2], Direction::Client, true, Opcode::Text, format!("tick {i}").as_bytes());
    }
    sample.flush();
    let mut screen = Screen::of(&sample, 120, 40);
    screen.keys("2");
    let lines = screen.lines();
    let words = |n: usize| lines[n].split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words(2), "0 10.77.0.1:46382 10.77.0.2:9100 20 135 B 0 ns open /echo");
    assert_eq!(words(3), "1 10.77.0.1:46383 10.77.0.2:9100 20 135 B 0 ns open /echo");
    assert!(screen.shows("s3pPLMBiTxaQ9kYGzzhZRbK+xOo= ✓ answers the key"), "{}", lines.join("\n"));
    assert!(screen.shows("GET /echo HTTP/1.1") && screen.shows("101 Switching Protocols"));
    screen.keys("j<Enter>");
    assert!(screen.shows("only connection 1"));
    assert!(screen.shows("tick 1") && screen.shows("tick 3") && !screen.shows("tick 22"));
    assert_eq!(screen.keys("j").selected(), 4);
    assert_eq!(screen.keys("G").selected(), 40);
    screen.keys("<Esc>");
    assert!(screen.shows("tick 38") && screen.shows("tick 39"));
}

#[test]
fn the_conversation_has_messages_pings_and_round_trips() {
    let mut screen = Screen::session(120, 60);
    screen.keys("3");
    let text = screen.lines().join("\n");
    for wanted in [
        "→ TEXT 5 B",
        "→ TEXT 35 B in 4 frames",
        "▌fragmented text: déjà vu ☃ 😀",
        "⇢ PING 8 B  answered by #9  rtt 1.00 ms",
        "⇠ PONG 8 B  answers #8  rtt 1.00 ms",
        "▌4001 app says bye",
    ] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    // What the server says stands to the right of what the client says.
    let column = |wanted: &str| screen.lines().iter().find_map(|line| line.find(wanted)).unwrap();
    assert!(column("← TEXT") > column("→ TEXT") + 30);
    // The first rest ends the digits, the second the number.
    screen.event(Event::Pause);
    screen.event(Event::Pause);
    assert_eq!(screen.keys("ggjj").selected(), 6, "the next entry is the whole message");
    assert_eq!(screen.keys("<Enter>").inspector.state.page, crate::tui::page_name::PageName::FRAMES);
}

#[test]
fn the_ladder_has_the_handshake_and_brackets_fragments() {
    let mut screen = Screen::session(120, 40);
    screen.keys("4");
    let text = screen.lines().join("\n");
    for wanted in [
        "│─ GET /echo  Upgrade: websocket ─",
        "─ 101 Switching Protocols  Accept ✓  no extensions ─│",
        "│┌ ─ #3 TEXT 4  frag ─",
        "││ ─ #4 CONT 13",
        "│└ ═ #6 CONT 8 FIN  message 3: 35 B",
        "#9 PONG 8  answers #8  rtt 1.00 ms",
    ] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    assert_eq!(screen.keys("jjG").selected(), 11);
}

#[test]
fn notes_are_grouped_and_lead_to_their_frames() {
    let mut screen = Screen::session(120, 40);
    screen.keys("5");
    assert!(screen.shows("▸ ▲ ws.close.unanswered"), "{}", screen.lines().join("\n"));
    screen.keys("<Enter>j");
    assert!(screen.shows("#11"));
    screen.keys("<Enter>");
    assert_eq!((screen.inspector.state.page, screen.selected()), (crate::tui::page_name::PageName::FRAMES, 11));
}

#[test]
fn notes_about_a_handshake_lead_to_it() {
    let mut screen = Screen::capture("samples/auth-origin-redirect.pcap", 120, 40);
    screen.keys("5<Enter>jj<Enter>");
    assert_eq!(screen.inspector.state.page, crate::tui::page_name::PageName::HANDSHAKE);
    assert!(screen.shows("403 Forbidden") && screen.shows("Connection 2"), "{}", screen.lines().join("\n"));
    // A gap leads to the frame that was under way (packet 98, as tshark has it).
    let mut screen = Screen::capture("tests/data/captures/tcp-lost-segments.pcap.lz4", 120, 40);
    screen.keys("5<Enter>jj");
    assert!(screen.shows("packet 98"), "{}", screen.lines().join("\n"));
    screen.keys("<Enter>");
    let row = screen.inspector.state.detail.as_ref().unwrap().row;
    assert!(row.missing() > 0 && row.first.packet <= 98 && row.last.packet >= 98, "{row:?}");
}

#[test]
fn a_refused_connection_shows_what_was_asked_and_answered() {
    use crate::tui::page_name::PageName;
    // samples/README.md: connection 0 is refused with 401, 2 with 403, 4 with 302.
    for (width, height) in [(120, 40), (80, 24), (40, 12)] {
        let mut screen = Screen::capture("samples/auth-origin-redirect.pcap", width, height);
        for (down, asked, answered) in [
            ("", "GET /auth ", "401 Unauthorized"),
            ("jj", "GET /origin", "403 Forbidden"),
            ("jj", "GET /moved", "302"),
        ] {
            screen.keys("2").keys(if down.is_empty() { "k" } else { down });
            for view in ["3", "4"] {
                screen.keys(view);
                let text = screen.lines().join("\n");
                assert!(text.contains(asked) && text.contains(answered) && text.contains("refused"), "{text}");
                assert!(!text.contains("no extensions"), "{text}");
            }
            assert_eq!(screen.keys("<Enter>").inspector.state.page, PageName::HANDSHAKE);
            // Nothing that is said of it is cut.
            let text = screen.lines().join("\n");
            assert!(width < 80 || text.contains("6455"), "{text}");
            screen.event(Event::Pause);
            screen.event(Event::Pause);
        }
    }
    // There is no list of its frames to show.
    let mut screen = Screen::capture("samples/auth-origin-redirect.pcap", 120, 40);
    screen.keys("2k<Enter>");
    assert_eq!((screen.inspector.state.page, screen.inspector.state.list.rows.only), (PageName::HANDSHAKE, None));
    assert!(screen.shows("connection 0 has no frames; this is its handshake") && screen.shows("401 Unauthorized"));
    screen.keys("j");
    assert!(screen.lines()[0].contains("/auth"), "{}", screen.lines()[0]);
    // Back among the frames, `c` is about the selected one.
    screen.keys("1c");
    assert!(screen.shows("only connection 1"), "{}", screen.lines().join("\n"));
}

#[test]
fn few_connections_leave_the_room_to_the_handshake() {
    // One connection, whose two heads and close are 17 lines.
    let mut screen = Screen::capture("samples/proxy-connect.pcap", 80, 24);
    screen.keys("2");
    assert!(screen.shows("GET /open HTTP/1.1") && screen.shows("101 Switching Protocols"));
    assert!(screen.shows(" … 6 shows the rest"), "{}", screen.lines().join("\n"));
    assert!(!screen.at(80, 30).shows("6 shows the rest") && screen.shows("closed by the client"));
}

#[test]
fn conversation_and_ladder_show_what_is_inflated() {
    // tests/data/captures/deflate-no-takeover.jsonl: the first messages say "Hello", the last close 4001.
    for (file, view) in [
        ("tests/data/captures/deflate-no-takeover.pcap", "3"),
        ("tests/data/captures/deflate-no-takeover.pcap", "4"),
        ("samples/deflate-takeover.pcap", "3"),
        ("samples/deflate-takeover.pcap", "4"),
    ] {
        let mut screen = Screen::capture(file, 120, 40);
        screen.keys(view);
        assert!(screen.shows("⇲ Hello"), "{file} {view}\n{}", screen.lines().join("\n"));
        // Wherever one goes, nothing stays to be inflated.
        for key in ["<PgDn>", "<PgDn>", "G", "k"] {
            screen.keys(key);
            assert!(!screen.shows("⇲ …"), "{file} {view} {key}\n{}", screen.lines().join("\n"));
        }
    }
}

#[test]
fn the_handshake_shows_every_byte_of_its_heads() {
    // Refused with 401 (samples/README.md); the same heads as `copy both heads` gives them, whatever the width.
    for (width, height) in [(120, 40), (80, 24), (44, 12)] {
        let mut screen = Screen::capture("samples/auth-origin-redirect.pcap", width, height);
        screen.keys("2");
        screen.event(Event::Pause);
        screen.event(Event::Pause);
        screen.keys("6");
        screen.event(Event::Pause);
        screen.event(Event::Pause);
        let (mut shown, mut before) = (String::new(), Vec::new());
        // Line by line to the end: the first line of the page is another each time.
        for _ in 0..200 {
            let lines = screen.lines();
            if lines == before {
                break;
            }
            shown.push_str(lines[1].trim());
            before = lines;
            screen.keys("j");
        }
        before[2..].iter().for_each(|line| shown.push_str(line.trim()));
        let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let shown = plain(&shown);
        let trace = screen.inspector.state.trace.clone();
        let heads = crate::tui::markdown::heads(&trace.read(), screen.inspector.state.connection);
        assert!(heads.lines().count() > 8, "{heads}");
        for line in heads.lines().skip(1) {
            assert!(shown.contains(&plain(line)), "{width}: {line}\n{shown}");
        }
    }
}

#[test]
fn nothing_of_what_was_agreed_on_is_cut() {
    // The check of the Accept field and the parameters of the extension, in a narrow terminal.
    let mut screen = Screen::capture("samples/deflate-takeover.pcap", 40, 60);
    screen.keys("6");
    let text = screen.lines().iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    for wanted in ["✓ answers the key", "client_max_window_bits offered", "window of 2^15 bytes, context kept"] {
        assert!(text.contains(wanted), "{wanted}\n{}", screen.lines().join("\n"));
    }
}
