//! The names of the display filter: what may be asked of a frame, a message or a connection in an expression.
//!
//! In: a name as somebody typed it. Out: a [`Name`]: its type, what it belongs to ([`Level`]), what must be read for it
//! ([`Need`]), and where its value comes from ([`Source`]). Names, types and meanings are Wireshark 4.6's where it has the
//! same; what it has not is under `ws`. The headers of packets are in the table of [`PacketField`] already and are taken
//! from there.

pub mod page;
mod table;
mod words;

use super::names::nearest;
use super::table::{Kind, PacketField, Scope};

pub use table::{NAMES, Term};
pub use words::{Words, word_of};

/// The type of a value in an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// Only whether it is there.
    Presence,
    /// True or false.
    Flag,
    /// A whole number of so many bits, not negative.
    Unsigned(u8),
    /// A whole number of either sign.
    Signed,
    /// A number with a fraction.
    Float,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// A header: whether it is there, and its bytes.
    Header,
    /// An IEEE 802 MAC address.
    Mac,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// A point in time.
    Time,
    /// A span of time.
    Span,
    /// Whatever a document holds there: text, a number, true or false.
    Any,
}

impl Type {
    /// The type in words: `a whole number of 8 bits`.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Type::Presence => "a label without a value",
            Type::Flag => "true or false",
            Type::Unsigned(8) => "a whole number of 8 bits",
            Type::Unsigned(16) => "a whole number of 16 bits",
            Type::Unsigned(24) => "a whole number of 24 bits",
            Type::Unsigned(32) => "a whole number of 32 bits",
            Type::Unsigned(_) => "a whole number of 64 bits",
            Type::Signed => "a whole number of either sign",
            Type::Float => "a number",
            Type::Text => "text",
            Type::Bytes => "bytes",
            Type::Header => "a header",
            Type::Mac => "a MAC address",
            Type::Ipv4 => "an IPv4 address",
            Type::Ipv6 => "an IPv6 address",
            Type::Time => "a point in time",
            Type::Span => "a span of time in seconds",
            Type::Any => "a value of a document",
        }
    }

    /// Numbers that can be compared with each other.
    #[must_use]
    pub fn is_number(self) -> bool {
        matches!(self, Type::Flag | Type::Unsigned(_) | Type::Signed | Type::Float)
    }

    /// Runs of bytes that can be compared with each other.
    #[must_use]
    pub fn is_bytes(self) -> bool {
        matches!(self, Type::Bytes | Type::Header | Type::Mac)
    }
}

/// What a name belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A connection, from its opening on; each of its frames and messages has it too.
    Connection,
    /// A connection that is over.
    Closed,
    /// The packet of the last byte of a frame or message.
    Packet,
    /// A frame.
    Frame,
    /// A message; the frame that ends it has it too.
    Message,
}

impl Level {
    /// In words: `connection`, `frame`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::Connection => "connection",
            Level::Closed => "connection, once it is over",
            Level::Packet => "packet of the last byte",
            Level::Frame => "frame",
            Level::Message => "message",
        }
    }
}

/// What must be read before a value is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// Headers of frames and messages, places, times, notes.
    Header,
    /// The opening handshake, or the addresses of the connection.
    Handshake,
    /// The packet itself.
    Packet,
    /// The payload of a frame, unmasked.
    Payload,
    /// The payload of a message, inflated where it is compressed.
    Inflated,
}

impl Need {
    /// In words, as docs/FIELDS.md has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Need::Header => "header",
            Need::Handshake => "handshake",
            Need::Packet => "packet",
            Need::Payload => "payload",
            Need::Inflated => "inflated",
        }
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A value of this program's own making.
    Term(Term),
    /// A field of a header of the packet.
    Packet(PacketField),
    /// Some bits of one: those of the mask, shifted down to the lowest.
    Bits(PacketField, u64),
    /// Either of two fields of a header.
    Either(PacketField, PacketField),
}

