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
