//! The kernel's ring, and the capture library beside it: every packet once, whole, in order, with its time.

use std::collections::HashMap;
use std::net::UdpSocket;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, bind, send, socket};
use sockeye::base::LinkType;
use sockeye::capture::live::library::Library;
use sockeye::capture::live::{Backend, Error, Event, Live, Options};

use crate::link::{Pair, ip};

/// Every test of this file.
pub const TESTS: &[(&str, fn())] = &[
    ("ring::every_packet_on_a_pair_once_in_order_and_whole", every_packet_on_a_pair_once_in_order_and_whole),
    ("ring::loopback_shows_a_packet_once", loopback_shows_a_packet_once),
    ("ring::any_names_the_interface_of_each_packet", any_names_the_interface_of_each_packet),
    ("ring::tags_are_where_they_were", tags_are_where_they_were),
    ("ring::a_filter_decides_in_the_kernel", a_filter_decides_in_the_kernel),
    ("ring::a_snap_length_cuts", a_snap_length_cuts),
    ("ring::two_interfaces_come_in_the_order_of_time", two_interfaces_come_in_the_order_of_time),
    ("ring::a_burst_larger_than_the_ring_is_counted", a_burst_larger_than_the_ring_is_counted),
    ("ring::down_up_renamed_and_gone_are_told", down_up_renamed_and_gone_are_told),
    ("ring::an_unknown_interface_offers_the_nearest", an_unknown_interface_offers_the_nearest),
    ("ring::without_the_right_the_error_names_it", without_the_right_the_error_names_it),
    ("ring::the_library_captures_the_same", the_library_captures_the_same),
];

/// Longest time any test waits for a packet that has to come.
const PATIENCE: Duration = Duration::from_secs(120);

struct Seen {
    link: LinkType,
    interface: u32,
    time: i64,
    data: Vec<u8>,
    wire: u32,
}

impl Seen {
    /// The number that `numbered` put at the end of the payload.
    fn number(&self) -> u32 {
        u32::from_be_bytes(self.data[self.data.len() - 4..].try_into().unwrap())
    }
}

fn open(names: &[&str], options: &Options) -> Live {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    Live::open(&names, options).unwrap_or_else(|error| panic!("{error}"))
}

fn filtered(filter: &str) -> Options {
    Options { filter: Some(filter.to_owned()), ..Options::default() }
}

/// Packets until there are `count`, and those that still come shortly after.
fn collect(live: &mut Live, count: usize) -> Vec<Seen> {
    collect_until(live, |seen| seen.len() >= count)
}

/// Packets until there are enough, and those that still come shortly after. It is quiet where the kernel has nothing, not
/// where this thread had to wait for its turn.
fn collect_until(live: &mut Live, enough: impl Fn(&[Seen]) -> bool) -> Vec<Seen> {
    let (mut seen, mut first) = (Vec::new(), None);
    let start = Instant::now();
    let mut quiet = Instant::now();
    loop {
        if let Some(packet) = live.next_packet(Duration::from_millis(20)).unwrap() {
            assert_eq!(packet.number, *first.get_or_insert(packet.number) + u64::try_from(seen.len()).unwrap());
            let (link, interface, time) = (packet.link, packet.interface, packet.time.0);
            seen.push(Seen { link, interface, time, data: packet.data.to_vec(), wire: packet.wire_len });
            quiet = Instant::now();
        } else if start.elapsed() >= PATIENCE || (quiet.elapsed() >= Duration::from_millis(50) && enough(&seen)) {
            return seen;
        }
    }
}

fn numbered(number: u32, len: usize) -> Vec<u8> {
    let mut payload = vec![0xa5; len.max(4) - 4];
    payload.extend(number.to_be_bytes());
    payload
}

/// Sends datagrams with the numbers `range` from this thread's namespace.
fn send_numbered(to: &str, range: std::ops::Range<u32>, len: usize) {
    let socket = UdpSocket::bind(if to.starts_with('[') { "[::]:0" } else { "0.0.0.0:0" }).unwrap();
    for number in range {
        // A refused port of the loopback interface is told to the sender; the datagram was on the wire all the same.
        let _ = socket.send_to(&numbered(number, len), to);
    }
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()).unwrap()
}

