//! Settles what the words of a filter mean: names, types, constants.
//!
//! In: a tree. Out: a [`Test`], and what it looks at; or what is wrong, where, and what would be right. A word is a name
//! where there is such a name; otherwise it is a constant of the type of what it is compared with, as in Wireshark.

pub(super) mod operand;

use std::ops::Range;

use memchr::memmem::Finder;

use super::error::Wrong;
use super::pattern::Pattern;
use super::row::FieldUse;
use super::test::{Operand, Test};
use super::tree::{Comparison, Expr, Kind, Member};
use super::value::{Value, Values};
use crate::dissect::Wants;
use crate::fields::display::{Level, Name, Need, Source, Term, Type, named, nearest_name};

/// What a filter looks at.
#[derive(Debug, Clone, Default)]
pub(super) struct Looks {
    /// Names and what they belong to, each once.
    pub(super) names: Vec<Name>,
}

impl Looks {
    pub(super) fn add(&mut self, name: &Name) {
        match self.names.iter_mut().find(|known| known.name() == name.name()) {
            // Whether it is there may take less than what it holds.
            Some(known) => known.need = known.need.max(name.need),
            None => self.names.push(*name),
        }
    }

    /// What must be told to whoever looks at them.
    pub(super) fn wants(&self) -> Wants {
        Wants {
            frame_payload: self.needs(Need::Payload),
            message_payload: self.needs(Need::Inflated),
            packets: self.needs(Need::Packet),
            ..Wants::NOTHING
        }
    }

    fn needs(&self, need: Need) -> bool {
        self.names.iter().any(|name| name.need == need)
    }

    pub(super) fn at(&self, level: Level) -> bool {
        self.names.iter().any(|name| name.level == level)
    }

    pub(super) fn term(&self, term: Term) -> bool {
        self.names.iter().any(|name| name.source == Source::Term(term))
    }
}

/// What the selected row has under a name; `None` where no row is selected.
pub type References<'r> = Option<&'r dyn Fn(&Name) -> Values<'static>>;

pub(super) struct Checker<'r> {
    pub(super) looks: Looks,
    pub(super) references: References<'r>,
}

/// One side of a comparison.
pub(super) enum Side<'e> {
    /// It has a type, and perhaps a name whose words count.
    Typed(Operand, Type, Option<Name>),
    /// It takes its type from the other side.
    Open(&'e Expr),
}

