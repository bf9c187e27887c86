//! The filter of the list.

use super::*;

#[test]
fn a_filter_shows_what_it_selects_and_says_how_much_that_is() {
    // Frames 1, 2 are "Hello", 3 to 6 one text message, 8 a ping, 9 its pong, 11 a close.
    let mut screen = Screen::session(120, 40);
    screen.keys("/websocket.opcode in {9, 10}<Enter>");
    assert_eq!(screen.selected(), 8);
    assert!(screen.shows("2 of 11 shown"), "{}", screen.lines().join("\n"));
    assert_eq!(screen.keys("j").selected(), 9);
    assert_eq!(screen.keys("j").selected(), 9);
    // Esc shows all again, and the selected frame stays.
    assert_eq!(screen.keys("<Esc>").selected(), 9);
    assert!(screen.shows("9/11"));
    // A text over several frames is there at the last of them; frame 7 is one that says it too.
    assert_eq!(screen.keys("/ws.text contains \"fragmented\"<Enter>").selected(), 7);
    assert_eq!(screen.keys("k").selected(), 6);
    assert_eq!(screen.keys("k").selected(), 6);
    // An empty filter shows all.
    assert!(screen.keys("/<^u><Enter>").shows("/11"));
}

#[test]
fn heartbeats_are_folded_with_any_filter_and_counted() {
    // Frame 8 is a ping, 9 its pong, 10 a message between nothing and the close.
    let mut screen = Screen::session(120, 40);
    screen.keys("H");
    assert!(screen.shows("9 of 11 shown, 2 folded"), "{}", screen.lines().join("\n"));
    assert!(screen.shows("···  2 heartbeats  PING PONG"), "{}", screen.lines().join("\n"));
    screen.keys("/websocket.mask == 1<Enter>");
    assert!(screen.shows("1 heartbeat  PING"), "{}", screen.lines().join("\n"));
    let shown = screen.inspector.state.scene.shown;
    screen.keys("H");
    assert_eq!((screen.inspector.state.scene.shown, shown.1), ((shown.0 + 1, 0), 1));
    screen.keys("<Esc>");
    assert!(screen.shows("/11"));
}

#[test]
fn a_run_of_heartbeats_is_one_row_that_enter_opens() {
    let mut screen = Screen::session(120, 40);
    screen.keys("H:9<Enter>");
    // The pong is in the run whose row is that of the ping.
    assert_eq!((screen.selected(), screen.inspector.state.scene.rows), (8, 10));
    screen.keys("<Enter>");
    assert!(screen.shows("11 of 11 shown"), "{}", screen.lines().join("\n"));
    assert_eq!(screen.keys("j").selected(), 9);
    // What is open stays open, and Enter means what it means elsewhere.
    screen.keys("<Enter>");
    assert_eq!(screen.inspector.state.pane, crate::tui::pane::Pane::Fields);
    screen.keys("<Esc>HH");
    assert!(screen.shows("9 of 11 shown, 2 folded"), "{}", screen.lines().join("\n"));
}

#[test]
fn heartbeats_of_an_application_are_folded_among_messages_too() {
    let mut screen = Screen::capture("tests/data/heartbeats/stomp.pcap", 120, 40);
    screen.keys("MH");
    assert!(screen.shows("30 of 34 shown, 4 folded"), "{}", screen.lines().join("\n"));
    screen.keys(":22<Enter>");
    assert!(screen.shows("4 heartbeats") && screen.shows("\"␊\""), "{}", screen.lines().join("\n"));
    let mut screen = Screen::capture("tests/data/heartbeats/signalr-json.pcap", 80, 24);
    screen.keys("HG");
    assert!(screen.shows(", 5 folded"), "{}", screen.lines().join("\n"));
}

#[test]
fn a_mistake_keeps_the_line_and_says_what_it_is() {
    let mut screen = Screen::session(120, 40);
    screen.keys("/websocket.opcod == 1<Enter>");
    assert!(screen.shows("did you mean 'websocket.opcode'?"), "{}", screen.lines().join("\n"));
    assert!(matches!(screen.inspector.state.overlay, Some(crate::tui::state::Overlay::Filter(_))));
    assert!(screen.keys("<Esc>").shows("1/11"));
}

#[test]
fn tab_completes_names_operators_and_values() {
    let mut screen = Screen::session(120, 40);
    screen.keys("/websocket.opc<Tab>");
    assert!(screen.shows("filter websocket.opcode"), "{}", screen.lines().join("\n"));
    screen.keys(" == \"Pi<Tab><Enter>");
    assert_eq!(screen.selected(), 8);
    assert!(screen.shows("1 of 11 shown"));
    // A value that occurs comes before the names of other fields that begin so, whether its quote was typed or not.
    screen.keys("/<^u>ws.di<Tab>==c<Tab>");
    assert!(screen.shows("ws.direction==\"client\""), "{}", screen.lines().join("\n"));
}

#[test]
fn messages_and_one_connection_are_filtered_anew() {
    let mut screen = Screen::session(120, 40);
    screen.keys("/ws.length > 0<Enter>");
    let frames = screen.inspector.state.scene.rows;
    screen.keys("M");
    let messages = screen.inspector.state.scene.rows;
    assert!(messages > 0 && messages < frames);
    assert_eq!(screen.keys("M").inspector.state.scene.rows, frames);
    assert_eq!(screen.keys("c").inspector.state.scene.rows, frames, "all are of one connection");
}

#[test]
fn a_reference_is_to_the_selected_frame() {
    let mut screen = Screen::session(120, 40);
    screen.keys("7gg:8<Enter>/websocket.opcode == ${websocket.opcode}<Enter>");
    assert_eq!((screen.selected(), screen.inspector.state.scene.rows), (8, 1));
}

#[test]
fn what_is_like_the_selected_field_is_shown_or_hidden_beside_the_filter() {
    // Frame 8 is a ping, 9 its pong, 11 a close.
    let mut screen = Screen::session(120, 40);
    screen.keys(":8<Enter>=");
    assert_eq!((screen.inspector.state.filter.text.as_str(), screen.selected()), ("websocket.opcode == 9", 8));
    assert!(screen.shows("1 of 11 shown"));
    screen.keys("<Esc>:8<Enter>-:9<Enter>-");
    assert_eq!(screen.inspector.state.filter.text, "!(websocket.opcode == 9) && !(websocket.opcode == 10)");
    assert!(screen.shows("9 of 11 shown"), "{}", screen.lines().join("\n"));
    // A field of the tree, beside a filter that has to stay together.
    screen.keys("<Esc>/ws.n == 1 or ws.n == 9<Enter>:1<Enter><Tab><^f>MASK<Enter>=");
    assert_eq!(screen.inspector.state.filter.text, "(ws.n == 1 or ws.n == 9) && websocket.mask == 1");
}