fn every_packet_on_a_pair_once_in_order_and_whole() {
    let pair = Pair::new();
    let mut live = pair.left.run(|| open(&["left"], &filtered("udp dst port 4000")));
    let start = now();
    pair.left.run(|| send_numbered("10.7.0.2:4000", 0..500, 100));
    pair.right.run(|| send_numbered("10.7.0.1:4000", 500..1000, 1400));
    pair.right.run(|| send_numbered("[fd07::1]:4000", 1000..1500, 64));
    let seen = collect(&mut live, 1500);
    let end = now();
    assert_eq!(seen.iter().map(Seen::number).collect::<Vec<_>>(), (0..1500).collect::<Vec<_>>());
    let mut last = start;
    for (packet, number) in seen.iter().zip(0..) {
        assert_eq!((packet.link, packet.interface), (LinkType::ETHERNET, 0));
        let expected = if number < 500 {
            42 + 100
        } else if number < 1000 {
            42 + 1400
        } else {
            62 + 64
        };
        assert_eq!((packet.data.len(), packet.wire), (expected, u32::try_from(expected).unwrap()));
        assert!(packet.time >= last && packet.time <= end, "{} {last} {end}", packet.time);
        last = packet.time;
    }
    assert!(seen.iter().any(|packet| packet.time % 1000 != 0), "nanoseconds");
    let drops = live.drops();
    assert_eq!((drops.accepted, drops.dropped), (1500, 0));
    assert_eq!(live.events(), []);
}

fn loopback_shows_a_packet_once() {
    let pair = Pair::new();
    let mut live = pair.left.run(|| open(&["lo"], &filtered("udp port 4000")));
    pair.left.run(|| send_numbered("127.0.0.1:4000", 0..200, 50));
    // The kernel's own answers, "port unreachable", are not UDP.
    let seen = collect(&mut live, 200);
    assert_eq!(seen.iter().map(Seen::number).collect::<Vec<_>>(), (0..200).collect::<Vec<_>>());
    assert_eq!(seen[0].link, LinkType::ETHERNET);
    assert_eq!(live.drops().accepted, 200, "the second copy does not even enter the ring");
}

fn any_names_the_interface_of_each_packet() {
    let pair = Pair::new();
    let mut live = pair.left.run(|| open(&["any"], &filtered("udp dst port 4000")));
    pair.left.run(|| send_numbered("127.0.0.1:4000", 0..100, 50));
    pair.left.run(|| send_numbered("10.7.0.2:4000", 100..200, 50));
    pair.right.run(|| send_numbered("10.7.0.1:4000", 200..300, 50));
    let index = |name| pair.left.run(|| sockeye::capture::live::interfaces::find(name).unwrap().index);
    let (lo, left) = (index("lo"), index("left"));
    let seen = collect(&mut live, 300);
    assert_eq!(seen.iter().map(Seen::number).collect::<Vec<_>>(), (0..300).collect::<Vec<_>>());
    for packet in &seen {
        let header = &packet.data[..20];
        // Protocol, reserved, interface, hardware type, packet type: to us 0, outgoing 4.
        let (interface, hardware, kind) = match packet.number() {
            0..100 => (lo, 772u16, 0),
            100..200 => (left, 1, 4),
            _ => (left, 1, 0),
        };
        assert_eq!(header[..4], [0x08, 0x00, 0, 0]);
        assert_eq!(header[4..8], interface.to_be_bytes());
        assert_eq!((&header[8..10], header[10], header[11]), (&hardware.to_be_bytes()[..], kind, 6));
        assert_eq!((packet.link, packet.wire), (LinkType::LINUX_SLL2, 20 + 28 + 50));
    }
}

