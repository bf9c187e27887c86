//! Operands: names, constants, slices, functions, what is computed.

use std::ops::Range;

use super::{Checker, Side, comparable};
use crate::fields::display::{Name, Source, Type, named, nearest_name};
use crate::fields::names::nearest;
use crate::filter::error::Wrong;
use crate::filter::function::{self, FUNCTIONS, Function};
use crate::filter::literal::{self, Literal};
use crate::filter::row::FieldUse;
use crate::filter::test::Operand;
use crate::filter::tree::{Arithmetic, Expr, Kind, Piece, Step};
use crate::filter::value::Value;

impl Checker<'_> {
    /// What an operand is. `wanted`: the type that constants in it take, where it is known.
    pub(in crate::filter) fn side<'e>(&mut self, expr: &'e Expr, wanted: Option<Type>) -> Result<Side<'e>, Wrong> {
        match &expr.kind {
            Kind::Word(word) => match named(word) {
                Some(name) => Ok(self.field(&name, Vec::new(), Vec::new(), false)),
                None => Ok(Side::Open(expr)),
            },
            Kind::Dotted(word) => match named(word) {
                Some(name) => Ok(self.field(&name, Vec::new(), Vec::new(), false)),
                None => Err(unknown(word, &expr.at)),
            },
            Kind::Field { name, path, layers, raw } => match named(name) {
                Some(known) => Ok(self.field(&known, path.clone(), layers.clone(), *raw)),
                None => Err(unknown(name, &expr.at)),
            },
            Kind::Text(_) | Kind::Character(_) => Ok(Side::Open(expr)),
            Kind::Negative(inner) => match self.side(inner, wanted)? {
                Side::Open(_) => Ok(Side::Open(expr)),
                Side::Typed(operand, kind, _) if kind.is_number() || kind == Type::Span || kind == Type::Any => {
                    let kind = if matches!(kind, Type::Unsigned(_) | Type::Flag) { Type::Signed } else { kind };
                    Ok(Side::Typed(Operand::Negative(Box::new(operand)), kind, None))
                }
                Side::Typed(_, kind, _) => Err(Wrong::new(&inner.at, format!("{} has no sign", kind.describe()))),
            },
            Kind::Slice(inner, pieces) => self.slice(inner, pieces),
            Kind::Reference(inner) => self.reference(inner, &expr.at),
            Kind::Call(name, arguments) => self.call(name, arguments, expr, wanted),
            Kind::Arithmetic(how, left, right) => self.arithmetic(*how, left, right, expr, wanted),
            _ => Err(Wrong::new(&expr.at, "a value stands here, and this is a comparison")),
        }
    }

    fn field<'e>(&mut self, name: &Name, path: Vec<Step>, layers: Vec<Piece>, raw: bool) -> Side<'e> {
        self.looks.add(name);
        let of_packet = !matches!(name.source, Source::Term(_));
        let field = FieldUse { name: *name, path, layers, raw };
        let operand = Operand::Field(Box::new(field));
        match (raw, name.kind) {
            (false, kind) => Side::Typed(operand, kind, Some(*name)),
            (true, _) if of_packet => Side::Typed(operand, Type::Bytes, None),
            (true, Type::Unsigned(width)) => Side::Typed(Operand::Raw(Box::new(operand), width), Type::Bytes, None),
            (true, Type::Flag) => Side::Typed(Operand::Raw(Box::new(operand), 8), Type::Bytes, None),
            (true, _) => Side::Typed(Operand::Raw(Box::new(operand), 64), Type::Bytes, None),
        }
    }

    fn slice<'e>(&mut self, inner: &'e Expr, pieces: &[Piece]) -> Result<Side<'e>, Wrong> {
        let Side::Typed(operand, kind, _) = self.side(inner, None)? else { return Err(self.no_name(inner)) };
        let result = match kind {
            Type::Text | Type::Any => Type::Text,
            kind if kind.is_bytes() || matches!(kind, Type::Ipv4 | Type::Ipv6) => Type::Bytes,
            kind => {
                let wrong = Wrong::new(&inner.at, format!("{} cannot be sliced", kind.describe()));
                return Err(wrong.expected("text, bytes and addresses can"));
            }
        };
        Ok(Side::Typed(Operand::Slice(Box::new(operand), pieces.to_vec()), result, None))
    }

    fn reference<'e>(&mut self, inner: &Expr, at: &Range<usize>) -> Result<Side<'e>, Wrong> {
        let (Kind::Word(word) | Kind::Dotted(word) | Kind::Field { name: word, .. }) = &inner.kind else {
            return Err(Wrong::new(at, "a name stands behind $"));
        };
        let name = named(word).ok_or_else(|| unknown(word, &inner.at))?;
        let Some(references) = self.references else {
            let wrong = Wrong::new(at, "no row is selected here whose value this could be");
            return Err(wrong.expected("references are for the inspector"));
        };
        Ok(Side::Typed(Operand::Constants(references(&name)), name.kind, Some(name)))
    }

    fn call<'e>(
        &mut self,
        name: &str,
        arguments: &'e [Expr],
        expr: &'e Expr,
        wanted: Option<Type>,
    ) -> Result<Side<'e>, Wrong> {
        let at = expr.at.start..expr.at.start + name.len();
        let Some(function) = function::named(name) else {
            let wrong = Wrong::new(&at, format!("there is no function '{name}'"));
            return Err(match nearest(FUNCTIONS.iter().map(|(known, ..)| *known), name) {
                Some(known) => wrong.expected(format!("did you mean '{known}'?")),
                None => wrong,
            });
        };
        let right = if function.takes_many() { !arguments.is_empty() } else { arguments.len() == 1 };
        if !right {
            let many = if function.takes_many() { "at least one argument" } else { "one argument" };
            return Err(Wrong::new(&expr.at, format!("{}() takes {many}", function.name())));
        }
        // The first argument that has a type gives it to constants among the others.
        let mut sides = Vec::with_capacity(arguments.len());
        for argument in arguments {
            sides.push(self.side(argument, wanted)?);
        }
        let typed = sides.iter().find_map(|side| match side {
            Side::Typed(_, own, _) => Some(*own),
            Side::Open(_) => None,
        });
        let Some(kind) = typed.or(wanted.filter(|_| function.takes_many())) else {
            return Err(self.no_name(arguments.first().unwrap_or(expr)));
        };
        let mut operands = Vec::with_capacity(arguments.len());
        let mut first = None;
        for (argument, side) in arguments.iter().zip(sides) {
            match side {
                Side::Open(open) if function.takes_many() => {
                    operands.push(Operand::Constant(self.constant(open, kind, None, false)?));
                }
                Side::Open(open) => return Err(self.no_name(open)),
                Side::Typed(operand, own, name) => {
                    if !comparable(kind, own) {
                        let message = format!("{} cannot be compared with {}", own.describe(), kind.describe());
                        return Err(Wrong::new(&argument.at, message));
                    }
                    first = first.or(name.filter(|_| operands.is_empty()));
                    operands.push(operand);
                }
            }
        }
        let words = first.and_then(|name| name.words);
        let place = arguments.first().map_or(expr.at.clone(), |argument| argument.at.clone());
        let gives = function.gives(kind, words.is_some()).map_err(|takes| {
            Wrong::new(&place, format!("{}() cannot take {}", function.name(), kind.describe())).expected(takes)
        })?;
        let digits = match kind {
            Type::Unsigned(width @ 8..=32) if function == Function::Hex => usize::from(width / 4),
            _ => 0,
        };
        if let (Function::Vals, Some(words)) = (function, words) {
            let worded = operands.into_iter().map(|operand| Operand::Worded(Box::new(operand), words));
            return Ok(Side::Typed(Operand::Call(function, worded.collect(), 0), gives, None));
        }
        Ok(Side::Typed(Operand::Call(function, operands, digits), gives, None))
    }

    fn arithmetic<'e>(
        &mut self,
        how: Arithmetic,
        left: &'e Expr,
        right: &'e Expr,
        expr: &'e Expr,
        wanted: Option<Type>,
    ) -> Result<Side<'e>, Wrong> {
        let sides = (self.side(left, wanted)?, self.side(right, wanted)?);
        let ((a, a_type), (b, b_type)) = match sides {
            (Side::Open(_), Side::Open(_)) => return Ok(Side::Open(expr)),
            (Side::Typed(a, kind, _), Side::Open(open)) => {
                let own = beside(how, kind, open);
                let constant = self.constant(open, own, None, true)?;
                ((a, kind), (Operand::Constant(constant), own))
            }
            (Side::Open(open), Side::Typed(b, kind, _)) => {
                let own = beside(how, kind, open);
                let constant = self.constant(open, own, None, true)?;
                ((Operand::Constant(constant), own), (b, kind))
            }
            (Side::Typed(a, a_type, _), Side::Typed(b, b_type, _)) => ((a, a_type), (b, b_type)),
        };
        let kind = computed(how, a_type, b_type).ok_or_else(|| {
            let message = format!("{} and {} cannot be computed with so", a_type.describe(), b_type.describe());
            Wrong::new(&expr.at, message)
        })?;
        Ok(Side::Typed(Operand::Compute(how, Box::new(a), Box::new(b)), kind, None))
    }

    /// The value of a constant expression where a type is wanted. `sliced`: it stands beside a slice, of which bytes may
    /// be compared.
    pub(super) fn constant(
        &mut self,
        expr: &Expr,
        kind: Type,
        name: Option<&Name>,
        sliced: bool,
    ) -> Result<Value<'static>, Wrong> {
        let literal = match &expr.kind {
            Kind::Word(word) => Literal::Word(word),
            Kind::Text(text) => Literal::Text(text),
            Kind::Character(value) => Literal::Character(*value),
            Kind::Negative(inner) => {
                let kind = if matches!(kind, Type::Unsigned(_)) { Type::Signed } else { kind };
                let value = self.constant(inner, kind, None, false)?;
                return function::negative(value)
                    .ok_or_else(|| Wrong::new(&expr.at, "this is no number that has a sign"));
            }
            Kind::Arithmetic(how, left, right) => {
                let open = match kind {
                    Type::Unsigned(_) => Type::Unsigned(64),
                    kind => kind,
                };
                let (a, b) = (self.constant(left, open, None, false)?, self.constant(right, open, None, false)?);
                return function::compute(*how, &a, &b).ok_or_else(|| Wrong::new(&expr.at, "this cannot be computed"));
            }
            _ => return Err(Wrong::new(&expr.at, "a constant stands here")),
        };
        if kind == Type::Text
            && sliced
            && let Literal::Word(word) = literal
            && let Some(bytes) = literal::bytes(word)
        {
            return Ok(Value::Bytes(bytes.into()));
        }
        literal::value(literal, kind, name).map_err(|expected| {
            let wrong = match literal {
                Literal::Word(word) => {
                    let near = nearest_name(word)
                        .filter(|_| word.contains('.') && !word.starts_with(|c: char| c.is_ascii_digit()));
                    if let Some(near) = near {
                        let wrong = Wrong::new(&expr.at, format!("'{word}' is neither a name nor such a value"));
                        return wrong.expected(format!("did you mean '{near}'?"));
                    }
                    Wrong::new(&expr.at, format!("'{word}' is not {}", kind.describe()))
                }
                _ => Wrong::new(&expr.at, format!("this is not {}", kind.describe())),
            };
            wrong.expected(expected)
        })
    }
}

