//! Every key that help names does what help says.

use super::copying::written;
use super::*;
use crate::tui::config::setting::Setting;
use crate::tui::keys::{Action, BINDINGS, TYPING};
use crate::tui::page_name::PageName;
use crate::tui::pages::places;
use crate::tui::pane::Pane;
use crate::tui::rows::Kind;
use crate::tui::state::Overlay;
use crate::tui::time_format::TimeFormat;

/// Two connections, their frames in turn, and a finding in the last but one.
fn two() -> Screen {
    let mut sample = Sample::default();
    let ids = [sample.connect(), sample.connect()];
    for i in 0..60u8 {
        let opcode = if i % 6 == 5 { Opcode::Ping } else { Opcode::Text };
        sample.send(ids[usize::from(i % 2)], Direction::Client, true, opcode, format!("tick {i}").as_bytes());
    }
    sample.note(ids[0], 59, Code::MaskZero);
    sample.flush();
    Screen::of(&sample, 120, 40)
}

fn field(screen: &Screen) -> &'static str {
    screen.inspector.state.field().unwrap().field.name()
}

#[test]
fn every_binding_does_what_it_says() {
    for binding in BINDINGS {
        for key in binding.keys {
            eprintln!("{key}: {}", binding.help);
            does(binding.action, key);
        }
    }
}

