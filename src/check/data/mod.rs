//! What AWS says of no one kind, with the day on which it was looked up.

pub mod limits;
