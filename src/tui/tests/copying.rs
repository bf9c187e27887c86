//! What is copied and written.

use super::*;

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
    assert_eq!(screen.effects, [Effect::Send(crate::tui::copy::osc52(&[0xae, 0xd8, 0x58, 0xe8]).unwrap())]);
}
