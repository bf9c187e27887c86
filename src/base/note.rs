//! Notes: something worth saying of an item. One table holds them all; docs/NOTES.md is printed from it.

use std::borrow::Cow;
use std::fmt;

use super::span::Span;
use super::time::At;

/// How much a note matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Part of normal work, said because it explains something.
    Chat,
    /// Unusual but allowed.
    Note,
    /// Probably a mistake, or a limit of the capture.
    Warning,
    /// A MUST of a specification is broken.
    Error,
}

impl Severity {
    /// The name as outputs write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Severity::Chat => "chat",
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// What the table says of one kind of note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The kind.
    pub code: Code,
    /// Its stable name, dotted, lower case: `ws.mask.missing`.
    pub name: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The clause it rests on, or "sockeye" for limits of this program.
    pub clause: &'static str,
    /// One plain sentence.
    pub sentence: &'static str,
}

macro_rules! rules {
    ($($variant:ident $name:literal $severity:ident $clause:literal $sentence:literal)*) => {
        /// The kind of a note.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $sentence] $variant,)*
        }

        /// Every kind of note, in the order of the wire: TCP, TLS, HTTP/2, handshake, frame, message, close, hygiene, limits.
        pub const RULES: &[Rule] = &[
            $(Rule {
                code: Code::$variant,
                name: $name,
                severity: Severity::$severity,
                clause: $clause,
                sentence: $sentence,
            },)*
        ];

        impl Code {
            /// What the table says of this kind.
            #[must_use]
            pub fn rule(self) -> Rule {
                match self {
                    $(Code::$variant => Rule {
                        code: Code::$variant,
                        name: $name,
                        severity: Severity::$severity,
                        clause: $clause,
                        sentence: $sentence,
                    },)*
                }
            }
        }
    };
}

