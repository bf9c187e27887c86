//! Columns of a table, chosen by name.

use thiserror::Error;

use crate::dissect::Wants;
use crate::fields::display::{Level, Name, named, nearest_name, with_path};
use crate::fields::{ConnectionField, Cost, Field, FrameField, MessageField, Scope, Value, find, listed, nearest};
use crate::filter::{Expression, FilterError, Row};
use crate::output::List;

/// The columns of a table of one kind of item.
#[derive(Debug, Clone)]
pub enum Columns {
    /// Of frames.
    Frames(Vec<Column<FrameField>>),
    /// Of messages.
    Messages(Vec<Column<MessageField>>),
    /// Of connections.
    Connections(Vec<Column<ConnectionField>>),
}

/// One column.
#[derive(Debug, Clone)]
pub struct Column<S> {
    /// What stands above it, where that is not its name.
    pub title: Option<String>,
    /// What it shows.
    pub what: What<S>,
}

/// What a column shows.
#[derive(Debug, Clone)]
pub enum What<S> {
    /// A field of the rows.
    Field(S),
    /// An expression in the language of the display filter.
    Expression(Box<Expression>),
}

/// A column as somebody asked for it: `Name:expression`, or an expression alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// What stands above it; the expression where that is not said.
    pub title: Option<String>,
    /// A name of a field, or an expression.
    pub expression: String,
}

impl Spec {
    /// Reads one column. A name is made of letters, digits, spaces and some signs, so that the colons of a slice or an address
    /// part nothing.
    ///
    /// ```
    /// use sockeye::output::Spec;
    /// let spec = Spec::parse("First bytes:tcp.payload[0:4]");
    /// assert_eq!((spec.title.as_deref(), spec.expression.as_str()), (Some("First bytes"), "tcp.payload[0:4]"));
    /// assert_eq!(Spec::parse("tcp.payload[0:4]").title, None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Spec {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-' | '.' | '/' | '#' | '%' | '°');
        match text.split_once(':') {
            Some((title, rest)) if !title.trim().is_empty() && !rest.trim().is_empty() && title.chars().all(plain) => {
                Spec { title: Some(title.trim().to_owned()), expression: rest.trim().to_owned() }
            }
            _ => Spec { title: None, expression: text.trim().to_owned() },
        }
    }

    /// Reads several columns, with commas between them: those in brackets and between quotes part nothing.
    ///
    /// ```
    /// use sockeye::output::Spec;
    /// let specs = Spec::parse_all("n,Worst:max(ws.length, 3),ws.text contains \",\"");
    /// assert_eq!(specs.len(), 3);
    /// ```
    #[must_use]
    pub fn parse_all(text: &str) -> Vec<Spec> {
        let (mut specs, mut start) = (Vec::new(), 0);
        let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                _ if quoted => {}
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                b',' if depth == 0 => {
                    specs.push(Spec::parse(text.get(start..at).unwrap_or_default()));
                    start = at + 1;
                }
                _ => {}
            }
        }
        specs.push(Spec::parse(text.get(start..).unwrap_or_default()));
        specs.retain(|spec| !spec.expression.is_empty());
        specs
    }
}

impl<S: Copy> Column<S> {
    /// Its value in a row: `value` gives that of a field.
    pub fn value<'v>(&self, row: Option<&Row<'_>>, value: impl FnOnce(S) -> Value<'v>) -> Value<'v> {
        match &self.what {
            What::Field(field) => value(*field),
            What::Expression(expression) => {
                row.map_or(Value::Absent, |row| Value::Text(expression.text_in(row).into()))
            }
        }
    }

    /// The expression, where it is one.
    #[must_use]
    pub fn expression(&self) -> Option<&Expression> {
        match &self.what {
            What::Field(_) => None,
            What::Expression(expression) => Some(expression),
        }
    }
}

impl<S: Scope> Column<S> {
    /// What the table of fields says of it, where it is one of them.
    #[must_use]
    pub fn field(&self) -> Option<&'static Field> {
        match self.what {
            What::Field(field) => Some(field.field()),
            What::Expression(_) => None,
        }
    }

    fn name(&self) -> &str {
        match (&self.title, &self.what) {
            (Some(title), _) => title,
            (None, What::Field(field)) => field.field().name(),
            (None, What::Expression(expression)) => expression.text(),
        }
    }
}

