//! Classic BPF: the machine of 1992 that capture filters are compiled to.
//!
//! In: a program, from libpcap, from [`super::filter`] or from `tcpdump -ddd`. Out: how many bytes of a packet it
//! accepts, or the same program changed to run inside the kernel. The semantics are those of "The BSD Packet Filter"
//! (McCanne and Jacobson, 1993) as libpcap runs it: a load past the captured bytes rejects the packet. A program that
//! jumps outside itself, runs off its end or divides by zero rejects; nothing panics.

/// One instruction, as the kernel and libpcap lay it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Instruction {
    /// Class, size, mode, operation and source, packed.
    pub code: u16,
    /// Instructions to skip where a condition holds.
    pub jt: u8,
    /// Instructions to skip where it does not.
    pub jf: u8,
    /// The operand.
    pub k: u32,
}

/// Opcodes by the names of the assembler that `tcpdump -d` prints.
pub mod op {
    /// `ld [k]`: four bytes, big-endian, to A.
    pub const LD_W_ABS: u16 = 0x20;
    /// `ldh [k]`: two bytes to A.
    pub const LD_H_ABS: u16 = 0x28;
    /// `ldb [k]`: one byte to A.
    pub const LD_B_ABS: u16 = 0x30;
    /// `ld [x + k]`.
    pub const LD_W_IND: u16 = 0x40;
    /// `ldh [x + k]`.
    pub const LD_H_IND: u16 = 0x48;
    /// `ldb [x + k]`.
    pub const LD_B_IND: u16 = 0x50;
    /// `ld #pktlen`: length on the wire.
    pub const LD_LEN: u16 = 0x80;
    /// `ldx #k`.
    pub const LDX_IMM: u16 = 0x01;
    /// `ldxb 4*([k]&0xf)`: the length of an IPv4 header to X.
    pub const LDX_MSH: u16 = 0xb1;
    /// `and #k`.
    pub const AND_K: u16 = 0x54;
    /// `ja k`.
    pub const JA: u16 = 0x05;
    /// `jeq #k`.
    pub const JEQ_K: u16 = 0x15;
    /// `jgt #k`.
    pub const JGT_K: u16 = 0x25;
    /// `jge #k`.
    pub const JGE_K: u16 = 0x35;
    /// `jset #k`.
    pub const JSET_K: u16 = 0x45;
    /// `ret #k`.
    pub const RET_K: u16 = 0x06;
}

/// Where Linux keeps what is not in the packet's bytes: `SKF_AD_OFF`, minus 4096, and up.
const ANCILLARY: u32 = 0xffff_f000;
/// `SKF_AD_PROTOCOL`: the Ethernet type.
const ANCILLARY_PROTOCOL: u32 = ANCILLARY;
/// `SKF_AD_PKTTYPE`: to us, broadcast, ..., outgoing.
const ANCILLARY_PACKET_TYPE: u32 = ANCILLARY + 4;
/// `SKF_AD_IFINDEX`.
const ANCILLARY_INTERFACE: u32 = ANCILLARY + 8;
/// `PACKET_OUTGOING`.
const OUTGOING: u32 = 4;
/// Bytes of a Linux cooked header, version 2.
const SLL2_BYTES: u32 = 20;
/// Scratch cells of the machine.
const CELLS: usize = 16;
/// Longest program the kernel takes (`BPF_MAXINSNS`).
pub const LONGEST: usize = 4096;

/// An instruction without a jump.
#[must_use]
pub fn statement(code: u16, k: u32) -> Instruction {
    Instruction { code, jt: 0, jf: 0, k }
}

/// A conditional jump: `jt` instructions are skipped where it holds, `jf` where not.
#[must_use]
pub fn jump(code: u16, k: u32, jt: u8, jf: u8) -> Instruction {
    Instruction { code, jt, jf, k }
}

/// A filter program.
///
/// ```
/// use sockeye::capture::live::bpf::Program;
/// // tcpdump -ddd ip: the Ethernet type is 0x0800
/// let program = Program::from_ddd("4\n40 0 0 12\n21 0 1 2048\n6 0 0 262144\n6 0 0 0\n").unwrap();
/// let packet = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0x08, 0x00, 0x45];
/// assert_eq!(program.run(&packet, 15), 262_144);
/// assert_eq!(program.run(&packet[..12], 12), 0);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Program {
    instructions: Vec<Instruction>,
}

impl Program {
    /// From instructions; whatever they are, running them is safe.
    #[must_use]
    pub fn new(instructions: Vec<Instruction>) -> Program {
        Program { instructions }
    }

