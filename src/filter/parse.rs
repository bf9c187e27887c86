//! The grammar of filters, by precedence (a Pratt parser): tightest `* / %`, then `+ -`, `&`, comparisons, `not`, `and`,
//! `xor`, `or`.
//!
//! In: tokens. Out: a tree, or what is wrong and where. It goes down at most [`limits::FILTER_DEPTH`] deep, so that no
//! filter can use up the stack; chains of `and` and `or` are lists, and as long as they like.

mod place;

pub(super) use place::{Around, Ends, Place, Stop, place};

use std::ops::Range;

use super::error::Wrong;
use super::lex::{Placed, Sign, Token};
use super::pieces;
use super::tree::{Arithmetic, Comparison, Expr, Kind, Member, Step};
use crate::base::limits;
use crate::fields::display;

/// How tight an operator binds.
const OR: u8 = 1;
const XOR: u8 = 2;
const AND: u8 = 3;
const NOT: u8 = 4;
const COMPARE: u8 = 5;
const BIT_AND: u8 = 6;
const SUM: u8 = 7;
const PRODUCT: u8 = 8;

/// Parses a whole filter; nothing at all is `None` and selects everything.
pub(super) fn parse(text: &str, tokens: &[Placed]) -> Result<Option<Expr>, Wrong> {
    let mut parser = Parser { text, tokens, at: 0, depth: 0, watch: None };
    if parser.peek() == &Token::End {
        return Ok(None);
    }
    let expr = parser.expression(0)?;
    match parser.peek() {
        Token::End => Ok(Some(expr)),
        Token::Sign(Sign::Close) => Err(parser.wrong("no parenthesis is open here")),
        _ => Err(parser.wrong("this was unexpected").expected("an operator, or the end of the filter, stands here")),
    }
}

