//! Where the parser stands when its tokens end: what it is inside of, and what it waits for. For whoever completes.
//!
//! In: the tokens before a place. Out: the [`Place`], or nothing where they make no sense. It is the parser itself that says so,
//! so that what is offered and what is parsed cannot differ.

use super::Parser;
use crate::filter::lex::{Placed, Sign, Token};
use crate::filter::tree::{Arithmetic, Comparison, Expr};

/// What a place is inside of.
#[derive(Debug, Clone)]
pub(in crate::filter) enum Around {
    /// `any` or `all`: a comparison has to come.
    Every,
    /// A parenthesis is open.
    Paren,
    /// A group is open.
    Brace,
    /// Behind the sign of a number.
    Sign,
    /// Behind `@`.
    At,
    /// Behind `$`; `true` where its brace is open.
    Reference(bool),
    /// Behind an operator that compares, with what stands before it.
    Compare(Comparison, Expr),
    /// Behind one that computes.
    Arithmetic(Arithmetic, Expr),
    /// Among the arguments of a function, with those before.
    Call(String, Vec<Expr>),
    /// In a set, with what is to be in it; `true` behind the dots of a range.
    Set(Expr, bool),
}

/// What the parser waits for.
#[derive(Debug, Clone)]
pub(in crate::filter) enum Stop {
    /// Something with a value, or where nothing else is around it a test.
    Operand,
    /// Whatever may follow this.
    After(Expr, Ends),
    /// This sign.
    Sign(Sign),
}

/// How what stands before ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::filter) enum Ends {
    /// With its last value, which operators may take.
    Open,
    /// With the parenthesis of a test: only tests are joined to it.
    Whole,
    /// It is the comparison behind `any` or `all`: no other is chained to it.
    Once,
}

/// A place.
#[derive(Debug, Clone)]
pub(in crate::filter) struct Place {
    /// What it is inside of, the innermost last.
    pub(in crate::filter) around: Vec<Around>,
    pub(in crate::filter) stop: Stop,
    /// A parenthesis or a brace was closed right before: nothing is sliced there.
    pub(in crate::filter) grouped: bool,
}

/// What is kept on the way.
#[derive(Debug, Default)]
pub(super) struct Watch {
    around: Vec<Around>,
    place: Option<Place>,
    /// The token behind a test between parentheses.
    behind_test: Option<usize>,
    /// The token behind anything between parentheses or braces.
    behind_group: Option<usize>,
    /// The token behind the comparison of `any` or `all`.
    behind_every: Option<usize>,
}

/// The place at the end of these tokens.
pub(in crate::filter) fn place(text: &str, tokens: &[Placed]) -> Option<Place> {
    let mut parser = Parser { text, tokens, at: 0, depth: 0, watch: Some(Watch::default()) };
    if let Ok(expr) = parser.expression(0) {
        parser.stops_after(&expr);
    }
    parser.watch.and_then(|watch| watch.place)
}

impl Parser<'_> {
    pub(super) fn enter(&mut self, around: impl FnOnce() -> Around) {
        if let Some(watch) = &mut self.watch {
            watch.around.push(around());
        }
    }

    pub(super) fn leave(&mut self) {
        if let Some(watch) = &mut self.watch {
            watch.around.pop();
        }
    }

    /// The dots of a range were read, or what follows them.
    pub(super) fn ranges(&mut self, ranges: bool) {
        if let Some(Around::Set(_, inside)) = self.watch.as_mut().and_then(|watch| watch.around.last_mut()) {
            *inside = ranges;
        }
    }

    /// A parenthesis was closed behind a test.
    pub(super) fn closes_test(&mut self) {
        let at = self.at;
        if let Some(watch) = &mut self.watch {
            watch.behind_test = Some(at);
        }
    }

    /// A parenthesis or a brace was closed.
    pub(super) fn closes_group(&mut self) {
        let at = self.at;
        if let Some(watch) = &mut self.watch {
            watch.behind_group = Some(at);
        }
    }

    /// The comparison of `any` or `all` has ended.
    pub(super) fn ends_every(&mut self) {
        let at = self.at;
        if let Some(watch) = &mut self.watch {
            watch.behind_every = Some(at);
        }
    }

    /// Where the tokens end here, this is what is waited for. The first who says so is the innermost.
    pub(super) fn stops(&mut self, stop: impl FnOnce() -> Stop) {
        if self.peek() == &Token::End
            && let Some(watch) = self.watch.as_mut().filter(|watch| watch.place.is_none())
        {
            let grouped = watch.behind_group == Some(self.at);
            watch.place = Some(Place { around: watch.around.clone(), stop: stop(), grouped });
        }
    }

    pub(super) fn stops_after(&mut self, expr: &Expr) {
        let ends = match &self.watch {
            Some(watch) if watch.behind_test == Some(self.at) => Ends::Whole,
            Some(watch) if watch.behind_every == Some(self.at) => Ends::Once,
            _ => Ends::Open,
        };
        self.stops(|| Stop::After(expr.clone(), ends));
    }
}
