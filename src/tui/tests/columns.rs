//! Columns and colours that somebody has chosen, filters that are saved, and what a filter does.

use ratatui::style::{Color, Modifier};

use super::*;
use crate::output::Spec;
use crate::tui::config::Config;
use crate::tui::config::setting::Setting;
use crate::tui::list_columns::ListColumn;
use crate::tui::state::Overlay;

/// The session under a configuration.
fn under(config: &str, width: u16, height: u16) -> Screen {
    configured(Screen::session(width, height), config)
}

fn configured(mut screen: Screen, config: &str) -> Screen {
    let config = Config::read(config);
    assert_eq!(config.complaints, Vec::<String>::new());
    super::super::start::configure(&mut screen.inspector.state, &super::super::Options::default(), &config);
    screen.rest();
    screen
}

fn columns(screen: &Screen) -> Vec<String> {
    screen.inspector.state.arrangement.now().iter().map(|column| column.line().0).collect()
}

fn filter(screen: &Screen) -> &str {
    &screen.inspector.state.filter.text
}

/// What a key of the box of columns does.
pub(super) fn does(screen: &mut Screen, key: &str) {
    let line = |screen: &Screen| match &screen.inspector.state.overlay {
        Some(Overlay::Columns(own)) => own.line,
        other => panic!("{other:?}"),
    };
    let usual = columns(screen);
    // The fifth is the opcode; frame 6 is a ping.
    screen.keys(":6<Enter>C<Down><Down><Down><Down>").key(key);
    match key {
        "Up" => assert_eq!(line(screen), 3),
        "Down" => assert_eq!(line(screen), 5),
        "=" => assert_eq!(filter(screen), "websocket.opcode == 9"),
        "-" => assert_eq!(filter(screen), "!(websocket.opcode == 9)"),
        "<" => assert_eq!(columns(screen)[3..5], ["op", "connection"]),
        ">" => assert_eq!(columns(screen)[4..6], ["flags", "op"]),
        "a" => {
            screen.keys("<Esc><Tab><^f>MASK<Enter>C").key(key);
            assert_eq!(columns(screen)[1], "MASK:websocket.mask");
        }
        "n" => {
            screen.keys("Bytes:len(websocket.payload)<Enter>");
            assert_eq!(columns(screen)[5], "Bytes:len(websocket.payload)");
            assert!(screen.shows("Bytes"));
        }
        "r" => {
            screen.keys("<^u>What<Enter>");
            assert_eq!(columns(screen)[4], "What:op");
        }
        "w" => {
            screen.keys("0<Enter>");
            assert!(screen.shows("a width is a number"));
            screen.keys("<Backspace>9<Enter>");
            assert_eq!(screen.inspector.state.arrangement.now()[4].width, Some(9));
        }
        "d" => assert_eq!(columns(screen)[4], "flags"),
        "u" => {
            screen.keys("dd").key(key);
            assert_eq!(columns(screen), usual);
        }
        "s" => {
            screen.keys("d").key(key);
            let left: Vec<_> = columns(screen).into_iter().map(|text| (text, None)).collect();
            assert_eq!(screen.effects.last(), Some(&Effect::Save(Setting::Columns(left))));
            // Where all is as usual, nothing has to be said.
            screen.keys("us");
            assert_eq!(screen.effects.last(), Some(&Effect::Save(Setting::Columns(Vec::new()))));
        }
        other => panic!("no test of {other}"),
    }
}

#[test]
fn chosen_columns_show_fields_and_expressions() {
    // Frames 1 and 2 are "Hello", 3 to 6 one message, 8 a ping.
    let mut screen = under(
        "columns = ['number', 'Who:ws.direction', 'opcode.name', 'Text:ws.text', 'Twice:ws.length * 2', 'payload']",
        120,
        40,
    );
    let lines = screen.lines();
    assert!(
        lines[1].contains("#  Who") && lines[1].contains("opcode.name") && lines[1].contains("Twice"),
        "{}",
        lines[1]
    );
    let words = |line: &str| line.split_whitespace().map(String::from).collect::<Vec<_>>();
    assert_eq!(words(&lines[2])[1..], ["1", "client", "TEXT", "Hello", "10", "Hello"]);
    assert!(!lines[4].contains("déjà vu"), "a fragment before the last says nothing whole: {}", lines[4]);
    assert!(lines[7].contains("fragmented text: déjà vu"), "{}", lines[7]);
    // Of messages, a column shows what the message has.
    let lines = screen.keys("M").lines();
    assert!(lines[4].contains("fragmented text: déjà vu") && lines[4].contains("TEXT"), "{}", lines[4]);
}

