//! Numbers together with what they count.

use std::fmt::Display;

/// `1 resource`, `2 resources`. `noun` is what one of them is called, and takes an `s`.
pub fn counted<N: Display + PartialEq + From<u8>>(number: N, noun: &str) -> String {
    let plural = one_or_many(&number, "", "s");
    format!("{number} {noun}{plural}")
}

/// The word that goes with so many: `is` or `are`.
pub fn one_or_many<'a, N: PartialEq + From<u8>>(number: &N, one: &'a str, many: &'a str) -> &'a str {
    if *number == N::from(1) { one } else { many }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one_and_none_are_many() {
        assert_eq!(counted(1_usize, "log group"), "1 log group");
        assert_eq!(counted(0_u64, "call"), "0 calls");
        assert_eq!(counted(12_i32, "file"), "12 files");
        assert_eq!((one_or_many(&1_u8, "is", "are"), one_or_many(&2_u8, "is", "are")), ("is", "are"));
    }
}
