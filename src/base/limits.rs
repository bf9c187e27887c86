//! Every cap, with its reason. Reaching one makes a Note or a counter, never silence.
//!
//! The sum is what keeps a streaming output under 64 MiB of resident memory whatever the file holds.

/// Longest packet believed, bytes: 16 times the largest snap length tools write (262,144). A longer claim is a corrupt
/// record, not a packet.
pub const PACKET_BYTES: usize = 4 * 1024 * 1024;

/// Longest pcapng block of a packet, bytes: [`PACKET_BYTES`], and comments.
pub const PACKET_BLOCK_BYTES: usize = PACKET_BYTES + 1024 * 1024;

/// Longest other pcapng block read, bytes: secrets fit; a longer one is skipped without being kept.
pub const BLOCK_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of a capture read at once and walked before the next are read: fits the second-level cache of one core, so
/// that what was copied from the page cache is still there when it is looked at.
pub const BATCH_BYTES: usize = 256 * 1024;

/// Captured bytes of one packet believed while a damaged pcap is searched for its next record: the largest snap length
/// tools write.
pub const RESYNC_PACKET_BYTES: u32 = 256 * 1024;

/// Length of a block believed while a damaged pcapng is searched for its next block.
pub const RESYNC_BLOCK_BYTES: usize = 1024 * 1024;

/// Interfaces of one capture, over all its sections; a packet names its interface in 16 bits.
pub const INTERFACES: usize = 65_535;

/// Secrets, names and comments kept of one capture, bytes in all: what one block of each may hold.
pub const CAPTURE_TEXT_BYTES: usize = BLOCK_BYTES;

/// Warnings about one capture kept word for word; more are counted only.
pub const CAPTURE_WARNINGS: usize = 64;

/// Largest zstd window followed, bytes: what the zstd program itself accepts unless told otherwise.
pub const ZSTD_WINDOW_BYTES: u64 = 128 * 1024 * 1024;

/// Bytes of one aggregate of IEEE 802.11 that are read: none is longer (IEEE 802.11-2020 table 9-25). They hold fewer than
/// 256 segments. What follows is padding.
pub const AGGREGATE_BYTES: u16 = 11_454;

/// Headers inside one another in one packet: tags, labels, extension headers and tunnels. Real ones stay under ten.
pub const ENCAPSULATIONS: usize = 32;

/// IP datagrams under reassembly at once; the oldest is given up first. A thousand interleaved senders fit; small ones
/// take about 300 bytes each.
pub const FRAGMENTED_DATAGRAMS: usize = 4096;

/// Finished datagrams remembered, so that a fragment captured twice does not start its datagram again.
pub const FINISHED_DATAGRAMS: usize = 16;

/// Bytes held for IP reassembly in all.
pub const FRAGMENT_BYTES: usize = 4 * 1024 * 1024;

/// Seconds after which an unfinished datagram is given up (RFC 8200 section 4.5 says 60).
pub const FRAGMENT_SECONDS: i64 = 60;

/// Out-of-order bytes held for one direction of one connection: a full window of a fast path. More makes a gap.
pub const OUT_OF_ORDER_BYTES: usize = 1024 * 1024;

/// Segments with a wrong checksum held for one direction of one connection until another copy comes: more at once mean
/// that checksums are not to be believed there.
pub const DOUBTFUL_SEGMENTS: usize = 8;

/// Times that the same unacknowledged bytes must have been sent to be worth a note: once more may be a probe for a lost tail
/// (RFC 8985 section 7), and the capture may end before the answer.
pub const COPIES_UNACKNOWLEDGED: u32 = 3;

/// Out-of-order segments held for one direction of one connection: what [`OUT_OF_ORDER_BYTES`] holds of small ones.
pub const OUT_OF_ORDER_SEGMENTS: usize = 4096;

/// Packets of the capture that may pass while bytes of an HTTP head that is not whole are held: captures of several
/// queues or interfaces shuffle packets by tens, so what is missing may still come. How long TCP waits for missing bytes
/// stands in `src/tcp/patience.rs`.
pub const HTTP_PATIENCE_PACKETS: u64 = 512;