fn does(action: Action, key: &str) {
    let mut screen = two();
    let page = u64::from(screen.inspector.state.scene.areas.page.unwrap().height) - 1;
    match action {
        Action::Down => assert_eq!(screen.key(key).selected(), 2),
        Action::Up => assert_eq!(screen.keys("jj").key(key).selected(), 2),
        Action::Left => {
            screen.keys("<Tab>").key(key);
            assert!(
                screen.inspector.state.fields.folded.contains(&crate::fields::FrameField::Whole.into())
                    && !screen.shows("MASK 1")
            );
            assert_eq!(screen.keys("<Tab><Tab>ll").key(key).inspector.state.bytes.cursor, 1);
        }
        Action::Right => {
            screen.keys("<Tab>h").key(key);
            assert!(
                !screen.inspector.state.fields.folded.contains(&crate::fields::FrameField::Whole.into())
                    && screen.shows("MASK 1")
            );
            assert_eq!(screen.keys("<Tab><Tab>gg").key(key).inspector.state.bytes.cursor, 1);
        }
        Action::HalfDown => assert_eq!(screen.key(key).selected(), 1 + page / 2),
        Action::HalfUp => assert_eq!(screen.keys("G").key(key).selected(), 60 - page / 2),
        Action::PageDown => assert_eq!(screen.key(key).selected(), 1 + page),
        Action::PageUp => assert_eq!(screen.keys("G").key(key).selected(), 60 - page),
        Action::Top => {
            assert_eq!(screen.keys("G").key(key).selected(), 1);
            assert_eq!(screen.keys("12").key(key).selected(), 12);
            // A single digit is a view, and what follows is in it: the first frame of the connection of frame 12 is 2.
            assert_eq!((screen.keys("4").key(key).selected(), screen.inspector.state.page), (2, PageName("ladder")));
        }
        Action::Bottom => {
            assert_eq!(screen.key(key).selected(), 60);
            assert_eq!(screen.keys("12").key(key).selected(), 12);
            // A single digit is a view.
            assert_eq!((screen.keys("4").key(key).selected(), screen.inspector.state.page), (60, PageName("ladder")));
        }
        Action::NextPane => {
            for pane in [Pane::Fields, Pane::Bits, Pane::Bytes, Pane::Page] {
                assert_eq!(screen.key(key).inspector.state.pane, pane);
            }
        }
        Action::PreviousPane => {
            for pane in [Pane::Bytes, Pane::Bits, Pane::Fields, Pane::Page] {
                assert_eq!(screen.key(key).inspector.state.pane, pane);
            }
        }
        Action::Open => assert_eq!(screen.key(key).inspector.state.pane, Pane::Fields),
        Action::Back => {
            assert_eq!(screen.keys("<Tab>").key(key).inspector.state.pane, Pane::Page);
            assert_eq!(screen.keys("4").key(key).inspector.state.page, PageName::FRAMES);
            assert!(!screen.keys("\\").key(key).inspector.state.zoomed);
            assert_eq!(screen.keys("c").key(key).inspector.state.list.rows.only, None);
        }
        Action::Zoom => {
            assert!(screen.key(key).inspector.state.scene.areas.fields.is_none());
            assert!(screen.key(key).inspector.state.scene.areas.fields.is_some());
        }
        Action::Grow | Action::Shrink => {
            let more = i32::from(action == Action::Grow) * 2 - 1;
            let height = |screen: &Screen| i32::from(screen.inspector.state.scene.areas.page.unwrap().height);
            let width = |screen: &Screen| i32::from(screen.inspector.state.scene.areas.fields.unwrap().width);
            let before = height(&screen);
            assert_eq!(height(screen.key(key)), before + more);
            // In the fields, and on the other side of their edge.
            let before = width(&screen);
            assert_eq!(width(screen.keys("<Tab>").key(key)), before + 2 * more);
            assert_eq!(width(screen.keys("<Tab>").key(key)), before);
        }
        Action::NextSource => {
            use crate::base::Source;
            assert_eq!(screen.key(key).inspector.state.bytes.source, Source::Unmasked);
            assert_eq!(screen.key(key).inspector.state.bytes.source, Source::Packet);
            assert!(screen.key(key).inspector.state.bytes.text && screen.shows("tick 0"));
        }
        Action::PreviousSource => assert!(screen.key(key).inspector.state.bytes.text),
        Action::Unmasking => {
            let mut screen = two();
            assert!(screen.key(key).inspector.state.shows_steps() && screen.inspector.state.pane == Pane::Bytes);
            assert_eq!(screen.keys("ll").inspector.state.bytes.cursor, 2);
            assert!(!screen.key(key).inspector.state.shows_steps());
        }
        // The frames of these connections lie in one packet each.
        Action::NextPacket | Action::PreviousPacket => {
            assert_eq!(screen.key(key).inspector.state.bytes.source, crate::base::Source::Packet);
            let which = if action == Action::NextPacket { "last" } else { "first" };
            assert!(screen.key(key).shows(&format!("this is the {which} packet of frame 1")));
        }
        Action::NextInConnection => assert_eq!(screen.key(key).selected(), 3),
        Action::PreviousInConnection => assert_eq!(screen.keys("10gg").key(key).selected(), 8),
        Action::NextFinding => assert_eq!(screen.key(key).selected(), 59),
        Action::Filter => {
            screen.key(key);
            assert!(screen.shows("filter"));
            screen.keys("websocket.opcode == 9<Enter>");
            // Every sixth of sixty frames is a ping.
            assert_eq!((screen.inspector.state.scene.rows, screen.selected()), (10, 6));
        }
        Action::Like | Action::NotLike => {
            screen.keys(":6<Enter>").key(key);
            let rows = if action == Action::Like { 10 } else { 50 };
            assert_eq!(screen.inspector.state.scene.rows, rows, "the opcode of a ping, of sixty frames every sixth");
        }
        Action::Heartbeats => {
            assert!(screen.key(key).shows("50 of 60 shown"));
            assert!(screen.key(key).shows("1/60"));
        }
        Action::Find => {
            screen.key(key);
            assert!(screen.shows("find text"));
            assert_eq!(screen.keys("tick 41<Enter>").selected(), 42);
        }
        Action::FindNext => assert_eq!(screen.keys("<^f>tick 4<Enter>").key(key).selected(), 41),
        Action::FindPrevious => assert_eq!(screen.keys("<^f>tick 4<Enter>n").key(key).selected(), 5),
        Action::NextSame | Action::PreviousSame => {
            screen.keys(":6<Enter><Tab><^f>opcode<Enter>");
            assert_eq!(field(&screen), "ws.opcode");
            let frame = if action == Action::NextSame { 12 } else { 60 };
            assert_eq!(screen.key(key).selected(), frame, "the pings are every sixth");
        }
        Action::Columns => assert!(screen.key(key).shows("─ columns ─")),
        Action::Mark => {
            screen.key(key).keys("x");
            assert!(screen.shows("mark x is frame 1") && screen.lines()[2].starts_with('x'));
            screen.key(key).keys("x");
            assert!(screen.shows("mark x taken away") && !screen.lines()[2].starts_with('x'));
        }
        Action::GoToMark => assert_eq!(screen.keys(":9<Enter>mx30gg").key(key).keys("x").selected(), 9),
        Action::Messages => {
            assert_eq!(screen.key(key).inspector.state.list.rows.kind, Kind::Messages);
            assert_eq!(screen.inspector.state.scene.rows, 50, "pings are no messages");
            assert_eq!(screen.key(key).inspector.state.scene.rows, 60);
        }
        Action::Only => {
            assert_eq!(screen.key(key).inspector.state.scene.rows, 30);
            assert_eq!(screen.key(key).inspector.state.scene.rows, 60);
        }
        Action::TimeFormat => {
            for format in [TimeFormat::Delta, TimeFormat::OfDay, TimeFormat::Epoch, TimeFormat::Relative] {
                assert_eq!(screen.key(key).inspector.state.time, format);
            }
        }
        Action::TimeReference => {
            screen.keys(":3<Enter>").key(key);
            assert!(screen.lines()[2].contains("-0.002 000") && screen.lines()[4].contains(" 0.000 000"));
            assert_eq!(screen.key(key).inspector.state.reference, None);
        }
        Action::Follow => {
            assert_eq!(screen.key(key).selected(), 60);
            assert!(screen.inspector.state.follow && !screen.keys("k").inspector.state.follow);
        }
        Action::Freeze => {
            assert_eq!(screen.key(key).inspector.state.list.rows.frozen, Some(60));
            assert_eq!(screen.key(key).inspector.state.list.rows.frozen, None);
        }
        Action::Copy => assert!(screen.key(key).shows("─ copy ─")),
        Action::Export => assert!(screen.key(key).shows("─ write to a file ─")),
        Action::Command => {
            screen.key(key).keys("th");
            assert!(screen.shows("theme light"), "completions are shown");
        }
        Action::Palette => assert!(screen.key(key).shows("─ commands ─")),
        Action::Mouse => {
            assert_eq!(screen.key(key).effects, [Effect::Mouse(true)]);
            assert_eq!(screen.key(key).effects.last(), Some(&Effect::Mouse(false)));
        }
        Action::Help => assert!(screen.key(key).shows("─ help ─")),
        Action::Redraw => assert_eq!(screen.key(key).effects, [Effect::Redraw]),
        Action::Suspend => assert_eq!(screen.key(key).effects, [Effect::Suspend]),
        Action::Quit => assert_eq!(screen.key(key).effects, [Effect::Quit]),
    }
}

