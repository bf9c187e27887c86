//! What stands below the help of a command: examples, what is not said by the options, the exit status.

pub(super) const EXAMPLES: &str = "\
Examples:
  sockeye capture.pcap                           look into a capture
  sockeye frames capture.pcap.gz                 a line a frame
  sockeye messages capture.pcap --format jsonl   a JSON object a message
  sockeye frames capture.pcap -e n -e length     chosen fields, tab-separated
  sockeye follow capture.pcap 0                  one conversation
  sockeye lint capture.pcap                      what breaks the rules
  sudo sockeye live eth0 -f 'tcp port 80'        watch an interface
  tcpdump -U -w - tcp port 80 | sockeye frames - frames as they pass

Captures are pcap or pcapng, also inside gzip, zstd or lz4; '-' is standard input. WebSocket \
connections are found on any port.

Exit status: 0 done; 1 findings of lint, or an argument that makes no sense; 2 an interface cannot \
be captured on; 3 the file cannot be opened or is no capture; 4 a filter that makes no sense; 14 \
reading or writing failed part-way (an error of the disk, not a cut file). As root, a capture is \
read as the user who called sudo.";

/// How commands that read a capture end.
macro_rules! status {
    () => {
        "\n\nExit status: 0 done; 1 an argument that makes no sense; 3 the file cannot be opened or is no capture; 14 \
         reading or writing failed part-way."
    };
}

/// How `lint` ends.
macro_rules! lint_status {
    () => {
        "\n\nExit status: 0 nothing that fails the check; 1 findings, or an argument that makes no sense; 3 the file \
         cannot be opened or is no capture; 14 reading or writing failed part-way."
    };
}

pub(super) const LIST_EXAMPLES: &str = concat!(
    "\
Examples:
  sockeye frames capture.pcap
  sockeye frames capture.pcap --format jsonl | jq 'select(.opcode == 8)'
  sockeye frames capture.pcap --format csv > frames.csv
  sockeye frames capture.pcap -e n -e direction -e opcode.name -e payload

A line of text holds: number, seconds since the first packet, connection, direction, opcode, flags \
(FIN, RSV1 to RSV3, MASK), length, the beginning of the payload, and notes: ✖ error, ▲ warning, \
• note. What does not show itself is made visible: ␛ for an escape character, ⟨RLO⟩ for a mark that \
turns text round, ⟨FF⟩ for a byte that is no UTF-8. `sockeye fields` lists the names for -e.",
    status!()
);

pub(super) const MESSAGES_EXAMPLES: &str = concat!(
    "\
Examples:
  sockeye messages capture.pcap
  sockeye messages capture.pcap --width 0 | grep -i error
  sockeye messages capture.pcap --format jsonl | jq -r '.payload.text // empty'

A line of text holds: number, seconds since the first packet, connection, direction, opcode, number \
of frames, bytes on the wire, length once inflated, the beginning of the payload, and notes: ✖ \
error, ▲ warning, • note. `sockeye fields messages` lists the names for -e.",
    status!()
);

pub(super) const CONNECTIONS_EXAMPLES: &str = concat!(
    "\
Examples:
  sockeye connections capture.pcap
  sockeye connections capture.pcap --format jsonl

A line of text holds: number, seconds since the first packet, duration, client, server, frames from \
each, what it is and how it was closed, and notes: ✖ error, ▲ warning, • note. `sockeye fields \
connections` lists the names for -e.",
    status!()
);

pub(super) const FOLLOW_EXAMPLES: &str = concat!(
    "\
Examples:
  sockeye connections capture.pcap           which connections there are
  sockeye follow capture.pcap 0 | less -R
  sockeye follow capture.pcap#c0           the same, by its address
  sockeye follow capture.pcap 0 --format jsonl | jq -r '.payload.text // empty'

Where a connection carries several WebSockets in streams of its own, 0s5 (or FILE#c0s5) is stream 5 \
of connection 0. JSON Lines hold the connection's messages and control frames in the order in which \
they end, and the connection last.",
    status!()
);

pub(super) const STATS_EXAMPLES: &str = concat!(
    "\
Examples:
  sockeye stats capture.pcap
  sockeye stats capture.pcap --format jsonl | jq .frames
  sockeye stats -q capture.pcap

With -q, one line: packets=N connections=N websockets=N frames=N messages=N payload=N inflated=N \
notes=N
  packets      packets read
  connections  TCP connections
  websockets   those of them that are WebSocket, refused upgrades left out
  payload      payload bytes of all frames, as far as they are in the capture
  inflated     bytes of all messages, after inflating those that are compressed

Every frame is decoded, every message inflated and checked, whatever is printed.",
    status!()
);

pub(super) const EXPLAIN_EXAMPLES: &str = concat!(
    "\
Examples:
  sockeye explain 81 85 cb 6e 9f 8e 83 0b f3 e2 a4
  sockeye explain 0x8105,0x48656c6c6f
  sockeye explain '\\x81\\x05Hello'
  sockeye explain gQVIZWxsbw==
  sockeye explain capture.pcap#12 --full
  sockeye explain capture.pcap#c0                the opening handshake
  sockeye explain capture.pcap#m3                a message, with its frames
  sockeye explain 'capture.pcap#12.payload[4..7]'  four bytes of a payload
  sockeye explain --deflate f248cdc9c90700       a payload, bit by bit
  sockeye explain - < frame.bin
  xxd frame.bin | sockeye explain -

Bytes may be written as hex with any separators, as xxd, hexdump, od, tcpdump and Wireshark print \
them, as an array or a string of a program, or as base64; standard input may also hold them as they \
are, and the heads of a handshake. What could be read in two ways is refused. Who sent bytes is told \
from the mask bit of each frame: only a client masks. RSV1 is taken for permessage-deflate; a \
message that refers to earlier ones can be inflated only where it is: in its capture.",
    status!()
);

pub(super) const LINT_EXAMPLES: &str = concat!(
    "\
Examples:
  sockeye lint capture.pcap
  sockeye lint capture.pcap --deny 'ws.mask.*' --deny ws.close.missing
  sockeye lint capture.pcap --allow ws.close.code --format jsonl

In a build, record what the tests say, then check it:
  tcpdump -i lo -w tests.pcap & make test; kill %1; wait
  sockeye lint tests.pcap

Findings are grouped by rule, the worst first, with how often and where first. Errors fail the \
check: exit status 1; without one it is 0. --deny makes a warning or note fail too, --allow leaves \
a rule out altogether. 'ws.mask.*' names all rules that begin so, '*' all there are. Where both \
options name a rule, the longer name counts, and --deny where they are equally long. `sockeye \
notes` lists the rules with their clauses. A capture without a WebSocket breaks none: the last line \
says so, and `connections` in its JSON is 0.",
    lint_status!()
);