    /// The program that accepts every packet.
    #[must_use]
    pub fn accept_all() -> Program {
        Program::new(vec![statement(op::RET_K, u32::MAX)])
    }

    /// The instructions.
    #[must_use]
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// From the decimal form that `tcpdump -ddd` prints: a count, then code, jt, jf and k a line.
    #[must_use]
    pub fn from_ddd(text: &str) -> Option<Program> {
        let mut lines = text.lines();
        let count: usize = lines.next()?.trim().parse().ok()?;
        let instructions: Vec<Instruction> = lines.map(instruction_from_ddd).collect::<Option<_>>()?;
        (instructions.len() == count).then_some(Program { instructions })
    }

    /// The decimal form that `tcpdump -ddd` prints.
    #[must_use]
    pub fn to_ddd(&self) -> String {
        let lines = self.instructions.iter().map(|i| format!("{} {} {} {}\n", i.code, i.jt, i.jf, i.k));
        format!("{}\n{}", self.instructions.len(), lines.collect::<String>())
    }

    /// Bytes of the packet to keep; 0 rejects it.
    ///
    /// `packet` is what was captured, from the link header; `wire_len` its length on the wire, bytes.
    #[must_use]
    pub fn run(&self, packet: &[u8], wire_len: u32) -> u32 {
        let mut machine = Machine { packet, wire_len, a: 0, x: 0, cells: [0; CELLS] };
        let mut next = 0usize;
        // Jumps only go forward, so the length of the program bounds the run.
        while let Some(instruction) = self.instructions.get(next) {
            match machine.step(*instruction) {
                Step::Skip(n) => next = next.saturating_add(1).saturating_add(n),
                Step::Return(kept) => return kept,
            }
        }
        0
    }

    /// The same program keeping at most `bytes` of each packet it accepts.
    ///
    /// The kernel cuts a packet to what its filter returns: this is how a snap length is set.
    #[must_use]
    pub fn with_snap(mut self, bytes: u32) -> Program {
        for instruction in &mut self.instructions {
            if instruction.code == op::RET_K && instruction.k > 0 {
                instruction.k = bytes;
            }
        }
        self
    }

    /// The same program for a cooked socket, where the kernel's packet starts after the link header.
    ///
    /// In: a program for the cooked header, version 2. `None` where it reads a field of that header that the kernel
    /// does not offer, or the packet's length, which lacks the header there; such a program has to run on the finished
    /// packet.
    #[must_use]
    pub fn for_cooked_socket(mut self) -> Option<Program> {
        for instruction in &mut self.instructions {
            if instruction.code & 0x06 == 0 && instruction.code & 0xe0 == 0x80 {
                return None;
            }
            let load =
                matches!(instruction.code & 0x07, 0 | 1) && matches!(instruction.code & 0xe0, 0x20 | 0x40 | 0xa0);
            if load && instruction.k < ANCILLARY {
                instruction.k = match instruction.k {
                    0 => ANCILLARY_PROTOCOL,
                    4 => ANCILLARY_INTERFACE,
                    10 => ANCILLARY_PACKET_TYPE,
                    k => k.checked_sub(SLL2_BYTES)?,
                };
            }
        }
        Some(self)
    }

    /// The same program behind a check that rejects what leaves through interface `loopback`.
    ///
    /// Linux shows a packet on the loopback interface twice, leaving and arriving; the arriving one is kept.
    #[must_use]
    pub fn without_outgoing_on(mut self, loopback: u32) -> Program {
        let check = [
            statement(op::LD_W_ABS, ANCILLARY_PACKET_TYPE),
            jump(op::JEQ_K, OUTGOING, 0, 3),
            statement(op::LD_W_ABS, ANCILLARY_INTERFACE),
            jump(op::JEQ_K, loopback, 0, 1),
            statement(op::RET_K, 0),
        ];
        self.instructions.splice(0..0, check);
        self
    }
}

fn instruction_from_ddd(line: &str) -> Option<Instruction> {
    let mut fields = line.split_ascii_whitespace();
    let code = fields.next()?.parse().ok()?;
    let jt = fields.next()?.parse().ok()?;
    let jf = fields.next()?.parse().ok()?;
    let k = fields.next()?.parse().ok()?;
    fields.next().is_none().then_some(Instruction { code, jt, jf, k })
}

/// What an instruction leads to.
enum Step {
    /// Skip so many instructions.
    Skip(usize),
    /// The program's answer.
    Return(u32),
}

