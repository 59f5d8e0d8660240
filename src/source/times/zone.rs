//! Time zones by name, from the database in this binary: what a machine has changes nothing.

use std::sync::OnceLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::source::diagnostic::suggest;

fn database() -> &'static TimeZoneDatabase {
    static DATABASE: OnceLock<TimeZoneDatabase> = OnceLock::new();
    DATABASE.get_or_init(TimeZoneDatabase::bundled)
}

/// The time zone of a name such as `Europe/Berlin`, none where the database has none of exactly it.
pub fn zone(name: &str) -> Option<TimeZone> {
    database().get(name).ok().filter(|zone| zone.iana_name() == Some(name))
}

/// What helps whoever wrote a name that no zone has: the one that is written otherwise, those of the same
/// place, or the nearest.
pub fn near_zone(name: &str) -> String {
    let known: Vec<String> = database().available().map(|name| name.to_string()).collect();
    if let Some(same) = known.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        return format!("write `{same}`");
    }
    let place = |name: &str| name.rsplit('/').next().unwrap_or_default().replace([' ', '-'], "_").to_lowercase();
    let mut places: Vec<&str> = known.iter().filter(|known| place(known) == place(name)).map(String::as_str).collect();
    // `Etc/UTC` and its like are other names of what is meant.
    places.sort_by_key(|name| (name.len(), *name));
    match places.first() {
        Some(place) => format!("did you mean `{place}`?"),
        None => suggest(name, known.iter().map(String::as_str)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_of_another_place_is_told_the_right_one() {
        assert_eq!(near_zone("europe/berlin"), "write `Europe/Berlin`");
        assert_eq!(near_zone("Mars/Berlin"), "did you mean `Europe/Berlin`?");
        assert_eq!(near_zone("new york"), "did you mean `America/New_York`?");
        assert!(near_zone("Mars/Olympus Mons").len() < 200, "{}", near_zone("Mars/Olympus Mons"));
    }

    #[test]
    fn a_zone_is_known_by_exactly_its_name() {
        for name in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kolkata"] {
            assert!(zone(name).is_some(), "{name}");
        }
        for name in ["Europe/Nowhere", "europe/berlin", "CEST", "+02:00", ""] {
            assert!(zone(name).is_none(), "{name}");
        }
        assert!(database().available().count() > 400);
    }
}
