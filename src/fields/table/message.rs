//! Fields of messages.

use super::Cost;

fields! {
    /// A field of a message.
    MessageField, FieldId::Message:
    Number = number "number of the message, from 1, in the order in which messages end", "n" "message.number";
    Connection = number "number of its TCP connection, from 0 (tcp.stream in Wireshark)", "connection"
        .wireshark("tcp.stream");
    Stream = number "number of its stream, where the connection carries several (HTTP/2)", "stream";
    Client = address "address and port of the client", "connection.client" "client".costs(Cost::Handshake);
    Server = address "address and port of the server", "connection.server" "server".costs(Cost::Handshake);
    Uri = text "request target of the opening handshake", "connection.uri" "uri".costs(Cost::Handshake);
    Subprotocol = text "subprotocol the server chose", "connection.subprotocol" "subprotocol".costs(Cost::Handshake);
    Direction = text "client or server: who sent it", "direction";
    Time = time "time of its first byte, UTC, RFC 3339 with nanoseconds", "time" "message.time";
    TimeEpoch = time "the same as seconds since 1970", "time.epoch";
    TimeRelative = duration "the same as seconds since the first packet", "time.relative";
    Packet = number "number of the packet that holds its first byte", "packet";
    LastPacket = number "number of the packet that holds its last byte", "last_packet";
    Offset = number "first header byte, counted in its direction from the end of the HTTP head", "offset";
    Frames = numbers "numbers of its frames", "frames".tree("message.frames", "frames");
    FrameCount = number "how many frames it has", "frames.count" as "frame_count";
    Opcode = number "opcode, 1 text, 2 binary", "opcode".tree("message.opcode", "kind");
    OpcodeName = text "TEXT, BIN, RSV3 …", "opcode.name";
    Compressed = flag "RSV1 was set under permessage-deflate", "compressed".tree("message.deflate", "compressed");
    WireLength = length "payload bytes of its frames, before inflating", "wire_length";
    Length = length "bytes after inflating", "length" "payload.length";
    Complete = flag "its last frame has ended and no byte is missing", "complete";
    Holes = holes "missing runs, as start+length", "holes";
    Payload = bytes "unmasked, inflated payload: text where it is text, else hex", "payload"
        .tree("message.text", "text").costs(Cost::Inflated);
    PayloadText = text "unmasked, inflated payload where it is text", "payload.text" as "text".costs(Cost::Inflated);
    PayloadHex = bytes "unmasked, inflated payload, hex", "payload.hex" as "hex".costs(Cost::Inflated);
    PayloadBase64 = bytes "unmasked, inflated payload where it is not text, base64", "payload.base64" as "base64"
        .costs(Cost::Inflated);
    Notes = notes "codes of its notes", "notes";
    NotesSeverity = text "the worst severity among its notes", "notes.severity";
    Whole = group "a message", "message".label("Message");
    Inflated = bytes "what a compressed message says", "inflated".tree("message.inflated", "inflated")
        .costs(Cost::Inflated).part();
    PayloadKept = length "payload bytes that are shown, where that is fewer than there are", "payload_kept".part();
    Comments = words "comments on its packets", "comments".part();
}
