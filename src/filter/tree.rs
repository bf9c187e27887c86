//! The tree of a filter as it was written: what its words mean is not decided yet.

use std::ops::Range;

/// A part of a filter, and its place in the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expr {
    pub(super) kind: Kind,
    pub(super) at: Range<usize>,
}

/// What a part is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Xor(Vec<Expr>),
    Not(Box<Expr>),
    Compare {
        how: Comparison,
        every: Option<bool>,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    In {
        every: Option<bool>,
        left: Box<Expr>,
        set: Vec<Member>,
    },
    /// A name, a number, an address: a word.
    Word(String),
    /// A word that is a name and nothing else.
    Dotted(String),
    /// What a name gives, in some layers only, or as it is on the wire.
    Field {
        name: String,
        path: Vec<Step>,
        layers: Vec<Piece>,
        raw: bool,
    },
    Text(Vec<u8>),
    Character(u32),
    Slice(Box<Expr>, Vec<Piece>),
    /// The value that the selected row has.
    Reference(Box<Expr>),
    Call(String, Vec<Expr>),
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    Negative(Box<Expr>),
}

/// One member of a set: a value, or all from one to another.
pub(super) type Member = (Expr, Option<Expr>);

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The same.
    Equal,
    /// Not the same.
    Unequal,
    /// Less.
    Less,
    /// Less or the same.
    LessOrEqual,
    /// Greater.
    Greater,
    /// Greater or the same.
    GreaterOrEqual,
    /// The left holds the right.
    Contains,
    /// The left matches the pattern.
    Matches,
}

/// What is computed of two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    /// Sum.
    Add,
    /// Difference.
    Subtract,
    /// Product.
    Multiply,
    /// Quotient.
    Divide,
    /// Remainder.
    Modulo,
    /// The bits that both have.
    BitAnd,
}

/// A piece of a slice, or of a range of layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The first, counted from 0; from the end where negative.
    pub start: i64,
    /// Where it ends.
    pub end: End,
}

/// Where a piece ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// After so many.
    Length(i64),
    /// With this one.
    Last(i64),
    /// Where there are no more.
    Open,
}

/// A step into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The member of this name.
    Key(Vec<u8>),
    /// The element of this number, from 0.
    Index(u64),
    /// Every member or element.
    Every,
}

impl Expr {
    pub(super) fn new(kind: Kind, at: Range<usize>) -> Expr {
        Expr { kind, at }
    }

    /// It is true or false by itself; otherwise it has a value.
    pub(super) fn is_test(&self) -> bool {
        matches!(
            self.kind,
            Kind::And(_) | Kind::Or(_) | Kind::Xor(_) | Kind::Not(_) | Kind::Compare { .. } | Kind::In { .. }
        )
    }
}