/// The state in a place, with something to do there.
fn place(place: &str) -> Screen {
    let mut screen = match place {
        "Among the notes" | "In the conversation" | "On the ladder" => Screen::session(120, 40),
        "In the handshake" => Screen::session(120, 10),
        _ => two(),
    };
    screen.keys(match place {
        "In the list" => "",
        "In the fields" => "<Tab>",
        "In the bit diagram" => "<Tab><Tab>",
        "In the bytes" => "<Tab><Tab><Tab>gg",
        "In the text" => "<Tab><Tab><Tab>[",
        "Among the connections" => "2",
        "In the conversation" => "3",
        "On the ladder" => "4",
        "Among the notes" => "5",
        "In the handshake" => "6",
        other => panic!("no test of {other}"),
    });
    screen.event(Event::Pause);
    assert_eq!(crate::tui::pages::place(&screen.inspector.state).title, place);
    screen
}

#[test]
fn every_key_does_in_its_titlewhat_it_says() {
    for (title, here) in places().flat_map(|place| place.keys.iter().map(move |here| (place.title, here))) {
        for key in crate::tui::keys::Keys::default().of(here.action) {
            eprintln!("{title}, {key}: {}", here.help);
            let mut screen = place(title);
            assert!(screen.keys("?").shows(here.help), "help says so where it is asked");
            screen.keys("<Esc>");
            does_here(title, here.action, &mut screen, &key);
        }
    }
}