/// Sends frames as they are on `interface` of this thread's namespace.
fn send_frames(interface: &str, frames: &[Vec<u8>]) {
    let addresses = nix::ifaddrs::getifaddrs().unwrap().filter(|entry| entry.interface_name == interface);
    let link = addresses.filter_map(|entry| entry.address?.as_link_addr().copied()).next().unwrap();
    let raw = socket(AddressFamily::Packet, SockType::Raw, SockFlag::empty(), None).unwrap();
    bind(std::os::fd::AsRawFd::as_raw_fd(&raw), &link).unwrap();
    for frame in frames {
        send(std::os::fd::AsRawFd::as_raw_fd(&raw), frame, MsgFlags::empty()).unwrap();
    }
}

/// A frame to everyone, with tags, holding a UDP datagram to port 4000.
fn tagged(tags: &[(u16, u16)], number: u32) -> Vec<u8> {
    let mut frame = vec![0xff; 6];
    frame.extend([2, 0, 0, 0, 0, 9]);
    for (tpid, tci) in tags {
        frame.extend(tpid.to_be_bytes());
        frame.extend(tci.to_be_bytes());
    }
    frame.extend([0x08, 0x00, 0x45, 0, 0, 60, 0, 0, 0, 0, 64, 17, 0, 0, 10, 7, 0, 2, 10, 7, 0, 1]);
    frame.extend([0x0f, 0xa0, 0x0f, 0xa0, 0, 40, 0, 0]);
    frame.extend(numbered(number, 32));
    frame
}

fn tags_are_where_they_were() {
    let pair = Pair::new();
    let frames = [
        tagged(&[], 0),
        tagged(&[(0x8100, 0x2064)], 1),
        tagged(&[(0x88a8, 100), (0x8100, 200)], 2),
        tagged(&[(0x8100, 0)], 3),
    ];
    let listen = |interface, filter: &str| pair.left.run(|| open(&[interface], &filtered(filter)));
    let vlans = [("vlan 100", vec![1, 2]), ("vlan and udp port 4000", vec![1, 3]), ("vlan and vlan 200", vec![2])];
    let mut lives: Vec<(Live, Vec<u32>)> =
        vlans.into_iter().map(|(filter, numbers)| (listen("left", filter), numbers)).collect();
    // Without the word the kernel asks the packet whose tag it has already taken off, as it does for tcpdump.
    lives.push((listen("left", "udp port 4000"), vec![0, 1, 3]));
    if Library::get().is_ok() {
        // Only libpcap knows how to ask for that.
        lives.push((listen("left", "ether src 2:0:0:0:0:9"), vec![0, 1, 2, 3]));
    }
    let mut any = listen("any", "");
    pair.right.run(|| send_frames("right", &frames));
    for (live, numbers) in &mut lives {
        let seen = collect(live, numbers.len());
        assert_eq!(seen.iter().map(Seen::number).collect::<Vec<_>>(), *numbers);
        for packet in &seen {
            let sent = &frames[usize::try_from(packet.number()).unwrap()];
            assert_eq!((&packet.data, packet.wire), (sent, u32::try_from(sent.len()).unwrap()));
        }
    }
    // Other packets pass there too.
    let ours = |packet: &Seen| packet.data.ends_with(&[0xa5, 0, 0, 0, packet.data[packet.data.len() - 1]]);
    let mut seen = collect_until(&mut any, |seen| seen.iter().filter(|packet| ours(packet)).count() >= 4);
    seen.retain(ours);
    assert_eq!(seen.len(), 4);
    for packet in seen {
        let sent = &frames[usize::try_from(packet.number()).unwrap()];
        assert_eq!((&packet.data[..2], &packet.data[20..]), (&sent[12..14], &sent[14..]));
        assert_eq!(packet.wire, u32::try_from(sent.len() + 6).unwrap());
    }
}

fn a_filter_decides_in_the_kernel() {
    let pair = Pair::new();
    let mut chosen = pair.left.run(|| open(&["left"], &filtered("udp portrange 4001-4002 or 4004")));
    let mut unchosen = pair.left.run(|| open(&["any"], &filtered("not udp port 4001 and udp and dst net 10.7.0.0/24")));
    for port in 4000..4006 {
        pair.left.run(|| send_numbered(&format!("10.7.0.2:{port}"), port..port + 1, 40));
    }
    let numbers = |live: &mut Live, count| collect(live, count).iter().map(Seen::number).collect::<Vec<_>>();
    assert_eq!(numbers(&mut chosen, 3), [4001, 4002, 4004]);
    assert_eq!(chosen.drops().accepted, 3);
    assert_eq!(numbers(&mut unchosen, 5), [4000, 4002, 4003, 4004, 4005]);
    assert_eq!(unchosen.drops().accepted, 5);
}

