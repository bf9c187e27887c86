//! What a peer has to do about each kind of note, or what a reader may make of it: a sentence with its clause.
//!
//! In: a [`Code`]. Out: the sentence. Where a specification asks something of the side that meets the fault, that is said; of
//! limits of a capture or of this program, what they mean for what is shown.

use crate::base::Code;

/// What is to be done: the sentence, and the clause that says so (empty where none does).
///
/// ```
/// use sockeye::base::Code;
/// use sockeye::teach::duty::duty;
/// assert_eq!(duty(Code::MaskMissing).1, "RFC 6455 5.1");
/// assert!(duty(Code::MaskMissing).0.contains("server must close the connection"));
/// ```
#[must_use]
#[expect(clippy::too_many_lines, reason = "one line for each kind of note")]
pub fn duty(code: Code) -> (&'static str, &'static str) {
    match code {
        Code::TcpGap => ("bytes around the gap are shown as they are; what lay in it is not known", ""),
        Code::TcpOverlapConflict => {
            ("a receiver keeps what came first; which copy it had cannot be told from here", "RFC 9293 3.10.7.4")
        }
        Code::TcpChecksum => ("a receiver must drop the segment; its sender sends the bytes again", "RFC 9293 3.1"),
        Code::TcpUnacknowledged => (
            "what follows in the stream may be of another attempt: the receiver has not seen these bytes",
            "RFC 9293 3.8.1",
        ),
        Code::TcpCap => ("what came before is whole; the run that was given up counts as missing in the capture", ""),

        Code::TlsVersion => ("neither side may negotiate it: use TLS 1.2 or 1.3", "RFC 8996 2"),
        Code::TlsSuite => {
            ("a server should choose one with AEAD and forward secrecy; a client should not offer it", "RFC 9325 4.2")
        }
        Code::TlsAlert => ("both sides must close the connection at once", "RFC 8446 6.2"),
        Code::TlsUnopened => ("a receiver must end the connection with the alert bad_record_mac", "RFC 8446 5.2"),
        Code::TlsKeysMissing => ("log the keys of both sides to read both", ""),
        Code::TlsCloseMissing => ("a side must send close_notify before it closes its half", "RFC 8446 6.1"),

        Code::Http2NotEnabled => {
            ("a client must not send :protocol before the server's SETTINGS_ENABLE_CONNECT_PROTOCOL is 1", "RFC 8441 3")
        }
        Code::Http2ConnectFields => {
            ("the server must treat the request as malformed: a stream error of type PROTOCOL_ERROR", "RFC 9113 8.1.1")
        }
        Code::Http2Reset => {
            ("no more frames may come on the stream; for the WebSocket it is as if TCP had been reset", "RFC 8441 5")
        }
        Code::Http2GoAway => (
            "no new streams may be opened; what was not processed may be tried again on another connection",
            "RFC 9113 6.8",
        ),
        Code::Http2Hpack => ("the receiver must close the whole connection: COMPRESSION_ERROR", "RFC 9113 4.3"),

        Code::Http2Streams => ("streams that were followed are right; of the others no frames are shown", ""),

        Code::HttpFolded => ("a server must answer 400, or put a space in the place of the fold", "RFC 9112 5.2"),
        Code::HttpFieldSyntax => {
            ("a server must answer 400 where a space stands before the colon; no other part is a field", "RFC 9112 5.1")
        }
        Code::HttpFieldValue => ("a recipient must refuse the message, or put a space in its place", "RFC 9110 5.5"),
        Code::HttpLineEnd => (
            "a sender must write CRLF; a bare CR is invalid, and a recipient may take a bare LF for an end",
            "RFC 9112 2.2",
        ),
        Code::HttpContentLength => {
            ("a server must not send it; frames begin right after the empty line", "RFC 9110 8.6")
        }
        Code::HttpTransferEncoding => {
            ("a server must not send it; frames begin right after the empty line", "RFC 9112 6.1")
        }
        Code::HttpHeadCap => ("what is shown of the head is its beginning; the rest was passed over", ""),

        Code::HandshakeMethod => {
            ("the server must stop and answer with an error code of HTTP, such as 400", "RFC 6455 4.2.1")
        }
        Code::HandshakeTarget => {
            ("a client must leave the fragment out; a # in the name must be written %23", "RFC 6455 3")
        }
        Code::HandshakeHost => {
            ("the server must stop and answer with an error code of HTTP, such as 400", "RFC 6455 4.2.1")
        }
        Code::HandshakeStatus => {
            ("the client must not take what follows for frames: it handles the response as HTTP", "RFC 6455 4.1")
        }
        Code::HandshakeResponseVersion => ("the client must treat the handshake as failed", "RFC 6455 4.1"),
        Code::HandshakeUpgrade => {
            ("whoever meets it must fail: the server with 400, the client by failing the connection", "RFC 6455 4.1")
        }
        Code::HandshakeConnection => {
            ("whoever meets it must fail: the server with 400, the client by failing the connection", "RFC 6455 4.1")
        }
        Code::HandshakeVersion => (
            "the server must answer 426 or the like, with Sec-WebSocket-Version that names those it speaks",
            "RFC 6455 4.2.2",
        ),
        Code::HandshakeKey => {
            ("the server must stop and answer with an error code of HTTP, such as 400", "RFC 6455 4.2.1")
        }
        Code::HandshakeAcceptMissing => ("the client must fail the connection", "RFC 6455 4.1"),
        Code::HandshakeAcceptWrong => {
            ("the client must fail the connection: whoever answered has not read this request", "RFC 6455 4.1")
        }
        Code::HandshakeSubprotocol => ("the client must fail the connection", "RFC 6455 4.1"),
        Code::HandshakeSubprotocolSyntax => {
            ("the server must stop and answer with an error code of HTTP, such as 400", "RFC 6455 4.2.1")
        }
        Code::HandshakeSubprotocolUnanswered => {
            ("a server that agrees to none leaves the field out; a browser then fails the connection", "RFC 6455 4.2.2")
        }
        Code::HandshakeExtension => ("the client must fail the connection", "RFC 6455 4.1"),
        Code::HandshakeExtensionUnknown => ("nothing is wrong between the two: both have agreed on it", "RFC 6455 9.1"),
        Code::HandshakeExtensionSyntax => ("whoever meets it must fail the connection", "RFC 6455 9.1"),
        Code::HandshakeDeflateParameter => (
            "the server must decline such an offer; the client must fail a connection with such a response",
            "RFC 7692 7.1",
        ),
        Code::HandshakeEarly => ("a client must wait for the response and check it before it sends", "RFC 6455 4.1"),
        Code::HandshakeRefused => {
            ("the client handles the response as HTTP: it may ask elsewhere, or say who it is", "RFC 6455 4.1")
        }
        Code::HandshakeUnanswered => {
            ("without a response there is no WebSocket: the client fails the connection", "RFC 6455 4.1")
        }
        Code::HandshakeOneSided => ("what the missing half said is not known, and nothing is said against it", ""),

        Code::StreamHttp => (
            "the receiver takes it for frames, and must fail the connection at the first that breaks a rule",
            "RFC 6455 5.2",
        ),
        Code::StreamBody => (
            "the receiver takes it for frames, and must fail the connection at the first that breaks a rule",
            "RFC 6455 5.2",
        ),
        Code::StreamUnframed => (
            "the receiver takes it for frames, and must fail the connection at the first that breaks a rule",
            "RFC 6455 5.2",
        ),

        Code::MaskMissing => ("the server must close the connection; it may say 1002, protocol error", "RFC 6455 5.1"),
        Code::MaskForbidden => {
            ("the client must close the connection; it may say 1002, protocol error", "RFC 6455 5.1")
        }
        Code::RsvUnnegotiated => ("the receiver must fail the connection", "RFC 6455 5.2"),
        Code::RsvMisplaced => ("the receiver must fail the connection", "RFC 7692 6.1"),
        Code::OpcodeReserved => ("the receiver must fail the connection", "RFC 6455 5.2"),
        Code::ControlFragmented => {
            ("a sender must not do it; the receiver fails the connection, saying 1002", "RFC 6455 5.5")
        }
        Code::ControlLong => {
            ("a sender must not do it; the receiver fails the connection, saying 1002", "RFC 6455 5.5")
        }
        Code::LengthNotMinimal => {
            ("a sender must use the fewest bytes: up to 125 in seven bits, up to 65,535 in 16", "RFC 6455 5.2")
        }
        Code::LengthTopBit => ("a sender must leave the bit 0: no payload is longer than 2^63-1 bytes", "RFC 6455 5.2"),

        Code::MessageNoStart => (
            "the receiver fails the connection, saying 1002: there is nothing that the frame continues",
            "RFC 6455 5.4",
        ),
        Code::MessageInterrupted => (
            "a sender must end a message before it starts the next; only control frames may stand between",
            "RFC 6455 5.4",
        ),
        Code::MessageUtf8 => ("the receiver must fail the connection; 1007 is the code for it", "RFC 6455 8.1"),
        Code::MessageUnfinished => ("the receiver must not hand a part of a message on as a whole", "RFC 6455 6.2"),
        Code::InflateError => (
            "the receiver must fail the connection; 1007 is the code for data that is not what it should be",
            "RFC 6455 7.4.1",
        ),
        Code::InflateTail => {
            ("the sender must remove the four bytes; the receiver puts them back before it inflates", "RFC 7692 7.2.1")
        }
        Code::InflateNoTail => (
            "the sender must put a byte 0x00 behind a block with BFINAL, so that an empty block ends the message",
            "RFC 7692 7.2.3.4",
        ),
        Code::InflateWrapped => ("the sender must use DEFLATE without the header of zlib or gzip", "RFC 7692 7.2.1"),
        Code::InflateTrailing => (
            "the receiver goes on with the next block; a block with BFINAL is padded to the end of its byte",
            "RFC 7692 7.2.3.5",
        ),
        Code::InflateTakeover => (
            "the sender must start each message with an empty window, as was agreed; a receiver may have forgotten the last",
            "RFC 7692 7.1.1",
        ),
        Code::InflateGuess => {
            ("the receiver must fail the connection: RSV1 has no meaning that was agreed on", "RFC 6455 5.2")
        }
        Code::InflateWindow => {
            ("the sender must not refer further back than the window that was agreed on", "RFC 7692 7.1.2")
        }
        Code::InflateHistory => ("name the frame in a capture that has the messages before it", ""),
        Code::InflateCap => ("a receiver should have such a limit too, and say 1009, message too big", "RFC 6455 10.4"),

        Code::CloseShort => {
            ("the receiver fails the connection, saying 1002: a body begins with a code of two bytes", "RFC 6455 5.5.1")
        }
        Code::CloseCode => ("an endpoint must not send it; the receiver answers 1002, protocol error", "RFC 6455 7.4"),
        Code::CloseReason => ("the receiver must fail the connection; 1007 is the code for it", "RFC 6455 8.1"),
        Code::CloseDataAfter => (
            "a side must send nothing after its close frame; the other drops what comes all the same",
            "RFC 6455 5.5.1",
        ),
        Code::CloseMissing => ("an endpoint tells its application 1006: closed abnormally", "RFC 6455 7.1.5"),
        Code::CloseUnanswered => ("whoever receives a close frame and has sent none must send one", "RFC 6455 5.5.1"),

        Code::MaskZero => {
            ("a client must choose the key from a strong source of entropy, a new one for each frame", "RFC 6455 5.3")
        }
        Code::MaskRepeated => {
            ("a client must choose the key from a strong source of entropy, a new one for each frame", "RFC 6455 5.3")
        }
        Code::MaskPredictable => {
            ("a client must choose keys that whoever gives it the data cannot foretell", "RFC 6455 10.3")
        }
        Code::PingUnanswered => {
            ("whoever receives a ping must answer with a pong, unless it has received a close frame", "RFC 6455 5.5.2")
        }
        Code::PongLate => ("a pong should be sent as soon as is practical", "RFC 6455 5.5.2"),
        Code::PongPayload => (
            "a pong must carry the payload of the ping that it answers; one alone is a heartbeat, and is not answered",
            "RFC 6455 5.5.3",
        ),

        Code::FrameGap => {
            ("the header and the place of the frame are right; of its payload, what is missing is said", "")
        }
        Code::FrameUnfinished => {
            ("a receiver waits for the rest; where the connection ends, the frame is lost", "RFC 6455 7.1.7")
        }
        Code::Resynchronised => ("frames before it and from here on are shown; between them some are lost", ""),
        Code::MidStream => ("what was agreed on is not known: extensions and subprotocol are guesses", ""),
        Code::MidStreamWithdrawn => ("if it is WebSocket after all, -d tcp.port==N,websocket reads it so", ""),
        Code::DraftVersion => ("a server of today refuses it with 426, and names the version 13", "RFC 6455 4.4"),
        Code::DraftFrames => {
            ("both sides have to speak what the handshake names; some programs did not", "RFC 6455 4.4")
        }
        Code::DraftChallenge => {
            ("the client must fail the connection: whoever answered has not read this request", "draft-hixie-76 4.1")
        }
        Code::KeptCap => ("what is shown is the beginning; lengths and checks are of the whole", ""),
    }
}