fn does_here(place: &str, action: Action, screen: &mut Screen, key: &str) {
    match (place, action) {
        ("In the list", _) => assert_eq!(screen.key(key).inspector.state.pane, Pane::Fields),
        ("In the fields", Action::Open) => {
            assert!(screen.key(key).inspector.state.fields.folded.contains(&crate::fields::FrameField::Whole.into()));
            assert!(!screen.key(key).inspector.state.fields.folded.contains(&crate::fields::FrameField::Whole.into()));
        }
        ("In the fields", Action::Left) => {
            screen.keys("j").key(key);
            assert_eq!(field(screen), "ws");
            assert!(screen.key(key).inspector.state.fields.folded.contains(&crate::fields::FrameField::Whole.into()));
            assert_eq!(screen.key(key).inspector.state.pane, Pane::Page);
        }
        ("In the fields", Action::Right) => {
            assert!(
                !screen
                    .keys("h")
                    .key(key)
                    .inspector
                    .state
                    .fields
                    .folded
                    .contains(&crate::fields::FrameField::Whole.into())
            );
        }
        ("In the fields", Action::Copy) => {
            screen.keys("<^f>masking<Enter>").key(key).keys("h");
            let sent = crate::tui::copy::osc52(b"aed858e8").unwrap();
            assert_eq!(screen.effects.last(), Some(&Effect::Send(sent)));
        }
        ("In the bytes" | "In the text", Action::Copy) => {
            // The cursor is on a byte of the key; the text has none.
            screen.keys("llll").key(key).keys("h");
            let wanted = if place == "In the text" { b"7469636b2030".as_slice() } else { b"aed858e8" };
            assert_eq!(screen.effects.last(), Some(&Effect::Send(crate::tui::copy::osc52(wanted).unwrap())));
        }
        ("In the bit diagram", Action::Open) => assert_eq!(screen.key(key).inspector.state.pane, Pane::Fields),
        ("In the bit diagram", Action::Right) => {
            let ids: Vec<&str> = (0..9).map(|_| field(screen.key(key))).collect();
            let header = ["ws.fin", "ws.rsv1", "ws.rsv2", "ws.rsv3", "ws.opcode", "ws.mask", "ws.length7", "ws.key"];
            assert_eq!((&ids[..8], ids[8]), (&header[..], "ws.payload"));
        }
        ("In the bit diagram", Action::Left) => assert_eq!(field(screen.keys("lll").key(key)), "ws.rsv1"),
        ("In the bytes", Action::NextSource) => {
            assert_eq!(screen.key(key).inspector.state.bytes.source, crate::base::Source::Unmasked);
        }
        ("In the bytes", Action::NextPacket) => {
            assert_eq!(screen.key(key).inspector.state.bytes.source, crate::base::Source::Packet);
        }
        ("In the bytes", Action::Right) => {
            screen.key(key).key(key);
            assert_eq!((screen.inspector.state.bytes.cursor, field(screen)), (2, "ws.key"));
        }
        ("In the bytes", Action::Left) => assert_eq!(screen.keys("lll").key(key).inspector.state.bytes.cursor, 2),
        ("In the bytes", Action::Top) => assert_eq!(screen.keys("lll").key(key).inspector.state.bytes.cursor, 0),
        ("In the bytes", Action::Bottom) => assert_eq!(screen.key(key).inspector.state.bytes.cursor, 11),
        ("In the bytes", Action::Find) => {
            assert_eq!(screen.key(key).keys("<Tab><Tab>58e8<Enter>").inspector.state.bytes.cursor, 4);
        }
        ("In the bytes", Action::Open) => {
            screen.keys("ll").key(key);
            assert_eq!((screen.inspector.state.pane, field(screen)), (Pane::Fields, "ws.key"));
        }
        ("In the text", Action::NextSource) => assert!(!screen.key(key).inspector.state.bytes.text),
        ("In the text", Action::Down | Action::Find) => {
            let mut sample = Sample::default();
            let id = sample.connect();
            sample.send(id, Direction::Server, true, Opcode::Text, b"one\ntwo\nthree\nfour");
            sample.flush();
            let mut screen = Screen::of(&sample, 120, 40);
            screen.keys("<Tab><Tab><Tab>[").key(key);
            if action == Action::Find {
                screen.keys("three<Enter>");
            }
            assert_eq!(screen.inspector.state.bytes.text_top, if action == Action::Find { 2 } else { 1 });
        }
        ("Among the connections", Action::Open) => assert_eq!(screen.key(key).inspector.state.scene.rows, 30),
        ("Among the connections" | "In the handshake", Action::Copy) => {
            screen.key(key).keys("p");
            assert!(screen.shows("handshake of connection 0"), "{}", screen.lines().join("\n"));
        }
        // The second of two connections, by its address: the sample gives them ports 46382 and up.
        ("Among the connections", Action::Find) => {
            assert_eq!(screen.key(key).keys("10.77<Enter>").inspector.state.connection.connection.0, 1);
            assert!(screen.shows(": 2 of 2"), "{}", screen.lines().join("\n"));
        }
        ("In the conversation", Action::Find) => {
            // Frames 6 and 7 end messages with this text; fragment 4, which holds a part of it, is no entry.
            assert_eq!(screen.key(key).keys("mented text<Enter>").selected(), 6);
            assert!(screen.shows("“mented text”: 1 of 2") && screen.inspector.state.page == PageName("talk"));
        }
        ("On the ladder", Action::Find) => {
            assert_eq!(screen.key(key).keys("mented text<Enter>").selected(), 4);
            assert!(screen.shows("“mented text”: 1 of 3") && screen.inspector.state.page == PageName("ladder"));
        }
        ("Among the notes", Action::Find) => {
            // In the place of a rule that is folded: frame 11, the close that nobody answers.
            assert_eq!(screen.key(key).keys("#11<Enter>").selected(), 11);
            assert!(screen.shows("“#11”: 1 of 1") && screen.inspector.state.page == PageName("notes"));
        }
        ("In the handshake", Action::Find) => {
            assert!(!screen.shows("Sec-WebSocket-Accept"));
            screen.key(key).keys("sec-websocket-accept<Enter>");
            assert!(screen.shows("Sec-WebSocket-Accept") && screen.shows("”: 1 of 1"), "{}", screen.lines().join("\n"));
        }
        ("Among the connections", Action::Down) => {
            assert_eq!(screen.key(key).inspector.state.connection.connection.0, 1)
        }
        ("In the conversation" | "On the ladder", Action::Open) => {
            screen.keys("j").key(key);
            assert_eq!((screen.inspector.state.page, screen.selected()), (PageName::FRAMES, 2));
        }
        ("In the conversation", Action::Down) => assert_eq!(screen.keys("j").key(key).selected(), 6),
        ("In the conversation", Action::Export) => {
            screen.key(key);
            let (file, bytes) = written(screen, "t");
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains("fragmented text: déjà vu ☃ 😀") && file.ends_with(".md"), "{text}");
        }
        ("On the ladder", Action::Down) => assert_eq!(screen.keys("j").key(key).selected(), 3),
        ("Among the notes", Action::Open) => {
            screen.key(key).keys("j").key(key);
            assert_eq!((screen.inspector.state.page, screen.selected()), (PageName::FRAMES, 11));
        }
        ("Among the notes", Action::Down) => {
            screen.keys("<Enter>").key(key);
            assert_eq!((screen.inspector.state.page, screen.selected()), (PageName("notes"), 11));
        }
        ("In the handshake", Action::Down) => {
            let second = screen.lines()[2].clone();
            assert_eq!(screen.key(key).lines()[1], second);
        }
        other => panic!("no test of {other:?}"),
    }
}

