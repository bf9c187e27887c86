//! Keys in, pictures out: what stands on the screen, and that the panes agree.

mod keys;
mod sizes;
mod snapshots;
mod truth;

use std::path::Path;
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

    /// A bundled sample or a capture of the tests, read to its end.
    fn capture(file: &str, width: u16, height: u16) -> Screen {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let size = (width, height);
        let mut screen =
            Screen { state: super::load(&path, super::Options::default(), size).unwrap(), size, effects: Vec::new() };
        screen.rest();
        screen
    }

    /// Waits for what is looked up a piece at a time.
    fn rest(&mut self) {
        self.state.settle(self.size);
        while self.state.busy {
            self.state.settle(self.size);
        }
    }

    /// The same at another size.
    fn at(&mut self, width: u16, height: u16) -> &mut Screen {
        self.size = (width, height);
        self.rest();
        self
    }

    /// Presses one key of the table.
    fn key(&mut self, key: &str) -> &mut Screen {
        for chord in super::keys::Chord::parse(key).unwrap() {
            let effects = self.state.press(chord, self.size);
            self.effects.extend(effects);
        }
        self
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
    assert_eq!(after("G10k"), 1);
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
    let mut screen = Screen::session(120, 100);
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

#[test]
fn a_digit_is_a_view_unless_a_number_comes_of_it() {
    use super::state::View;
    let mut screen = Screen::session(120, 40);
    for (digit, view) in ["1", "2", "3", "4", "5", "6"].into_iter().zip(View::ALL) {
        assert_eq!(screen.keys(digit).state.view, view);
        screen.keys("<Esc>");
    }
    screen.keys("4");
    screen.event(Event::Pause);
    screen.keys("5gg");
    // Going to a frame shows the frames.
    assert_eq!((screen.state.view, screen.selected()), (View::Frames, 5));
}

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
        "→ PING 8 B  answered by #9  rtt 1.00 ms",
        "← PONG 8 B  answers #8  rtt 1.00 ms",
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
    assert_eq!(screen.keys("<Enter>").state.view, super::state::View::Frames);
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
    assert_eq!((screen.state.view, screen.selected()), (super::state::View::Frames, 11));
}

#[test]
fn notes_about_a_handshake_lead_to_it() {
    let mut screen = Screen::capture("samples/auth-origin-redirect.pcap", 120, 40);
    screen.keys("5<Enter>jj<Enter>");
    assert_eq!(screen.state.view, super::state::View::Handshake);
    assert!(screen.shows("403 Forbidden") && screen.shows("Connection 2"), "{}", screen.lines().join("\n"));
    // A gap leads to the frame that was under way (packet 98, as tshark has it).
    let mut screen = Screen::capture("tests/data/captures/tcp-lost-segments.pcap.lz4", 120, 40);
    screen.keys("5<Enter>jj");
    assert!(screen.shows("packet 98"), "{}", screen.lines().join("\n"));
    screen.keys("<Enter>");
    let row = screen.state.detail.as_ref().unwrap().row;
    assert!(row.missing() > 0 && row.first.packet <= 98 && row.last.packet >= 98, "{row:?}");
}

#[test]
fn payloads_fields_and_bytes_are_searched() {
    let mut screen = Screen::session(120, 40);
    assert_eq!(screen.keys("/hello<Enter>").selected(), 2);
    assert_eq!(screen.keys("n").selected(), 1);
    assert!(screen.shows("went on from the other end"));
    // A text that lies across fragments is found where its message ends.
    assert_eq!(screen.keys("/fragmented<Enter>").selected(), 6);
    assert_eq!(screen.keys("n").selected(), 7);
    assert_eq!(screen.keys("N").selected(), 6);
    assert_eq!(screen.keys("/f.{3,}d text<Tab><Enter>").selected(), 7);
    assert_eq!(screen.keys("gg/ff<Space>ff<Tab><Enter>").selected(), 10);
    screen.keys("/zz<Tab>");
    assert!(screen.shows("find regex zz") || screen.shows("find text zz"), "{}", screen.lines().join("\n"));
    screen.keys("<Esc>");
    let mut screen = Screen::session(120, 40);
    screen.keys("<Enter>/unpredict<Enter>/xored<Enter>");
    assert_eq!(screen.state.field().unwrap().id, "ws.key");
    screen.keys("<Tab><Tab>/<Tab><Tab>58e8<Enter>");
    assert_eq!(screen.state.bytes.cursor, 4);
}