#[test]
fn columns_of_both_sizes_as_they_were_found_good() {
    let config = "columns = ['number', 'time', 'op', 'Price:ws.json.data[0].price', 'Ms:ws.round_trip', 'payload']\n\
                  [[colors]]\nfilter = 'ws.ping or ws.pong'\nstyle = '244'\n";
    let mut all = String::new();
    for (width, height) in [(80, 24), (120, 40)] {
        let mut screen =
            configured(Screen::capture("tests/data/captures/messages-plain.pcap.zst", width, height), config);
        for keys in ["", "C", ":filter --explain not ws.ping && ws.length > 3<Enter>", "<Esc>/ws.ping<^s>"] {
            screen.keys(keys);
            all.push_str(&format!("═══ {width} × {height} {keys}\n{}\n", screen.lines().join("\n")));
            screen.keys(if keys == "C" { "<Esc>" } else { "" });
        }
    }
    insta::assert_snapshot!("columns", all);
}

#[test]
fn a_cell_makes_a_filter_whatever_it_shows() {
    let mut screen = under(
        "columns = ['number', 'connection', 'flags', 'length', 'payload', 'len(ws.text)', 'opcode.name']",
        120,
        40,
    );
    for (line, wanted) in [
        (0, "ws.number == 1"),
        (1, "tcp.stream == 0"),
        (2, "websocket.fin == 1 && websocket.rsv == 0 && websocket.mask == 1"),
        (3, "ws.length == 5"),
        (4, "websocket.payload.text == \"Hello\""),
        (5, "(len(ws.text)) == 5"),
    ] {
        screen.keys(&format!(":1<Enter>C{}=", "<Down>".repeat(line)));
        assert_eq!(filter(&screen), wanted);
        assert!(screen.selected() == 1, "{wanted}");
        screen.keys("<Esc>");
    }
    screen.keys("C<Up><Down><Down><Down><Down><Down><Down>=");
    assert!(screen.shows("no filter can ask for what this cell says"), "{}", screen.lines().join("\n"));
}