/// TCP connections remembered after they ended, so that late packets do not count as new connections.
pub const ENDED_CONNECTIONS: usize = 8_192;

/// TCP connections without payload remembered at once (a SYN flood makes millions); the oldest is forgotten first. Those
/// not at hand cost 40 bytes of memory each, and a few hundred of a temporary file.
pub const SILENT_CONNECTIONS: usize = 262_144;

/// TCP connections with payload open at once, about; beyond it the oldest are told as they stand, counted, and forgotten.
pub const OPEN_CONNECTIONS: usize = 262_144;

/// TCP connections whose state is at hand, about 4 KiB each; that of the others lies in a temporary file.
pub const CONNECTIONS_AT_HAND: usize = 1_536;

/// Bytes that those at hand hold of payloads, HTTP heads and the like under way; beyond it the longest unused of the
/// large ones go to the temporary file too, whatever their number. Bytes that wait for missing ones are bounded in
/// `src/tcp/patience.rs`.
pub const AT_HAND_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of frames, messages and connections held in memory until what ended before them was told; more lie in a
/// temporary file.
pub const HELD_BYTES: usize = 4 * 1024 * 1024;

/// Frames, messages and connections held until what ended before them was told, however small: each costs 48 bytes of
/// memory wherever it lies. Beyond it the first is told out of its turn, and counted.
pub const HELD_ITEMS: usize = 262_144;

/// Longest HTTP head held whole, bytes: browsers and servers stop between 8 and 256 KiB.
pub const HTTP_HEAD_BYTES: usize = 256 * 1024;

/// Longest HTTP head followed, bytes: one that is longer than [`HTTP_HEAD_BYTES`] is read with its long lines shortened.
pub const HTTP_LONG_HEAD_BYTES: u64 = 16 * 1024 * 1024;

/// Bytes kept of each line of a head that is longer than [`HTTP_HEAD_BYTES`]: what most servers take of a field at most.
pub const HTTP_LINE_BYTES: usize = 16 * 1024;

/// Bytes kept of the body of a response that refused an upgrade: error pages are shorter, and it is shown whole.
pub const REFUSAL_BODY_BYTES: usize = 8 * 1024;

/// Header fields in one HTTP head.
pub const HTTP_FIELDS: usize = 256;

/// Pieces remembered of bytes that HTTP holds, 64 bytes each: a head of 16 KiB may come byte by byte.
pub const HTTP_HELD_PARTS: usize = 16 * 1024;

/// Requests remembered on one connection that wait for a response: pipelines are shorter, and where only the client
/// was captured there is no end to them.
pub const HTTP_UNANSWERED: usize = 64;

/// Responses remembered on one connection that came before their requests: shuffled packets are few, and where only
/// the server was captured there is no end to them.
pub const HTTP_UNASKED: usize = 8;

/// Bytes a client may send after its upgrade request before the response is seen, held until it is known what they are.
pub const UPGRADE_PENDING_BYTES: usize = 256 * 1024;

/// Nanoseconds they are held at most, by the clock of the capture. Whatever ends later is told later, so one capture
/// that lacks a response would silence a live view. Few servers take two seconds to answer, and a client has to wait
/// for the answer (RFC 6455 section 4.1); one that still comes completes the handshake.
pub const UPGRADE_PENDING_NANOSECONDS: i64 = 2_000_000_000;

/// Bytes searched for the next frame after a gap, every place of them; behind those a frame is looked for where segments
/// begin. Longer frames than that are rare, and a stream that is none should cost no more than its copying. The note on
/// the bytes that were passed over says how many they are.
pub const SEARCHED_BYTES: u64 = 16 * 1024 * 1024;

/// Payload bytes of one frame kept for showing; the rest is counted, checked and inflated, but not shown.
pub const FRAME_KEPT_BYTES: usize = 8 * 1024 * 1024;