fn a_snap_length_cuts() {
    let pair = Pair::new();
    for (filter, interface, header) in
        [("udp port 4000", "left", 14), ("udp port 4000", "any", 20), ("vlan", "left", 18)]
    {
        let options = Options { snap: 60, ..filtered(filter) };
        let mut live = pair.left.run(|| open(&[interface], &options));
        match filter {
            "vlan" => pair.right.run(|| send_frames("right", &[tagged(&[(0x8100, 7)], 0)])),
            _ => pair.left.run(|| send_numbered("10.7.0.2:4000", 0..1, 32)),
        }
        let seen = collect(&mut live, 1);
        assert_eq!((seen[0].data.len(), seen[0].wire), (60, header + 60), "{filter} on {interface}");
    }
}

fn two_interfaces_come_in_the_order_of_time() {
    let pair = Pair::new();
    pair.left.ip("link add one type veth peer name two");
    pair.left.ip("addr add 10.8.0.1/24 dev one");
    pair.left.ip("link set one up");
    pair.left.ip("link set two up");
    pair.left.ip("neigh add 10.8.0.2 lladdr 02:00:00:00:00:02 dev one");
    let mut live = pair.left.run(|| open(&["left", "two"], &filtered("udp port 4000")));
    pair.left.run(|| {
        for number in 0..200 {
            let to = if number % 3 == 0 { "10.8.0.2:4000" } else { "10.7.0.2:4000" };
            send_numbered(to, number..number + 1, 60);
        }
    });
    let seen = collect(&mut live, 200);
    assert_eq!(seen.iter().map(Seen::number).collect::<Vec<_>>(), (0..200).collect::<Vec<_>>());
    assert!(seen.iter().all(|packet| packet.interface == u32::from(packet.number() % 3 == 0)));
    assert!(seen.is_sorted_by_key(|packet| packet.time));
    assert_eq!(live.interfaces(), [("left".to_owned(), LinkType::ETHERNET), ("two".to_owned(), LinkType::ETHERNET)]);
}

fn a_burst_larger_than_the_ring_is_counted() {
    let pair = Pair::new();
    let options = Options { ring_bytes: 512 * 1024, ..filtered("udp port 4000") };
    let mut live = pair.left.run(|| open(&["lo"], &options));
    pair.left.run(|| send_numbered("127.0.0.1:4000", 0..2000, 1000));
    let seen = collect(&mut live, 1);
    let drops = live.drops();
    assert_eq!(drops.accepted, 2000);
    assert!(drops.dropped > 0 && seen.len() < 2000);
    assert_eq!(u64::try_from(seen.len()).unwrap() + drops.dropped, 2000);
    assert_eq!(live.drops(), drops, "counts add up and are not lost by asking");
}

/// Waits until `event` is told, while packets may come.
fn wait_for(live: &mut Live, event: &Event) {
    let start = Instant::now();
    let mut told = Vec::new();
    while start.elapsed() < PATIENCE {
        live.next_packet(Duration::from_millis(20)).unwrap();
        told.extend(live.events());
        if told.contains(event) {
            return;
        }
    }
    panic!("{event} was not told, but {told:?}");
}