const NEXT: Step = Step::Skip(0);
const REJECT: Step = Step::Return(0);

/// The registers.
struct Machine<'a> {
    packet: &'a [u8],
    wire_len: u32,
    a: u32,
    x: u32,
    cells: [u32; CELLS],
}

impl Machine<'_> {
    fn step(&mut self, i: Instruction) -> Step {
        match i.code & 0x07 {
            0 => self.load_a(i),
            1 => self.load_x(i),
            2 => self.store(i.k, self.a),
            3 => self.store(i.k, self.x),
            4 => self.arithmetic(i),
            5 => self.jump(i),
            6 => Step::Return(if i.code & 0x18 == 0x10 { self.a } else { i.k }),
            _ => {
                if i.code & 0xf8 == 0x80 {
                    self.a = self.x;
                } else {
                    self.x = self.a;
                }
                NEXT
            }
        }
    }

    fn load_a(&mut self, i: Instruction) -> Step {
        let value = match i.code & 0xe0 {
            0x00 => Some(i.k),
            0x20 => self.bytes(i.k, i.code & 0x18),
            0x40 => self.x.checked_add(i.k).and_then(|at| self.bytes(at, i.code & 0x18)),
            0x60 => self.cell(i.k),
            0x80 => Some(self.wire_len),
            _ => None,
        };
        value.map_or(REJECT, |value| {
            self.a = value;
            NEXT
        })
    }

    fn load_x(&mut self, i: Instruction) -> Step {
        let value = match i.code & 0xe0 {
            0x00 => Some(i.k),
            0x60 => self.cell(i.k),
            0x80 => Some(self.wire_len),
            0xa0 => self.bytes(i.k, 0x10).map(|byte| (byte & 0x0f) << 2),
            _ => None,
        };
        value.map_or(REJECT, |value| {
            self.x = value;
            NEXT
        })
    }

    fn store(&mut self, cell: u32, value: u32) -> Step {
        match usize::try_from(cell).ok().and_then(|cell| self.cells.get_mut(cell)) {
            Some(slot) => {
                *slot = value;
                NEXT
            }
            None => REJECT,
        }
    }

    fn cell(&self, cell: u32) -> Option<u32> {
        self.cells.get(usize::try_from(cell).ok()?).copied()
    }

    /// Bytes of the packet, big-endian; `size` is the size field of the opcode.
    fn bytes(&self, at: u32, size: u16) -> Option<u32> {
        let rest = self.packet.get(usize::try_from(at).ok()?..)?;
        match size {
            0x00 => rest.first_chunk().map(|b| u32::from_be_bytes(*b)),
            0x08 => rest.first_chunk().map(|b| u32::from(u16::from_be_bytes(*b))),
            0x10 => rest.first().map(|b| u32::from(*b)),
            _ => None,
        }
    }

    fn operand(&self, i: Instruction) -> u32 {
        if i.code & 0x08 == 0 { i.k } else { self.x }
    }

    fn arithmetic(&mut self, i: Instruction) -> Step {
        let operand = self.operand(i);
        let value = match i.code & 0xf0 {
            0x00 => Some(self.a.wrapping_add(operand)),
            0x10 => Some(self.a.wrapping_sub(operand)),
            0x20 => Some(self.a.wrapping_mul(operand)),
            0x30 => self.a.checked_div(operand),
            0x40 => Some(self.a | operand),
            0x50 => Some(self.a & operand),
            0x60 => Some(self.a.checked_shl(operand).unwrap_or(0)),
            0x70 => Some(self.a.checked_shr(operand).unwrap_or(0)),
            0x80 => Some(self.a.wrapping_neg()),
            0x90 => self.a.checked_rem(operand),
            0xa0 => Some(self.a ^ operand),
            _ => None,
        };
        value.map_or(REJECT, |value| {
            self.a = value;
            NEXT
        })
    }

    fn jump(&self, i: Instruction) -> Step {
        let operand = self.operand(i);
        let holds = match i.code & 0xf0 {
            0x00 => return usize::try_from(i.k).map_or(REJECT, Step::Skip),
            0x10 => self.a == operand,
            0x20 => self.a > operand,
            0x30 => self.a >= operand,
            0x40 => self.a & operand != 0,
            _ => return REJECT,
        };
        Step::Skip(usize::from(if holds { i.jt } else { i.jf }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(instructions: &[Instruction]) -> u32 {
        Program::new(instructions.to_vec()).run(&[1, 2, 3, 4, 0x46], 99)
    }

    const RET_A: Instruction = Instruction { code: 0x16, jt: 0, jf: 0, k: 0 };

    #[test]
    fn loads_are_big_endian_and_reject_past_the_end() {
        assert_eq!(run(&[statement(op::LD_W_ABS, 0), RET_A]), 0x0102_0304);
        assert_eq!(run(&[statement(op::LD_H_ABS, 1), RET_A]), 0x0203);
        assert_eq!(run(&[statement(op::LD_B_ABS, 4), RET_A]), 0x46);
        assert_eq!(run(&[statement(op::LD_W_ABS, 2), statement(op::RET_K, 7)]), 0);
        assert_eq!(run(&[statement(op::LD_B_ABS, u32::MAX), statement(op::RET_K, 7)]), 0);
        assert_eq!(run(&[statement(op::LD_LEN, 0), RET_A]), 99);
        assert_eq!(run(&[statement(op::LDX_MSH, 4), statement(0x87, 0), RET_A]), 24);
        assert_eq!(run(&[statement(op::LDX_IMM, u32::MAX), statement(op::LD_B_IND, 2), statement(op::RET_K, 7)]), 0);
        assert_eq!(run(&[statement(op::LDX_IMM, 1), statement(op::LD_H_IND, 2), RET_A]), 0x0446);
    }

    #[test]
    fn arithmetic_wraps_and_division_by_zero_rejects() {
        let a = |code, k| run(&[statement(op::LD_B_ABS, 2), statement(code, k), RET_A]);
        assert_eq!(a(0x04, u32::MAX), 2);
        assert_eq!(a(0x14, 4), u32::MAX);
        assert_eq!(a(0x34, 0), 0);
        assert_eq!(a(0x94, 2), 1);
        assert_eq!(a(0x64, 4), 48);
        assert_eq!(a(0x64, 32), 0);
        assert_eq!(a(0xa4, 1), 2);
        assert_eq!(a(0x84, 0), 3u32.wrapping_neg());
    }

    #[test]
    fn programs_that_leave_themselves_reject() {
        assert_eq!(run(&[]), 0);
        assert_eq!(run(&[statement(op::JA, u32::MAX), statement(op::RET_K, 7)]), 0);
        assert_eq!(run(&[statement(2, 16), statement(op::RET_K, 7)]), 0);
        assert_eq!(run(&[jump(op::JEQ_K, 0, 255, 0), statement(op::RET_K, 7)]), 0);
    }

    #[test]
    fn cells_keep_what_was_stored() {
        let program = [statement(op::LD_B_ABS, 0), statement(2, 15), statement(0x61, 15), statement(0x87, 0), RET_A];
        assert_eq!(run(&program), 1);
    }

    #[test]
    fn the_cooked_form_moves_payload_and_maps_the_header() {
        let program = |k| Program::new(vec![statement(op::LD_H_ABS, k)]).for_cooked_socket();
        let k = |at| program(at).map(|p| p.instructions()[0].k);
        assert_eq!(k(20), Some(0));
        assert_eq!(k(32), Some(12));
        assert_eq!(k(0), Some(0xffff_f000));
        assert_eq!(k(10), Some(0xffff_f004));
        assert_eq!(k(4), Some(0xffff_f008));
        assert_eq!(k(8), None);
        assert_eq!(Program::new(vec![statement(op::LD_LEN, 0)]).for_cooked_socket(), None);
        let untouched = Program::new(vec![jump(op::JEQ_K, 4, 0, 1), statement(op::RET_K, 5), statement(op::AND_K, 3)]);
        assert_eq!(untouched.clone().for_cooked_socket(), Some(untouched));
    }

    #[test]
    fn ddd_is_read_as_it_is_written() {
        let text = "2\n40 1 2 12\n6 0 0 4294967295\n";
        assert_eq!(Program::from_ddd(text).map(|p| p.to_ddd()).as_deref(), Some(text));
        for broken in ["", "2\n6 0 0 0\n", "1\n6 0 0\n", "1\n6 0 0 0 0\n", "1\n6 0 256 0\n", "x\n"] {
            assert_eq!(Program::from_ddd(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn a_snap_length_changes_acceptance_only() {
        let program = Program::new(vec![statement(op::RET_K, 262_144), statement(op::RET_K, 0)]).with_snap(96);
        assert_eq!(program.instructions().iter().map(|i| i.k).collect::<Vec<_>>(), [96, 0]);
    }
}