/// Bytes of one message kept for showing, after inflating.
pub const MESSAGE_KEPT_BYTES: usize = 8 * 1024 * 1024;

/// Bytes one message may inflate to; more stops inflating it. DEFLATE reaches 1,032 : 1, so 200 KB hold 200 MB.
pub const INFLATED_BYTES: u64 = 1024 * 1024 * 1024;

/// Bytes of one message that are collected to see whether they are compressed although nothing says so; a longer one stays
/// what it is. Whoever forgets to agree on compression, or to set a bit, does so in small messages too.
pub const GUESSED_BYTES: usize = 256 * 1024;

/// Decoders of compressed messages, about 110 KiB each, on all threads together: as many connections as are busy at
/// once.
pub const INFLATERS: usize = 48;

/// The same on one of many threads.
pub const INFLATERS_AT_LEAST: usize = 8;

/// Bytes of inflated text kept in memory for messages to refer back to (up to 32 KiB for each direction of a compressed
/// connection with context takeover), on all threads together. Beyond it the longest unused go to a temporary file.
pub const INFLATE_HISTORY_BYTES: usize = 4 * 1024 * 1024;

/// Notes kept on one connection; more are counted only.
pub const CONNECTION_NOTES: usize = 64;

/// Runs of text between the frames of one side that are told apart; more are counted only. Who writes one into a WebSocket
/// has lost its way, and few write a second.
pub const UNFRAMED_RUNS: usize = 16;

/// Pings of one side told apart while they wait for their pongs; older ones are counted only. Programs that ping wait for
/// the answer, so that few have two open.
pub const PINGS_WAITING: usize = 64;

/// Pongs remembered of one side that answered nothing, in case the ping that they answer is read later: they are read out
/// of order only by the packets of a gap.
pub const PONGS_KEPT: usize = 4;

/// Runs of missing bytes told apart in one frame or message; beyond it the last is said to reach to the end of what is
/// missing, with a note. A capture cut by a snap length has one for each packet.
pub const HOLES: usize = 65_536;

/// Frame numbers listed for one message; more are counted only.
pub const MESSAGE_FRAMES: usize = 65_536;

/// Frame numbers listed for all messages under way together, of 8 bytes each; more are counted only, but for the first
/// of each message.
pub const LISTED_FRAMES: usize = 1024 * 1024;

/// Batches of packets on their way between threads: enough that a shard has work while another lags behind, as where few
/// connections are busy with inflating. With 16 such a capture takes a fifth longer; more only take memory.
pub const LOADS: usize = 24;

/// Batches a shard has ready when it works on one rather than read another: what it does until somebody has read the
/// next.
pub const LOADS_READY: usize = 4;

/// Bytes of packets on their way between threads, about: batches are larger than usual only where a packet is.
pub const LOADS_BYTES: usize = 2 * LOADS * BATCH_BYTES;

/// Threads a capture is dissected on.
pub const SHARDS: usize = 64;

/// Parcels of findings on their way from each shard to the thread that puts them in order.
pub const PARCELS: usize = 3;

/// Bytes of payload in one parcel, of all shards together: what fits the caches of two cores.
pub const PARCEL_BYTES: usize = 512 * 1024;

/// The same of one shard, however many there are.
pub const PARCEL_BYTES_AT_LEAST: usize = 32 * 1024;

/// Bytes of packets that wait until it is known whose they are; beyond them they are taken for what they may be. They wait for
/// some tens of milliseconds, so this is hundreds of megabytes a second.
pub const UNDECIDED_BYTES: usize = 16 * 1024 * 1024;

/// Connections of which it is remembered whose they are.
pub const OWNED_CONNECTIONS: usize = 16_384;

/// Connections that are asked for and not yet looked up: more at once than a machine opens in the time that a look takes.
pub const OWNER_QUESTIONS: usize = 1024;

/// Bytes kept of what a program prints while the inspector has the screen: its last words.
pub const PRINTED_BYTES: usize = 64 * 1024;

