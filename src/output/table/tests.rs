//! Rows, read back by another reader and against lines written by hand.

use super::*;
use crate::base::{At, ConnectionId};
use crate::base::{Code, Hole, Note};
use crate::dissect::Socket;
use crate::output::List;
use crate::output::specimen::{TIME, connection, hello, message};
use crate::websocket::Frame;
use crate::websocket::{Header, Opcode};

fn columns(list: List, names: &[&str]) -> Columns {
    Columns::choose(list, &names.iter().map(|name| name.to_string()).collect::<Vec<_>>()).unwrap()
}

fn text(mut table: Table, tell: impl FnOnce(&mut Table)) -> String {
    table.tell(&Told::Started(At { packet: 1, time: Timestamp(TIME.0 - 4_812_345) }));
    tell(&mut table);
    table.finish(&Summary::default());
    String::from_utf8(table.out().bytes().to_vec()).unwrap()
}

#[test]
fn csv_has_a_header_and_quotes_what_needs_it() {
    let (place, frame) = hello();
    let nasty = "a,\"b\"\r\n;c";
    let header = Header { length: 10, ..frame.header };
    let frame = Frame { payload: nasty.as_bytes(), header, captured: 10, ..frame };
    let table = Table::csv(columns(List::Frames, &[]), Out::memory(), false);
    let text = text(table, |table| table.tell(&Told::Frame(&place, &frame)));
    assert_eq!(
        text,
        "n,connection,direction,time,packet,last_packet,offset,fin,rsv,opcode,masked,masking_key,length,captured,\
         payload.text,payload.base64,message,notes\n\
         1,0,client,2026-11-22T06:23:01.123456789Z,8,8,0,true,0,1,true,aed858e8,10,10,\"a,\"\"b\"\"\r\n;c\",,1,\n"
    );
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let row = reader.records().next().unwrap().unwrap();
    assert_eq!(row.get(14), Some(nasty));
}

#[test]
fn csv_on_a_terminal_is_safe_and_into_a_file_exact() {
    let (place, frame) = hello();
    let frame = Frame { payload: b"\x1b[2J\n", ..frame };
    let row = |on_terminal| {
        let table = Table::csv(columns(List::Frames, &["payload"]), Out::memory(), on_terminal);
        text(table, |table| table.tell(&Told::Frame(&place, &frame)))
    };
    assert_eq!(row(true), "payload\n␛[2J␊\n");
    assert_eq!(row(false), "payload\n\"\x1b[2J\n\"\n");
}

#[test]
fn csv_rows_of_connections_come_by_number() {
    let second = Socket { id: ConnectionId(1).into(), close: None, ..connection() };
    let table = Table::csv(columns(List::Connections, &["n", "uri", "close.reason", "status"]), Out::memory(), false);
    let text = text(table, |table| {
        table.tell(&Told::Closed(&second));
        table.tell(&Told::Closed(&connection()));
    });
    assert_eq!(text, "n,uri,close.reason,status\n0,/echo,app says bye,101\n1,/echo,,101\n");
}

#[test]
fn tabs_part_fields_and_a_line_stays_a_row() {
    let (place, frame) = hello();
    let frame = Frame { payload: "a\tb\\n\r\n\u{202e}é".as_bytes(), ..frame };
    let names = ["n", "time.relative", "time.epoch", "opcode.name", "rsv1", "PAYLOAD", "payload.hex"];
    let table = Table::tabs(columns(List::Frames, &names), Out::memory());
    assert_eq!(
        text(table, |table| table.tell(&Told::Frame(&place, &frame))),
        "1\t0.004812345\t1795328581.123456789\tTEXT\tfalse\ta\\tb\\\\n\\r\\n\\u{202e}é\t6109625c6e0d0ae280aec3a9\n"
    );
}

#[test]
fn what_is_absent_is_empty_and_lists_have_commas() {
    let (place, frame) = hello();
    let header = Header { opcode: Opcode::Close, masking_key: None, ..frame.header };
    let holes = [Hole { start: 3, len: 4 }, Hole { start: 9, len: 1 }];
    let notes = [Note::new(Code::MaskMissing), Note::new(Code::FrameGap)];
    let frame = Frame { header, payload: b"\x03\xe8\xff", holes: &holes, notes: &notes, ..frame };
    let names =
        ["masking_key", "payload.text", "close.code", "close.reason", "holes", "notes", "notes.severity", "uri"];
    let table = Table::tabs(columns(List::Frames, &names), Out::memory());
    assert_eq!(
        text(table, |table| table.tell(&Told::Frame(&place, &frame))),
        "\t\t1000\t\u{fffd}\t3+4,9+1\tws.mask.missing,ws.frame.gap\terror\t\n"
    );
}

#[test]
fn messages_know_their_connection_where_it_is_asked_for() {
    let (place, message) = message();
    let names = ["n", "connection.client", "connection.uri", "frames", "payload"];
    let table = Table::tabs(columns(List::Messages, &names), Out::memory());
    let text = text(table, |table| {
        table.tell(&Told::Opened(&connection()));
        table.tell(&Told::Message(&place, &message));
    });
    assert_eq!(text, "1\t10.77.0.1:46382\t/echo\t1\tHello\n");
}

fn names_of<S: crate::fields::Scope>() -> Vec<&'static str> {
    crate::fields::listed::<S>().map(|field| field.field().name()).collect()
}

#[test]
fn every_field_of_every_item_can_be_written() {
    let (place, frame) = hello();
    let (message_place, message) = message();
    for (list, names) in [
        (List::Frames, names_of::<crate::fields::FrameField>()),
        (List::Messages, names_of::<crate::fields::MessageField>()),
        (List::Connections, names_of::<crate::fields::ConnectionField>()),
    ] {
        let table = Table::csv(columns(list, &names), Out::memory(), false);
        let text = text(table, |table| {
            table.tell(&Told::Opened(&connection()));
            table.tell(&Told::Frame(&place, &frame));
            table.tell(&Told::Message(&message_place, &message));
            table.tell(&Told::Closed(&connection()));
        });
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), names);
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].len(), names.len());
    }
}