#[test]
fn frames_with_the_same_value_are_found() {
    let mut screen = Screen::session(120, 40);
    screen.keys("<Enter>jjj");
    assert_eq!(screen.state.field().unwrap().id, "ws.opcode");
    assert_eq!(screen.keys("*").selected(), 2);
    assert_eq!(screen.keys("**").selected(), 7);
    assert_eq!(screen.keys("#").selected(), 3);
}

#[test]
fn marks_and_the_time_reference() {
    let mut screen = Screen::session(120, 40);
    screen.keys("5ggma8ggmb'a");
    assert_eq!(screen.selected(), 5);
    assert_eq!(screen.keys("'b").selected(), 8);
    assert!(screen.lines()[6].starts_with("a"), "{}", screen.lines()[6]);
    screen.keys("'z");
    assert!(screen.shows("no mark z; there are a b"));
    screen.keys("T");
    assert!(screen.shows("-0.007 000") && screen.shows(" 0.003 000"), "{}", screen.lines().join("\n"));
    let session = screen.state.session();
    let mut again = Screen::session(120, 40);
    again.state.resume(super::session::Session::read(&session.write()));
    again.event(Event::Grown);
    assert_eq!(again.selected(), 8);
    assert_eq!(again.keys("'a").selected(), 5);
}

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

#[test]
fn the_selected_field_is_what_is_copied_from_fields_and_bytes() {
    let mut screen = Screen::session(120, 40);
    screen.keys("<Enter>jjjjjjyp");
    assert_eq!(screen.state.field().unwrap().id, "ws.key");
    assert_eq!(screen.effects, [Effect::Send(super::copy::osc52(&[0xae, 0xd8, 0x58, 0xe8]).unwrap())]);
}

#[test]
fn commands_and_the_palette_do_what_keys_do() {
    let mut screen = Screen::session(120, 40);
    assert_eq!(screen.keys(":7<Enter>").selected(), 7);
    assert_eq!(screen.keys(":message 3<Enter>").selected(), 6);
    screen.keys(":theme l<Tab><Enter>");
    assert_eq!(screen.state.theme.name, "light");
    screen.keys(":frobnicate<Enter>");
    assert!(screen.shows("no command `frobnicate`"));
    screen.keys("<^p>zoom<Enter>");
    assert!(screen.state.zoomed);
    screen.keys("<^p>frame<Enter>");
    assert!(screen.state.overlay.is_some());
    screen.keys("2<Enter>");
    assert_eq!(screen.selected(), 2);
}

#[test]
fn pasted_text_presses_no_keys() {
    let mut screen = Screen::session(120, 40);
    screen.event(Event::Paste("jjq".to_owned()));
    assert_eq!((screen.selected(), screen.effects.len()), (1, 0));
    screen.keys("/");
    screen.event(Event::Paste("lat\nency".to_owned()));
    assert_eq!(screen.keys("<Enter>").selected(), 8);
}

