//! Money as it is printed. It is rounded here and nowhere else.

use rust_decimal::{Decimal, RoundingStrategy};

/// Decimal places that are printed.
const CENTS: u32 = 2;

/// A sum in dollars: `$1,200.00`, half a cent rounded up; `<$0.01` for what is less than a cent.
pub fn shown(amount: Decimal) -> String {
    let sign = if amount.is_sign_negative() && !amount.is_zero() { "-" } else { "" };
    let amount = amount.abs();
    if !amount.is_zero() && amount < Decimal::new(1, CENTS) {
        return format!("{sign}<$0.01");
    }
    let rounded = amount.round_dp_with_strategy(CENTS, RoundingStrategy::MidpointAwayFromZero);
    let text = format!("{rounded:.2}");
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}${grouped}.{cents}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_cent_is_rounded_up_and_less_than_a_cent_is_said_to_be() {
        let cases = [
            ("0", "$0.00"),
            ("0.0000001", "<$0.01"),
            ("0.0099", "<$0.01"),
            ("0.01", "$0.01"),
            ("0.015", "$0.02"),
            ("0.025", "$0.03"),
            ("12.4", "$12.40"),
            ("999.995", "$1,000.00"),
            ("135001.125", "$135,001.13"),
            ("1234567.891", "$1,234,567.89"),
            ("-8.3", "-$8.30"),
            ("-0.001", "-<$0.01"),
        ];
        for (amount, text) in cases {
            assert_eq!(shown(amount.parse().unwrap()), text);
        }
    }
}
