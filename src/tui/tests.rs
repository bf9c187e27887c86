//! Keys in, pictures out: what stands on the screen, and that the panes agree.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::theme::Theme;
use super::{Effect, Event, State, view};
use crate::base::{Code, Direction};
use crate::trace::sample::Sample;
use crate::websocket::Opcode;

/// The sizes every view is drawn at.
const SIZES: [(u16, u16); 7] = [(80, 24), (120, 40), (200, 60), (40, 12), (1, 1), (0, 0), (300, 6)];

struct Screen {
    state: State,
    size: (u16, u16),
    effects: Vec<Effect>,
}

impl Screen {
    fn of(sample: &Sample, width: u16, height: u16) -> Screen {
        let mut state = State::new(
            sample.shared(),
            Arc::new(sample.store.clone()),
            "messages-plain.pcap".to_owned(),
            Theme::dark(),
        );
        state.settle((width, height));
        Screen { state, size: (width, height), effects: Vec::new() }
    }

    fn session(width: u16, height: u16) -> Screen {
        Screen::of(&Sample::session(), width, height)
    }

    /// Presses keys: letters, and names in angle brackets: `jj<Enter><^d>`.
    fn keys(&mut self, script: &str) -> &mut Screen {
        for chord in super::keys::script(script) {
            let effects = self.state.press(chord, self.size);
            self.effects.extend(effects);
        }
        self
    }

    fn event(&mut self, event: Event) {
        let effects = self.state.update(event);
        self.effects.extend(effects);
        self.state.settle(self.size);
    }

    fn buffer(&self) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
        view::draw(&self.state, &mut buffer);
        buffer
    }

    fn lines(&self) -> Vec<String> {
        let buffer = self.buffer();
        let line = |y| {
            let mut text = String::new();
            let mut x = 0;
            while x < buffer.area.width {
                let symbol = buffer[(x, y)].symbol();
                text.push_str(symbol);
                x += super::text::width(symbol).max(1) as u16;
            }
            text.trim_end().to_owned()
        };
        (0..buffer.area.height).map(line).collect()
    }

    fn shows(&self, text: &str) -> bool {
        self.lines().iter().any(|line| line.contains(text))
    }

    /// Everything drawn inverse, line by line.
    fn inverse(&self) -> Vec<String> {
        let buffer = self.buffer();
        let line = |y| {
            let cells = (0..buffer.area.width).map(|x| &buffer[(x, y)]);
            cells
                .filter(|cell| cell.modifier.contains(Modifier::REVERSED))
                .map(|cell| cell.symbol())
                .collect::<String>()
        };
        (0..buffer.area.height).map(line).filter(|text| !text.trim().is_empty()).map(|t| t.trim().to_owned()).collect()
    }

    fn selected(&self) -> u64 {
        self.state.list.selected
    }
}

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
    assert_eq!(words(11), "▲ 11 0.010 000 +1.00 ms → CLOSE F··· M 14 4001 app says bye ws.close.unanswered");
}

#[test]
fn the_same_field_is_inverse_in_tree_diagram_and_bytes() {
    let mut screen = Screen::session(120, 40);
    // Into the fields of frame 1, down to MASK: frame, FIN, RSV, opcode, MASK.
    screen.keys("<Enter>jjjj");
    assert_eq!(screen.state.field().unwrap().id, "ws.mask");
    let inverse = screen.inverse();
    assert!(inverse.iter().any(|line| line.starts_with("MASK 1  a client must mask")), "{inverse:?}");
    // The diagram: the bit and its name downwards; the bytes: byte 1, and its dot in the text.
    let ends: String = inverse.iter().filter_map(|line| line.chars().last()).collect();
    assert_eq!(ends, "1MASK·", "{inverse:?}");
    assert_eq!(inverse.last().unwrap(), "85·");
    screen.keys("jj");
    assert_eq!(screen.state.field().unwrap().id, "ws.key");
    let inverse = screen.inverse();
    assert!(inverse.iter().any(|line| line == "aed8 58e8··X·"), "{inverse:?}");
    assert!(inverse.iter().any(|line| line == "ae d8") && inverse.iter().any(|line| line == "58 e8"), "{inverse:?}");
    assert!(inverse.iter().any(|line| line.contains("1 0 1 0 1 1 1 0 1 1 0 1 1 0 0 0")), "{inverse:?}");
}

#[test]
fn moving_in_the_bytes_selects_the_field() {
    let mut screen = Screen::session(120, 40);
    screen.keys("<Tab><Tab><Tab>");
    assert_eq!(screen.state.pane, super::state::Pane::Bytes);
    let ids = |screen: &Screen| screen.state.field().unwrap().id;
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
    assert_eq!((screen.state.bytes.source, screen.state.bytes.cursor), (crate::base::Source::Unmasked, 1));
}

