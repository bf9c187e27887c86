//! What may stand at a place, by the grammar and by types.
//!
//! In: a [`Place`]. Out: the texts that may come next, the likeliest first, each with a line about it. Everything that is offered
//! leads on to a filter that compiles; constants that occur nowhere are not guessed.

use super::Occurring;
use crate::base::Direction;
use crate::fields::display::{self, Name, Source, Term, Type};
use crate::filter::check::operand::computed;
use crate::filter::check::{Checker, Looks, Side, comparable, holds_bytes};
use crate::filter::function::{self, FUNCTIONS, Function};
use crate::filter::heartbeat::Sign as Heartbeat;
use crate::filter::lex::{self, Sign};
use crate::filter::literal;
use crate::filter::parse::{Around, Ends, Place, Stop};
use crate::filter::tree::{Arithmetic, Comparison, Expr, Kind};

/// A text that may come next, and what it is.
pub(super) type Offer = (String, String);

/// What is wanted of an operand.
struct Wanted<'p> {
    /// A test may stand here: `not`, `any`, a name alone.
    test: bool,
    /// A number: behind a sign.
    signed: bool,
    /// Only a name: behind `@` and `$`.
    name_only: bool,
    /// It is compared with this.
    beside: Option<(Comparison, Known)>,
    /// It is computed with this.
    computed: Option<(Arithmetic, Known)>,
    /// It is an argument of this function, beside one of this type.
    argument: Option<(&'p str, Option<Type>)>,
    /// What that function gives goes into these, one after the other.
    outer: Vec<Function>,
}

/// What is known of a value.
#[derive(Clone, Copy)]
enum Known {
    Typed(Type, Option<Name>),
    /// A constant, which takes the type of what stands beside it.
    Open,
}

pub(super) fn offers(place: &Place, occurring: &dyn Occurring) -> Vec<Offer> {
    match &place.stop {
        Stop::Operand => operands(&wanted(&place.around), occurring),
        Stop::After(expr, ends) => {
            let mut found = after(&place.around, expr, *ends);
            found.retain(|(sign, _)| !place.grouped || !matches!(sign.as_str(), "[" | "#"));
            found
        }
        Stop::Sign(Sign::In) => vec![("in".to_owned(), "one of a set".to_owned())],
        Stop::Sign(_) => vec![("{".to_owned(), "a set: {1, 2, 8..10}".to_owned())],
    }
}

fn known(expr: &Expr) -> Option<Known> {
    let nothing = |_: &Name| crate::filter::Values::None;
    let mut checker = Checker { looks: Looks::default(), references: Some(&nothing) };
    Some(match checker.side(expr, None).ok()? {
        Side::Typed(_, kind, name) => Known::Typed(kind, name),
        Side::Open(_) => Known::Open,
    })
}

fn wanted(around: &[Around]) -> Wanted<'_> {
    let mut wanted = Wanted {
        test: true,
        signed: false,
        name_only: false,
        beside: None,
        computed: None,
        argument: None,
        outer: Vec::new(),
    };
    for around in around.iter().rev() {
        match around {
            Around::Paren => continue,
            Around::At | Around::Reference(_) => wanted.name_only = true,
            Around::Sign => wanted.signed |= wanted.argument.is_none(),
            Around::Every | Around::Brace => {}
            Around::Arithmetic(how, left) if wanted.argument.is_none() => {
                wanted.computed = wanted.computed.or(known(left).map(|known| (*how, known)));
            }
            Around::Arithmetic(..) => {}
            Around::Call(name, before) if wanted.argument.is_none() && wanted.computed.is_none() => {
                let typed = before.iter().find_map(|argument| match known(argument)? {
                    Known::Typed(kind, _) => Some(kind),
                    Known::Open => None,
                });
                wanted.argument = Some((name, typed));
            }
            Around::Call(name, _) if wanted.argument.is_some() => wanted.outer.extend(function::named(name)),
            Around::Call(..) => {}
            Around::Compare(how, left) => {
                wanted.beside = known(left).map(|known| (*how, known));
            }
            Around::Set(left, _) => wanted.beside = known(left).map(|known| (Comparison::Equal, known)),
        }
        wanted.test = false;
    }
    wanted
}

