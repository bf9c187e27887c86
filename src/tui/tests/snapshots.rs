//! Every view at five sizes, as it was when somebody last looked at it and found it good; and what must be in it,
//! which is known from elsewhere: [`super::truth`] compares every frame, here stand the facts of these pictures.
//!
//! After a change that is meant: `INSTA_UPDATE=always cargo test --lib tui::tests::snapshots`, then read the difference.

use ratatui::style::Color;

use super::*;

const PLAIN: &str = "tests/data/captures/messages-plain.pcap.zst";

/// The view at all five sizes, one under the other.
fn pictures(file: &str, keys: &str) -> String {
    let mut all = String::new();
    for (width, height) in [(80, 24), (120, 40), (200, 60), (40, 12), (1, 1)] {
        let mut screen = Screen::capture(file, width, height);
        screen.keys(keys);
        all.push_str(&format!("═══ {width} × {height}\n{}\n", screen.lines().join("\n")));
    }
    all
}

fn has(pictures: &str, facts: &[&str]) {
    for fact in facts {
        assert!(pictures.contains(fact), "{fact} in\n{pictures}");
    }
}

#[test]
fn frames() {
    let pictures = pictures(PLAIN, ":6<Enter>");
    // tests/data/captures/messages-plain.jsonl: 89 frames; the client's 5 bytes, key aed858e8.
    has(&pictures, &["89 frames", "74 messages", "6/89", "message 3"]);
    insta::assert_snapshot!("frames", pictures);
}

#[test]
fn details_of_a_frame() {
    // MASK is selected: frame, FIN, RSV, opcode, MASK.
    let pictures = pictures(PLAIN, "<Tab>jjjj");
    has(&pictures, &["masking key aed858e8", "8185 aed8 58e8 e6bd 3484 c1", "│1│0│0│0│0 0 0 1│1│0 0 0 0 1 0 1│"]);
    insta::assert_snapshot!("details", pictures);
}

#[test]
fn connections() {
    let pictures = pictures("samples/auth-origin-redirect.pcap", "2");
    has(&pictures, &["6 connections", "refused 401", "refused 403", "refused 302", "chat.v2", "10.77.0.1:59234"]);
    insta::assert_snapshot!("connections", pictures);
}

#[test]
fn talk() {
    let pictures = pictures(PLAIN, "G3");
    has(&pictures, &["rtt ", "latency?", "4001 app says bye"]);
    insta::assert_snapshot!("talk", pictures);
}

#[test]
fn ladder() {
    let pictures = pictures(PLAIN, "4");
    has(
        &pictures,
        &["GET /echo  Upgrade: websocket", "101 Switching Protocols  Accept ✓", "#1 TEXT 5  Hello", "┌ ─ #3 TEXT 4"],
    );
    insta::assert_snapshot!("ladder", pictures);
}

#[test]
fn notes() {
    // RFC 6455 section 7.4.1: 1005 must not be on the wire.
    let pictures = pictures("tests/data/captures/rfb-vnc.pcap", "5<Enter>j");
    has(&pictures, &["✖ ws.close.code", "RFC 6455 7.4", "#14", "1005"]);
    insta::assert_snapshot!("notes", pictures);
}

#[test]
fn handshake() {
    let pictures = pictures("samples/deflate-takeover.pcap", "6");
    has(&pictures, &["✓ answers the key", "permessage-deflate", "window of 2^15 bytes"]);
    insta::assert_snapshot!("handshake", pictures);
}

#[test]
fn help_and_menus() {
    let mut all = pictures(PLAIN, "?");
    all.push_str(&pictures(PLAIN, "y"));
    all.push_str(&pictures(PLAIN, "<^p>view"));
    insta::assert_snapshot!("boxes", all);
}

/// The colours of a picture's cells that show this text.
fn colours(screen: &Screen, wanted: &str) -> Vec<(Color, Color)> {
    let buffer = screen.buffer();
    let cells = buffer.content().iter().filter(|cell| cell.symbol() == wanted);
    cells.map(|cell| (cell.fg, cell.bg)).collect()
}

#[test]
fn colour_says_what_glyphs_say() {
    let theme = Theme::dark();
    let foreground = |style: ratatui::style::Style| style.fg.unwrap();
    for view in ["1", "3", "4"] {
        let mut screen = Screen::capture(PLAIN, 120, 40);
        screen.keys(view);
        let arrows = if view == "4" { ["▶", "◀"] } else { ["→", "←"] };
        for (arrow, style) in arrows.into_iter().zip([theme.client, theme.server]) {
            // The list's own mark of the selected row is no arrow.
            let colours = colours(&screen, arrow);
            let own = colours.iter().filter(|(fg, _)| *fg == foreground(style)).count();
            assert!(own > 3, "{view} {arrow}: {colours:?}");
            assert!(
                !colours
                    .iter()
                    .any(|(fg, _)| *fg == foreground(if arrow == arrows[0] { theme.server } else { theme.client }))
            );
        }
    }
    // Okabe and Ito's blue and orange, as near as the 256 colours come.
    assert_eq!((theme.client.fg, theme.server.fg), (Some(Color::Indexed(75)), Some(Color::Indexed(214))));

    // The selected row has a ground of its own, all along.
    let screen = Screen::capture(PLAIN, 120, 40);
    let buffer = screen.buffer();
    let selected = (0..120).filter(|x| Some(buffer[(*x, 2)].bg) == theme.selected.bg).count();
    assert_eq!((selected, buffer[(0, 3)].bg), (120, Color::Reset));

    // Findings: red cross, yellow triangle.
    let mut screen = Screen::capture("tests/data/captures/rfb-vnc.pcap", 120, 40);
    assert!(colours(screen.keys("G"), "✖").iter().any(|(fg, _)| *fg == foreground(theme.error)));
    let screen = Screen::capture("tests/data/captures/tcp-lost-segments.pcap.lz4", 120, 40);
    assert!(colours(&screen, "▲").iter().any(|(fg, _)| *fg == foreground(theme.warning)));
}
