//! What is known of each field: its names, its type, what must be read for it, and what it is in one line.
//!
//! A kind of item has a file of its own, with a line a field. To add a field, add a line there; the compiler then asks
//! for its value in `src/trace/values/`, and everything else follows.

use super::value::Value;

macro_rules! fields {
    (
        $(#[$doc:meta])* $scope:ident, FieldId::$variant:ident:
        $($id:ident = $kind:ident $about:literal, $($name:literal)+ $(as $member:literal)? $(.$more:ident($($arg:expr),*))*;)+
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum $scope {
            $(#[doc = $about] $id,)+
        }

        impl $scope {
            /// What the table says of it.
            #[must_use]
            pub const fn field(self) -> &'static $crate::fields::Field {
                use $crate::fields::Field;
                match self {
                    $($scope::$id => const {
                        &Field {
                            names: &[$($name),+],
                            member: $crate::fields::table::member!(",\"", "\":", $($name)+ $(as $member)?),
                            opening: $crate::fields::table::member!("{\"", "\":", $($name)+ $(as $member)?),
                            ..Field::$kind($about)$(.$more($($arg),*))*
                        }
                    },)+
                }
            }
        }

        impl $crate::fields::Scope for $scope {
            const ALL: &'static [$scope] = &[$($scope::$id),+];

            fn field(self) -> &'static $crate::fields::Field {
                $scope::field(self)
            }
        }

        impl From<$scope> for $crate::fields::FieldId {
            fn from(field: $scope) -> $crate::fields::FieldId {
                $crate::fields::FieldId::$variant(field)
            }
        }
    };
}

/// The name of a member of a JSON object, quoted: the first of the names, where none is given for it.
macro_rules! member {
    ($before:literal, $after:literal, $($name:literal)+ as $member:literal) => {
        concat!($before, $member, $after)
    };
    ($before:literal, $after:literal, $name:literal $($other:literal)*) => {
        concat!($before, $name, $after)
    };
}

use member;

mod connection;
mod frame;
mod message;
mod note;
mod packet;

pub use connection::ConnectionField;
pub use frame::FrameField;
pub use message::MessageField;
pub use note::NoteField;
pub use packet::PacketField;

/// What the table says of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its names; the first is the one that is listed, the others are understood too.
    pub names: &'static [&'static str],
    /// What Wireshark calls it, where it has the same; understood too.
    pub wireshark: Option<&'static str>,
    /// Its name in a tree, where that is another than the first.
    pub tree: Option<&'static str>,
    /// What a tree calls it before people.
    pub label: &'static str,
    /// `,"fin":`, as a member of a JSON object that follows others.
    pub member: &'static str,
    /// `{"code":`, as the first member.
    pub opening: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What it is counted in.
    pub unit: Unit,
    /// What must be read for it.
    pub cost: Cost,
    /// One line: what it holds.
    pub about: &'static str,
    /// In a tree of packets: 0 for a header, 1 for its fields, 2 for fields of a group in it, and so on.
    pub depth: u8,
    /// The clause that its sentence rests on, where the sentence is shown beside the value.
    pub clause: &'static str,
    /// It can be asked for by name; the others are parts of a tree or of a JSON object.
    pub listed: bool,
}

/// The type of what a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Yes or no.
    Flag,
    /// A whole number.
    Number,
    /// A share from 0 to 1.
    Share,
    /// Text.
    Text,
    /// Bytes, or text where they are text.
    Bytes,
    /// A point in time.
    Time,
    /// A span of time.
    Duration,
    /// An address and port.
    Address,
    /// An IP address.
    Ip,
    /// An IEEE 802 MAC address.
    Mac,
    /// Several numbers.
    Numbers,
    /// Several words.
    Words,
    /// Missing runs.
    Holes,
    /// Notes.
    Notes,
    /// Nothing of its own: a heading over others.
    Group,
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Things, or it is no number.
    None,
    /// Bytes.
    Bytes,
    /// Seconds.
    Seconds,
}

/// What must be read before a field is known, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cost {
    /// What an index has: headers, places, times, notes.
    Header,
    /// The opening handshake and the addresses of the connection.
    Handshake,
    /// Payload bytes.
    Payload,
    /// A message, inflated where it is compressed.
    Inflated,
}

/// A field of any kind of item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldId {
    /// Of a frame.
    Frame(FrameField),
    /// Of a message.
    Message(MessageField),
    /// Of a connection.
    Connection(ConnectionField),
    /// Of a packet.
    Packet(PacketField),
    /// Of a note.
    Note(NoteField),
}

impl FieldId {
    /// What the table says of it.
    #[must_use]
    pub const fn field(self) -> &'static Field {
        match self {
            FieldId::Frame(field) => field.field(),
            FieldId::Message(field) => field.field(),
            FieldId::Connection(field) => field.field(),
            FieldId::Packet(field) => field.field(),
            FieldId::Note(field) => field.field(),
        }
    }

    /// Its name in a tree: `ws.mask`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.field().tree_name()
    }
}

/// The fields of one kind of item.
pub trait Scope: Copy + Into<FieldId> + 'static {
    /// All of them, in the order in which they are listed.
    const ALL: &'static [Self];

    /// What the table says of one.
    fn field(self) -> &'static Field;
}

impl Field {
    /// The name that is listed.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }

    /// The name in a tree.
    #[must_use]
    pub fn tree_name(&self) -> &'static str {
        self.tree.unwrap_or(self.name())
    }

    /// Whether it is called so, any case.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        self.names.iter().chain(&self.wireshark).any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Whether a value is of its type; what is absent is of any.
    #[must_use]
    pub fn admits(&self, value: &Value<'_>) -> bool {
        matches!(
            (self.kind, value),
            (_, Value::Absent)
                | (Kind::Flag, Value::Flag(_))
                | (Kind::Number, Value::Number(_))
                | (Kind::Share, Value::Share(_))
                | (Kind::Text, Value::Text(_))
                | (Kind::Bytes, Value::Bytes(..) | Value::Text(_) | Value::Key(_))
                | (Kind::Time, Value::Time(_) | Value::Epoch(_))
                | (Kind::Duration, Value::Nanoseconds(_))
                | (Kind::Address, Value::Address(_))
                | (Kind::Ip, Value::Ip(_))
                | (Kind::Mac, Value::Mac(_))
                | (Kind::Numbers, Value::Numbers(_))
                | (Kind::Words, Value::Words(_))
                | (Kind::Holes, Value::Holes(_))
                | (Kind::Notes, Value::Notes(_))
        )
    }
}

/// The words that the table is written in.
impl Field {
    const fn of(kind: Kind, unit: Unit, about: &'static str) -> Field {
        Field {
            names: &[],
            wireshark: None,
            tree: None,
            label: "",
            member: "",
            opening: "",
            kind,
            unit,
            cost: Cost::Header,
            about,
            depth: 0,
            clause: "",
            listed: true,
        }
    }

    const fn flag(about: &'static str) -> Field {
        Field::of(Kind::Flag, Unit::None, about)
    }

    const fn number(about: &'static str) -> Field {
        Field::of(Kind::Number, Unit::None, about)
    }

    /// A number of bytes.
    const fn length(about: &'static str) -> Field {
        Field::of(Kind::Number, Unit::Bytes, about)
    }

    const fn share(about: &'static str) -> Field {
        Field::of(Kind::Share, Unit::None, about)
    }

    const fn text(about: &'static str) -> Field {
        Field::of(Kind::Text, Unit::None, about)
    }

    const fn bytes(about: &'static str) -> Field {
        Field::of(Kind::Bytes, Unit::None, about)
    }

    const fn time(about: &'static str) -> Field {
        Field::of(Kind::Time, Unit::None, about)
    }

    const fn duration(about: &'static str) -> Field {
        Field::of(Kind::Duration, Unit::Seconds, about)
    }

    const fn address(about: &'static str) -> Field {
        Field::of(Kind::Address, Unit::None, about)
    }

    const fn ip(about: &'static str) -> Field {
        Field::of(Kind::Ip, Unit::None, about)
    }

    const fn mac(about: &'static str) -> Field {
        Field::of(Kind::Mac, Unit::None, about)
    }

    const fn numbers(about: &'static str) -> Field {
        Field::of(Kind::Numbers, Unit::None, about)
    }

    const fn words(about: &'static str) -> Field {
        Field::of(Kind::Words, Unit::None, about)
    }

    const fn holes(about: &'static str) -> Field {
        Field::of(Kind::Holes, Unit::Bytes, about)
    }

    const fn notes(about: &'static str) -> Field {
        Field::of(Kind::Notes, Unit::None, about)
    }

    const fn group(about: &'static str) -> Field {
        Field { listed: false, ..Field::of(Kind::Group, Unit::None, about) }
    }

    /// It is seen in trees, under this name, and before people as `label`.
    const fn tree(self, name: &'static str, label: &'static str) -> Field {
        Field { tree: Some(name), label, ..self }
    }

    /// It is seen in trees under its own name.
    const fn label(self, label: &'static str) -> Field {
        Field { label, ..self }
    }

    const fn depth(self, depth: u8) -> Field {
        Field { depth, ..self }
    }

    const fn clause(self, clause: &'static str) -> Field {
        Field { clause, ..self }
    }

    const fn wireshark(self, name: &'static str) -> Field {
        Field { wireshark: Some(name), ..self }
    }

    const fn costs(self, cost: Cost) -> Field {
        Field { cost, ..self }
    }

    /// It is a part of a tree or of a JSON object, and is not asked for by name.
    const fn part(self) -> Field {
        Field { listed: false, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<S: Scope>() {
        let fields = || S::ALL.iter().map(|field| field.field());
        let mut names: Vec<_> = fields().flat_map(|field| field.names.iter().chain(&field.wireshark)).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "a name means one field");
        for field in fields() {
            assert!(field.about.len() > if field.listed { 8 } else { 3 } && !field.about.ends_with('.'), "{field:?}");
            let quoted = field.member.strip_prefix(",\"").and_then(|rest| rest.strip_suffix("\":")).unwrap();
            assert_eq!(field.opening, format!("{{\"{quoted}\":"));
        }
        let mut tree: Vec<_> = fields().filter(|field| !field.label.is_empty()).map(Field::tree_name).collect();
        let all = tree.len();
        tree.sort_unstable();
        tree.dedup();
        assert_eq!(tree.len(), all, "a name in a tree means one field");
    }

    #[test]
    fn names_are_unique_in_each_scope_and_say_what_they_are() {
        check::<FrameField>();
        check::<MessageField>();
        check::<ConnectionField>();
        check::<PacketField>();
        check::<NoteField>();
    }

    #[test]
    fn an_id_is_small() {
        assert!(size_of::<FieldId>() <= 4);
    }
}