#[test]
fn the_first_colour_that_selects_a_row_counts_and_only_there() {
    let config = "[[colors]]\nfilter = 'ws.text contains \"Hello\"'\nstyle = '9 on 17 bold'\n\
                  [[colors]]\nfilter = 'ws.length > 0'\nstyle = '10'\n";
    let mut screen = under(config, 120, 40);
    let colours = |screen: &Screen, y: u16| {
        let buffer = screen.buffer();
        let cell = (20..120).map(|x| buffer[(x, y)].clone()).rev().find(|cell| cell.symbol() != " ").unwrap();
        (cell.fg, cell.bg, cell.modifier.contains(Modifier::BOLD))
    };
    screen.keys("j");
    assert_eq!(colours(&screen, 2), (Color::Indexed(9), Color::Indexed(17), true));
    // What is selected has the ground of what is selected.
    assert_eq!(colours(&screen, 3).0, Color::Indexed(9));
    assert_eq!(Some(colours(&screen, 3).1), Theme::dark().selected.bg);
    assert_eq!(colours(&screen, 4), (Color::Indexed(10), Color::Reset, false));
    // Where there are no colours there are none of these either.
    screen.inspector.state.theme = Theme::plain();
    screen.rest();
    let buffer = screen.buffer();
    assert!(buffer.content().iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    assert!(buffer[(119, 2)].modifier.contains(Modifier::BOLD) || colours(&screen, 2).2);
}

#[test]
fn messages_have_the_colour_of_any_of_their_frames() {
    let mut screen = under("[[colors]]\nfilter = 'websocket.fin == 0'\nstyle = '9'\n", 120, 40);
    let coloured = |screen: &Screen| {
        let buffer = screen.buffer();
        (2..12).filter(|y| (0..120).any(|x| buffer[(x, *y)].fg == Color::Indexed(9))).map(|y| y - 1).collect::<Vec<_>>()
    };
    assert_eq!(coloured(&screen), [3, 4, 5], "three fragments before the last");
    screen.keys("M");
    assert_eq!(coloured(&screen), [3], "their message");
}

#[test]
fn without_a_choice_all_is_as_it_was() {
    let (plain, screen) = (Screen::session(120, 40), under("", 120, 40));
    assert_eq!(plain.buffer(), screen.buffer());
}

#[test]
fn long_payloads_are_not_looked_into() {
    let mut sample = Sample::default();
    let id = sample.connect();
    sample.send(id, Direction::Server, true, Opcode::Text, "x".repeat(70_000).as_bytes());
    sample.send(id, Direction::Server, true, Opcode::Text, "y".repeat(60_000).as_bytes());
    sample.flush();
    let config = "columns = ['number', 'Len:len(ws.text)', 'Length:ws.length']\n\
                  [[colors]]\nfilter = 'ws.text contains \"x\" or ws.text contains \"y\"'\nstyle = '9'\n";
    let screen = configured(Screen::of(&sample, 120, 40), config);
    let words = |y: usize| screen.lines()[y].split_whitespace().map(String::from).collect::<Vec<_>>();
    assert_eq!(words(2)[1..], ["1", "…", "70000"]);
    assert_eq!(words(3), ["2", "60000", "60000"]);
    let buffer = screen.buffer();
    assert!((0..120).all(|x| buffer[(x, 2)].fg != Color::Indexed(9)));
    assert!((0..120).any(|x| buffer[(x, 3)].fg == Color::Indexed(9)));
}

#[test]
fn messages_of_very_many_frames_are_not_gone_through() {
    let mut sample = Sample::default();
    let id = sample.connect();
    sample.send(id, Direction::Server, false, Opcode::Text, b"x");
    for _ in 0..5000 {
        sample.send(id, Direction::Server, false, Opcode::Continuation, b"x");
    }
    sample.send(id, Direction::Server, true, Opcode::Continuation, b"x");
    sample.flush();
    let config = "columns = ['number', 'Of:ws.message.frames', 'Length:ws.length']\n\
                  [[colors]]\nfilter = 'ws.length == 1'\nstyle = '9'\n";
    let mut screen = configured(Screen::of(&sample, 120, 40), config);
    for keys in ["", "M"] {
        screen.keys(keys);
        let words: Vec<String> = screen.lines()[2].split_whitespace().map(String::from).collect();
        assert_eq!(words[2..], ["…", "1"], "{words:?}");
        let buffer = screen.buffer();
        assert!((0..120).any(|x| buffer[(x, 2)].fg == Color::Indexed(9)));
    }
}

#[test]
fn what_was_saved_is_used_by_its_name_and_offered() {
    let mut screen = under("[filters]\nbeats = 'ws.ping or ws.pong'\n[macros]\nover = 'ws.length > $1'\n", 120, 40);
    screen.keys("/not $bea<Tab><Enter>");
    assert_eq!(filter(&screen), "not $beats");
    assert!(screen.shows("9 of 11 shown"), "{}", screen.lines().join("\n"));
    screen.keys("/<^u>$over(5)<Enter>");
    let over = screen.inspector.state.scene.rows;
    screen.keys("/<^u>ws.length > 5<Enter>");
    assert!(over > 0 && over == screen.inspector.state.scene.rows);
    screen.effects.clear();
    // A name that is taken is replaced only when that is confirmed.
    screen.keys("/<^u>ws.ping<^s>over<Enter>");
    assert!(screen.shows("$over is a macro"));
    screen.keys("<^u>beats<Enter>");
    assert!(screen.shows("Enter once more replaces it") && screen.effects.is_empty());
    screen.keys("<Enter>");
    assert_eq!(screen.effects, [Effect::Save(Setting::Filter("beats".to_owned(), "ws.ping".to_owned()))]);
    screen.keys("<^u>$beats<Enter>");
    assert_eq!(screen.inspector.state.scene.rows, 1);
    // Esc goes back to the line, and nothing is saved of what makes no sense.
    screen.keys("/<^u>ws.pong<^s>x<Esc>");
    assert!(matches!(&screen.inspector.state.overlay, Some(Overlay::Filter(edit)) if edit.text() == "ws.pong"));
    screen.keys("<^u>ws.nothing<^s>");
    assert!(matches!(screen.inspector.state.overlay, Some(Overlay::Filter(_))));
    let saved = screen.effects.iter().filter(|effect| matches!(effect, Effect::Save(_))).count();
    assert_eq!(saved, 1);
}

#[test]
fn a_filter_is_explained_in_words_and_as_a_tree() {
    let mut screen = Screen::session(120, 40);
    screen.keys(":filter --explain websocket.opcode == \"Ping\" && ws.length > 3<Enter>");
    assert!(
        screen.shows("the opcode is 9 (Ping), and the payload bytes are at least 4"),
        "{}",
        screen.lines().join("\n")
    );
    assert!(screen.shows("├─ one number, in one of these ranges") && screen.shows("Costs header"));
    screen.keys("<Esc>/ws.ping<Enter>:filter --explain<Enter>");
    assert!(screen.shows("Costs payload"), "the filter at work: {}", screen.lines().join("\n"));
    // What does not fit is reached, and nothing is drawn outside.
    screen.keys("<Esc>").at(80, 24).keys(&format!(":filter --explain {}<Enter>", ["ws.length > 3"; 30].join(" && ")));
    screen.keys("G");
    assert!(screen.shows("Costs header"), "{}", screen.lines().join("\n"));
    screen.keys("<Esc>:filter --explain ws.nothing<Enter>");
    assert!(screen.shows("no name of a field"));
}

#[test]
fn a_column_is_parsed_as_on_the_command_line() {
    let saved = crate::filter::Saved::default();
    for spec in Spec::parse_all("number,Price:ws.json.data[0].price,max(ws.length, 3)") {
        assert!(ListColumn::new(&spec, None, &saved).is_ok(), "{spec:?}");
    }
}
