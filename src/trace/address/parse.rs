//! Reads addresses: from left to right, one step at a time, so that what is wrong has a place.

use std::ops::Range;
use std::str::FromStr;

use super::{Address, AddressError, Extent, Item, Named, Spot, name};
use crate::base::{ConnectionId, SocketId, StreamId};
use crate::fields::{FieldId, MessageField, NoteField};

/// What an item is, for whoever has typed something else.
const ITEMS: &str = "expected #12 (a frame), #m3 (a message), #c0 (a connection) or #c0s5 (a stream of it)";

/// What may follow it.
const SPOTS: &str = "a field (#12.mask), bytes (#12.payload[4..7]) or bits (#12.opcode:2) may follow the item";

/// What stands behind the file, with its `#` or without.
impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Address, AddressError> {
        let mut typed = Typed { text, at: usize::from(text.starts_with('#')) };
        let item = typed.item()?;
        let spot = typed.spot(item)?;
        Ok(Address { item, spot })
    }
}

impl Spot {
    /// Reads what follows an item of this kind.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(item: Item, text: &str) -> Result<Spot, AddressError> {
        Typed { text, at: 0 }.spot(item)
    }
}

/// Whether an item could be read from the start of it.
pub(super) fn begins(text: &str) -> bool {
    let mut typed = Typed { text, at: 0 };
    typed.item().is_ok() && (typed.rest().is_empty() || typed.rest().starts_with(['.', '[', ':', '(']))
}

/// A field of a head by its name.
type Head = fn(String) -> Named;

