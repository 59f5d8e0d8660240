//! What a month costs: prices as dated data, quantities of what has a price, and decimal arithmetic.
//! Kinds say quantities (`contract/cost.rs`), this module prices them. Nothing here is a reason to
//! fail: what has no price is said to have none.

mod bill;
mod money;
mod prices;
mod stack;

pub use bill::{Bill, Line};
pub use money::shown;
pub use prices::{Age, PriceError, Prices};
pub use stack::{Basis, Counted, Entry, Month, Pricing, ResourceCost, StackCost, Total};
