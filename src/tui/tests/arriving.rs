//! A capture that is still being written.

use super::*;

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
    // The first row of the list is that of the same frame: nothing has moved.
    let seen = |screen: &Screen| {
        let top = screen.lines()[2].split_whitespace().next().map(str::to_owned);
        (screen.selected(), top, screen.inspector.state.fields.selected)
    };
    let before = seen(&screen);
    for _ in 0..1000 {
        sample.send(id, Direction::Server, true, Opcode::Text, b"y");
    }
    sample.note(id, 50, Code::MaskZero);
    sample.flush();
    screen.event(Event::Grown);
    assert_eq!(before, seen(&screen));
    screen.keys("F");
    assert_eq!(screen.selected(), 1100);
    sample.send(id, Direction::Server, true, Opcode::Text, b"z");
    sample.flush();
    screen.event(Event::Grown);
    assert_eq!(screen.selected(), 1101);
}

#[test]
fn freezing_holds_back_what_arrives() {
    let mut sample = Sample::session();
    let mut screen = Screen::of(&sample, 80, 24);
    screen.keys("f");
    sample.send(crate::base::SocketId::default(), Direction::Client, true, Opcode::Text, b"late");
    sample.flush();
    assert_eq!(screen.keys("G").selected(), 11);
    assert_eq!(screen.keys("fG").selected(), 12);
}