/// Bytes of a live capture that wait in memory to be dissected where no file keeps them: a second of a busy link. When
/// they are full, packets stay in the kernel's ring, and what that loses is counted there.
pub const LIVE_QUEUE_BYTES: usize = 16 * 1024 * 1024;

/// Names in a row that a ring of files passes over because something has them already: the time stands in a name, so one
/// is unlikely, and only malice makes many. After them no file can be made, which is said.
pub const LIVE_RING_TRIES: u32 = 64;

/// Files of a live capture that stay open to be read again; a process may usually open 1,024.
pub const LIVE_FILES: usize = 512;

/// Rows of each column of an index that stay in memory: some 300 MB for that many frames. Later ones go to a temporary
/// file, so that a capture of a hundred million frames can be looked at.
pub const INDEX_ROWS: usize = 8 * 1024 * 1024;

/// Bytes inflated, in and out, between two windows (of 32 KiB) that an index keeps of a compressed direction: how much
/// is inflated again, at most, before a message that somebody wants to see.
pub const WINDOW_EVERY: u64 = 2 * 1024 * 1024;

/// Batches at the beginning of a capture that are looked at to decide how work is spread over threads.
pub const BATCHES_TRIED: usize = 8;

/// Longest message in the beginning of a capture whose connections are spread over threads for a list.
pub const SPREAD_MESSAGE_BYTES: u64 = 1024 * 1024;

/// Bytes that the inspector copies or writes at once: they are put together in memory, several times over as hex or as an
/// array. Real messages stay far below; of longer ones it is said that the rest is left out.
pub const TAKEN_BYTES: u64 = 64 * 1024 * 1024;

/// Longest file of what the inspector remembers of a capture, bytes: marks for all letters and digits take 4 KiB. A longer
/// one was not written by this program, and is left alone.
pub const SESSION_BYTES: u64 = 256 * 1024;

/// Longest file of annotations and lessons, bytes: 10,000 annotations of a page each. It is read whole.
pub const SIDECAR_BYTES: u64 = 32 * 1024 * 1024;

/// Longest text of an annotation, bytes: some pages.
pub const ANNOTATION_BYTES: u64 = 256 * 1024;

/// Files in a capture's folder that are looked into for annotations of a capture that was renamed. A folder of a class has a
/// hundred.
pub const SIDECARS_IN_FOLDER: usize = 1000;

/// Frames kept of those that a search of the inspector found: 8 MB. Of more than that the search is begun anew for each
/// step, and their number is said to be at least this.
pub const FOUND_FRAMES: usize = 1024 * 1024;

/// Bytes read from text that somebody wrote down, or from standard input, to be explained: far more than anybody reads an
/// explanation of. A row that a dump repeats may claim any number of them.
pub const DUMP_BYTES: usize = 1024 * 1024;

/// Steps of a compressed message that are explained one by one: some hundred screens of them, and the codes of as many blocks
/// take 26 MB.
pub const DEFLATE_STEPS: usize = 20_000;

/// Secrets kept of key logs and of a capture's own, on each thread: about 150 bytes each. A browser that is used for a day logs
/// some tens of thousands.
pub const KEY_LOG_SECRETS: u64 = 1_000_000;

/// Bytes read of all key logs that are named together: what the secrets above take as text.
pub const KEY_LOG_BYTES: u64 = 256 * 1024 * 1024;

/// Bytes of a key log's line: the longest secret is a configuration of Encrypted Client Hello, some hundred bytes in hex.
pub const KEY_LOG_LINE_BYTES: usize = 8192;

/// Bytes of decryption secrets that are looked for further on in a capture: those of some hundred thousand connections.
pub const KEY_LOG_BYTES_AHEAD: usize = 64 * 1024 * 1024;

/// Protocols kept of a list that a TLS client offers: nobody offers more than a few.
pub const TLS_PROTOCOLS: usize = 32;

