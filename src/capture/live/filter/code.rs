//! From a condition to a program.
//!
//! In: a tree of tests. Out: instructions that make them in the tree's order and stop at the first that decides. They
//! are written from the last to the first, so that the length of every jump is known when it is written. A tree that
//! needs more instructions than the kernel takes gives none.

use crate::capture::live::bpf::{Instruction, LONGEST, Program, jump, op, statement};

/// What a program keeps of a packet it accepts, as libpcap's programs have it.
const KEEP: u32 = 262_144;

/// Where a test takes its value from. Offsets count from the link header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Load {
    /// One byte.
    Byte(u32),
    /// Two bytes.
    Half(u32),
    /// Four bytes.
    Word(u32),
    /// Two bytes behind the IPv4 header that starts at `network`.
    Transport {
        /// Start of the IPv4 header.
        network: u32,
        /// Bytes behind its end.
        offset: u32,
    },
    /// Length of the packet on the wire.
    WireLength,
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    AtLeast,
    AtMost,
    NoBits,
}

/// One comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Test {
    load: Load,
    mask: Option<u32>,
    comparison: Comparison,
    value: u32,
}

impl Test {
    fn of(load: Load, mask: Option<u32>, comparison: Comparison, value: u32) -> Condition {
        Condition::Test(Test { load, mask, comparison, value })
    }

    pub(super) fn equal(load: Load, value: u32) -> Condition {
        Test::of(load, None, Comparison::Equal, value)
    }

    pub(super) fn masked(load: Load, mask: u32, value: u32) -> Condition {
        if mask == 0 {
            return Condition::Constant(value == 0);
        }
        Test::of(load, (mask != u32::MAX).then_some(mask), Comparison::Equal, value)
    }

    pub(super) fn at_least(load: Load, value: u32) -> Condition {
        Test::of(load, None, Comparison::AtLeast, value)
    }

    pub(super) fn at_most(load: Load, value: u32) -> Condition {
        Test::of(load, None, Comparison::AtMost, value)
    }

    pub(super) fn no_bits(load: Load, bits: u32) -> Condition {
        Test::of(load, None, Comparison::NoBits, bits)
    }
}

/// What a packet has to fulfil.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Condition {
    Constant(bool),
    Test(Test),
    Not(Box<Condition>),
    And(Vec<Condition>),
    Or(Vec<Condition>),
}

impl Condition {
    /// Both; constants fold, as they do in libpcap.
    pub(super) fn and(self, right: Condition) -> Condition {
        match (self, right) {
            (Condition::Constant(true), other) | (other, Condition::Constant(true)) => other,
            (Condition::Constant(false), _) | (_, Condition::Constant(false)) => Condition::Constant(false),
            (Condition::And(mut all), right) => {
                all.push(right);
                Condition::And(all)
            }
            (left, right) => Condition::And(vec![left, right]),
        }
    }

    /// One of them.
    pub(super) fn or(self, right: Condition) -> Condition {
        match (self, right) {
            (Condition::Constant(false), other) | (other, Condition::Constant(false)) => other,
            (Condition::Constant(true), _) | (_, Condition::Constant(true)) => Condition::Constant(true),
            (Condition::Or(mut all), right) => {
                all.push(right);
                Condition::Or(all)
            }
            (left, right) => Condition::Or(vec![left, right]),
        }
    }

    /// The opposite.
    pub(super) fn not(self) -> Condition {
        match self {
            Condition::Constant(value) => Condition::Constant(!value),
            Condition::Not(inner) => *inner,
            other => Condition::Not(Box::new(other)),
        }
    }
}

/// The program of a condition; `None` where it is longer than the kernel takes.
pub(super) fn generate(condition: &Condition) -> Option<Program> {
    let mut writer = Writer { reversed: vec![statement(op::RET_K, 0)] };
    let reject = writer.here();
    writer.reversed.push(statement(op::RET_K, KEEP));
    let accept = writer.here();
    match condition {
        Condition::Constant(true) => {}
        Condition::Constant(false) => writer.reversed.truncate(1),
        other => {
            writer.condition(other, accept, reject)?;
        }
    }
    writer.reversed.reverse();
    Some(Program::new(writer.reversed))
}