/// What the table says of a name.
#[derive(Debug, Clone, Copy)]
pub struct Name {
    /// All its names; the first is the one that is listed.
    pub names: &'static [&'static str],
    /// Its type.
    pub kind: Type,
    /// What it belongs to.
    pub level: Level,
    /// What must be read for it.
    pub need: Need,
    /// Where its value comes from.
    pub source: Source,
    /// Its values have words.
    pub words: Option<Words>,
    /// A path may follow it, into a document.
    pub path: bool,
    /// One line: what it holds.
    pub about: &'static str,
}

impl Name {
    /// The name that is listed.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }

    /// A header that an expression can ask for, or a field of one.
    fn of_packet(field: PacketField) -> Option<Name> {
        let about = field.field();
        let kind = match about.kind {
            Kind::Flag => Type::Flag,
            Kind::Number => Type::Unsigned(64),
            Kind::Mac => Type::Mac,
            Kind::Ip if about.name().starts_with("ipv6.") => Type::Ipv6,
            Kind::Ip => Type::Ipv4,
            Kind::Text => Type::Text,
            Kind::Group => Type::Header,
            _ => Type::Bytes,
        };
        // Of TCP the numbers in Wireshark count from the first; these are as they are on the wire, and have the names
        // with `_raw`.
        let other = matches!(field, PacketField::TcpSeq | PacketField::TcpAck | PacketField::Comment);
        (!other).then_some(Name {
            names: about.names,
            kind,
            level: Level::Packet,
            need: Need::Packet,
            source: Source::Packet(field),
            words: None,
            path: false,
            about: about.about,
        })
    }
}

/// All names: those of the table, then headers of packets that it has not.
pub fn all() -> impl Iterator<Item = Name> {
    let packet = PacketField::ALL.iter().filter_map(|field| Name::of_packet(*field));
    NAMES.iter().copied().chain(packet.filter(|name| !NAMES.iter().any(|known| known.names.contains(&name.name()))))
}

/// What is called so.
///
/// ```
/// use sockeye::fields::display::{Type, named};
/// assert_eq!(named("websocket.fin").map(|name| name.kind), Some(Type::Flag));
/// assert_eq!(named("vlan.id").map(|name| name.kind), Some(Type::Unsigned(16)));
/// assert!(named("no.such").is_none());
/// ```
#[must_use]
pub fn named(name: &str) -> Option<Name> {
    let known = NAMES.iter().find(|known| known.names.contains(&name)).copied();
    known.or_else(|| all().find(|known| known.names.contains(&name)))
}

/// The name of a term.
#[must_use]
pub fn of_term(term: Term) -> Option<&'static Name> {
    NAMES.iter().find(|name| name.source == Source::Term(term))
}

/// The name at the front of a word that a path may follow, and the rest of the word: `ws.json.data` is `ws.json` and
/// `.data`.
#[must_use]
pub fn with_path(word: &str) -> Option<(&'static str, &str)> {
    let names = NAMES.iter().filter(|name| name.path).flat_map(|name| name.names.iter().copied());
    names
        .filter_map(|name| Some((name, word.strip_prefix(name)?)))
        .find(|(_, rest)| rest.is_empty() || rest.starts_with('.'))
}

/// The name nearest to a mistyped one, where one is near.
#[must_use]
pub fn nearest_name(typed: &str) -> Option<&'static str> {
    nearest(all().flat_map(|name| name.names.iter().copied()), typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_one_thing_and_says_what() {
        let mut names: Vec<&str> = all().flat_map(|name| name.names.iter().copied()).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(count > 300, "{count}");
        for name in all() {
            assert!(name.about.len() > 3 && !name.about.ends_with('.'), "{}", name.name());
            assert_eq!(
                name.need == Need::Packet,
                name.level == Level::Packet && name.need != Need::Header,
                "{}",
                name.name()
            );
        }
    }

    #[test]
    fn a_mistyped_name_finds_its_neighbour() {
        assert_eq!(nearest_name("websocket.opcod"), Some("websocket.opcode"));
        assert_eq!(nearest_name("ip.scr"), Some("ip.src"));
        assert_eq!(nearest_name("zzzzzzzzzzzzzzzzzzzzzzzzzzzz"), None);
    }
}