/// Names kept of a certificate: those of a content network have a hundred, and nobody reads them.
pub const TLS_CERTIFICATE_NAMES: usize = 16;

/// Records that may be missing before one that is opened all the same: each has its number, and the next that fits is looked for.
/// With records of 1,400 bytes that is a loss of 5 MB.
pub const TLS_SKIPPED_RECORDS: u64 = 4096;

/// Bytes on which keys and numbers are tried that are not due, a direction: a stranger chooses what does not open.
pub const TLS_TRIED_BYTES: u64 = 256 * 1024 * 1024;

/// How many bytes may be tried for each that was lost or did not open, so that many short connections cost no more than one
/// long one. The number that fits is found behind many lost records that are alike, however short.
pub const TLS_TRIES_A_BYTE: u64 = 16;

/// Bytes that may be tried besides: a first full record, a few times.
pub const TLS_TRIED_BYTES_AT_ONCE: u64 = 64 * 1024;

/// What one try counts at least, bytes: the cipher's own start costs as much as a kilobyte, however short the record.
pub const TLS_TRY_BYTES: u64 = 1024;

/// Logged secrets that are tried on a connection whose own client random is hidden (RFC 9849), the latest first.
pub const TLS_TRIED_SECRETS: usize = 1024;

/// Bytes of the hello and of the record for which one of them is tried, some 60 nanoseconds each: whoever only pretends to hide a
/// random costs no more for it. A browser's hello and its answer have some thousands.
pub const TLS_BYTES_A_TRIED_SECRET: usize = 4;

/// Bytes of a handshake message, and of the handshake that an extended master secret is made of: long chains of certificates
/// take some tens of thousands.
pub const TLS_MESSAGE_BYTES: usize = 128 * 1024;

/// Bytes of sealed records that wait for keys, a connection: a live capture sees records a little before the program's key log
/// has their secrets.
pub const TLS_WAITING_BYTES: usize = 256 * 1024;

/// Handshakes of QUIC that are followed at once, the oldest given up first: a ClientHello is over within two or three datagrams.
pub const QUIC_FLOWS: usize = 1024;

/// Bytes of a ClientHello in QUIC: with keys against quantum computers, a ticket and a hidden hello some 4,000.
pub const QUIC_HELLO_BYTES: usize = 16 * 1024;

/// Different names and protocols that clients of QUIC are counted by; the rest are counted together.
pub const QUIC_NAMES: usize = 4096;

/// The same on all connections of a thread: beyond it nothing more waits.
pub const TLS_ALL_WAITING_BYTES: usize = 32 * 1024 * 1024;

/// Bytes of connections that are over and wait for keys, on each thread: some hundred short ones.
pub const TLS_AFTERLIFE_BYTES: usize = 8 * 1024 * 1024;

/// Nanoseconds that they wait, by the clock of the capture: a program writes its secrets as it connects, and a buffer on the way
/// is empty by then.
pub const TLS_AFTERLIFE_NANOSECONDS: i64 = 10_000_000_000;

/// Alerts remembered of a connection: two are usual, one of each side.
pub const TLS_ALERTS: usize = 8;

/// The largest table of header compression that is followed, each way of a connection: browsers allow 64 KiB.
pub const HPACK_TABLE_BYTES: u64 = 1024 * 1024;

/// Bytes that the fields of one header block may come to, counted as RFC 9113 section 6.5.2 does: one byte may stand for an
/// entry of a whole table.
pub const HPACK_LIST_BYTES: u64 = 1024 * 1024;

/// Bytes of an HTTP/2 frame that is kept until it is whole, and of a header block over several: browsers and servers stop at 16
/// KiB a frame and some tens of KiB a block.
pub const HTTP2_FRAME_BYTES: usize = 256 * 1024;

/// Bytes of a stream that are held while its request has no answer: a client that follows the rules sends none.
pub const HTTP2_HELD_BYTES: usize = 64 * 1024;