/// Something that cannot be a column.
#[derive(Debug, Clone, Error)]
pub enum WrongColumn {
    /// A name that no field of this kind of item has.
    #[error("unknown field '{name}' of {list}{}", nearest.map_or(String::new(), |name| format!(" (did you mean '{name}'?)")))]
    Unknown {
        /// What was asked for.
        name: String,
        /// Of what: `frames`, `messages`, `connections`.
        list: &'static str,
        /// A field whose name is like it.
        nearest: Option<&'static str>,
    },
    /// An expression that makes no sense, or none of these rows.
    #[error(transparent)]
    Expression(#[from] FilterError),
}

/// Columns of CSV where none are named: those of the JSON output.
const FRAMES: &[FrameField] = &[
    FrameField::Number,
    FrameField::Connection,
    FrameField::Direction,
    FrameField::Time,
    FrameField::Packet,
    FrameField::LastPacket,
    FrameField::Offset,
    FrameField::Fin,
    FrameField::Rsv,
    FrameField::Opcode,
    FrameField::Masked,
    FrameField::MaskingKey,
    FrameField::Length,
    FrameField::Captured,
    FrameField::PayloadText,
    FrameField::PayloadBase64,
    FrameField::Message,
    FrameField::Notes,
];
const MESSAGES: &[MessageField] = &[
    MessageField::Number,
    MessageField::Connection,
    MessageField::Direction,
    MessageField::Time,
    MessageField::Packet,
    MessageField::LastPacket,
    MessageField::Frames,
    MessageField::Opcode,
    MessageField::Compressed,
    MessageField::WireLength,
    MessageField::Length,
    MessageField::Complete,
    MessageField::PayloadText,
    MessageField::PayloadBase64,
    MessageField::Notes,
];
const CONNECTIONS: &[ConnectionField] = &[
    ConnectionField::Number,
    ConnectionField::Client,
    ConnectionField::Server,
    ConnectionField::Evidence,
    ConnectionField::Status,
    ConnectionField::Version,
    ConnectionField::Uri,
    ConnectionField::Host,
    ConnectionField::Origin,
    ConnectionField::Subprotocol,
    ConnectionField::Extensions,
    ConnectionField::Frames,
    ConnectionField::Messages,
    ConnectionField::CloseBy,
    ConnectionField::CloseCode,
    ConnectionField::CloseReason,
    ConnectionField::Time,
    ConnectionField::Duration,
    ConnectionField::Notes,
];

impl Columns {
    /// The columns of these names and expressions, in their order; those of the JSON output where `names` is empty.
    pub fn choose(list: List, names: &[String]) -> Result<Columns, WrongColumn> {
        let specs: Vec<Spec> = names.iter().map(|name| Spec { title: None, expression: name.clone() }).collect();
        Columns::of(list, &specs)
    }

    /// The same, with what stands above them.
    pub fn of(list: List, specs: &[Spec]) -> Result<Columns, WrongColumn> {
        Ok(match list {
            List::Frames => Columns::Frames(choose(list, specs, FRAMES)?),
            List::Messages => Columns::Messages(choose(list, specs, MESSAGES)?),
            List::Connections => Columns::Connections(choose(list, specs, CONNECTIONS)?),
        })
    }

    /// What the table says of them.
    fn fields(&self) -> Vec<&'static Field> {
        match self {
            Columns::Frames(columns) => columns.iter().filter_map(Column::field).collect(),
            Columns::Messages(columns) => columns.iter().filter_map(Column::field).collect(),
            Columns::Connections(columns) => columns.iter().filter_map(Column::field).collect(),
        }
    }

    /// Their names.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        match self {
            Columns::Frames(columns) => columns.iter().map(Column::name).collect(),
            Columns::Messages(columns) => columns.iter().map(Column::name).collect(),
            Columns::Connections(columns) => columns.iter().map(Column::name).collect(),
        }
    }

    /// Those that are expressions.
    #[must_use]
    pub fn expressions(&self) -> Vec<&Expression> {
        match self {
            Columns::Frames(columns) => columns.iter().filter_map(Column::expression).collect(),
            Columns::Messages(columns) => columns.iter().filter_map(Column::expression).collect(),
            Columns::Connections(columns) => columns.iter().filter_map(Column::expression).collect(),
        }
    }

    /// What the fields among them look at: payloads only where a column shows some of one.
    #[must_use]
    pub fn wants(&self) -> Wants {
        let payload = self.fields().iter().any(|field| field.cost >= Cost::Payload);
        Wants {
            frame_payload: payload && matches!(self, Columns::Frames(_)),
            message_payload: payload && matches!(self, Columns::Messages(_)),
            ..Wants::NOTHING
        }
    }

    /// Whether rows of frames or messages name their connection's parties.
    #[must_use]
    pub fn need_parties(&self) -> bool {
        // A connection has them itself.
        let rows = !matches!(self, Columns::Connections(_));
        rows && self.fields().iter().any(|field| field.cost == Cost::Handshake)
    }
}