rules! {
    TcpGap "tcp.gap" Warning "RFC 9293 3.10.7.4" "The capture lacks bytes of this stream."
    TcpOverlapConflict "tcp.overlap.conflict" Warning "RFC 9293 3.10.7.4" "A retransmission carries other bytes than the first copy; the first copy is shown."
    TcpChecksum "tcp.checksum" Warning "RFC 9293 3.1" "The checksum of a segment is wrong, where those of its direction are right else."
    TcpUnacknowledged "tcp.unacknowledged" Warning "RFC 9293 3.8.1" "Bytes were sent again and again and never acknowledged: the other side did not have them."
    TcpCap "tcp.cap" Warning "sockeye" "More out-of-order bytes than are held; the missing run before them was given up."

    TlsVersion "tls.version.deprecated" Warning "RFC 8996" "The version of TLS must not be used any more."
    TlsSuite "tls.suite.weak" Warning "RFC 9325 4" "The cipher suite is one that should not be agreed on."
    TlsAlert "tls.alert.fatal" Warning "RFC 8446 6.2" "A side ended TLS with a fatal alert."
    TlsUnopened "tls.record.unopened" Warning "RFC 8446 5.2" "Records of TLS do not open although their keys are known: they were changed, or sealed with others."
    TlsKeysMissing "tls.keys.missing" Warning "sockeye" "Keys of one side are not logged: what that side sent was not read."
    TlsCloseMissing "tls.close.missing" Note "RFC 8446 6.1" "The connection ended without close_notify: TLS does not say that nothing was cut off."

    Http2NotEnabled "h2.connect.not-enabled" Error "RFC 8441 3" "The client used the extended CONNECT, which the server's SETTINGS do not allow."
    Http2ConnectFields "h2.connect.pseudo" Error "RFC 8441 4" "The extended CONNECT lacks a pseudo-header field that it has to have, or has a field of HTTP/1.1's upgrade."
    Http2Reset "h2.reset" Note "RFC 9113 7" "A side ended the stream with RST_STREAM."
    Http2GoAway "h2.goaway" Warning "RFC 9113 6.8" "A side ended the HTTP/2 connection with an error."
    Http2Hpack "h2.hpack" Error "RFC 9113 4.3" "A header block cannot be read; later ones of that side cannot either."
    Http2Streams "h2.cap.streams" Warning "sockeye" "More streams of the HTTP/2 connection were open at once than are followed: this one was given up."

    HttpFolded "http.folded" Error "RFC 9112 5.2" "A header field goes on in the next line, which no sender may write."
    HttpFieldSyntax "http.field.syntax" Error "RFC 9112 5.1" "A line of a head is not a name, a colon, and a value."
    HttpFieldValue "http.field.value" Error "RFC 9110 5.5" "The value of a header field holds a control character."
    HttpLineEnd "http.line-end" Warning "RFC 9112 2.2" "A line of a head does not end in CRLF, or holds a bare CR."
    HttpContentLength "http.content-length" Error "RFC 9110 8.6" "The 101 response has Content-Length, which no 1xx response may have."
    HttpTransferEncoding "http.transfer-encoding" Error "RFC 9112 6.1" "The 101 response has Transfer-Encoding, which no 1xx response may have."
    HttpHeadCap "http.cap.head" Warning "sockeye" "The head is longer than what is kept of one; of its long lines the beginning is shown."

    HandshakeMethod "ws.handshake.method" Error "RFC 6455 4.1" "The upgrade request is not a GET of HTTP/1.1 or later."
    HandshakeTarget "ws.handshake.target" Error "RFC 6455 3" "The request target has a fragment, which no WebSocket URI may have."
    HandshakeHost "ws.handshake.host" Error "RFC 6455 4.1" "The upgrade request has no Host field, or more than one."
    HandshakeStatus "ws.handshake.status" Error "RFC 6455 4.2.2" "Frames follow a response whose status is not 101."
    HandshakeResponseVersion "ws.handshake.response.version" Error "RFC 6455 4.1" "The 101 response is not of HTTP/1.1 or later."
    HandshakeUpgrade "ws.handshake.upgrade" Error "RFC 6455 4.1" "The Upgrade field does not name websocket."
    HandshakeConnection "ws.handshake.connection" Error "RFC 6455 4.1" "The Connection field does not hold Upgrade."
    HandshakeVersion "ws.handshake.version" Error "RFC 6455 4.1" "Sec-WebSocket-Version is missing or not 13."
    HandshakeKey "ws.handshake.key" Error "RFC 6455 4.1" "Sec-WebSocket-Key is missing or is not 16 bytes in base64."
    HandshakeAcceptMissing "ws.handshake.accept.missing" Error "RFC 6455 4.2.2" "The response has no Sec-WebSocket-Accept."
    HandshakeAcceptWrong "ws.handshake.accept.wrong" Error "RFC 6455 4.2.2" "Sec-WebSocket-Accept is not the answer to the key sent."
    HandshakeSubprotocol "ws.handshake.subprotocol" Error "RFC 6455 4.1" "The server chose a subprotocol that was not offered."
    HandshakeSubprotocolSyntax "ws.handshake.subprotocol.syntax" Error "RFC 6455 4.1" "The subprotocols offered are not tokens, or one is offered twice."
    HandshakeSubprotocolUnanswered "ws.handshake.subprotocol.unanswered" Warning "WHATWG WebSockets 2.2" "Subprotocols were offered and the server chose none; browsers fail such a connection."
    HandshakeExtension "ws.handshake.extension" Error "RFC 6455 9.1" "The server chose an extension that was not offered."
    HandshakeExtensionUnknown "ws.handshake.extension.unknown" Note "RFC 6455 9.1" "An extension was agreed on that is not known here; what reserved bits and payloads mean is its own."
    HandshakeExtensionSyntax "ws.handshake.extension.syntax" Error "RFC 6455 9.1" "Sec-WebSocket-Extensions does not follow its grammar."
    HandshakeDeflateParameter "ws.handshake.deflate.parameter" Error "RFC 7692 7.1" "A permessage-deflate parameter is unknown, repeated, out of range, or not allowed in a response to this offer."
    HandshakeEarly "ws.handshake.early" Error "RFC 6455 4.1" "The client sent bytes before the server's 101 response."
    HandshakeRefused "ws.handshake.refused" Note "RFC 6455 4.2.2" "The server refused the upgrade."
    HandshakeUnanswered "ws.handshake.unanswered" Warning "RFC 6455 4.1" "The upgrade request was never answered."
    HandshakeOneSided "ws.handshake.one-sided" Note "sockeye" "Only one half of the opening handshake is in the capture."

    StreamHttp "ws.stream.http" Error "RFC 6455 5.1" "An HTTP message was written into the WebSocket stream, which consists of frames."
    StreamBody "ws.stream.body" Error "RFC 9110 15.2" "The 101 response has a body; it ends with its header section, and frames follow."
    StreamUnframed "ws.stream.unframed" Error "RFC 6455 5.1" "Text was written into the WebSocket stream without a frame around it."

    MaskMissing "ws.mask.missing" Error "RFC 6455 5.1" "A client frame is not masked."
    MaskForbidden "ws.mask.forbidden" Error "RFC 6455 5.1" "A server frame is masked."
    RsvUnnegotiated "ws.rsv.unnegotiated" Error "RFC 6455 5.2" "A reserved bit is set that no negotiated extension uses."
    RsvMisplaced "ws.rsv.misplaced" Error "RFC 7692 6.1" "RSV1 is set on a continuation or control frame; only a message's first frame may carry it."
    OpcodeReserved "ws.opcode.reserved" Error "RFC 6455 5.2" "The opcode is reserved."
    ControlFragmented "ws.control.fragmented" Error "RFC 6455 5.5" "A control frame is fragmented."
    ControlLong "ws.control.long" Error "RFC 6455 5.5" "A control frame carries more than 125 bytes."
    LengthNotMinimal "ws.length.not-minimal" Error "RFC 6455 5.2" "The length is not written in the fewest bytes."
    LengthTopBit "ws.length.top-bit" Error "RFC 6455 5.2" "The most significant bit of the 64-bit length is set."

    MessageNoStart "ws.message.no-start" Error "RFC 6455 5.4" "A continuation frame has no message to continue."
    MessageInterrupted "ws.message.interrupted" Error "RFC 6455 5.4" "A new message starts before the one under way has ended."
    MessageUtf8 "ws.message.utf8" Error "RFC 6455 8.1" "A text message is not valid UTF-8."
    MessageUnfinished "ws.message.unfinished" Warning "RFC 6455 5.4" "The connection ended inside this message."
    InflateError "ws.inflate.error" Error "RFC 7692 7.2.2" "The compressed message cannot be inflated."
    InflateTail "ws.inflate.tail" Error "RFC 7692 7.2.1" "The compressed message keeps the four bytes 00 00 ff ff that its sender has to remove."
    InflateNoTail "ws.inflate.no-tail" Error "RFC 7692 7.2.3.4" "The compressed message ends with its last block; the byte 0x00 that has to follow it is missing."
    InflateWrapped "ws.inflate.wrapped" Error "RFC 7692 7.2.1" "The compressed message is wrapped as zlib or gzip has it; bare DEFLATE is what has to be sent."
    InflateTrailing "ws.inflate.trailing" Error "RFC 7692 7.2.3.5" "Data follows the final DEFLATE block of a message."
    InflateTakeover "ws.inflate.takeover" Error "RFC 7692 7.1.1" "The compressed message refers to one before it, although no context takeover was agreed on; it is inflated all the same."
    InflateGuess "ws.inflate.guess" Note "RFC 7692 6" "The message is compressed where nothing allows it; it is shown inflated, as a guess."
    InflateWindow "ws.inflate.window" Error "RFC 7692 7.1.2" "A back-reference reaches further than the negotiated window."
    InflateHistory "ws.inflate.history" Warning "RFC 7692 7.2.3.2" "The message refers to earlier messages that the capture lacks."
    InflateCap "ws.inflate.cap" Warning "sockeye" "The message inflates to more than is unpacked; the rest is not checked."

    CloseShort "ws.close.short" Error "RFC 6455 5.5.1" "A close frame's body is one byte; it needs none or at least two."
    CloseCode "ws.close.code" Error "RFC 6455 7.4" "The close code is reserved and must not be on the wire."
    CloseReason "ws.close.reason" Error "RFC 6455 5.5.1" "The close reason is not valid UTF-8."
    CloseDataAfter "ws.close.data-after" Error "RFC 6455 5.5.1" "A frame follows this side's close frame."
    CloseMissing "ws.close.missing" Warning "RFC 6455 7.1.1" "The TCP connection ended without a close frame."
    CloseUnanswered "ws.close.unanswered" Warning "RFC 6455 5.5.1" "A close frame was not answered by one."

    MaskZero "ws.mask.zero" Warning "RFC 6455 5.3" "The masking key is zero, which leaves the payload as it is."
    MaskRepeated "ws.mask.repeated" Warning "RFC 6455 5.3" "The masking key was used before on this connection; it must be unpredictable."
    MaskPredictable "ws.mask.predictable" Warning "RFC 6455 10.3" "Masking keys follow a simple rule; they must be unpredictable."
    PingUnanswered "ws.ping.unanswered" Note "RFC 6455 5.5.2" "A ping was not answered by a pong."
    PongLate "ws.pong.late" Note "RFC 6455 5.5.2" "A ping was answered late."
    PongPayload "ws.pong.payload" Warning "RFC 6455 5.5.3" "A pong does not carry the payload of a ping that waits; it answers nothing."

    FrameGap "ws.frame.gap" Warning "sockeye" "Bytes of this frame are missing in the capture."
    FrameUnfinished "ws.frame.unfinished" Warning "RFC 6455 5.2" "The capture or the connection ended inside this frame."
    Resynchronised "ws.resync" Warning "sockeye" "A frame header was lost; dissection went on at the next place that holds."
    MidStream "ws.mid-stream" Note "sockeye" "The connection was joined after its handshake; it is taken for WebSocket by the shape of its frames."
    MidStreamWithdrawn "ws.mid-stream.withdrawn" Warning "sockeye" "Taken for WebSocket by the shape of its frames, the connection goes on as none does: nothing is read any further, and what was told before is doubtful."
    DraftVersion "ws.draft" Note "RFC 6455 4.4" "The connection speaks a draft from before RFC 6455."
    DraftFrames "ws.draft.frames" Warning "RFC 6455 4.4" "The handshake names a draft that has frames of its own, and the frames are those of RFC 6455; they are read as such."
    DraftChallenge "ws.draft.challenge" Error "draft-hixie-thewebsocketprotocol-76 5.2" "The server's answer to the draft-76 challenge is wrong."
    KeptCap "ws.cap.kept" Warning "sockeye" "The payload is longer than what is kept for showing; it was counted and checked in full."
}