/// A place in the program, counted from its end.
type Label = usize;

struct Writer {
    reversed: Vec<Instruction>,
}

impl Writer {
    /// The instruction written last.
    fn here(&self) -> Label {
        self.reversed.len()
    }

    fn push(&mut self, instruction: Instruction) -> Option<()> {
        self.reversed.push(instruction);
        (self.reversed.len() <= LONGEST).then_some(())
    }

    /// Writes what decides between two places; the place where it starts.
    fn condition(&mut self, condition: &Condition, yes: Label, no: Label) -> Option<Label> {
        match condition {
            Condition::Constant(value) => Some(if *value { yes } else { no }),
            Condition::Test(test) => self.test(test, yes, no),
            Condition::Not(inner) => self.condition(inner, no, yes),
            Condition::And(all) => all.iter().rev().try_fold(yes, |yes, one| self.condition(one, yes, no)),
            Condition::Or(all) => all.iter().rev().try_fold(no, |no, one| self.condition(one, yes, no)),
        }
    }

    fn test(&mut self, test: &Test, yes: Label, no: Label) -> Option<Label> {
        let (code, yes, no) = match test.comparison {
            Comparison::Equal => (op::JEQ_K, yes, no),
            Comparison::AtLeast => (op::JGE_K, yes, no),
            Comparison::AtMost => (op::JGT_K, no, yes),
            Comparison::NoBits => (op::JSET_K, no, yes),
        };
        // A conditional jump reaches 255 instructions; what is further goes over one that jumps anywhere.
        let yes = self.within_reach(yes)?;
        let no = self.within_reach(no)?;
        let distance = |label: Label| u8::try_from(self.here().checked_sub(label)?).ok();
        self.push(jump(code, test.value, distance(yes)?, distance(no)?))?;
        if let Some(mask) = test.mask {
            self.push(statement(op::AND_K, mask))?;
        }
        match test.load {
            Load::Byte(at) => self.push(statement(op::LD_B_ABS, at))?,
            Load::Half(at) => self.push(statement(op::LD_H_ABS, at))?,
            Load::Word(at) => self.push(statement(op::LD_W_ABS, at))?,
            Load::WireLength => self.push(statement(op::LD_LEN, 0))?,
            Load::Transport { network, offset } => {
                self.push(statement(op::LD_H_IND, network.checked_add(offset)?))?;
                self.push(statement(op::LDX_MSH, network))?;
            }
        }
        Some(self.here())
    }

    fn within_reach(&mut self, label: Label) -> Option<Label> {
        // Two of these may stand between a jump and its goals.
        let distance = self.here().checked_sub(label)?;
        if distance < 250 {
            return Some(label);
        }
        self.push(statement(op::JA, u32::try_from(distance).ok()?))?;
        Some(self.here())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_jumps_reach() {
        let byte = |value| Test::equal(Load::Byte(0), value);
        let many = (0..200).map(byte).fold(Condition::Constant(false), Condition::or);
        let none = many.clone().not();
        let (many, none) = (generate(&many).unwrap(), generate(&none).unwrap());
        assert!(many.instructions().len() > 400);
        for value in 0..=255u8 {
            assert_eq!(many.run(&[value], 1) > 0, value < 200, "{value}");
            assert_eq!(none.run(&[value], 1) > 0, value >= 200, "{value}");
        }
    }

    #[test]
    fn constants_need_no_packet() {
        assert!(generate(&Condition::Constant(true)).unwrap().run(&[], 0) > 0);
        assert_eq!(generate(&Condition::Constant(false)).unwrap().run(&[], 0), 0);
    }
}