impl Wanted<'_> {
    /// A value of this type may stand here.
    fn takes(&self, kind: Type, words: bool) -> bool {
        if self.name_only {
            return true;
        }
        let mut kind = kind;
        if let Some((function, beside)) = &self.argument {
            let Some(function) = function::named(function) else { return false };
            let Ok(gives) = function.gives(kind, words) else { return false };
            if beside.is_some_and(|beside| !comparable(beside, kind)) {
                return false;
            }
            kind = gives;
            for function in &self.outer {
                let Ok(gives) = function.gives(kind, false) else { return false };
                kind = gives;
            }
        }
        if self.signed {
            kind = match kind {
                Type::Unsigned(_) | Type::Flag | Type::Signed => Type::Signed,
                kind @ (Type::Float | Type::Span | Type::Any) => kind,
                _ => return false,
            };
        }
        if let Some((how, left)) = self.computed {
            let with = match left {
                Known::Typed(left, _) => computed(how, left, kind),
                // A number without a type goes with numbers.
                Known::Open => {
                    kind.is_number().then_some(Type::Signed).filter(|_| computed(how, Type::Signed, kind).is_some())
                }
            };
            let Some(with) = with else { return false };
            kind = with;
        }
        match self.beside {
            _ if kind == Type::Presence => self.test || self.argument.is_some(),
            None => true,
            Some((Comparison::Matches, _)) => false,
            Some((Comparison::Contains, Known::Typed(..))) => holds_bytes(kind),
            Some((Comparison::Contains, Known::Open)) => false,
            Some((_, Known::Typed(left, _))) => comparable(left, kind),
            // Which types a constant can take is not tried here but for plain numbers and text.
            Some((_, Known::Open)) => kind.is_number() || kind == Type::Any,
        }
    }

    /// The type of what a function gives may stand here.
    fn takes_function(&self, function: Function) -> bool {
        use Type::{Any, Bytes, Flag, Float, Ipv4, Ipv6, Mac, Signed, Span, Text, Time, Unsigned};
        let arguments = [Unsigned(64), Text, Bytes, Ipv4, Ipv6, Mac, Time, Span, Float, Flag, Signed, Any];
        let gives = |kind: &Type| function.gives(*kind, matches!(kind, Unsigned(_))).ok();
        !self.name_only && arguments.iter().filter_map(gives).any(|gives| self.takes(gives, false))
    }
}

fn operands(wanted: &Wanted<'_>, occurring: &dyn Occurring) -> Vec<Offer> {
    let mut found = Vec::new();
    if let (Some((how, Known::Typed(kind, name))), None, None) = (wanted.beside, &wanted.argument, wanted.computed) {
        found.extend(values(how, kind, name.as_ref(), occurring));
    }
    for name in display::all() {
        if wanted.takes(name.kind, name.words.is_some()) {
            found.extend(name.names.iter().map(|known| ((*known).to_owned(), name.about.to_owned())));
        }
    }
    let functions = FUNCTIONS.iter().filter(|(_, function, _)| wanted.takes_function(*function));
    found.extend(functions.map(|(name, _, about)| (format!("{name}("), (*about).to_owned())));
    let offer = |text: &str, about: &str| (text.to_owned(), about.to_owned());
    if wanted.test {
        found.extend([
            offer("not ", "what does not match"),
            offer("any ", "one value"),
            offer("all ", "every value"),
            offer("(", "a group"),
        ]);
    }
    let matches = matches!(wanted.beside, Some((Comparison::Matches, _)));
    if !wanted.name_only && !matches {
        found.push(offer("{", "what is computed first"));
        if wanted.takes(Type::Signed, false) {
            found.push(offer("-", "a number below zero"));
        }
        if wanted.takes(Type::Bytes, false) {
            found.push(offer("@", "the bytes of a field"));
        }
        for (name, text) in occurring.saved().iter().filter(|_| wanted.test) {
            // A macro that takes arguments goes on with its parenthesis.
            let open = if text.contains("$1") { "(" } else { "" };
            found.push((format!("${name}{open}"), text.clone()));
        }
        found.push(offer("${", "the value of the selected frame"));
    }
    found
}