#[test]
fn stepping_through_frames_keeps_the_field() {
    let mut screen = Screen::session(120, 40);
    screen.keys("<Enter>jjjjjj");
    assert_eq!(screen.state.field().unwrap().id, "ws.key");
    screen.keys("<Esc>jj");
    assert_eq!((screen.selected(), screen.state.field().unwrap().id), (3, "ws.key"));
}

#[test]
fn keys_move_as_in_vi() {
    let mut screen = Screen::session(80, 24);
    let mut after = |keys: &str| screen.keys(keys).selected();
    assert_eq!(after("j"), 2);
    assert_eq!(after("<Down>k<Up>k"), 1);
    assert_eq!(after("G"), 11);
    assert_eq!(after("gg"), 1);
    assert_eq!(after("5gg"), 5);
    assert_eq!(after("3j"), 8);
    assert_eq!(after("999G"), 11);
    assert_eq!(after("<Home><^d>"), 4);
    assert_eq!(after("<^u>"), 1);
    assert_eq!(after("!"), 11);
    assert_eq!(after("{"), 10);
    assert_eq!(after("}"), 11);
    assert_eq!(after("}"), 11);
    assert!(screen.shows("last frame of this connection"));
}

#[test]
fn a_row_can_be_a_whole_message() {
    let mut screen = Screen::session(120, 40);
    screen.keys("4jM");
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
fn what_arrives_moves_nothing_unless_following() {
    let mut sample = Sample::default();
    let id = sample.connect();
    for _ in 0..100 {
        sample.send(id, Direction::Client, true, Opcode::Text, b"x");
    }
    sample.flush();
    let mut screen = Screen::of(&sample, 80, 24);
    screen.keys("50gg<Enter>jjj");
    let before = (screen.selected(), screen.state.list.top, screen.state.fields.selected);
    for _ in 0..1000 {
        sample.send(id, Direction::Server, true, Opcode::Text, b"y");
    }
    sample.note(id, 50, Code::MaskZero);
    sample.flush();
    screen.event(Event::Grown);
    assert_eq!(before, (screen.selected(), screen.state.list.top, screen.state.fields.selected));
    screen.keys("F");
    assert_eq!(screen.selected(), 1100);
    sample.send(id, Direction::Server, true, Opcode::Text, b"z");
    sample.flush();
    screen.event(Event::Grown);
    assert_eq!(screen.selected(), 1101);
}

#[test]
fn hostile_payloads_reach_no_cell_raw() {
    let mut sample = Sample::default();
    let id = sample.connect();
    sample.send(id, Direction::Client, true, Opcode::Text, "\x1b[31mred\u{202e}\u{200b}\n\u{9b}2J\u{e0041}".as_bytes());
    sample.send(id, Direction::Client, true, Opcode::Close, b"\x03\xe8\x1b]0;x\x07");
    sample.flush();
    for keys in ["", "j", "<Enter>", "j<Enter>"] {
        let mut screen = Screen::of(&sample, 120, 40);
        screen.keys(keys);
        let text = screen.lines().join("");
        assert!(!text.chars().any(|c| c.is_control() || "\u{202e}\u{200b}\u{e0041}".contains(c)), "{text:?}");
        assert!(text.contains('␛'));
    }
}

#[test]
fn every_size_is_drawn_with_every_key() {
    let keys: Vec<&str> = super::keys::BINDINGS.iter().flat_map(|binding| binding.keys).copied().collect();
    for (width, height) in SIZES {
        for sample in [Sample::session(), Sample::default()] {
            let mut screen = Screen::of(&sample, width, height);
            for first in &keys {
                for second in ["", "<Tab>", "j", "<PgDn>", "?"] {
                    screen.keys(&format!("<{first}>{second}"));
                    screen.buffer();
                }
            }
        }
    }
}

#[test]
fn help_footer_and_dispatch_come_from_one_table() {
    let mut screen = Screen::session(120, 60);
    screen.keys("?");
    let lines = screen.lines();
    for binding in super::keys::BINDINGS {
        let (keys, help) = (binding.keys.join(" "), binding.help);
        let shown = |line: &String| line.contains(&format!(" {keys} ")) && line.contains(&format!(" {help}"));
        assert!(lines.iter().any(shown), "{keys} {help}");
    }
    screen.keys("q");
    assert!(screen.effects.is_empty() && screen.state.overlay.is_none());
    screen.keys("q");
    assert_eq!(screen.effects, [Effect::Quit]);
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