#[test]
fn every_key_does_while_typing_what_it_says() {
    let line = |screen: &Screen| match &screen.inspector.state.overlay {
        Some(Overlay::Filter(edit) | Overlay::Find(edit, _) | Overlay::Command(edit) | Overlay::Palette(edit, _)) => {
            edit.text().to_owned()
        }
        other => panic!("{other:?}"),
    };
    for typing in TYPING {
        for key in typing.keys {
            eprintln!("{} {key}: {}", typing.place, typing.help);
            let mut screen = two();
            match (typing.place, *key) {
                ("any line", "Left") => assert_eq!(line(screen.keys(":ab").key(key).keys("x")), "axb"),
                ("any line", "Right") => assert_eq!(line(screen.keys(":ab<Left><Left>").key(key).keys("x")), "axb"),
                ("any line", "Home") => assert_eq!(line(screen.keys(":ab").key(key).keys("x")), "xab"),
                ("any line", "End") => assert_eq!(line(screen.keys(":ab<Home>").key(key).keys("x")), "abx"),
                ("any line", "^w") => assert_eq!(line(screen.keys("<^f>one two").key(key)), "one "),
                ("any line", "^u") => assert_eq!(line(screen.keys("<^f>one two").key(key)), ""),
                ("any line", "Up") => assert_eq!(line(screen.keys("<^f>tick<Enter><^f>").key(key)), "tick"),
                ("any line", "Down") => {
                    assert_eq!(line(screen.keys("<^f>a<Enter><^f>b<Enter><^f><Up><Up>").key(key)), "b");
                }
                ("any line", "Enter") => assert_eq!(screen.keys(":7").key(key).selected(), 7),
                ("any line, box or menu", "Esc") => {
                    for open in ["/", ":", "^p", "y", "x", "?"] {
                        assert_eq!(screen.key(open).key(key).inspector.state.overlay, None);
                    }
                }
                ("find", "Tab") => {
                    for reading in ["find regex", "find hex", "find text"] {
                        screen.keys("<^f>").key(key);
                        assert!(screen.shows(reading), "{reading}");
                        screen.keys("x<Esc>");
                        screen.keys("<^f><Tab><Esc>");
                        let next = screen.inspector.state.find.reading;
                        screen.inspector.state.find.reading = next.next();
                    }
                }
                ("filter", "Tab") => assert_eq!(line(screen.keys("/websocket.opc").key(key)), "websocket.opcode"),
                ("filter", "^s") => {
                    screen.keys("/ws.length > 7").key(key).keys("long<Enter>");
                    let saved = Setting::Filter("long".to_owned(), "ws.length > 7".to_owned());
                    assert_eq!(screen.effects.last(), Some(&Effect::Save(saved)));
                }
                ("columns", key) => super::columns::does(&mut screen, key),
                ("command line", "Tab") => assert_eq!(line(screen.keys(":theme l").key(key)), "theme light"),
                ("palette" | "menu", "Up" | "^p" | "Down" | "^n") => {
                    let open = if typing.place == "menu" { "y" } else { "<^p>" };
                    let at = |screen: &Screen| match &screen.inspector.state.overlay {
                        Some(Overlay::Palette(_, line) | Overlay::Menu(_, line)) => *line,
                        other => panic!("{other:?}"),
                    };
                    let down = matches!(*key, "Down" | "^n");
                    screen.keys(open).keys("<Down><Down>").key(key);
                    assert_eq!(at(&screen), if down { 3 } else { 1 });
                }
                other => panic!("no test of {other:?}"),
            }
        }
    }
}