impl Checker<'_> {
    pub(super) fn test(&mut self, expr: &Expr) -> Result<Test, Wrong> {
        match &expr.kind {
            Kind::And(list) => Ok(Test::And(self.cheapest_first(list)?)),
            Kind::Or(list) => Ok(Test::Or(self.cheapest_first(list)?)),
            Kind::Xor(list) => Ok(Test::Xor(self.tests(list)?)),
            Kind::Not(inner) => Ok(Test::Not(Box::new(self.test(inner)?))),
            Kind::Compare { how, every, left, right } => self.comparison(*how, *every, left, right),
            Kind::In { every, left, set } => self.membership(*every, left, set),
            _ => self.truth(expr),
        }
    }

    fn tests(&mut self, list: &[Expr]) -> Result<Vec<Test>, Wrong> {
        list.iter().map(|expr| self.test(expr)).collect()
    }

    /// What the cheaper of them decides is not asked of the others.
    fn cheapest_first(&mut self, list: &[Expr]) -> Result<Vec<Test>, Wrong> {
        let mut tests = self.tests(list)?;
        tests.sort_by_cached_key(Test::cost);
        Ok(tests)
    }

    /// A value where a test is wanted: a name asks whether it is there, everything else whether it is true.
    fn truth(&mut self, expr: &Expr) -> Result<Test, Wrong> {
        // What every frame is: no payload has to be read for that.
        if let Kind::Word(word) | Kind::Dotted(word) = &expr.kind
            && let Some(name) = named(word).filter(|name| name.source == Source::Term(Term::Websocket))
        {
            self.looks.add(&Name { need: Need::Header, ..name });
            return Ok(Test::Frame);
        }
        let asks = matches!(expr.kind, Kind::Word(_) | Kind::Dotted(_) | Kind::Field { .. } | Kind::Slice(..));
        match self.side(expr, None)? {
            Side::Typed(operand, ..) if asks => Ok(Test::There(operand)),
            Side::Typed(operand, ..) => Ok(Test::True(operand)),
            Side::Open(open) => Err(self.no_name(open)),
        }
    }

    /// Why something is no name, and which name is near.
    pub(super) fn no_name(&self, expr: &Expr) -> Wrong {
        let name = |word: &&String| !word.starts_with(|c: char| c.is_ascii_digit() || c == ':');
        let word = if let Kind::Word(word) = &expr.kind { Some(word) } else { None };
        let Some(word) = word.filter(name) else {
            let wrong = Wrong::new(&expr.at, "this is a constant, and always the same");
            return wrong.expected("a name stands here, or a comparison with one");
        };
        let wrong = Wrong::new(&expr.at, format!("'{word}' is no name of a field or a protocol"));
        match nearest_name(word) {
            Some(name) => wrong.expected(format!("did you mean '{name}'?")),
            None => wrong.expected("`sockeye fields filter` lists them"),
        }
    }

    fn comparison(&mut self, how: Comparison, every: Option<bool>, left: &Expr, right: &Expr) -> Result<Test, Wrong> {
        if how == Comparison::Matches {
            return self.pattern(every.unwrap_or(false), left, right);
        }
        let every = every.unwrap_or(how == Comparison::Unequal);
        let ((left, left_type), (right, right_type)) = self.pair(how, left, right)?;
        let together = |at: &Range<usize>, a: Type, b: Type| {
            Err(Wrong::new(at, format!("{} cannot be compared with {}", a.describe(), b.describe())))
        };
        let ((left, left_at), (right, at)) = (left, right);
        if how == Comparison::Contains {
            if !holds_bytes(left_type) {
                let message = format!("{} cannot contain anything", left_type.describe());
                return Err(Wrong::new(&left_at, message).expected("text, bytes and headers can"));
            }
            if !holds_bytes(right_type) {
                return together(&at, left_type, right_type);
            }
        } else if !comparable(left_type, right_type) {
            return together(&at, left_type, right_type);
        }
        Ok(fast(Test::Compare { how, every, left, right }))
    }

    /// Both sides with their types, each with its place: a constant takes the type of the other side.
    #[expect(clippy::type_complexity, reason = "two sides, each with place and type, taken apart at once")]
    fn pair(
        &mut self,
        how: Comparison,
        left: &Expr,
        right: &Expr,
    ) -> Result<(((Operand, Range<usize>), Type), ((Operand, Range<usize>), Type)), Wrong> {
        let sides = (self.side(left, None)?, self.side(right, None)?);
        let placed = |operand: Operand, at: &Range<usize>| (operand, at.clone());
        match sides {
            (Side::Typed(a, a_type, a_name), Side::Typed(b, b_type, b_name)) => {
                let (a, a_type) = self.worded(how, a, a_type, a_name.as_ref());
                let (b, b_type) = self.worded(how, b, b_type, b_name.as_ref());
                Ok(((placed(a, &left.at), a_type), (placed(b, &right.at), b_type)))
            }
            (Side::Typed(a, kind, name), Side::Open(open)) => {
                let (a, kind) = self.worded(how, a, kind, name.as_ref());
                let sliced = matches!(left.kind, Kind::Slice(..));
                let constant = self.constant(open, wanted(how, kind), name.as_ref(), sliced)?;
                let constant_type = constant.kind();
                Ok(((placed(a, &left.at), kind), (placed(Operand::Constant(constant), &right.at), constant_type)))
            }
            (Side::Open(open), Side::Typed(b, kind, name)) => {
                let sliced = matches!(right.kind, Kind::Slice(..));
                let constant = self.constant(open, wanted(how, kind), name.as_ref(), sliced)?;
                let constant_type = constant.kind();
                Ok(((placed(Operand::Constant(constant), &left.at), constant_type), (placed(b, &right.at), kind)))
            }
            (Side::Open(open), Side::Open(_)) => Err(self.no_name(open)),
        }
    }

    /// Where text is looked into, a number is what its word says, and else how it is written.
    fn worded(&self, how: Comparison, operand: Operand, kind: Type, name: Option<&Name>) -> (Operand, Type) {
        let looks_in = matches!(how, Comparison::Contains | Comparison::Matches);
        match name.and_then(|name| name.words) {
            _ if !looks_in || holds_bytes(kind) => (operand, kind),
            Some(words) => (Operand::Worded(Box::new(operand), words), Type::Text),
            None if how == Comparison::Matches => (Operand::Written(Box::new(operand)), Type::Text),
            None => (operand, kind),
        }
    }

    fn pattern(&mut self, every: bool, left: &Expr, right: &Expr) -> Result<Test, Wrong> {
        let Kind::Text(pattern) = &right.kind else {
            return Err(Wrong::new(&right.at, "this is no pattern").expected("a pattern stands between double quotes"));
        };
        let Side::Typed(left_side, kind, name) = self.side(left, None)? else { return Err(self.no_name(left)) };
        if kind == Type::Presence {
            return Err(Wrong::new(&left.at, format!("{} cannot be matched", kind.describe())));
        }
        let (left, _) = self.worded(Comparison::Matches, left_side, kind, name.as_ref());
        let pattern =
            Pattern::new(pattern).map_err(|error| Wrong::new(&right.at, format!("this is no pattern: {error}")))?;
        Ok(Test::Matches { every, left, pattern })
    }

    fn membership(&mut self, every: Option<bool>, left: &Expr, set: &[Member]) -> Result<Test, Wrong> {
        let Side::Typed(operand, kind, name) = self.side(left, None)? else { return Err(self.no_name(left)) };
        let sliced = matches!(left.kind, Kind::Slice(..));
        let mut members = Vec::with_capacity(set.len());
        for (first, last) in set {
            let first = self.member(first, kind, name.as_ref(), sliced)?;
            let last = last.as_ref().map(|last| self.member(last, kind, name.as_ref(), sliced)).transpose()?;
            members.push((first, last));
        }
        Ok(fast(Test::In { every: every.unwrap_or(false), left: operand, set: members }))
    }

    fn member(&mut self, expr: &Expr, kind: Type, name: Option<&Name>, sliced: bool) -> Result<Operand, Wrong> {
        match self.side(expr, Some(kind))? {
            Side::Open(open) => Ok(Operand::Constant(self.constant(open, kind, name, sliced)?)),
            Side::Typed(operand, own, _) if comparable(kind, own) => Ok(operand),
            Side::Typed(_, own, _) => {
                Err(Wrong::new(&expr.at, format!("{} cannot be compared with {}", kind.describe(), own.describe())))
            }
        }
    }
}