impl Code {
    /// The stable name, as outputs write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.rule().name
    }

    /// It is about a message. The frame in which it was seen is marked with it too, and it counts once.
    #[must_use]
    pub fn is_of_message(self) -> bool {
        use Code::{
            InflateCap, InflateError, InflateGuess, InflateHistory, InflateNoTail, InflateTail, InflateTakeover,
            InflateTrailing, InflateWindow, InflateWrapped, MessageUtf8,
        };
        let inflating = matches!(self, InflateError | InflateTail | InflateNoTail | InflateWrapped | InflateTrailing);
        inflating
            || matches!(
                self,
                MessageUtf8 | InflateGuess | InflateTakeover | InflateWindow | InflateHistory | InflateCap
            )
    }

    /// The kind with this stable name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Code> {
        RULES.iter().find(|rule| rule.name == name).map(|rule| rule.code)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its kind; severity, clause and sentence follow from it.
    pub code: Code,
    /// The bytes it speaks of, where it speaks of some.
    pub span: Option<Span>,
    /// What this very case adds to the sentence of the table.
    pub detail: Option<Cow<'static, str>>,
    /// Where it happened; `None` where that is where the frame, message or connection ends.
    pub at: Option<At>,
}

impl Note {
    /// A note without span or detail.
    #[must_use]
    pub fn new(code: Code) -> Note {
        Note { code, span: None, detail: None, at: None }
    }

    /// The same note with a detail.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<Cow<'static, str>>) -> Note {
        self.detail = Some(detail.into());
        self
    }

    /// The same note, of something that happened there.
    #[must_use]
    pub fn with_at(mut self, at: At) -> Note {
        self.at = Some(at);
        self
    }

    /// The same note with a span.
    #[must_use]
    pub fn with_span(mut self, span: Span) -> Note {
        self.span = Some(span);
        self
    }

    /// How much it matters.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.code.rule().severity
    }
}

impl super::pack::Pack for Code {
    fn pack(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }

    fn unpack(from: &mut &[u8]) -> Option<Code> {
        let index = u8::unpack(from)?;
        RULES.get(usize::from(index)).map(|rule| rule.code)
    }
}

super::pack::pack_struct!(Note { code, span, detail, at });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found_again() {
        for rule in RULES {
            assert_eq!(Code::from_name(rule.name), Some(rule.code));
            assert!(rule.sentence.ends_with('.'), "{}", rule.name);
        }
    }
}