struct Parser<'t> {
    text: &'t str,
    tokens: &'t [Placed],
    at: usize,
    depth: usize,
    /// Somebody asks where it stands when the tokens end.
    watch: Option<place::Watch>,
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |placed| &placed.token)
    }

    fn place(&self) -> Range<usize> {
        let end = self.text.len();
        self.tokens.get(self.at).map_or(end..end, |placed| placed.at.clone())
    }

    /// What stands at a place.
    fn word(&self, at: &Range<usize>) -> &str {
        self.text.get(at.clone()).unwrap_or_default()
    }

    fn take(&mut self) -> Range<usize> {
        let place = self.place();
        self.at += 1;
        place
    }

    fn takes(&mut self, sign: Sign) -> bool {
        let there = self.peek() == &Token::Sign(sign);
        self.at += usize::from(there);
        there
    }

    fn wrong(&self, message: &str) -> Wrong {
        let message = if self.peek() == &Token::End { "the filter ends too early" } else { message };
        Wrong::new(&self.place(), message)
    }

    fn expect(&mut self, sign: Sign, expected: &str) -> Result<Range<usize>, Wrong> {
        if self.peek() == &Token::Sign(sign) {
            Ok(self.take())
        } else {
            Err(self.wrong("this was unexpected").expected(expected))
        }
    }

    /// An expression whose operators all bind tighter than `least`.
    fn expression(&mut self, least: u8) -> Result<Expr, Wrong> {
        self.depth += 1;
        if self.depth > limits::FILTER_DEPTH {
            return Err(Wrong::new(&self.place(), format!("this is nested more than {} deep", limits::FILTER_DEPTH)));
        }
        let mut left = self.prefix()?;
        let mut links = 0;
        while let Token::Sign(sign) = *self.peek() {
            let Some(tightness) = tightness(sign).filter(|tightness| *tightness > least) else { break };
            links += usize::from(tightness > AND);
            if links > limits::FILTER_DEPTH {
                return Err(self.wrong("this computes with too many values at once"));
            }
            left = self.infix(left, sign, tightness)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn prefix(&mut self) -> Result<Expr, Wrong> {
        let Token::Sign(sign) = *self.peek() else { return self.postfix() };
        match sign {
            Sign::Not => {
                let at = self.take();
                let operand = self.expression(NOT - 1)?;
                let at = at.start..operand.at.end;
                Ok(Expr::new(Kind::Not(Box::new(operand)), at))
            }
            Sign::Any | Sign::All => {
                self.take();
                self.enter(|| Around::Every);
                let mut relation = self.expression(NOT)?;
                if !relation.is_test() {
                    self.stops_after(&relation);
                }
                self.leave();
                self.ends_every();
                let wanted = sign == Sign::All;
                match &mut relation.kind {
                    Kind::Compare { every, .. } | Kind::In { every, .. } => *every = Some(wanted),
                    _ => {
                        let word = if wanted { "all" } else { "any" };
                        let wrong = Wrong::new(&relation.at, format!("a comparison follows '{word}'"));
                        return Err(wrong.expected("all tcp.port > 1024"));
                    }
                }
                Ok(relation)
            }
            Sign::Plus => {
                self.take();
                self.operand_of_sign()
            }
            Sign::Minus => {
                let at = self.take();
                let operand = self.operand_of_sign()?;
                let at = at.start..operand.at.end;
                Ok(Expr::new(Kind::Negative(Box::new(operand)), at))
            }
            Sign::Open => {
                self.take();
                self.enter(|| Around::Paren);
                let inner = self.expression(0)?;
                self.stops_after(&inner);
                self.expect(Sign::Close, "a parenthesis is open: ) closes it")?;
                self.leave();
                self.closes_group();
                if inner.is_test() {
                    self.closes_test();
                }
                Ok(inner)
            }
            Sign::OpenBrace => {
                self.take();
                self.enter(|| Around::Brace);
                let inner = self.expression(COMPARE)?;
                self.stops_after(&inner);
                self.expect(Sign::CloseBrace, "a group is open: } closes it")?;
                self.leave();
                self.closes_group();
                Ok(inner)
            }
            _ => self.postfix(),
        }
    }

    fn operand_of_sign(&mut self) -> Result<Expr, Wrong> {
        self.enter(|| Around::Sign);
        let operand = self.expression(PRODUCT)?;
        self.leave();
        if operand.is_test() {
            return Err(Wrong::new(&operand.at, "only a value has a sign"));
        }
        Ok(operand)
    }

    fn infix(&mut self, left: Expr, sign: Sign, tightness: u8) -> Result<Expr, Wrong> {
        match sign {
            Sign::Or | Sign::Xor | Sign::And => {
                self.take();
                let right = self.expression(tightness)?;
                Ok(joined(sign, left, right))
            }
            Sign::In => {
                self.take();
                self.membership(left)
            }
            Sign::Not => {
                // `a not in {…}`.
                let at = self.take();
                self.stops(|| Stop::Sign(Sign::In));
                self.expect(Sign::In, "in follows not here")?;
                let inside = self.membership(left)?;
                let at = at.start.min(inside.at.start)..inside.at.end;
                Ok(Expr::new(Kind::Not(Box::new(inside)), at))
            }
            _ => match comparison(sign) {
                Some((how, every)) => self.comparison(left, how, every),
                None => {
                    let Some(how) = arithmetic(sign) else { return Err(self.wrong("this was unexpected")) };
                    self.take();
                    self.enter(|| Around::Arithmetic(how, left.clone()));
                    let right = self.expression(tightness)?;
                    self.leave();
                    for side in [&left, &right] {
                        value(side, "a comparison cannot be computed with")?;
                    }
                    let at = left.at.start..right.at.end;
                    Ok(Expr::new(Kind::Arithmetic(how, Box::new(left), Box::new(right)), at))
                }
            },
        }
    }

    /// `a == b`, and `a < b < c`, which is `a < b and b < c`.
    fn comparison(&mut self, left: Expr, how: Comparison, every: Option<bool>) -> Result<Expr, Wrong> {
        self.take();
        value(&left, "a comparison cannot be compared again")?;
        self.enter(|| Around::Compare(how, left.clone()));
        let right = self.expression(COMPARE)?;
        self.leave();
        value(&right, "a comparison cannot be compared again")?;
        let next = match *self.peek() {
            Token::Sign(sign) => comparison(sign),
            _ => None,
        };
        let middle = next.is_some().then(|| right.clone());
        let at = left.at.start..right.at.end;
        let first = Expr::new(Kind::Compare { how, every, left: Box::new(left), right: Box::new(right) }, at);
        let (Some((how, every)), Some(middle)) = (next, middle) else { return Ok(first) };
        self.depth += 1;
        if self.depth > limits::FILTER_DEPTH {
            return Err(self.wrong("this compares too many values at once"));
        }
        let rest = self.comparison(middle, how, every)?;
        self.depth -= 1;
        Ok(joined(Sign::And, first, rest))
    }

    fn membership(&mut self, left: Expr) -> Result<Expr, Wrong> {
        value(&left, "only a value can be in a set")?;
        self.stops(|| Stop::Sign(Sign::OpenBrace));
        self.expect(Sign::OpenBrace, "a set follows: {1, 2, 8..10}")?;
        self.enter(|| Around::Set(left.clone(), false));
        let mut set = vec![self.member()?];
        while self.takes(Sign::Comma) {
            set.push(self.member()?);
        }
        let end = self.expect(Sign::CloseBrace, "a set goes on with , and ends with }")?;
        self.leave();
        let at = left.at.start..end.end;
        Ok(Expr::new(Kind::In { every: None, left: Box::new(left), set }, at))
    }

    fn member(&mut self) -> Result<Member, Wrong> {
        let first = self.expression(COMPARE)?;
        self.stops_after(&first);
        value(&first, "a set holds values")?;
        if !self.takes(Sign::Dots) {
            return Ok((first, None));
        }
        self.ranges(true);
        let last = self.expression(COMPARE)?;
        self.stops_after(&last);
        self.ranges(false);
        value(&last, "a set holds values")?;
        Ok((first, Some(last)))
    }

    /// A value and what may stand behind it: a slice.
    fn postfix(&mut self) -> Result<Expr, Wrong> {
        let mut value = self.primary()?;
        let mut slices = 0;
        while self.peek() == &Token::Brackets {
            let at = self.take();
            let pieces = pieces::pieces(self.text, &at)?;
            let whole = value.at.start..at.end;
            value = Expr::new(Kind::Slice(Box::new(value), pieces), whole);
            slices += 1;
            if slices > 8 {
                return Err(Wrong::new(&at, "this is sliced too often"));
            }
        }
        Ok(value)
    }

    fn primary(&mut self) -> Result<Expr, Wrong> {
        self.stops(|| Stop::Operand);
        let at = self.place();
        match self.peek().clone() {
            Token::Text(bytes) => {
                self.take();
                Ok(Expr::new(Kind::Text(bytes), at))
            }
            Token::Character(value) => {
                self.take();
                Ok(Expr::new(Kind::Character(value), at))
            }
            Token::Word | Token::Dotted => self.named(false),
            Token::Sign(Sign::At) => {
                self.take();
                self.enter(|| Around::At);
                let field = self.named(true)?;
                self.leave();
                Ok(Expr { at: at.start..field.at.end, ..field })
            }
            Token::Sign(Sign::Dollar) => self.reference(),
            _ => Err(self.wrong("this was unexpected").expected("a name or a value stands here")),
        }
    }

    /// A name, with the layers or the path behind it; or a number or anything else that is a word.
    fn named(&mut self, raw: bool) -> Result<Expr, Wrong> {
        self.stops(|| Stop::Operand);
        let dotted = self.peek() == &Token::Dotted;
        if !dotted && self.peek() != &Token::Word {
            return Err(self.wrong("this was unexpected").expected("a name stands here"));
        }
        let mut at = self.take();
        let word = self.word(&at).trim_start_matches('.').to_owned();
        if self.peek() == &Token::Sign(Sign::Open) && !dotted && !raw {
            return self.call(word, at);
        }
        if let Some((name, rest)) = display::with_path(&word) {
            let mut path = Vec::new();
            for key in rest.split('.').filter(|key| !key.is_empty()) {
                path.push(Step::Key(key.as_bytes().to_vec()));
            }
            self.path(&mut path, &mut at)?;
            return Ok(Expr::new(Kind::Field { name: name.to_owned(), path, layers: Vec::new(), raw }, at));
        }
        let mut layers = Vec::new();
        if self.takes(Sign::Hash) {
            let place = self.place();
            layers = match self.peek() {
                Token::Word => vec![pieces::layer(self.word(&place), &place)?],
                Token::Brackets => pieces::pieces(self.text, &place)?,
                _ => return Err(self.wrong("a number of a layer follows #").expected("ip.addr#2, or ip.addr#[1-2]")),
            };
            self.take();
            at.end = place.end;
        }
        if raw || !layers.is_empty() {
            return Ok(Expr::new(Kind::Field { name: word, path: Vec::new(), layers, raw }, at));
        }
        Ok(Expr::new(if dotted { Kind::Dotted(word) } else { Kind::Word(word) }, at))
    }

    /// The steps behind a name: `["op"]`, `[0]`, `.price`, `[*]`.
    fn path(&mut self, path: &mut Vec<Step>, at: &mut Range<usize>) -> Result<(), Wrong> {
        loop {
            let place = self.place();
            match self.peek() {
                Token::Brackets => path.push(pieces::step(self.text, &place)?),
                Token::Dotted if place.start == at.end => {
                    let keys = self.word(&place).to_owned();
                    path.extend(keys.split('.').filter(|key| !key.is_empty()).map(|key| Step::Key(key.into())));
                }
                _ => break,
            }
            if path.len() > limits::FILTER_DEPTH {
                return Err(Wrong::new(&place, "this path is too long"));
            }
            at.end = place.end;
            self.take();
        }
        Ok(())
    }

    fn call(&mut self, name: String, at: Range<usize>) -> Result<Expr, Wrong> {
        self.take();
        let mut arguments = Vec::new();
        if self.peek() != &Token::Sign(Sign::Close) {
            loop {
                self.enter(|| Around::Call(name.clone(), arguments.clone()));
                let argument = self.expression(COMPARE)?;
                self.stops_after(&argument);
                self.leave();
                arguments.push(argument);
                if !self.takes(Sign::Comma) {
                    break;
                }
            }
        }
        for argument in &arguments {
            value(argument, "a function takes values")?;
        }
        let end = self.expect(Sign::Close, "arguments go on with , and end with )")?;
        Ok(Expr::new(Kind::Call(name, arguments), at.start..end.end))
    }

    /// `$name` or `${name}`: what the selected row has there.
    fn reference(&mut self) -> Result<Expr, Wrong> {
        let at = self.take();
        let braced = self.takes(Sign::OpenBrace);
        self.enter(|| Around::Reference(braced));
        let field = self.named(false)?;
        let mut end = field.at.end;
        if braced {
            self.stops_after(&field);
            end = self.expect(Sign::CloseBrace, "a reference ends with }")?.end;
        }
        self.leave();
        Ok(Expr::new(Kind::Reference(Box::new(field)), at.start..end))
    }
}

/// Two tests as one; a chain of the same operator becomes one list.
fn joined(sign: Sign, left: Expr, right: Expr) -> Expr {
    let at = left.at.start..right.at.end;
    let mut list = match (sign, left.kind) {
        (Sign::Or, Kind::Or(list)) | (Sign::Xor, Kind::Xor(list)) | (Sign::And, Kind::And(list)) => list,
        (_, kind) => vec![Expr { kind, at: left.at }],
    };
    list.push(right);
    let kind = match sign {
        Sign::Or => Kind::Or(list),
        Sign::Xor => Kind::Xor(list),
        _ => Kind::And(list),
    };
    Expr::new(kind, at)
}

/// Fails where a test stands in the place of a value.
fn value(expr: &Expr, message: &str) -> Result<(), Wrong> {
    if expr.is_test() { Err(Wrong::new(&expr.at, message)) } else { Ok(()) }
}

fn tightness(sign: Sign) -> Option<u8> {
    Some(match sign {
        Sign::Or => OR,
        Sign::Xor => XOR,
        Sign::And => AND,
        Sign::Not | Sign::In => COMPARE,
        Sign::BitAnd => BIT_AND,
        Sign::Plus | Sign::Minus => SUM,
        Sign::Star | Sign::Slash | Sign::Percent => PRODUCT,
        sign => comparison(sign).map(|_| COMPARE)?,
    })
}

/// What is compared, and whether every value has to be so: `===` means all, `!=` means none is the same.
fn comparison(sign: Sign) -> Option<(Comparison, Option<bool>)> {
    Some(match sign {
        Sign::AnyEqual => (Comparison::Equal, None),
        Sign::AllEqual => (Comparison::Equal, Some(true)),
        Sign::AllUnequal => (Comparison::Unequal, None),
        Sign::AnyUnequal => (Comparison::Unequal, Some(false)),
        Sign::Less => (Comparison::Less, None),
        Sign::LessOrEqual => (Comparison::LessOrEqual, None),
        Sign::Greater => (Comparison::Greater, None),
        Sign::GreaterOrEqual => (Comparison::GreaterOrEqual, None),
        Sign::Contains => (Comparison::Contains, None),
        Sign::Matches => (Comparison::Matches, None),
        _ => return None,
    })
}

fn arithmetic(sign: Sign) -> Option<Arithmetic> {
    Some(match sign {
        Sign::BitAnd => Arithmetic::BitAnd,
        Sign::Plus => Arithmetic::Add,
        Sign::Minus => Arithmetic::Subtract,
        Sign::Star => Arithmetic::Multiply,
        Sign::Slash => Arithmetic::Divide,
        Sign::Percent => Arithmetic::Modulo,
        _ => return None,
    })
}