/// What a constant is wanted as, beside something of a type: parts of addresses are bytes.
fn wanted(how: Comparison, kind: Type) -> Type {
    match kind {
        Type::Mac | Type::Header if how == Comparison::Contains => Type::Bytes,
        kind => kind,
    }
}

/// Values of this type have bytes that can be looked into.
pub(super) fn holds_bytes(kind: Type) -> bool {
    kind == Type::Text || kind == Type::Any || kind.is_bytes()
}

pub(super) fn comparable(a: Type, b: Type) -> bool {
    let open = a == Type::Any || b == Type::Any;
    let bytes = |kind: Type| kind == Type::Text || kind.is_bytes();
    open || a == b
        || a.is_number() && b.is_number()
        // A slice of text may be compared with bytes.
        || bytes(a) && bytes(b)
        || a == Type::Span && b.is_number()
        || b == Type::Span && a.is_number()
}

/// The same test in a form that is quicker: on a number that is there at most once, where that is all it is; with what is
/// looked for in bytes prepared.
fn fast(test: Test) -> Test {
    let plain = |operand: &Operand| match operand {
        Operand::Field(field) => plain_number(field),
        _ => None,
    };
    let constant = |operand: &Operand| match operand {
        Operand::Constant(Value::Unsigned(number)) => Some(*number),
        Operand::Constant(Value::Flag(flag)) => Some(u64::from(*flag)),
        _ => None,
    };
    if let Test::Compare { how: Comparison::Contains, every, left, right } = &test
        && let Operand::Constant(part) = right
        && let Some(part) = part.as_bytes()
    {
        let part = Box::new(Finder::new(part).into_owned());
        return Test::Holds { every: *every, left: left.clone(), right: right.clone(), part };
    }
    let ranges = match &test {
        Test::Compare { how, left, right, .. } => plain(left).zip(constant(right)).and_then(|(term, number)| {
            let (inside, range) = how.range(number)?;
            Some((term, inside, range.into_iter().collect::<Box<[_]>>()))
        }),
        Test::In { left, set, .. } => plain(left).and_then(|term| {
            let member = |(first, last): &(Operand, Option<Operand>)| {
                let first = constant(first)?;
                Some((first, last.as_ref().map_or(Some(first), constant)?))
            };
            Some((term, true, set.iter().map(member).collect::<Option<Box<[_]>>>()?))
        }),
        _ => None,
    };
    match ranges {
        Some((term, inside, ranges)) => Test::Number { term, inside, ranges },
        None => test,
    }
}

/// A name that [`super::row::Row::number`] knows.
fn plain_number(field: &FieldUse) -> Option<Term> {
    let Source::Term(term) = field.name.source else { return None };
    let known = matches!(
        term,
        Term::Fin
            | Term::Rsv
            | Term::Rsv1
            | Term::Rsv2
            | Term::Rsv3
            | Term::Opcode
            | Term::Mask
            | Term::Length7
            | Term::Length16
            | Term::Length64
            | Term::Number
            | Term::Length
            | Term::HeaderLength
            | Term::Captured
            | Term::Missing
            | Term::Offset
            | Term::Control
            | Term::FirstPacket
            | Term::FrameNumber
            | Term::Stream
            | Term::StreamId
            | Term::MessageNumber
            | Term::MessageOpcode
            | Term::MessageLength
            | Term::WireLength
            | Term::MessageFrames
            | Term::Complete
    );
    (known && field.layers.is_empty() && !field.raw).then_some(term)
}
