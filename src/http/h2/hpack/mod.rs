//! Header compression of HTTP/2 (RFC 7541).
//!
//! In: header blocks of one direction, in order. Out: the fields of each, with where they stand in the block. Of a connection
//! joined late, or behind lost bytes, entries of the table that nobody saw come out as unknown, and do not end reading. A block
//! that breaks the rules says which; what was read of it before counts. What is kept is one table, of the size the peers agreed
//! on, under [`limits::HPACK_TABLE_BYTES`].

mod fixed;
mod huffman;
mod table;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use self::table::{Entry, Found, Table};
use crate::base::limits;
use crate::base::number::wide;

/// How a field was written (RFC 7541 section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As an index alone.
    Indexed,
    /// As text, to be indexed from now on.
    Added,
    /// As text, not to be indexed.
    Plain,
    /// As text, never to be indexed: it is secret (section 7.1.3).
    Never,
}

/// A field of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name; nothing where it stands in an entry that was not seen.
    pub name: Option<Arc<[u8]>>,
    /// Its value.
    pub value: Option<Arc<[u8]>>,
    /// Where it stands in the block.
    pub span: Range<usize>,
    /// How it was written.
    pub form: Form,
}

/// Why a block is none (RFC 7541; each ends the connection with COMPRESSION_ERROR).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It ends within a field.
    Cut,
    /// A number that is longer than any could be (section 5.1).
    Number,
    /// An index that leads nowhere (section 2.3.3).
    Index,
    /// A string whose code is wrong (section 5.2).
    Huffman,
    /// The table made larger than was allowed (section 6.3).
    TableSize,
    /// The table's size changed behind the first field (section 4.2).
    LateUpdate,
    /// More than is read of one block ([`limits::HPACK_LIST_BYTES`]).
    TooLong,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::Cut => "it ends within a field",
            Fault::Number => "a number is longer than any could be",
            Fault::Index => "an index leads nowhere",
            Fault::Huffman => "the code of a string is wrong",
            Fault::TableSize => "the table is made larger than was allowed",
            Fault::LateUpdate => "the table's size changes behind the first field",
            Fault::TooLong => "it is longer than what is read of one",
        })
    }
}

/// The state of one direction.
#[derive(Debug)]
pub struct Decoder {
    table: Table,
    /// What the reader of this direction allows.
    allowed: u64,
    buffer: Vec<u8>,
}

impl Decoder {
    /// At the start of a connection, or, `is_late`, somewhere in it.
    #[must_use]
    pub fn new(is_late: bool) -> Decoder {
        Decoder { table: Table::new(is_late), allowed: table::USUAL, buffer: Vec::new() }
    }

    /// The reader allows a table of this size (SETTINGS_HEADER_TABLE_SIZE, RFC 9113 section 6.5.2).
    pub fn allow(&mut self, size: u64) {
        // The writer may go on below; what it used before it heard is allowed too.
        self.allowed = self.allowed.max(size).min(limits::HPACK_TABLE_BYTES);
    }

    /// Header blocks were lost.
    pub fn lose(&mut self) {
        self.table.lose();
    }

    /// Bytes of memory it takes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.buffer.capacity() + usize::try_from(self.table.size()).unwrap_or(usize::MAX)
    }

    /// Reads a whole block; `tell` is told each field.
    ///
    /// # Errors
    /// The block breaks a rule; the fields before that were told.
    pub fn decode(&mut self, block: &[u8], mut tell: impl FnMut(Field)) -> Result<(), Fault> {
        let mut reader = Reader { block, at: 0 };
        let (mut any, mut list) = (false, 0u64);
        while let Some(first) = reader.peek() {
            let start = reader.at;
            if first & 0xe0 == 0x20 {
                let size = reader.number(5)?;
                if any {
                    return Err(Fault::LateUpdate);
                }
                if size > self.allowed {
                    return Err(Fault::TableSize);
                }
                self.table.resize(size);
                continue;
            }
            any = true;
            let (form, entry) = self.field(first, &mut reader)?;
            let len = |text: &Option<Arc<[u8]>>| text.as_ref().map_or(0, |text| wide(text.len()));
            list += 32 + len(&entry.name) + len(&entry.value);
            if list > limits::HPACK_LIST_BYTES {
                return Err(Fault::TooLong);
            }
            let Entry { name, value } = entry;
            tell(Field { name, value, span: start..reader.at, form });
        }
        Ok(())
    }

    fn field(&mut self, first: u8, reader: &mut Reader<'_>) -> Result<(Form, Entry), Fault> {
        if first & 0x80 != 0 {
            let index = reader.number(7)?;
            return Ok((Form::Indexed, self.entry(index)?));
        }
        let (form, bits) = match first >> 4 {
            4..=7 => (Form::Added, 6),
            1 => (Form::Never, 4),
            _ => (Form::Plain, 4),
        };
        let index = reader.number(bits)?;
        let name = if index == 0 { Some(self.string(reader)?) } else { self.entry(index)?.name };
        let value = Some(self.string(reader)?);
        let entry = Entry { name, value };
        if form == Form::Added {
            self.table.add(entry.clone());
        }
        Ok((form, entry))
    }

    fn entry(&self, index: u64) -> Result<Entry, Fault> {
        match self.table.get(index) {
            Found::Entry(entry) => Ok(entry),
            Found::Unseen => Ok(Entry { name: None, value: None }),
            Found::Nothing => Err(Fault::Index),
        }
    }

    fn string(&mut self, reader: &mut Reader<'_>) -> Result<Arc<[u8]>, Fault> {
        let is_coded = reader.peek().ok_or(Fault::Cut)? & 0x80 != 0;
        let len = reader.number(7)?;
        let bytes = reader.take(len)?;
        if !is_coded {
            return Ok(bytes.into());
        }
        self.buffer.clear();
        if !huffman::decode(bytes, &mut self.buffer) {
            return Err(Fault::Huffman);
        }
        Ok(self.buffer.as_slice().into())
    }
}

struct Reader<'b> {
    block: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    fn peek(&self) -> Option<u8> {
        self.block.get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, Fault> {
        let byte = self.peek().ok_or(Fault::Cut)?;
        self.at += 1;
        Ok(byte)
    }

    /// A number in the low `bits` of the next byte, and behind it (RFC 7541 section 5.1).
    fn number(&mut self, bits: u32) -> Result<u64, Fault> {
        let most = (1u64 << bits) - 1;
        let mut number = u64::from(self.next()?) & most;
        if number < most {
            return Ok(number);
        }
        for shift in (0..=28).step_by(7) {
            let byte = self.next()?;
            number += u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Fault::Number)
    }

    fn take(&mut self, len: u64) -> Result<&'b [u8], Fault> {
        let end = usize::try_from(len).ok().and_then(|len| self.at.checked_add(len)).ok_or(Fault::Cut)?;
        let bytes = self.block.get(self.at..end).ok_or(Fault::Cut)?;
        self.at = end;
        Ok(bytes)
    }
}

crate::base::pack::pack_struct!(Decoder { table, allowed, buffer });

#[cfg(test)]
mod tests;