#[test]
fn the_payload_is_shown_as_text() {
    let mut sample = Sample::default();
    let id = sample.connect();
    sample.send(id, Direction::Server, true, Opcode::Text, br#"{"symbol":"ACME","price":[1,2]}"#);
    sample.flush();
    let mut screen = Screen::of(&sample, 120, 40);
    screen.keys("[");
    assert!(screen.state.bytes.text);
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
fn freezing_holds_back_what_arrives() {
    let mut sample = Sample::session();
    let mut screen = Screen::of(&sample, 80, 24);
    screen.keys("f");
    sample.send(crate::base::ConnectionId(0), Direction::Client, true, Opcode::Text, b"late");
    sample.flush();
    assert_eq!(screen.keys("G").selected(), 11);
    assert_eq!(screen.keys("fG").selected(), 12);
}

#[test]
fn a_click_selects_what_it_hits() {
    use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    let mut screen = Screen::session(120, 40);
    assert!(matches!(screen.keys("%").effects.as_slice(), [Effect::Mouse(true)]));
    let mut click = |column: u16, row: u16| {
        let kind = MouseEventKind::Down(MouseButton::Left);
        screen.event(Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
        (screen.selected(), screen.state.pane, screen.state.field().unwrap().id)
    };
    assert_eq!(click(30, 4).0, 3);
    // The MASK bit: left of the diagram is column 55, MASK is bit 8.
    let area_row = 17 + 3;
    assert_eq!(click(55 + 8 * 2 + 1, area_row).2, "ws.mask");
    assert_eq!(click(10, 21).2, "ws.mask");
    // Outside of everything nothing happens.
    assert_eq!(click(119, 39).0, 3);
}

#[test]
fn no_colour_means_no_colour() {
    use ratatui::style::Color;
    let mut screen = Screen::session(120, 40);
    screen.state.theme = Theme::plain();
    for keys in ["1", "2", "3", "4", "5", "6", "1?", "<Esc>y", "<Esc>"] {
        let buffer = screen.keys(keys).buffer();
        assert!(buffer.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset), "{keys}");
    }
}

#[test]
fn direction_has_a_colour_and_a_glyph() {
    let screen = Screen::session(120, 40);
    let buffer = screen.buffer();
    let theme = Theme::dark();
    for (row, arrow, style) in [(2u16, "→", theme.client), (3, "←", theme.server)] {
        let cell = (0..buffer.area.width).map(|x| &buffer[(x, row)]).find(|cell| cell.symbol() == arrow).unwrap();
        assert_eq!(Some(cell.fg), style.fg);
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
    screen.keys("/GET<Enter>l/IPv4<Enter>l/Ethernet<Enter>l");
    for field in ["Sec-WebSocket-Key ", "time to live", "Host 10.77.0.2:9100"] {
        assert!(screen.shows(field), "{field}\n{}", screen.lines().join("\n"));
    }
    // The inflated text is selected in its bytes.
    screen.keys("\\/inflated<Enter>n]]");
    assert_eq!(screen.state.bytes.source, crate::base::Source::Inflated);
    assert!(screen.state.scene.bytes.iter().all(|byte| byte.field));
    let text: Vec<u8> = screen.state.scene.bytes.iter().filter_map(|byte| byte.value).collect();
    assert_eq!(text, b"Hello");
    // So are they for the payload that they were inflated from, and not for a field of the header.
    screen.keys("<Esc><Tab>/payload 7 B<Enter>");
    assert_eq!(screen.state.field().unwrap().id, "ws.payload");
    assert!(screen.state.scene.bytes.iter().all(|byte| byte.field));
    screen.keys("kk");
    assert!(!screen.state.scene.bytes.iter().any(|byte| byte.field));
}

#[test]
fn long_payloads_are_wrapped_a_piece_at_a_time() {
    let mut sample = Sample::default();
    let id = sample.connect();
    let long = format!("[{}]", vec![r#"{"seq":1,"name":"déjà vu"}"#; 60_000].join(","));
    sample.send(id, Direction::Server, true, Opcode::Text, long.as_bytes());
    sample.flush();
    let mut screen = Screen::of(&sample, 120, 40);
    screen.state.bytes.text = true;
    screen.state.settle(screen.size);
    assert!(screen.state.busy && screen.state.scene.text.lines.len() < 100_000, "the first picture waits for no more");
    screen.rest();
    // Four lines an object, and the brackets.
    assert_eq!(screen.state.scene.text.lines.len(), 60_000 * 4 + 2);
    let before = screen.state.scene.text.lines.as_ptr();
    screen.keys("<Tab><Tab><Tab>G");
    assert_eq!(screen.state.scene.text.lines.as_ptr(), before, "they are made once");
    assert!(screen.shows("line 240 002 of 240 002"), "{}", screen.lines().join("\n"));
}