/// Words and values that stand beside a value of this type.
fn values(how: Comparison, kind: Type, name: Option<&Name>, occurring: &dyn Occurring) -> Vec<Offer> {
    let quote = |about: &str| ("\"".to_owned(), about.to_owned());
    if how == Comparison::Matches {
        return vec![quote("a regular expression")];
    }
    let mut found: Vec<Offer> = Vec::new();
    let worded = name.and_then(|name| name.words);
    // Where it is looked into, a number is the word for it.
    let looks_in = how == Comparison::Contains && !holds_bytes(kind);
    if kind == Type::Flag && !looks_in {
        found.extend(["true", "false"].map(|word| (word.to_owned(), "a flag".to_owned())));
    } else if let Some(words) = worded {
        found.extend(words.all().iter().map(|(number, word)| (format!("\"{word}\""), number.to_string())));
    }
    let text = matches!(kind, Type::Text | Type::Any | Type::Time);
    if let Some(name) = name.filter(|_| !looks_in) {
        found.extend(fixed(name).into_iter().map(|word| (format!("\"{word}\""), "a value".to_owned())));
        for value in occurring.values(name) {
            let value = if text { crate::filter::like::quoted(&value) } else { value };
            if !found.iter().any(|(known, _)| *known == value) {
                found.push((value, "occurs".to_owned()));
            }
        }
    }
    if found.is_empty() && (matches!(kind, Type::Text | Type::Any) || looks_in || kind.is_bytes() && kind != Type::Mac)
    {
        found.push(quote("a text"));
    }
    found
}

/// The texts that a name can have at all, where they are few.
fn fixed(name: &Name) -> Vec<&'static str> {
    match name.source {
        Source::Term(Term::Direction) => Direction::BOTH.map(Direction::name).to_vec(),
        Source::Term(Term::Heartbeat) => {
            [Heartbeat::Ping, Heartbeat::Pong, Heartbeat::Form, Heartbeat::Period].map(Heartbeat::name).to_vec()
        }
        Source::Term(Term::Evidence) => {
            vec!["handshake", "refused", "unanswered", "mid-stream", "decode-as", "tls"]
        }
        _ => Vec::new(),
    }
}

/// The value that stands last in an expression; none where it ends with a test that nothing can be added to.
fn last(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        Kind::And(list) | Kind::Or(list) | Kind::Xor(list) => last(list.last()?),
        Kind::Not(inner) => last(inner),
        Kind::Compare { how: Comparison::Matches, .. } | Kind::In { .. } => None,
        Kind::Compare { right, .. } => Some(right),
        _ => Some(expr),
    }
}

/// The comparison that an expression ends with: how, and what is on its left.
fn last_comparison(expr: &Expr) -> Option<(Comparison, &Expr)> {
    match &expr.kind {
        Kind::And(list) | Kind::Or(list) | Kind::Xor(list) => last_comparison(list.last()?),
        Kind::Not(inner) => last_comparison(inner),
        Kind::Compare { how, left, .. } => Some((*how, left)),
        _ => None,
    }
}

fn after(around: &[Around], expr: &Expr, ends: Ends) -> Vec<Offer> {
    let mut found = Vec::new();
    let inner = around.last();
    let outside = |around: &Around| matches!(around, Around::Paren | Around::Every);
    // Only parentheses are around it: tests may stand here.
    let free = around.iter().all(outside);
    let value = last(expr).filter(|_| ends != Ends::Whole);
    let known = value.and_then(known);
    let compared = last_comparison(expr).is_some();
    let every = matches!(inner, Some(Around::Every));
    if free && !compared {
        found.extend(compares(known).into_iter().filter(|(word, _)| !every || word != "not in"));
    }
    if free && !every && (expr.is_test() || matches!(known, Some(Known::Typed(..)))) {
        found.extend(["&&", "||", "^^", "and", "or", "xor"].map(|word| (word.to_owned(), about(word).to_owned())));
    }
    found.extend(closes(inner, expr, known));
    // A chain: `1 < a < 9`.
    if free && compared && ends == Ends::Open {
        found.extend(compares(known).into_iter().filter(|(word, _)| !matches!(word.as_str(), "in" | "not in")));
    }
    if !matches!(inner, Some(Around::Reference(_))) {
        let mut fits = wanted(around);
        if let Some((how, left)) = last_comparison(expr) {
            fits.beside = self::known(left).map(|left| (how, left));
            fits.test = false;
        }
        found.extend(computes(value, known, &fits));
    }
    found
}

