//! Captures that are hostile, damaged, or hold no frame.

use super::*;

#[test]
fn hostile_payloads_reach_no_cell_raw() {
    let mut sample = Sample::default();
    let id = sample.connect();
    sample.send(
        id,
        Direction::Client,
        true,
        Opcode::Text,
        "\x1b[31mred\u{202e}\u{200b}\n\u{9b}2J\u{e0041}z\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}".as_bytes(),
    );
    sample.send(id, Direction::Client, true, Opcode::Close, b"\x03\xe8\x1b]0;x\x07");
    sample.flush();
    for keys in
        ["", "j", "<Enter>", "j<Enter>", "3", "4", "M", "<Tab><Tab><Tab>[", "<^f>\u{202e}<Enter>", "/\u{202e}<Enter>"]
    {
        let mut screen = Screen::of(&sample, 120, 40);
        screen.keys(keys);
        let text = screen.lines().join("");
        assert!(!text.chars().any(|c| c.is_control() || "\u{202e}\u{200b}\u{e0041}".contains(c)), "{keys} {text:?}");
        assert!(text.contains('␛'), "{keys}");
        // Marks stacked on one letter: a few are shown, the rest is written out.
        assert!(!text.contains(&"\u{301}".repeat(5)), "{keys}");
    }
}

#[test]
fn captures_without_frames_say_what_was_seen() {
    let empty = Sample::default();
    let mut screen = Screen::of(&empty, 120, 40);
    assert!(!screen.shows("wire"), "no panes about nothing");
    for keys in [
        "<Tab>j<Enter>",
        "2j<Enter>",
        "3j",
        "4j",
        "5j<Enter>",
        "6j",
        "Gy",
        "p",
        "xh",
        "<^f>x<Enter>",
        "/ip<Tab><Enter>",
        "!*T",
        "ma'a",
    ] {
        screen.keys(keys).keys("<Esc>");
        screen.buffer();
    }
    let screen = Screen::capture("samples/rejected-version.pcap", 120, 40);
    assert!(screen.shows("no frames in this capture (") && screen.shows("1 connection asked for WebSocket"));
}

#[test]
fn a_damaged_capture_says_so_as_long_as_it_is_shown() {
    let mut screen = Screen::capture("samples/truncated-file.pcap", 120, 40);
    screen.keys("jj");
    assert!(screen.lines()[0].contains("▲ capture damaged"), "{}", screen.lines()[0]);
    screen.keys("5");
    assert!(screen.shows("▲ capture  ") && screen.shows("the capture ends inside the record after packet 24"));
}

#[test]
fn a_capture_without_websocket_says_what_it_holds() {
    use crate::dissect::TrafficGuess;
    use crate::tui::contents::Contents;
    let finished = |holds: Contents, width, height| {
        let mut sample = Sample::default();
        sample.flush();
        let mut screen = Screen::of(&sample, width, height);
        screen.event(Event::Finished(Vec::new(), Box::new(holds)));
        screen
    };
    let others = vec![(TrafficGuess::Tls, 2), (TrafficGuess::Http2, 1), (TrafficGuess::Unknown, 1)];
    let holds = Contents { packets: 90, kinds: Vec::new(), connections: 4, others };
    for (width, height) in [(120, 40), (80, 24), (40, 24)] {
        let screen = finished(holds.clone(), width, height);
        let lines = screen.lines();
        let text = lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
        for wanted in [
            "no WebSocket in this capture (90 packets read)",
            "4 TCP connections: 2 TLS, 1 HTTP/2, 1 other",
            "· TLS: its keys are not known; --keylog FILE names them",
            "· HTTP/2: nobody asked for a WebSocket inside it (RFC 8441)",
            "sockeye -d tcp.port==PORT,websocket FILE takes a port for it",
        ] {
            assert!(text.contains(wanted), "{wanted}\n{}", lines.join("\n"));
        }
    }
    let udp = Contents { packets: 3, kinds: vec![("UDP".to_owned(), 3)], ..Contents::default() };
    assert!(finished(udp, 80, 24).shows("no TCP in this capture, so no WebSocket; 3 packets: 3 UDP"));
    assert!(finished(Contents::default(), 80, 24).shows("an empty capture: no packets in it"));
}

#[test]
fn what_a_capture_holds_is_counted_at_its_end() {
    // A pcap of one packet without a link layer: IPv4, TCP, and the first bytes of a TLS record (RFC 8446 section 5.1).
    let payload = [0x16, 3, 1, 0, 5];
    let mut packet = vec![0x45, 0, 0, 45, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    packet.extend([0xc0, 0, 1, 0xbb, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 1, 0, 0, 0, 0, 0]);
    packet.extend(payload);
    let mut file = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0];
    file.extend([1, 0, 0, 0, 0, 0, 0, 0, 45, 0, 0, 0, 45, 0, 0, 0]);
    file.extend(packet);
    let mut on_disk = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut on_disk, &file).unwrap();
    let screen = Screen::capture(on_disk.path().to_str().unwrap(), 80, 24);
    assert!(screen.shows("1 TCP connection: 1 TLS"), "{}", screen.lines().join("\n"));
}

#[test]
fn a_pipe_that_is_silent_is_waited_for() {
    let sample = Sample::default();
    let mut screen = Screen::of(&sample, 80, 24);
    screen.inspector.state.waiting = true;
    assert!(
        screen.shows("waiting for messages-plain.pcap: nothing has come yet") && screen.lines()[0].ends_with("waiting")
    );
    screen.event(Event::Opened);
    assert!(screen.shows("reading …") && !screen.shows("waiting"));
}