/// Bytes of heads, and of what is held for requests without an answer, that all streams of an HTTP/2 connection share: each may
/// have as much as falls to it among those that are open. With a thousand streams that is 4 KiB, a usual head and more.
pub const HTTP2_SHARED_BYTES: usize = 4 * 1024 * 1024;

/// Streams of an HTTP/2 connection joined late that are looked into at once, for WebSockets whose request is not in the capture.
pub const HTTP2_PROBES: usize = 32;

/// Streams of an HTTP/2 connection that are open at once and kept: servers usually allow 100 to 250.
pub const HTTP2_STREAMS: usize = 4096;

/// Words and signs of a display filter, macros put in: far more than anybody types, and little enough to check at once.
pub const FILTER_TOKENS: usize = 10_000;

/// How deep a display filter may be nested, how many values it may compute with at once, and how many steps a path may have:
/// what goes down recursively stays within a thread's stack.
pub const FILTER_DEPTH: usize = 100;

/// Bytes of a display filter after its macros were put in: macros that name each other twice grow without end.
pub const FILTER_BYTES: usize = 256 * 1024;

/// Times that macros are put in before a display filter is refused: one may name another, and itself by mistake.
pub const FILTER_MACROS: usize = 1000;

/// Bytes of a compiled pattern of a display filter: `\w{1000}` times a thousand would take gigabytes.
pub const PATTERN_BYTES: usize = 16 * 1024 * 1024;

/// Steps back that a pattern with look-around or back-references may take on one value: some tens of milliseconds. On one that
/// takes more it does not match, and that is counted.
pub const PATTERN_STEPS: usize = 1_000_000;

/// How deep a JSON document is followed: what lies deeper is not found. No server nests near as deep.
pub const JSON_DEPTH: usize = 512;

/// Bytes of a value that a display filter is made of by a key: more would not be read by who sees the filter, and each typed key
/// compiles it again.
pub const FILTER_LIKE_BYTES: usize = 1024;

/// Packets kept while what ends in them waits to be told, for filters that ask for headers: as many pass in half a second of a
/// full gigabit. Of older ones headers are not there, and that is counted.
pub const FILTER_PACKETS: usize = 64 * 1024;

/// Bytes of them: with jumbo frames the number alone would be gigabytes.
pub const FILTER_PACKET_BYTES: usize = 64 * 1024 * 1024;

/// Bytes kept of each where only headers are asked for: tunnels within tunnels take less.
pub const FILTER_HEADER_BYTES: usize = 512;

/// Lines looked at before chosen columns of text get their widths: a few screens, so that what follows rarely is wider, and a
/// capture's first rows are there at once.
pub const ALIGNED_LINES: usize = 512;

/// Bytes of a payload, before and after inflating, that columns and colours of the inspector's list look into: forty rows of it
/// are looked at again between two keys.
pub const LIST_PAYLOAD_BYTES: u64 = 64 * 1024;

/// Frames of a message that colours of the inspector's list are asked of; of what has more, its last alone.
pub const LIST_MESSAGE_FRAMES: u64 = 256;

/// Frames of a connection, from the first of a message to its last, that are gone through for what a column says of a message: some
/// tenths of a millisecond for each row. A peer chooses how many there are.
pub const LIST_MESSAGE_SPAN: usize = 4096;

/// Connections that are over and that a display filter remembers because a frame of them is told later, some 2 KiB each: frames
/// that never end are told last. Beyond them the oldest are forgotten, and counted.
pub const FILTER_LATE_CONNECTIONS: usize = 16 * 1024;

/// Bytes of a message that may be a heartbeat by its form: with an identifier and a time in it they have some hundred.
pub const HEARTBEAT_BYTES: usize = 256;

/// Bytes of one that is told by coming back: more than this says something.
pub const HEARTBEAT_PERIOD_BYTES: usize = 128;

/// Shapes of short messages remembered until they come back, in each of two halves: some megabytes. What has not come back while
/// as many others came is forgotten and counted.
pub const HEARTBEAT_SHAPES: usize = 16 * 1024;
