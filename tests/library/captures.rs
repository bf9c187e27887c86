//! Every frame of every capture with a known list of frames (tests/data/captures/README.md): offset, flags, key,
//! length, SHA-1 of the unmasked payload, packet numbers, and the messages; all of them, and none made up.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha1::{Digest as _, Sha1};
use sockeye::base::{Direction, Severity};
use sockeye::capture;
use sockeye::dissect::{Dissector, Sink, Socket, Told, Wants};

/// One line of an expected list.
#[derive(Debug, Deserialize)]
struct Expected {
    conn: u32,
    dir: char,
    off: u64,
    fin: u8,
    rsv: u8,
    opcode: u8,
    mask: u8,
    #[serde(default)]
    key: String,
    len: u64,
    #[serde(default)]
    sha: String,
    #[serde(default)]
    pkt: u64,
    #[serde(default)]
    last: u64,
    msg: Option<ExpectedMessage>,
    #[serde(default)]
    truncated: bool,
}

#[derive(Debug, Deserialize)]
struct ExpectedMessage {
    /// `null` where the message's start is not in the capture.
    opcode: Option<u8>,
    len: u64,
    sha: String,
    deflate: bool,
}

/// Socket, side (`c` or `s`), offset.
type Place = (u32, char, u64);

/// A frame as it is compared: what names it, what its header says, what its bytes are, where it lies, its message.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    place: Place,
    header: String,
    bytes: Bytes,
    packets: (u64, u64),
    message: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
enum Bytes {
    /// First 12 digits of their SHA-1.
    Whole(String),
    /// The frame has ended, but only this many payload bytes are in the capture.
    Holes(u64),
    /// The capture or the connection ended first.
    Unfinished,
}

/// A sink that keeps everything.
#[derive(Default)]
struct Found {
    rows: BTreeMap<Place, Row>,
    /// What `frame` was told, in its order: number, whether it has ended, packet of the last byte, place.
    order: Vec<(u64, bool, u64, Place)>,
    messages: Vec<u64>,
    connections: Vec<Socket>,
    errors: Vec<String>,
}

