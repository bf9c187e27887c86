//! What fails a check: errors, unless allowed, and whatever is denied.

use thiserror::Error;

use crate::base::Severity;
use crate::base::note::{RULES, Rule};
use crate::fields::nearest;

/// Rules that are denied or allowed by name. Where several names fit a rule, the longest counts; of two equally long,
/// the denying one.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    deny: Vec<Pattern>,
    allow: Vec<Pattern>,
}

/// A name that no rule has.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no rule is named '{name}'{}; `sockeye notes` lists them", nearest.as_ref().map_or(String::new(), |name| format!(" (did you mean '{name}'?)")))]
pub struct UnknownRule {
    /// What was asked for.
    pub name: String,
    /// A rule whose name is like it, or all rules that begin with it.
    pub nearest: Option<String>,
}

/// A code, or the beginning of one followed by `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    text: String,
    open: bool,
}

impl Pattern {
    fn parse(name: &str) -> Result<Pattern, UnknownRule> {
        let pattern = match name.strip_suffix('*') {
            Some(start) => Pattern { text: start.to_string(), open: true },
            None => Pattern { text: name.to_string(), open: false },
        };
        let whole = pattern.text.is_empty() || pattern.text.ends_with('.') || !pattern.open;
        if whole && RULES.iter().any(|rule| pattern.fits(rule)) {
            return Ok(pattern);
        }
        let start = name.trim_end_matches(['*', '.']);
        let family = format!("{start}.");
        let nearest = match RULES.iter().any(|rule| rule.name.starts_with(&family)) {
            true => Some(format!("{family}*")),
            false => nearest(RULES.iter().map(|rule| rule.name), start).map(String::from),
        };
        Err(UnknownRule { name: name.to_string(), nearest })
    }

    fn fits(&self, rule: &Rule) -> bool {
        if self.open { rule.name.starts_with(&self.text) } else { rule.name == self.text }
    }

    /// How exactly it names the rule; `None` where it does not.
    fn rank(&self, rule: &Rule) -> Option<usize> {
        self.fits(rule).then_some(self.text.len())
    }
}

impl Policy {
    /// From the names given on the command line: a code (`ws.mask.missing`), or the beginning of codes (`ws.mask.*`).
    pub fn parse(deny: &[String], allow: &[String]) -> Result<Policy, UnknownRule> {
        let parse = |names: &[String]| names.iter().map(|name| Pattern::parse(name)).collect::<Result<_, _>>();
        Ok(Policy { deny: parse(deny)?, allow: parse(allow)? })
    }

    /// The rule is denied by name.
    #[must_use]
    pub fn denies(&self, rule: &Rule) -> bool {
        best(&self.deny, rule).is_some_and(|rank| best(&self.allow, rule).is_none_or(|allowed| rank >= allowed))
    }

    /// The rule is allowed by name: its findings do not count and are not shown.
    #[must_use]
    pub fn allows(&self, rule: &Rule) -> bool {
        best(&self.allow, rule).is_some() && !self.denies(rule)
    }

    /// A finding of this rule fails the check.
    #[must_use]
    pub fn fails(&self, rule: &Rule) -> bool {
        self.denies(rule) || (rule.severity == Severity::Error && !self.allows(rule))
    }
}

fn best(patterns: &[Pattern], rule: &Rule) -> Option<usize> {
    patterns.iter().filter_map(|pattern| pattern.rank(rule)).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Code;

    fn policy(deny: &[&str], allow: &[&str]) -> Policy {
        let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        Policy::parse(&names(deny), &names(allow)).unwrap()
    }

    #[test]
    fn errors_fail_unless_allowed_and_others_only_when_denied() {
        let (error, warning) = (Code::MaskMissing.rule(), Code::MaskZero.rule());
        assert!(policy(&[], &[]).fails(&error) && !policy(&[], &[]).fails(&warning));
        assert!(policy(&["ws.mask.zero"], &[]).fails(&warning));
        assert!(!policy(&[], &["ws.mask.*"]).fails(&error));
        assert!(policy(&["*"], &[]).fails(&warning));
    }

    #[test]
    fn the_longest_name_counts_and_denying_wins_a_draw() {
        let (missing, zero) = (Code::MaskMissing.rule(), Code::MaskZero.rule());
        let both = policy(&["ws.mask.*"], &["ws.mask.zero"]);
        assert!(both.fails(&missing) && !both.fails(&zero));
        let both = policy(&["ws.mask.zero"], &["ws.*"]);
        assert!(both.fails(&zero) && !both.fails(&missing) && both.allows(&missing));
        assert!(policy(&["ws.mask.zero"], &["ws.mask.zero"]).fails(&zero));
    }

    #[test]
    fn names_of_no_rule_are_told_with_a_neighbour() {
        let unknown = |name: &str| Policy::parse(&[name.to_string()], &[]).unwrap_err();
        assert_eq!(unknown("ws.mask.mising").nearest.as_deref(), Some("ws.mask.missing"));
        for part in ["ws.mask", "ws.mask.", "ws.mask*"] {
            assert_eq!(unknown(part).nearest.as_deref(), Some("ws.mask.*"), "{part}");
        }
        assert_eq!(
            unknown("ws.mask.mising").to_string(),
            "no rule is named 'ws.mask.mising' (did you mean 'ws.mask.missing'?); `sockeye notes` lists them"
        );
        assert_eq!(unknown("quic.*").name, "quic.*");
        assert!(Policy::parse(&["ws.mas*".into()], &[]).is_err(), "only whole words before the star");
        assert!(Policy::parse(&["ws.mask.".into()], &[]).is_err());
    }
}