#[test]
fn every_item_of_a_menu_gives_what_it_says() {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    let copied = |keys: &str| {
        let mut screen = Screen::session(120, 40);
        screen.keys(keys);
        let Some(Effect::Send(sent)) = screen.effects.last() else { panic!("{keys} {:?}", screen.effects) };
        assert!(screen.shows("sent to the terminal's clipboard"), "it is sent; nobody knows whether it arrived");
        let text = String::from_utf8(sent.clone()).unwrap();
        let encoded = text.strip_prefix("\x1b]52;c;").and_then(|text| text.strip_suffix("\x1b\\")).unwrap();
        BASE64_STANDARD.decode(encoded).unwrap()
    };
    // RFC 6455 section 5.7's "Hello", with the key of this sample: ae d8 58 e8.
    assert_eq!(copied("yp"), b"Hello");
    assert_eq!(copied("yh"), b"48656c6c6f");
    assert_eq!(copied("yr"), [0x81, 0x85, 0xae, 0xd8, 0x58, 0xe8, 0xe6, 0xbd, 0x34, 0x84, 0xc1]);
    let c = String::from_utf8(copied("yc")).unwrap();
    assert!(c.contains("0x48, 0x65, 0x6c, 0x6c, 0x6f,") && c.contains("[5]"), "{c}");
    let json: serde_json::Value = serde_json::from_slice(&copied("yj")).unwrap();
    assert_eq!((json["masking_key"].as_str(), json["length"].as_u64()), (Some("aed858e8"), Some(5)));
    let markdown = String::from_utf8(copied("ym")).unwrap();
    assert!(markdown.contains("```text\nHello\n```"), "{markdown}");
    assert_eq!(copied("ya"), b"messages-plain.pcap#1");
    for (key, suffix) in [("p", "txt"), ("h", "hex"), ("r", "raw"), ("j", "json"), ("c", "c"), ("m", "md"), ("t", "md")]
    {
        let (file, bytes) = written(&mut Screen::session(120, 40), &format!("x{key}"));
        assert!(file.ends_with(&format!(".{suffix}")) && !bytes.is_empty(), "{file}");
    }
    let mut screen = Screen::session(120, 40);
    assert!(written(&mut screen, "xs").0.ends_with(".svg"));
    let Some(Effect::Write(write)) = screen.effects.last() else { panic!("{:?}", screen.effects) };
    assert_eq!(write.content, crate::tui::writing::Content::Screen);
}

#[test]
fn columns_are_as_wide_as_they_were_made() {
    let mut screen = two();
    assert!(screen.lines()[1].contains("conn") && screen.lines()[1].contains('Δ'));
    screen.keys(":width connection 0<Enter>:width delta 0<Enter>:width length 12<Enter>");
    assert!(!screen.lines()[1].contains("conn") && !screen.lines()[1].contains('Δ'));
    let place = |line: &str| line.find("len").map(|at| line[..at].chars().count());
    let wide = place(&screen.lines()[1]).unwrap();
    let mut again = two();
    again.inspector.state.resume(crate::tui::session::Session::read(&screen.inspector.state.session().write()));
    again.event(Event::Grown);
    assert_eq!(again.lines()[1], screen.lines()[1], "they are remembered");
    screen.keys(":width length auto<Enter>");
    assert!(place(&screen.lines()[1]).unwrap() < wide);
}