/// What was typed, and how far it is read.
struct Typed<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Typed<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Takes what comes before the first of these characters, or all.
    fn until(&mut self, ends: &[char]) -> (&'a str, Range<usize>) {
        let rest = self.rest();
        let len = rest.find(ends).unwrap_or(rest.len());
        let at = self.at..self.at + len;
        self.at = at.end;
        (rest.get(..len).unwrap_or_default(), at)
    }

    fn takes(&mut self, sign: char) -> bool {
        let found = self.rest().starts_with(sign);
        self.at += if found { sign.len_utf8() } else { 0 };
        found
    }

    fn wrong(&self, at: Range<usize>, message: impl Into<String>) -> AddressError {
        AddressError { text: self.text.to_owned(), at, message: message.into(), expected: None }
    }

    fn expecting(&self, at: Range<usize>, message: impl Into<String>, expected: &str) -> AddressError {
        AddressError { expected: Some(expected.to_owned()), ..self.wrong(at, message) }
    }

    fn item(&mut self) -> Result<Item, AddressError> {
        let from = self.at;
        match self.rest().chars().next() {
            None | Some('.' | '[' | ':') => Err(self.expecting(from..from, "nothing follows the '#'", ITEMS)),
            Some('m') => {
                self.at += 1;
                Ok(Item::Message(self.number_from_one("message")?))
            }
            Some('c') => {
                self.at += 1;
                let connection = ConnectionId(self.number("connection")?);
                let stream = if self.takes('s') { Some(StreamId(self.number("stream")?)) } else { None };
                Ok(Item::Socket(SocketId { stream, ..connection.into() }))
            }
            Some(c) if c.is_ascii_digit() => Ok(Item::Frame(self.number_from_one("frame")?)),
            Some(_) => {
                let (typed, at) = self.until(&['.', '[']);
                Err(self.expecting(at, format!("'#{typed}' names nothing"), ITEMS))
            }
        }
    }

    /// A number of such a thing. Digits and nothing else: what is parsed as a number may have a sign.
    fn number<N: FromStr>(&mut self, kind: &str) -> Result<N, AddressError> {
        let ends: &[char] = match kind {
            "connection" => &['.', '[', ':', '(', ')', ']', 's'],
            _ => &['.', '[', ':', '(', ')', ']'],
        };
        let (digits, at) = self.until(ends);
        if digits.is_empty() {
            return Err(self.expecting(at, format!("the number of the {kind} is missing"), ITEMS));
        }
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(self.expecting(at, format!("'{digits}' is no number of a {kind}"), ITEMS));
        }
        digits.parse().map_err(|_| self.wrong(at, format!("no {kind} has a number as large as {digits}")))
    }

    /// The same of what is numbered from 1.
    fn number_from_one(&mut self, kind: &str) -> Result<u64, AddressError> {
        let from = self.at;
        match self.number(kind)? {
            0 => Err(self.wrong(from..self.at, format!("{kind}s are numbered from 1"))),
            number => Ok(number),
        }
    }

    fn spot(&mut self, item: Item) -> Result<Spot, AddressError> {
        let mut spot = Spot::default();
        let dot = self.at;
        if self.takes('.') {
            spot.field = Some(self.field(item, dot)?);
            if self.takes('(') {
                spot.nth = self.which()?;
            }
        }
        let from = self.at;
        if self.takes('[') {
            spot.bytes = Some(self.bytes(from)?);
            self.check_bytes(item, &spot, from)?;
        }
        let from = self.at;
        if self.takes(':') {
            spot.bits = Some(self.extent(&[], "bit")?);
            self.check_bits(item, &spot, from)?;
        }
        match self.rest() {
            "" => Ok(spot),
            rest => {
                Err(self.expecting(self.at..self.text.len(), format!("'{rest}' follows what is an address"), SPOTS))
            }
        }
    }

    fn field(&mut self, item: Item, dot: usize) -> Result<Named, AddressError> {
        if let Item::Socket(_) = item
            && let Some(head) = self.head()?
        {
            return Ok(head);
        }
        let (typed, at) = self.until(&['[', ':', '(']);
        let kind = match item {
            Item::Frame(_) => "a frame",
            Item::Message(_) => "a message",
            Item::Socket(_) => "a connection",
        };
        if typed.is_empty() {
            return Err(self.expecting(dot..at.end, "no name follows the '.'", SPOTS));
        }
        name::find(item, typed).map(Named::Field).ok_or_else(|| {
            let near = name::nearest(item, typed).map(|near| format!("did you mean '{near}'?"));
            let expected = near.unwrap_or_else(|| {
                let some = name::all(item).map(name::of).take(12).collect::<Vec<_>>().join(", ");
                format!("it has {some} and others")
            });
            self.expecting(at, format!("{kind} has no field '{typed}'"), &expected)
        })
    }

    /// A field of a head, where it is one.
    fn head(&mut self) -> Result<Option<Named>, AddressError> {
        let heads: [(&str, Head); 2] = [("request.", Named::Request), ("response.", Named::Response)];
        let begins =
            |prefix: &str| self.rest().get(..prefix.len()).is_some_and(|rest| rest.eq_ignore_ascii_case(prefix));
        let Some((prefix, named)) = heads.into_iter().find(|(prefix, _)| begins(prefix)) else { return Ok(None) };
        self.at += prefix.len();
        let from = self.at;
        self.takes(':');
        self.until(&['[', ':', '(']);
        let at = from..self.at;
        let typed = self.text.get(at.clone()).unwrap_or_default();
        if typed.is_empty() {
            let expected = format!(
                "a field of the head is meant, like {prefix}{}",
                if prefix == "request." { "Origin" } else { "Upgrade" }
            );
            return Err(self.expecting(at, "no name follows the '.'", &expected));
        }
        match name::unescaped(typed) {
            Some(name) => Ok(Some(named(name))),
            None => Err(self.expecting(at, format!("'{typed}' is no name"), "a '%' is followed by two hex digits")),
        }
    }

    /// `2)`, less one.
    fn which(&mut self) -> Result<u32, AddressError> {
        let (digits, at) = self.until(&[')']);
        let number = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let number = number.and_then(|digits| digits.parse::<u32>().ok()).and_then(|number| number.checked_sub(1));
        match number {
            Some(number) if self.takes(')') => Ok(number),
            Some(_) => Err(self.wrong(at.start - 1..self.at, "the '(' is not closed")),
            None => {
                Err(self.expecting(at, format!("'{digits}' says not which of several"), "they are numbered from 1"))
            }
        }
    }

    /// `4..7]`.
    fn bytes(&mut self, from: usize) -> Result<Extent, AddressError> {
        let bytes = self.extent(&[']'], "byte")?;
        match self.takes(']') {
            true => Ok(bytes),
            false => Err(self.wrong(from..self.at, "the '[' is not closed")),
        }
    }

    /// `4..7`, the last included; `4-7`, as Wireshark writes it; `4`.
    fn extent(&mut self, ends: &[char], kind: &str) -> Result<Extent, AddressError> {
        let (typed, at) = self.until(ends);
        let (first, last) = typed.split_once("..").or_else(|| typed.split_once('-')).unwrap_or((typed, typed));
        let number = |digits: &str| {
            let digits = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
            digits.and_then(|digits| digits.parse::<u64>().ok())
        };
        let expected = format!("write the number of a {kind}, from 0, or the first and the last: 4..7");
        let Some((first, last)) = number(first).zip(number(last)) else {
            return Err(self.expecting(at, format!("'{typed}' are no {kind}s"), &expected));
        };
        if last < first {
            return Err(self.expecting(
                at,
                format!("the last {kind}, {last}, comes before the first, {first}"),
                &expected,
            ));
        }
        Ok(Extent { first, last })
    }

    /// A connection has no bytes, but those of its heads' fields.
    fn check_bytes(&self, item: Item, spot: &Spot, from: usize) -> Result<(), AddressError> {
        let none = match (item, &spot.field) {
            (_, Some(Named::Field(FieldId::Note(NoteField::Whole)))) => "a note has no bytes of its own",
            (Item::Message(_), Some(Named::Field(FieldId::Message(field)))) => match field {
                MessageField::Payload | MessageField::Inflated => return Ok(()),
                _ => "this field of a message has no bytes",
            },
            (Item::Socket(_), Some(Named::Field(_))) => "this field of a connection has no bytes",
            (Item::Socket(_), None) => "a connection has no bytes that are numbered",
            _ => return Ok(()),
        };
        Err(self.wrong(from..self.at, none))
    }

    /// Bits are of what has bytes.
    fn check_bits(&self, item: Item, spot: &Spot, from: usize) -> Result<(), AddressError> {
        let error = self.check_bytes(item, spot, from);
        error.map_err(|error| AddressError { message: error.message.replace("bytes", "bits"), ..error })
    }
}