/// What closes whatever is open, or goes on in it.
fn closes(inner: Option<&Around>, expr: &Expr, known: Option<Known>) -> Vec<Offer> {
    let offer = |text: &str, about: &str| (text.to_owned(), about.to_owned());
    let typed = matches!(known, Some(Known::Typed(..))) || expr.is_test();
    match inner {
        Some(Around::Paren) => vec![offer(")", "closes it")],
        Some(Around::Brace | Around::Reference(true)) => vec![offer("}", "closes it")],
        Some(Around::Set(_, ranged)) => {
            let mut found = vec![offer(",", "another"), offer("}", "the set is whole")];
            if !ranged {
                found.push(offer("..", "up to"));
            }
            found
        }
        Some(Around::Call(name, before)) => {
            let many = function::named(name).is_some_and(Function::takes_many);
            let has = typed || before.iter().any(|argument| matches!(self::known(argument), Some(Known::Typed(..))));
            let mut found = Vec::new();
            if has {
                found.push(offer(")", "closes it"));
            }
            if many {
                found.push(offer(",", "another"));
            }
            found
        }
        _ => Vec::new(),
    }
}

/// What compares a value.
fn compares(known: Option<Known>) -> Vec<Offer> {
    let all = |words: &[&str]| words.iter().map(|word| ((*word).to_owned(), about(word).to_owned())).collect();
    let order = ["==", "!=", "<", "<=", ">", ">=", "===", "!==", "eq", "ne", "lt", "le", "gt", "ge"];
    let longer = ["any_eq", "all_ne", "all_eq", "any_ne"];
    let Some(known) = known else { return Vec::new() };
    let Known::Typed(kind, name) = known else { return all(&order) };
    if kind == Type::Presence {
        return Vec::new();
    }
    let mut words: Vec<&str> = order.into_iter().chain(longer).collect();
    if holds_bytes(kind) || name.is_some_and(|name| name.words.is_some()) {
        words.push("contains");
    }
    if holds_bytes(kind) || name.is_some() {
        words.extend(["matches", "~"]);
    }
    words.extend(["in", "not in"]);
    debug_assert!(words.iter().all(|word| *word == "not in" || lex::operators().any(|known| known == *word)));
    all(&words)
}

/// What computes with a value, and what takes a part of it.
fn computes(value: Option<&Expr>, known: Option<Known>, fits: &Wanted<'_>) -> Vec<Offer> {
    let offer = |text: &str, about: &str| (text.to_owned(), about.to_owned());
    let mut found = Vec::new();
    let Some((value, known)) = value.zip(known) else { return found };
    let kind = match (known, &value.kind) {
        (Known::Typed(kind, _), _) => kind,
        (Known::Open, Kind::Word(word)) if literal::whole(word).is_some() => Type::Signed,
        (Known::Open, _) => return found,
    };
    let with = [Type::Signed, Type::Span, Type::Time, Type::Bytes];
    for (sign, how, what) in [
        ("+", Arithmetic::Add, "the sum"),
        ("-", Arithmetic::Subtract, "the difference"),
        ("*", Arithmetic::Multiply, "the product"),
        ("/", Arithmetic::Divide, "the quotient"),
        ("%", Arithmetic::Modulo, "the remainder"),
        ("&", Arithmetic::BitAnd, "the bits that both have"),
    ] {
        if with.iter().filter_map(|other| computed(how, kind, *other)).any(|made| fits.takes(made, false)) {
            found.push(offer(sign, what));
        }
    }
    if matches!(known, Known::Typed(..)) {
        let part = match kind {
            Type::Text | Type::Any => Some(Type::Text),
            kind if kind.is_bytes() || matches!(kind, Type::Ipv4 | Type::Ipv6) => Some(Type::Bytes),
            _ => None,
        };
        if part.is_some_and(|part| fits.takes(part, false)) {
            found.push(offer("[", "a part of it: [0:4]"));
        }
        if matches!(&value.kind, Kind::Word(_)) {
            found.push(offer("#", "of one layer: #1 is the outermost"));
        }
    }
    found
}

fn about(word: &str) -> &'static str {
    match word {
        "&&" | "and" => "both",
        "||" | "or" => "either",
        "^^" | "xor" => "one of them",
        "==" | "eq" | "any_eq" => "one is the same",
        "!=" | "ne" | "all_ne" => "none is the same",
        "===" | "all_eq" => "all are the same",
        "!==" | "any_ne" => "one is not the same",
        "<" | "lt" => "less",
        "<=" | "le" => "less or the same",
        ">" | "gt" => "greater",
        ">=" | "ge" => "greater or the same",
        "contains" => "text or bytes in it",
        "matches" | "~" => "a regular expression",
        "in" => "one of a set",
        "not in" => "none of a set",
        _ => "",
    }
}