impl Sink for Found {
    fn wants(&self) -> Wants {
        Wants { frame_payload: true, message_payload: true, ..Wants::NOTHING }
    }

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Frame(place, frame) => {
                let key = (place.socket.connection.0, side(frame.direction), frame.offset);
                let header = &frame.header;
                let mask = header.masking_key.map(hex::encode).unwrap_or_default();
                let row = Row {
                    place: key,
                    header: header_text(header.fin.into(), header.rsv, header.opcode.bits(), &mask, header.length),
                    bytes: match frame.captured {
                        _ if !frame.ended => Bytes::Unfinished,
                        captured if captured == header.length => Bytes::Whole(sha(frame.payload)),
                        captured => Bytes::Holes(captured),
                    },
                    packets: (frame.first.packet, frame.last.packet),
                    message: None,
                };
                self.order.push((place.number, frame.ended, frame.last.packet, key));
                assert!(self.rows.insert(key, row).is_none(), "two frames at {key:?}");
                self.errors.extend(errors(frame.notes));
            }
            Told::Message(place, message) => {
                self.messages.push(place.number);
                self.errors.extend(errors(message.notes));
                if !message.ended {
                    return;
                }
                // Where packets come out of order, the final frame need not be the last to end: it is the last by offset.
                let frames = self.order.iter().filter(|(number, ..)| place.frames.contains(number));
                let last = frames.map(|(.., place)| *place).max();
                let row = last.and_then(|key| self.rows.get_mut(&key)).expect("a message's frames are told before it");
                // A message joined after its start is not complete, but all that is known of it is there.
                let all = message.payload.len() as u64 == message.length;
                let sha = if all { sha(message.payload) } else { "?".to_string() };
                row.message = Some(message_text(message.opcode.bits(), message.length, &sha, message.compressed));
            }
            Told::Closed(connection) => {
                self.errors.extend(errors(&connection.notes));
                self.connections.push(connection.clone());
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

fn side(direction: Direction) -> char {
    match direction {
        Direction::Client => 'c',
        Direction::Server => 's',
    }
}

fn header_text(fin: u8, rsv: u8, opcode: u8, key: &str, length: u64) -> String {
    format!("fin {fin} rsv {rsv} opcode {opcode} key {key:?} length {length}")
}

fn message_text(opcode: u8, length: u64, sha: &str, deflate: bool) -> String {
    format!("opcode {opcode} length {length} sha {sha} deflate {deflate}")
}

fn sha(bytes: &[u8]) -> String {
    hex::encode(Sha1::digest(bytes))[..12].to_string()
}

fn errors(notes: &[sockeye::base::Note]) -> Vec<String> {
    let errors = notes.iter().filter(|note| note.severity() == Severity::Error);
    errors.map(|note| format!("{} {:?}", note.code, note.detail)).collect()
}

impl Expected {
    fn row(&self) -> Row {
        assert!(self.truncated || (self.mask == 1) == (self.key.len() == 8), "{self:?}");
        Row {
            place: (self.conn, self.dir, self.off),
            header: header_text(self.fin, self.rsv, self.opcode, &self.key, self.len),
            bytes: if self.truncated { Bytes::Unfinished } else { Bytes::Whole(self.sha.clone()) },
            packets: (self.pkt, self.last),
            message: self
                .msg
                .as_ref()
                .map(|message| message_text(message.opcode.unwrap_or(0), message.len, &message.sha, message.deflate)),
        }
    }
}

/// The frames that the list `NAME.jsonl` gives.
fn expected(name: &str) -> Vec<Row> {
    let path = root().join("tests/data/captures").join(name).with_extension("jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let rows: Vec<Row> = text.lines().map(|line| serde_json::from_str::<Expected>(line).unwrap().row()).collect();
    assert!(!rows.is_empty(), "{} is empty", path.display());
    rows
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// Dissects a file of the project.
fn dissect(file: &str) -> Found {
    let mut found = Found::default();
    let mut source = capture::open(&root().join(file), &capture::Options::default()).unwrap();
    let mut dissector = Dissector::new(sockeye::dissect::Options::default());
    while let Some(packet) = source.next_packet().unwrap() {
        dissector.push(&packet, &mut found);
    }
    dissector.finish(&mut found);
    found.check_order();
    found
}

impl Found {
    /// Numbers count from 1 in the order of telling, which is the order in which frames end.
    fn check_order(&self) {
        let numbers: Vec<u64> = self.order.iter().map(|(number, ..)| *number).collect();
        assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
        assert!(self.order.is_sorted_by_key(|(_, ended, last, _)| (!ended, *last)), "{:#?}", self.order);
        // Those of one packet come side by side in their order; an aggregate may hold segments of several connections.
        let mut sides = self.order.clone();
        sides.sort_by_key(|(_, ended, last, (connection, side, _))| (!ended, *last, *connection, *side));
        assert!(sides.is_sorted_by_key(|(_, ended, last, place)| (!ended, *last, *place)), "{sides:#?}");
        assert_eq!(self.messages, (1..=self.messages.len() as u64).collect::<Vec<_>>());
    }

    /// Asserts that these frames and no others were found. Packet numbers of unfinished frames are not compared: the
    /// lists have none.
    #[track_caller]
    fn must_be(&self, expected: &[Row]) {
        let mut report = String::new();
        for want in expected {
            match self.rows.get(&want.place) {
                None => report += &format!("missing  {want:?}\n"),
                Some(row) if row.same(want) => {}
                Some(row) => report += &format!("expected {want:?}\nfound    {row:?}\n"),
            }
        }
        for row in self.rows.values() {
            if !expected.iter().any(|want| want.place == row.place) {
                report += &format!("made up  {row:?}\n");
            }
        }
        assert!(report.is_empty(), "\n{report}");
        let messages = expected.iter().filter(|want| want.message.is_some()).count();
        let unfinished = expected.iter().filter(|want| want.bytes == Bytes::Unfinished).count();
        assert!((messages..=messages + unfinished).contains(&self.messages.len()), "{} messages", self.messages.len());
    }

    #[track_caller]
    fn without_errors(&self) {
        assert_eq!(self.errors, Vec::<String>::new());
    }
}

impl Row {
    fn same(&self, want: &Row) -> bool {
        if want.bytes == Bytes::Unfinished {
            // The lists do not say the key of an unfinished frame.
            let without_key = |row: &Row| {
                let (start, rest) = row.header.split_once("key").unwrap_or_default();
                (start.to_string(), rest.rsplit(' ').next().unwrap_or_default().to_string())
            };
            return self.bytes == want.bytes && without_key(self) == without_key(want);
        }
        self == want
    }
}

/// A capture whose frames are all whole and break no rule.
#[track_caller]
fn whole(file: &str, list: &str) {
    let found = dissect(file);
    found.must_be(&expected(list));
    found.without_errors();
}

#[test]
fn a_session_in_encapsulations_that_come_seldom() {
    for name in ["tzsp", "bsd-enc", "radiotap-amsdu", "infiniband-ipoib", "macsec-clear"] {
        whole(&format!("tests/data/captures/{name}.pcap"), "hello-world");
    }
}

#[test]
fn connections_that_share_the_aggregates_of_a_radio() {
    whole("tests/data/captures/amsdu-connections.pcap", "amsdu-connections");
}

#[test]
fn records_that_keep_too_much_beside_a_jump_of_the_clock() {
    for name in ["over-wire-clock-jump", "over-snap-pause"] {
        let found = dissect(&format!("tests/data/captures/{name}.pcap"));
        found.must_be(&expected("six-messages"));
    }
}

#[test]
fn messages_plain_in_zstd() {
    whole("tests/data/captures/messages-plain.pcap.zst", "messages-plain");
}

#[test]
fn messages_reordered_and_doubled_in_gzip() {
    whole("tests/data/captures/tcp-reordered-duplicated.pcap.gz", "tcp-reordered-duplicated");
}

#[test]
fn the_list_of_the_reordered_capture_is_that_of_the_plain_one() {
    let content = |name: &str| -> Vec<_> {
        let mut rows = expected(name);
        rows.sort_by_key(|row| row.place);
        rows.into_iter().map(|row| (row.place, row.header, row.bytes, row.message)).collect()
    };
    assert_eq!(content("tcp-reordered-duplicated"), content("messages-plain"));
}

#[test]
fn deflate_with_takeover() {
    whole("samples/deflate-takeover.pcap", "deflate-takeover");
}

#[test]
fn deflate_without_takeover() {
    whole("tests/data/captures/deflate-no-takeover.pcap", "deflate-no-takeover");
}

#[test]
fn deflate_in_windows_of_512_bytes() {
    whole("tests/data/captures/deflate-window9.pcap", "deflate-window9");
}

#[test]
fn polling_and_websocket_on_one_port() {
    let found = dissect("samples/polling-vs-websocket.pcap");
    found.must_be(&expected("polling-vs-websocket"));
    found.without_errors();
    assert_eq!(found.connections.len(), 1, "polls are no WebSocket");
}

#[test]
fn upgrades_refused_tried_again_and_redirected() {
    let found = dissect("samples/auth-origin-redirect.pcap");
    found.must_be(&expected("auth-origin-redirect"));
    found.without_errors();
    let mut outcomes: Vec<_> =
        found.connections.iter().map(|c| (c.id.connection.0, status(c), c.evidence.name())).collect();
    outcomes.sort_unstable();
    assert_eq!(
        outcomes,
        [
            (0, 401, "refused"),
            (1, 101, "handshake"),
            (2, 403, "refused"),
            (3, 101, "handshake"),
            (4, 302, "refused"),
            (5, 101, "handshake"),
        ]
    );
    let last = found.connections.iter().find(|connection| connection.id.connection.0 == 5).unwrap();
    assert_eq!(last.handshake.as_ref().unwrap().subprotocol(), Some("chat.v2"));
}

#[test]
fn an_upgrade_of_another_version_is_refused() {
    let found = dissect("samples/rejected-version.pcap");
    found.must_be(&[]);
    let [connection] = &found.connections[..] else { panic!("{:#?}", found.connections) };
    assert_eq!((status(connection), connection.evidence.name()), (400, "refused"));
    assert_eq!(connection.handshake.as_ref().unwrap().version(), Some("8"));
}

#[test]
fn a_proxy_that_strips_the_upgrade_is_answered_426() {
    let found = dissect("tests/data/captures/proxy-strips-upgrade.pcap");
    found.must_be(&[]);
    let [connection] = &found.connections[..] else { panic!("{:#?}", found.connections) };
    assert_eq!((status(connection), connection.evidence.name()), (426, "refused"));
}

fn status(connection: &Socket) -> u16 {
    connection.handshake.as_ref().unwrap().response.as_ref().unwrap().status
}

#[test]
fn an_upgrade_inside_a_connect_tunnel() {
    whole("samples/proxy-connect.pcap", "proxy-connect");
}

#[test]
fn both_legs_of_a_proxy_in_a_cooked_capture() {
    whole("samples/proxy-both-legs.pcap", "proxy-both-legs");
}

#[test]
fn socketio_in_gzip() {
    whole("samples/socketio.pcap.gz", "socketio");
}

#[test]
fn graphql_in_zstd() {
    whole("samples/graphql-transport-ws.pcap.zst", "graphql-transport-ws");
}

#[test]
fn mqtt() {
    whole("samples/mqtt.pcap", "mqtt");
}

#[test]
fn stomp() {
    whole("samples/stomp.pcap", "stomp");
}

#[test]
fn xmpp() {
    whole("tests/data/captures/xmpp.pcap", "xmpp");
}

#[test]
fn rfb_and_its_forbidden_close_code() {
    let found = dissect("tests/data/captures/rfb-vnc.pcap");
    found.must_be(&expected("rfb-vnc"));
    let [error] = &found.errors[..] else { panic!("{:#?}", found.errors) };
    assert!(error.starts_with("ws.close.code"), "{error}");
}

#[test]
fn packet_comments_in_pcapng() {
    whole("samples/messages-commented.pcapng", "commented");
    let mut source = capture::open(&root().join("samples/messages-commented.pcapng"), &Default::default()).unwrap();
    let mut comments = Vec::new();
    while let Some(packet) = source.next_packet().unwrap() {
        comments.extend(packet.comment.map(|comment| (packet.number, comment.to_string())));
    }
    assert_eq!(comments, [(4, "the upgrade request".to_string()), (8, "first masked frame".to_string())]);
}

#[test]
fn big_endian_file_in_microseconds() {
    whole("tests/data/captures/big-endian-usec.pcap", "big-endian-usec");
}

#[test]
fn two_vlan_tags() {
    whole("tests/data/captures/vlan-qinq.pcap", "vlan-qinq");
}

#[test]
fn raw_ip() {
    whole("tests/data/captures/linktype-raw-ip.pcap", "linktype-raw-ip");
}

#[test]
fn bsd_loopback() {
    whole("tests/data/captures/linktype-null.pcap", "linktype-null");
}

#[test]
fn ip_fragments_give_the_frames_of_the_plain_capture() {
    // Packets 1 to 140 of messages-plain; packet numbers differ, since each large packet became two.
    let found = dissect("tests/data/captures/ipv4-fragments.pcap");
    found.without_errors();
    let mut want: Vec<Row> = expected("messages-plain");
    want.retain(|row| row.packets.1 <= 140);
    assert_eq!(want.len(), 33);
    let (ended, unfinished): (Vec<_>, Vec<_>) = found.rows.values().partition(|row| row.bytes != Bytes::Unfinished);
    assert_eq!(unfinished.iter().map(|row| row.place).collect::<Vec<_>>(), [(0, 's', 4396)], "cut by the end");
    let content = |row: &Row| (row.place, row.header.clone(), row.bytes.clone(), row.message.clone());
    want.sort_by_key(|row| row.place);
    assert_eq!(ended.into_iter().map(content).collect::<Vec<_>>(), want.iter().map(content).collect::<Vec<_>>());
}

#[test]
fn a_file_cut_in_its_last_record_gives_what_comes_before() {
    let path = root().join("samples/truncated-file.pcap");
    let mut source = capture::open(&path, &Default::default()).unwrap();
    let mut packets = 0;
    while let Ok(Some(packet)) = source.next_packet() {
        packets = packet.number;
    }
    assert_eq!(packets, 24);
    let mut want = expected("stomp");
    want.retain(|row| row.packets.1 <= 24);
    assert_eq!(want.len(), 10);
    dissect("samples/truncated-file.pcap").must_be(&want);
}

#[test]
fn samples_in_other_clothes_give_the_frames_of_the_plain_capture() {
    for (file, list) in [
        ("samples/vlan-qinq.pcap", "vlan-qinq"),
        ("samples/ip-fragments.pcap", "messages-plain"),
        ("samples/reordered.pcap", "tcp-reordered-duplicated"),
    ] {
        let found = dissect(file);
        found.without_errors();
        let mut want: Vec<_> = expected(list).into_iter().filter(|row| found.rows.contains_key(&row.place)).collect();
        want.sort_by_key(|row| row.place);
        assert_eq!(want.len(), 32, "{file}");
        let content = |row: &Row| (row.place, row.header.clone(), row.bytes.clone(), row.message.clone());
        let rows: Vec<_> = found.rows.values().map(content).collect();
        assert_eq!(rows, want.iter().map(content).collect::<Vec<_>>(), "{file}");
    }
}

#[test]
fn draft_hybi_7() {
    whole("tests/data/captures/legacy-hybi7.pcap", "legacy-hybi7");
}

#[test]
fn draft_hybi_8() {
    whole("samples/legacy-hybi8.pcap", "legacy-hybi8");
}

#[test]
fn two_packets_without_a_handshake() {
    whole("samples/hello-midstream.pcap", "seed-frames-51-52");
}

#[test]
fn messages_joined_mid_stream() {
    let found = dissect("tests/data/captures/midstream-no-handshake.pcap.zst");
    found.must_be(&expected("midstream-no-handshake"));
}

#[test]
fn six_lost_segments_cost_the_bytes_they_held_and_nothing_else() {
    // What is in the plain capture and not in this one, by address and sequence number.
    const LOST: [u64; 6] = [51, 99, 168, 278, 786, 793];
    let found = dissect("tests/data/captures/tcp-lost-segments.pcap.lz4");
    let want = expected("messages-plain");
    assert_eq!(found.rows.keys().copied().collect::<Vec<_>>(), {
        let mut places: Vec<_> = want.iter().map(|row| row.place).collect();
        places.sort_unstable();
        places
    });
    let mut broken = 0;
    for want in &want {
        let row = &found.rows[&want.place];
        assert_eq!(row.header, want.header);
        let lost = LOST.iter().filter(|packet| (want.packets.0..=want.packets.1).contains(packet)).count() as u64;
        if lost == 0 {
            assert_eq!((&row.bytes, &row.message), (&want.bytes, &want.message), "{:?}", want.place);
        } else {
            let length: u64 = want.header.rsplit(' ').next().unwrap().parse().unwrap();
            assert_eq!(row.bytes, Bytes::Holes(length - 1448 * lost), "{:?}", want.place);
            broken += 1;
        }
    }
    assert_eq!(broken, 5);
}

#[test]
fn a_snap_length_of_96_keeps_every_header_and_place() {
    let found = dissect("tests/data/captures/snaplen-96.pcap.gz");
    let want = expected("messages-plain");
    assert_eq!(found.rows.len(), want.len());
    for want in &want {
        let row = &found.rows[&want.place];
        assert_eq!((&row.header, row.packets), (&want.header, want.packets));
        let length: u64 = want.header.rsplit(' ').next().unwrap().parse().unwrap();
        match &row.bytes {
            Bytes::Holes(captured) => assert!(*captured < length),
            bytes => assert_eq!(bytes, &want.bytes, "{:?}", want.place),
        }
    }
    assert!(found.rows.values().any(|row| matches!(row.bytes, Bytes::Holes(_))));
}

/// What both peers sent, read off the packets: a type byte, the text, 0xFF; in -76 the closing FF 00 at the end.
#[test]
fn drafts_hixie_75_and_76() {
    let texts = ["Hello", "d\u{e9}j\u{e0} vu", "{\"px\":1}"];
    for (file, packets, closing) in [
        ("tests/data/captures/legacy-hixie75.pcap", [(8, 9), (11, 12), (14, 15)], None),
        ("tests/data/captures/legacy-hixie76.pcap", [(10, 11), (13, 14), (16, 17)], Some((19, 20))),
    ] {
        let found = dissect(file);
        found.without_errors();
        let mut want = Vec::new();
        for side in ['c', 's'] {
            let of = |packets: (u64, u64)| if side == 'c' { packets.0 } else { packets.1 };
            let mut offset = 0;
            for (text, packets) in texts.into_iter().zip(packets) {
                let (length, sha) = (text.len() as u64, sha(text.as_bytes()));
                want.push(Row {
                    place: (0, side, offset),
                    header: header_text(1, 0, 1, "", length),
                    bytes: Bytes::Whole(sha.clone()),
                    packets: (of(packets), of(packets)),
                    message: Some(message_text(1, length, &sha, false)),
                });
                offset += length + 2;
            }
            want.extend(closing.map(|packets| Row {
                place: (0, side, offset),
                header: header_text(1, 0, 8, "", 0),
                bytes: Bytes::Whole(sha(b"")),
                packets: (of(packets), of(packets)),
                message: None,
            }));
        }
        found.must_be(&want);
        let draft = found.connections[0].handshake.as_ref().unwrap().draft().unwrap();
        assert!(draft.is_hixie(), "{draft}");
    }
}
