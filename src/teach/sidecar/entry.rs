//! Reading and writing the values of one table of the file.
//!
//! A value of the wrong type is a [`Fault`] with its line, and counts as none. A value that is written takes the place of the
//! old one, and comments beside it stay.

use std::collections::HashSet;

use toml_edit::{Array, Item, Table, TableLike, Value, value};

use super::{Fault, Place};

/// Reads tables, and gathers what makes no sense in them.
pub(super) struct Reader<'l> {
    line: &'l dyn Fn(usize) -> usize,
    pub faults: Vec<Fault>,
}

impl<'l> Reader<'l> {
    /// `line` gives the line of a byte of the text, from 1.
    pub fn new(line: &'l dyn Fn(usize) -> usize) -> Reader<'l> {
        Reader { line, faults: Vec::new() }
    }

    fn fault(&mut self, at: Option<std::ops::Range<usize>>, message: impl Into<String>) {
        let line = (self.line)(at.map_or(0, |at| at.start));
        self.faults.push(Fault { line, message: message.into() });
    }

    /// All tables of an array that can be read.
    pub fn all<T>(&mut self, from: &Table, name: &str, read: fn(&mut Self, &Table) -> Option<T>) -> Vec<T> {
        match from.get(name) {
            None => Vec::new(),
            Some(Item::ArrayOfTables(tables)) => tables.iter().filter_map(|table| read(self, table)).collect(),
            Some(other) => {
                self.fault(other.span(), format!("`{name}` is no array of tables: write [[{name}]]"));
                Vec::new()
            }
        }
    }

    /// Whether no entry before it had this id.
    pub fn is_new(&mut self, seen: &mut HashSet<String>, id: &str) -> bool {
        let is_new = seen.insert(id.to_owned());
        if !is_new {
            self.fault(None, format!("there are two entries with the id `{id}`: the first counts"));
        }
        is_new
    }

    fn get<T>(&mut self, table: &dyn TableLike, name: &str, what: &str, of: impl Fn(&Item) -> Option<T>) -> Option<T> {
        let item = table.get(name)?;
        let found = of(item);
        if found.is_none() {
            self.fault(item.span(), format!("`{name}` is no {what}"));
        }
        found
    }

    pub fn text(&mut self, table: &dyn TableLike, name: &str) -> Option<String> {
        self.get(table, name, "text", |item| item.as_str().map(str::to_owned))
    }

    pub fn integer(&mut self, table: &dyn TableLike, name: &str) -> Option<i64> {
        self.get(table, name, "whole number", Item::as_integer)
    }

    pub fn number(&mut self, table: &dyn TableLike, name: &str) -> Option<u64> {
        self.get(table, name, "whole number from 0", |item| item.as_integer().and_then(|number| number.try_into().ok()))
    }

    pub fn list(&mut self, table: &dyn TableLike, name: &str) -> Vec<String> {
        let texts = |item: &Item| item.as_array()?.iter().map(|one| one.as_str().map(str::to_owned)).collect();
        self.get(table, name, "list of texts", texts).unwrap_or_default()
    }

    /// A text that an entry cannot be without.
    pub fn required(&mut self, table: &Table, name: &str) -> Option<String> {
        let found = self.text(table, name).filter(|text| !text.is_empty());
        if found.is_none() {
            self.fault(table.span(), format!("an entry without `{name}`"));
        }
        found
    }

    pub fn place(&mut self, table: &Table, name: &str) -> Option<Place> {
        let text = self.required(table, name)?;
        match text.parse() {
            Ok(place) => Some(place),
            Err(error) => {
                self.fault(table.get(name).and_then(Item::span), format!("`{name}`: {error}"));
                None
            }
        }
    }

    /// A text that names one of some values.
    pub fn named<T>(&mut self, table: &Table, name: &str, find: fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(table, name)?;
        let found = find(&text);
        if found.is_none() {
            self.fault(table.get(name).and_then(Item::span), format!("no {name} is called `{text}`"));
        }
        found
    }
}

/// Sets a value, or takes it away. What stands beside it stays.
pub(super) fn set(table: &mut Table, name: &str, item: Option<Item>) {
    let Some(mut item) = item else {
        table.remove(name);
        return;
    };
    match (table.get_mut(name), item.as_value_mut()) {
        (Some(Item::Value(old)), Some(new)) => {
            if !is_same(old, new) {
                *new.decor_mut() = old.decor().clone();
                *old = new.clone();
            }
        }
        _ => drop(table.insert(name, item)),
    }
}

/// However they are written.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.value() == other.value(),
        (Value::Integer(one), Value::Integer(other)) => one.value() == other.value(),
        _ => false,
    }
}

/// A text, where there is one.
pub(super) fn text_of(text: &str) -> Option<Item> {
    (!text.is_empty()).then(|| value(text))
}

/// A list, where it holds something.
pub(super) fn list_of(texts: &[String]) -> Option<Item> {
    (!texts.is_empty()).then(|| value(texts.iter().collect::<Array>()))
}