fn choose<S: Scope>(list: List, specs: &[Spec], usual: &[S]) -> Result<Vec<Column<S>>, WrongColumn> {
    if specs.is_empty() {
        return Ok(usual.iter().map(|field| Column { title: None, what: What::Field(*field) }).collect());
    }
    let column = |spec: &Spec| Ok(Column { title: spec.title.clone(), what: what(list, &spec.expression)? });
    specs.iter().map(column).collect()
}

/// A field of this name; else an expression, where it is more than a word or one of the filter's names.
fn what<S: Scope>(list: List, name: &str) -> Result<What<S>, WrongColumn> {
    if let Some(field) = find(name) {
        return Ok(What::Field(field));
    }
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    if is_word && named(name).is_none() && with_path(name).is_none() {
        let names = listed::<S>().flat_map(|field| field.field().names).copied();
        let nearest = nearest(names, name).or_else(|| nearest_name(name));
        return Err(WrongColumn::Unknown { name: name.to_owned(), list: list.name(), nearest });
    }
    let expression = Expression::compile(name)?;
    match expression.names().iter().find(|name| !has(list, name.level)) {
        None => Ok(What::Expression(Box::new(expression))),
        Some(strange) => Err(misplaced(list, &expression, strange).into()),
    }
}

/// Whether rows of a list have what belongs to this.
fn has(list: List, level: Level) -> bool {
    match list {
        List::Frames => level != Level::Closed,
        List::Messages => matches!(level, Level::Connection | Level::Packet | Level::Message),
        List::Connections => matches!(level, Level::Connection | Level::Closed),
    }
}

/// A name that the rows of a list have not.
fn misplaced(list: List, expression: &Expression, name: &Name) -> FilterError {
    let (text, rows) = (expression.text(), list.name());
    let found = name.names.iter().find_map(|name| Some((*name, text.find(name)?)));
    let (shown, at) = found.map_or((name.name(), 0..text.len()), |(name, at)| (name, at..at + name.len()));
    let whose = match name.level {
        Level::Closed => "connections that are over",
        Level::Message => "messages",
        Level::Frame | Level::Packet => "frames",
        Level::Connection => "connections",
    };
    FilterError {
        text: text.to_owned(),
        at,
        message: format!("{rows} have no '{shown}': {whose} do"),
        expected: Some(format!("`sockeye fields {rows}` and `sockeye fields filter` list what there is")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_columns_are_all_known() {
        for (list, usual) in
            [(List::Frames, FRAMES.len()), (List::Messages, MESSAGES.len()), (List::Connections, CONNECTIONS.len())]
        {
            let usual_columns = Columns::choose(list, &[]).unwrap();
            let names: Vec<String> = usual_columns.names().into_iter().map(String::from).collect();
            assert_eq!(names.len(), usual);
            assert!(Columns::choose(list, &names).is_ok(), "all of them can be asked for");
        }
    }

    #[test]
    fn an_unknown_name_is_told_with_its_neighbour() {
        let error = Columns::choose(List::Frames, &["n".into(), "opcod".into()]).unwrap_err();
        assert_eq!(error.to_string(), "unknown field 'opcod' of frames (did you mean 'opcode'?)");
        let error = Columns::choose(List::Connections, &["xxxxxxxxxxxxxxxx".into()]).unwrap_err();
        assert_eq!(error.to_string(), "unknown field 'xxxxxxxxxxxxxxxx' of connections");
    }

    #[test]
    fn payloads_are_asked_for_only_where_a_column_shows_them() {
        let wants = |list, name: &str| Columns::choose(list, &[name.to_string()]).unwrap().wants();
        assert_eq!(wants(List::Frames, "length"), Wants::default());
        assert_eq!(wants(List::Frames, "payload.length"), Wants::default(), "another name of length");
        assert!(wants(List::Frames, "payload.hex").frame_payload);
        assert!(wants(List::Frames, "close.code").frame_payload);
        assert!(wants(List::Messages, "payload").message_payload);
        assert_eq!(wants(List::Connections, "close.code"), Wants::default());
    }
}
