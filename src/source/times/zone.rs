//! Time zones by name, from the database in this binary: what a machine has changes nothing.

use std::sync::OnceLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

fn database() -> &'static TimeZoneDatabase {
    static DATABASE: OnceLock<TimeZoneDatabase> = OnceLock::new();
    DATABASE.get_or_init(TimeZoneDatabase::bundled)
}

/// The time zone of a name such as `Europe/Berlin`, none where the database has none of exactly it.
pub fn zone(name: &str) -> Option<TimeZone> {
    database().get(name).ok().filter(|zone| zone.iana_name() == Some(name))
}

/// The names that there are.
pub fn known_zones() -> Vec<String> {
    database().available().map(|name| name.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_known_by_exactly_its_name() {
        for name in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kolkata"] {
            assert!(zone(name).is_some(), "{name}");
        }
        for name in ["Europe/Nowhere", "europe/berlin", "CEST", "+02:00", ""] {
            assert!(zone(name).is_none(), "{name}");
        }
        assert!(known_zones().len() > 400);
    }
}
