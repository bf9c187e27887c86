//! Fields of frames.

use super::Cost;

fields! {
    /// A field of a frame.
    FrameField, FieldId::Frame:
    Number = number "number of the frame, from 1, in the order in which frames end", "n";
    Connection = number "number of its TCP connection, from 0 (tcp.stream in Wireshark)", "connection"
        .wireshark("tcp.stream");
    Stream = number "number of its stream, where the connection carries several (HTTP/2)", "stream";
    Client = address "address and port of the client", "connection.client" "client".costs(Cost::Handshake);
    Server = address "address and port of the server", "connection.server" "server".costs(Cost::Handshake);
    Uri = text "request target of the opening handshake", "connection.uri" "uri".costs(Cost::Handshake);
    Subprotocol = text "subprotocol the server chose", "connection.subprotocol" "subprotocol".costs(Cost::Handshake);
    Direction = text "client or server: who sent it", "direction";
    Time = time "time of its first byte, UTC, RFC 3339 with nanoseconds", "time";
    TimeEpoch = time "the same as seconds since 1970", "time.epoch";
    TimeRelative = duration "the same as seconds since the first packet", "time.relative";
    Packet = number "number of the packet that holds its first byte", "packet";
    LastPacket = number "number of the packet that holds its last byte", "last_packet".wireshark("frame.number");
    LastTime = time "time of its last byte, UTC, RFC 3339 with nanoseconds", "last_time".wireshark("frame.time");
    LastTimeEpoch = time "the same as seconds since 1970", "last_time.epoch".wireshark("frame.time_epoch");
    LastTimeRelative = duration "the same as seconds since the first packet", "last_time.relative"
        .wireshark("frame.time_relative");
    Offset = number "first header byte, counted in its direction from the end of the HTTP head", "offset"
        .tree("ws.offset", "frame starts at");
    Fin = flag "FIN bit: the last fragment of its message", "fin".tree("ws.fin", "FIN").wireshark("websocket.fin");
    Rsv = number "the three reserved bits as a number, RSV1 = 4", "rsv".tree("ws.rsv", "RSV").wireshark("websocket.rsv");
    Rsv1 = flag "RSV1 bit: set on the first frame of a compressed message", "rsv1".tree("ws.rsv1", "RSV1");
    Rsv2 = flag "RSV2 bit, which no extension uses", "rsv2".tree("ws.rsv2", "RSV2");
    Rsv3 = flag "RSV3 bit, which no extension uses", "rsv3".tree("ws.rsv3", "RSV3");
    Opcode = number "opcode, 0 to 15", "opcode".tree("ws.opcode", "opcode").wireshark("websocket.opcode");
    OpcodeName = text "TEXT, BIN, CONT, CLOSE, PING, PONG, RSV3 …", "opcode.name";
    Masked = flag "MASK bit: the payload is masked", "masked".tree("ws.mask", "MASK").wireshark("websocket.mask");
    MaskingKey = bytes "masking key, hex", "masking_key".tree("ws.key", "masking key")
        .wireshark("websocket.masking_key");
    HeaderLength = length "bytes of the header on the wire", "header_length";
    Length = length "payload bytes, as the header says", "length" "payload.length"
        .tree("ws.length", "extended length");
    Captured = length "payload bytes that are in the capture", "captured";
    Holes = holes "missing runs of the payload, as start+length", "holes";
    Payload = bytes "unmasked payload: text where it is text, else hex", "payload"
        .tree("ws.payload", "payload").costs(Cost::Payload);
    PayloadText = text "unmasked payload where it is text", "payload.text" as "text".costs(Cost::Payload);
    PayloadHex = bytes "unmasked payload, hex", "payload.hex" as "hex".costs(Cost::Payload);
    PayloadBase64 = bytes "unmasked payload where it is not text, base64", "payload.base64" as "base64"
        .costs(Cost::Payload);
    Message = number "number of the message that it ends", "message";
    MessageOpcode = number "opcode of the message that it belongs to", "message_opcode";
    Compressed = flag "it belongs to a message under permessage-deflate", "compressed";
    CloseCode = number "status code of a close frame", "close.code" as "code"
        .tree("ws.close.code", "close code").costs(Cost::Payload);
    CloseReason = text "reason of a close frame, broken UTF-8 replaced", "close.reason" as "reason"
        .tree("ws.close.reason", "close reason").costs(Cost::Payload);
    Notes = notes "codes of its notes", "notes";
    NotesSeverity = text "the worst severity among its notes", "notes.severity";
    Whole = group "a frame", "frame".tree("ws", "WebSocket frame");
    Length7 = number "the seven bits of the length", "length7".tree("ws.length7", "length")
        .wireshark("websocket.payload_length");
    DraftType = number "the type byte of draft-hixie", "draft.type".tree("ws.draft.type", "type").part();
    DraftEnd = number "the byte that ends a text frame of draft-hixie", "draft.end".tree("ws.draft.end", "end").part();
    DraftHeader = length "a header of draft-hybi that is masked itself", "draft.header"
        .tree("ws.header", "masked header").part();
    Rsv4 = flag "RSV4 bit of draft-hybi, in the place of MASK", "rsv4".tree("ws.rsv4", "RSV4").part();
    Close = group "code and reason of a close frame", "close";
    PayloadKept = length "payload bytes that are shown, where that is fewer than there are", "payload_kept".part();
    Comments = words "comments on its packets", "comments".part();
}
