//! Looking for things.

use super::*;

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
    assert_eq!(screen.inspector.state.field().unwrap().field.name(), "ws.key");
    screen.keys("<Tab><Tab>/<Tab><Tab>58e8<Enter>");
    assert_eq!(screen.inspector.state.bytes.cursor, 4);
}

#[test]
fn frames_with_the_same_value_are_found() {
    let mut screen = Screen::session(120, 40);
    screen.keys("<Enter>jjj");
    assert_eq!(screen.inspector.state.field().unwrap().field.name(), "ws.opcode");
    assert_eq!(screen.keys("*").selected(), 2);
    assert_eq!(screen.keys("**").selected(), 7);
    assert_eq!(screen.keys("#").selected(), 3);
}

#[test]
fn what_a_row_says_besides_its_payload_is_found() {
    // Frame 8 is the ping, 9 its pong, 11 the close with 4001 "app says bye"; 3 to 6 are one text message.
    let mut screen = Screen::session(120, 40);
    assert_eq!(screen.keys("/ping<Enter>").selected(), 8);
    assert_eq!(screen.keys("/PONG<Enter>").selected(), 9);
    assert_eq!(screen.keys("gg/close<Enter>").selected(), 11);
    assert_eq!(screen.keys("gg/4001 app<Enter>").selected(), 11);
    assert_eq!(screen.keys("gg/private use<Enter>").selected(), 11);
    assert_eq!(screen.keys("gg/ws.close.unanswered<Enter>").selected(), 11);
    assert_eq!(screen.keys("gg/cont<Enter>").selected(), 4);
    // Of a message the row has the message's opcode: the text that ends with frame 6.
    screen.keys("gg/text<Enter>M");
    assert_eq!(screen.selected(), 2);
    assert_eq!(screen.keys("n").selected(), 6);
    // A letter of a name is none of it.
    let mut screen = Screen::session(120, 40);
    screen.keys("/k<Enter>");
    assert!(screen.shows("found in no frame"), "{}", screen.lines().join("\n"));
    // RFC 6455 section 7.4.1: 1001 is "going away", 1006 is never on the wire, but may be looked for.
    let mut sample = Sample::default();
    let id = sample.connect();
    sample.send(id, Direction::Server, true, Opcode::Text, b"x");
    sample.send(id, Direction::Server, true, Opcode::Close, &[0x03, 0xee]);
    sample.send(id, Direction::Client, true, Opcode::Close, &[0x03, 0xe9]);
    sample.flush();
    let mut screen = Screen::of(&sample, 120, 40);
    assert_eq!(screen.keys("/1006<Enter>").selected(), 2);
    assert_eq!(screen.keys("/going away<Enter>").selected(), 3);
}
