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
    for keys in ["", "j", "<Enter>", "j<Enter>", "3", "4", "M", "<Tab><Tab><Tab>[", "/\u{202e}<Enter>"] {
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
    for keys in
        ["<Tab>j<Enter>", "2j<Enter>", "3j", "4j", "5j<Enter>", "6j", "Gy", "p", "xh", "/x<Enter>", "!*T", "ma'a"]
    {
        screen.keys(keys).keys("<Esc>");
        screen.buffer();
    }
    let screen = Screen::capture("samples/rejected-version.pcap", 120, 40);
    assert!(screen.shows("no connection got past its handshake (") && screen.shows("packets read)"));
    let screen = Screen::capture("tests/data/captures/proxy-strips-upgrade.pcap", 120, 40);
    assert!(screen.shows("no connection got past its handshake") || screen.shows("no WebSocket in this capture"));
}

#[test]
fn a_damaged_capture_says_so_as_long_as_it_is_shown() {
    let mut screen = Screen::capture("samples/truncated-file.pcap", 120, 40);
    screen.keys("jj");
    assert!(screen.lines()[0].contains("▲ capture damaged"), "{}", screen.lines()[0]);
    screen.keys("5");
    assert!(screen.shows("▲ capture  ") && screen.shows("the capture ends inside the record after packet 24"));
}
