//! Values as bytes, to be put aside ([`super::spill`]) and brought back in the same run of the program.
//!
//! In: a value. Out: its bytes, numbers in as few as they need (LEB128), and the same value from them. The form is
//! nobody else's business: it is never kept longer than a run. Bytes that are no such value give `None`.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

/// A value that can be put aside.
pub(crate) trait Pack: Sized {
    /// Appends the value.
    fn pack(&self, out: &mut Vec<u8>);
    /// Takes a value off the front.
    fn unpack(from: &mut &[u8]) -> Option<Self>;

    /// Appends the values of a list; bytes do it at once.
    fn pack_all(list: &[Self], out: &mut Vec<u8>) {
        list.iter().for_each(|item| item.pack(out));
    }

    /// Takes a list of `len` values off the front.
    fn unpack_all(len: usize, from: &mut &[u8]) -> Option<Vec<Self>> {
        let mut list = Vec::with_capacity(len.min(from.len()));
        for _ in 0..len {
            list.push(Self::unpack(from)?);
        }
        Some(list)
    }
}

/// A struct is the sequence of its fields; one that is forgotten here does not compile. Slices named after `without` are
/// put aside by their owner, and are empty when the struct comes back.
macro_rules! pack_struct {
    ($name:ty { $($field:ident),* $(,)? } $(without { $($slice:ident),* })?) => {
        impl $crate::base::pack::Pack for $name {
            fn pack(&self, out: &mut Vec<u8>) {
                let Self { $($field,)* $($($slice: _,)*)? } = self;
                $($crate::base::pack::Pack::pack($field, out);)*
            }

            fn unpack(from: &mut &[u8]) -> Option<Self> {
                Some(Self { $($field: $crate::base::pack::Pack::unpack(from)?,)* $($($slice: &[],)*)? })
            }
        }
    };
}

/// An enum is a number for its variant, and the variant's fields.
macro_rules! pack_enum {
    ($name:ty { $($tag:literal $variant:ident $(($($item:ident),*))? $({ $($field:ident),* })?),* $(,)? }) => {
        impl $crate::base::pack::Pack for $name {
            fn pack(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $(($($item),*))? $({ $($field),* })? => {
                        out.push($tag);
                        $($($crate::base::pack::Pack::pack($item, out);)*)?
                        $($($crate::base::pack::Pack::pack($field, out);)*)?
                    })*
                }
            }

            fn unpack(from: &mut &[u8]) -> Option<Self> {
                match <u8 as $crate::base::pack::Pack>::unpack(from)? {
                    $($tag => {
                        $($(let $item = $crate::base::pack::Pack::unpack(from)?;)*)?
                        $($(let $field = $crate::base::pack::Pack::unpack(from)?;)*)?
                        Some(Self::$variant $(($($item),*))? $({ $($field),* })?)
                    })*
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use {pack_enum, pack_struct};

impl Pack for u8 {
    fn pack(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }

    fn unpack(from: &mut &[u8]) -> Option<u8> {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        Some(*byte)
    }

    fn pack_all(list: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(list);
    }

    fn unpack_all(len: usize, from: &mut &[u8]) -> Option<Vec<u8>> {
        let (bytes, rest) = from.split_at_checked(len)?;
        *from = rest;
        Some(bytes.to_vec())
    }
}

impl Pack for u64 {
    fn pack(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.push(u8::try_from(rest & 0x7f).unwrap_or(0) | 0x80);
            rest >>= 7;
        }
        out.push(u8::try_from(rest).unwrap_or(0));
    }

    fn unpack(from: &mut &[u8]) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = u8::unpack(from)?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

macro_rules! pack_number {
    ($($number:ty)*) => {
        $(impl Pack for $number {
            fn pack(&self, out: &mut Vec<u8>) {
                u64::try_from(*self).unwrap_or(u64::MAX).pack(out);
            }

            fn unpack(from: &mut &[u8]) -> Option<$number> {
                <$number>::try_from(u64::unpack(from)?).ok()
            }
        })*
    };
}

pack_number!(u16 u32 usize);

impl Pack for i64 {
    fn pack(&self, out: &mut Vec<u8>) {
        // Small magnitudes of either sign become small numbers.
        (*self << 1 ^ *self >> 63).cast_unsigned().pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<i64> {
        let value = u64::unpack(from)?;
        Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }
}

impl Pack for u128 {
    fn pack(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    fn unpack(from: &mut &[u8]) -> Option<u128> {
        <[u8; 16]>::unpack(from).map(u128::from_le_bytes)
    }
}

impl Pack for f64 {
    fn pack(&self, out: &mut Vec<u8>) {
        self.to_bits().pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<f64> {
        u64::unpack(from).map(f64::from_bits)
    }
}

impl Pack for f32 {
    fn pack(&self, out: &mut Vec<u8>) {
        self.to_bits().pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<f32> {
        u32::unpack(from).map(f32::from_bits)
    }
}

impl Pack for bool {
    fn pack(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn unpack(from: &mut &[u8]) -> Option<bool> {
        u8::unpack(from).map(|byte| byte != 0)
    }
}

impl<T: Pack> Pack for Option<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        self.is_some().pack(out);
        if let Some(value) = self {
            value.pack(out);
        }
    }

    fn unpack(from: &mut &[u8]) -> Option<Option<T>> {
        if bool::unpack(from)? { T::unpack(from).map(Some) } else { Some(None) }
    }
}

impl<T: Pack> Pack for Box<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        T::pack(self, out);
    }

    fn unpack(from: &mut &[u8]) -> Option<Box<T>> {
        T::unpack(from).map(Box::new)
    }
}

impl<T: Pack> Pack for Vec<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        self.len().pack(out);
        T::pack_all(self, out);
    }

    fn unpack(from: &mut &[u8]) -> Option<Vec<T>> {
        let len = usize::unpack(from)?;
        T::unpack_all(len, from)
    }
}

impl<T: Pack> Pack for Box<[T]> {
    fn pack(&self, out: &mut Vec<u8>) {
        self.len().pack(out);
        T::pack_all(self, out);
    }

    fn unpack(from: &mut &[u8]) -> Option<Box<[T]>> {
        Vec::unpack(from).map(Vec::into_boxed_slice)
    }
}

impl<T: Pack> Pack for VecDeque<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        self.len().pack(out);
        self.iter().for_each(|item| item.pack(out));
    }

    fn unpack(from: &mut &[u8]) -> Option<VecDeque<T>> {
        Vec::unpack(from).map(VecDeque::from)
    }
}