fn unknown(word: &str, at: &Range<usize>) -> Wrong {
    let wrong = Wrong::new(at, format!("'{word}' is no name of a field or a protocol"));
    match nearest_name(word) {
        Some(name) => wrong.expected(format!("did you mean '{name}'?")),
        None => wrong.expected("`sockeye fields filter` lists them"),
    }
}

/// What a constant is beside a value of this type that is computed with.
fn beside(how: Arithmetic, kind: Type, constant: &Expr) -> Type {
    let fraction = |word: &str| literal::whole(word).is_none() && literal::fraction(word).is_some();
    match (how, kind) {
        (Arithmetic::Add | Arithmetic::Subtract, Type::Time | Type::Span) => Type::Span,
        (Arithmetic::Multiply | Arithmetic::Divide, Type::Span) => Type::Float,
        (_, Type::Unsigned(_) | Type::Signed | Type::Flag | Type::Float | Type::Any) => match &constant.kind {
            Kind::Word(word) if fraction(word) => Type::Float,
            _ => Type::Signed,
        },
        (_, kind) if kind.is_bytes() => Type::Bytes,
        (_, kind) => kind,
    }
}

/// The type of what is computed of two; `None` where it cannot be.
pub(in crate::filter) fn computed(how: Arithmetic, a: Type, b: Type) -> Option<Type> {
    use Arithmetic::{Add, BitAnd, Divide, Multiply, Subtract};
    Some(match (how, a, b) {
        (BitAnd, a, b) if a.is_bytes() && b.is_bytes() => Type::Bytes,
        (BitAnd, Type::Float, _) | (BitAnd, _, Type::Float) => return None,
        (Add, Type::Time, Type::Span) | (Subtract, Type::Time, Type::Span) => Type::Time,
        (Subtract, Type::Time, Type::Time) => Type::Span,
        (Add | Subtract, Type::Span, Type::Span) => Type::Span,
        (Multiply | Divide, Type::Span, b) if b.is_number() || b == Type::Any => Type::Span,
        (_, a, b) if (a.is_number() || a == Type::Any) && (b.is_number() || b == Type::Any) => {
            if a == Type::Float || b == Type::Float { Type::Float } else { Type::Signed }
        }
        _ => return None,
    })
}