fn down_up_renamed_and_gone_are_told() {
    let pair = Pair::new();
    let mut live = pair.left.run(|| open(&["left", "lo"], &filtered("udp port 4000")));
    let watch = |live: &mut Live, event: Event| pair.left.run(|| wait_for(live, &event));
    pair.left.ip("link set left down");
    watch(&mut live, Event::Down { interface: "left".into() });
    pair.left.run(|| send_numbered("127.0.0.1:4000", 1..2, 40));
    assert_eq!(pair.left.run(|| collect(&mut live, 1)).len(), 1, "the other interface goes on");
    pair.left.ip("link set left name port");
    watch(&mut live, Event::Renamed { from: "left".into(), to: "port".into() });
    pair.left.ip("link set port up");
    watch(&mut live, Event::Up { interface: "port".into() });
    pair.left.run(|| send_numbered("10.7.0.2:4000", 2..3, 40));
    assert_eq!(pair.left.run(|| collect(&mut live, 1))[0].number(), 2, "capture goes on after down and up");
    pair.left.ip("link del port");
    watch(&mut live, Event::Gone { interface: "port".into() });
    assert!(!live.over());
    pair.left.run(|| send_numbered("127.0.0.1:4000", 3..4, 40));
    assert_eq!(pair.left.run(|| collect(&mut live, 1))[0].number(), 3);

    ip(&format!("-n {} link add left netns {} type veth peer name right", pair.right.name, pair.left.name)).unwrap();
    let mut alone = pair.left.run(|| open(&["left"], &Options::default()));
    pair.left.ip("link del left");
    watch(&mut alone, Event::Gone { interface: "left".into() });
    assert!(alone.over());
}

fn an_unknown_interface_offers_the_nearest() {
    let pair = Pair::new();
    let error = pair.left.run(|| Live::open(&["lefft".to_owned()], &Options::default()).err().unwrap());
    assert!(matches!(&error, Error::UnknownInterface { nearest: Some(name), .. } if name == "left"), "{error}");
    assert!(matches!(Live::open(&[], &Options::default()), Err(Error::NoInterface)));
    let error = pair.left.run(|| Live::open(&["left".to_owned()], &filtered("tcp prot 80")).err().unwrap());
    assert!(matches!(error, Error::Filter(_)), "{error}");
}

fn without_the_right_the_error_names_it() {
    let refused = std::thread::spawn(|| {
        let none = rustix::thread::CapabilitySet::empty();
        let sets = rustix::thread::CapabilitySets { effective: none, permitted: none, inheritable: none };
        rustix::thread::set_capabilities(None, sets).unwrap();
        Live::open(&["lo".to_owned()], &Options::default()).err().unwrap()
    });
    let error = refused.join().unwrap().to_string();
    assert!(error.contains("sudo sockeye live lo") && error.contains("setcap cap_net_raw=ep /"), "{error}");
}

fn the_library_captures_the_same() {
    if Library::get().is_err() {
        eprintln!("SKIPPED: libpcap is not installed");
        return;
    }
    let pair = Pair::new();
    let through = |backend| {
        // The library gives every packet as much room in its buffer as the snap length allows.
        let options = Options { backend, snap: 2000, ..filtered("udp dst port 4000") };
        pair.left.run(|| open(&["left"], &options))
    };
    let (mut ours, mut theirs) = (through(Backend::Native), through(Backend::Library));
    pair.left.run(|| send_numbered("10.7.0.2:4000", 0..300, 100));
    pair.right.run(|| send_numbered("10.7.0.1:4000", 300..600, 700));
    let (ours, theirs) = (collect(&mut ours, 600), collect(&mut theirs, 600));
    assert_eq!((ours.len(), theirs.len()), (600, 600));
    let by_number: HashMap<u32, &Seen> = theirs.iter().map(|packet| (packet.number(), packet)).collect();
    for packet in &ours {
        let other = by_number[&packet.number()];
        assert_eq!((&packet.data, packet.wire, packet.link), (&other.data, other.wire, other.link));
        assert!((packet.time - other.time).abs() < 1_000_000_000);
    }
    let opened = |name: &str| {
        let options = Options { backend: Backend::Library, ..Options::default() };
        pair.left.run(|| Live::open(&[name.to_owned()], &options).err())
    };
    assert!(matches!(opened("lefft"), Some(Error::UnknownInterface { nearest: Some(_), .. })));
    let listed = pair.left.run(|| Library::get().unwrap().interfaces().unwrap());
    let left = listed.iter().find(|interface| interface.name == "left").unwrap();
    assert!(left.up && left.addresses.iter().any(|address| address.ip.to_string() == "10.7.0.1"));
}