impl<K: Pack + Ord, V: Pack> Pack for BTreeMap<K, V> {
    fn pack(&self, out: &mut Vec<u8>) {
        self.len().pack(out);
        for (key, value) in self {
            key.pack(out);
            value.pack(out);
        }
    }

    fn unpack(from: &mut &[u8]) -> Option<BTreeMap<K, V>> {
        let len = usize::unpack(from)?;
        (0..len).map(|_| <(K, V)>::unpack(from)).collect()
    }
}

impl Pack for Arc<[u8]> {
    fn pack(&self, out: &mut Vec<u8>) {
        self.len().pack(out);
        out.extend_from_slice(self);
    }

    fn unpack(from: &mut &[u8]) -> Option<Arc<[u8]>> {
        Vec::unpack(from).map(Arc::from)
    }
}

impl<T: Pack> Pack for Arc<T> {
    fn pack(&self, out: &mut Vec<u8>) {
        T::pack(self, out);
    }

    fn unpack(from: &mut &[u8]) -> Option<Arc<T>> {
        T::unpack(from).map(Arc::new)
    }
}

impl<T: Pack, const N: usize> Pack for [T; N] {
    fn pack(&self, out: &mut Vec<u8>) {
        T::pack_all(self, out);
    }

    fn unpack(from: &mut &[u8]) -> Option<[T; N]> {
        T::unpack_all(N, from)?.try_into().ok()
    }
}

impl<A: Pack, B: Pack> Pack for (A, B) {
    fn pack(&self, out: &mut Vec<u8>) {
        self.0.pack(out);
        self.1.pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<(A, B)> {
        Some((A::unpack(from)?, B::unpack(from)?))
    }
}

impl Pack for String {
    fn pack(&self, out: &mut Vec<u8>) {
        self.len().pack(out);
        out.extend_from_slice(self.as_bytes());
    }

    fn unpack(from: &mut &[u8]) -> Option<String> {
        String::from_utf8(Vec::unpack(from)?).ok()
    }
}

impl Pack for Cow<'static, str> {
    fn pack(&self, out: &mut Vec<u8>) {
        self.len().pack(out);
        out.extend_from_slice(self.as_bytes());
    }

    fn unpack(from: &mut &[u8]) -> Option<Cow<'static, str>> {
        String::unpack(from).map(Cow::Owned)
    }
}

impl Pack for IpAddr {
    fn pack(&self, out: &mut Vec<u8>) {
        match self {
            IpAddr::V4(address) => (4_u8, address.octets()).pack(out),
            IpAddr::V6(address) => (6_u8, address.octets()).pack(out),
        }
    }

    fn unpack(from: &mut &[u8]) -> Option<IpAddr> {
        match u8::unpack(from)? {
            4 => <[u8; 4]>::unpack(from).map(|octets| Ipv4Addr::from(octets).into()),
            _ => <[u8; 16]>::unpack(from).map(|octets| Ipv6Addr::from(octets).into()),
        }
    }
}

/// Flow labels and scopes are not kept: no packet gives an address one.
impl Pack for SocketAddr {
    fn pack(&self, out: &mut Vec<u8>) {
        self.ip().pack(out);
        self.port().pack(out);
    }

    fn unpack(from: &mut &[u8]) -> Option<SocketAddr> {
        Some(SocketAddr::new(IpAddr::unpack(from)?, u16::unpack(from)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, PartialEq)]
    enum Shape {
        Point,
        Pair(u64, i64),
        Named { text: String, list: Vec<u16> },
    }
    pack_enum!(Shape { 0 Point, 1 Pair(x, y), 2 Named { text, list } });

    #[derive(Debug, PartialEq)]
    struct Both {
        shape: Shape,
        address: SocketAddr,
        maybe: Option<[u8; 3]>,
    }
    pack_struct!(Both { shape, address, maybe });

    proptest! {
        #[test]
        fn what_was_packed_comes_back_and_nothing_else_fits(
            x: u64, y: i64, text: String, list: Vec<u16>, address: SocketAddr, maybe: Option<[u8; 3]>, which in 0..3,
        ) {
            let address = SocketAddr::new(address.ip(), address.port());
            let shape = match which {
                0 => Shape::Point,
                1 => Shape::Pair(x, y),
                _ => Shape::Named { text, list },
            };
            let both = Both { shape, address, maybe };
            let mut bytes = Vec::new();
            both.pack(&mut bytes);
            let mut rest = bytes.as_slice();
            prop_assert_eq!(Both::unpack(&mut rest), Some(both));
            prop_assert!(rest.is_empty());
            for end in 0..bytes.len() {
                prop_assert_eq!(Both::unpack(&mut &bytes[..end]), None);
            }
        }
    }
}
