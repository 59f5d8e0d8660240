//! Figures of a watcher in the text format of Prometheus.

use std::fmt::Write;

use crate::model::watch::Figures;

/// All of them. `is_well` is what the health endpoint says, `resident` the memory of the process in bytes.
pub fn text(figures: &Figures, is_well: bool, resident: Option<u64>) -> String {
    let Figures {
        looks,
        failed_looks,
        last_look,
        last_success,
        took,
        drift,
        pending,
        heals,
        failed_heals,
        put_off,
        expired,
        fights,
        calls,
        throttled,
        notified,
        undelivered,
    } = figures;
    let mut text = String::new();
    let mut row = |name: &str, kind: &str, help: &str, values: &[(String, f64)]| {
        if values.is_empty() {
            return;
        }
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in values {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    let one = |value: f64| vec![(String::new(), value)];
    let maybe = |value: Option<f64>| value.map(one).unwrap_or_default();
    let drift: Vec<(String, f64)> = drift.iter().map(|(kind, resources)| (format!("{{kind=\"{kind}\"}}"), *resources as f64)).collect();
    row("etlctl_watch_up", "gauge", "1 while looks go well, as /healthz says it.", &one(f64::from(u8::from(is_well))));
    row("etlctl_watch_looks_total", "counter", "Looks, failed ones too.", &one(*looks as f64));
    row("etlctl_watch_looks_failed_total", "counter", "Looks that failed.", &one(*failed_looks as f64));
    row("etlctl_watch_last_look_timestamp_seconds", "gauge", "When the last look ended.", &maybe(*last_look));
    row("etlctl_watch_last_success_timestamp_seconds", "gauge", "When the last look ended that did not fail.", &maybe(*last_success));
    row("etlctl_watch_look_duration_seconds", "gauge", "What the last look took.", &one(took.as_secs_f64()));
    row("etlctl_watch_drift", "gauge", "Resources that are not as desired, by kind.", &drift);
    row("etlctl_watch_pending", "gauge", "Resources whose files changed and that wait for an apply.", &one(*pending as f64));
    row("etlctl_watch_heals_total", "counter", "Resources that were healed.", &one(*heals as f64));
    row("etlctl_watch_heals_failed_total", "counter", "Resources whose heal failed.", &one(*failed_heals as f64));
    row("etlctl_watch_heals_put_off_total", "counter", "Heals put off since somebody else held the lease.", &one(*put_off as f64));
    row("etlctl_watch_expired_total", "counter", "Instances that had expired and were destroyed.", &one(*expired as f64));
    row("etlctl_watch_left_alone", "gauge", "Fields that are left alone since somebody keeps changing them back.", &one(*fights as f64));
    row("etlctl_watch_calls_total", "counter", "Calls of AWS.", &one(*calls as f64));
    row("etlctl_watch_calls_throttled_total", "counter", "Calls that AWS refused as too many.", &one(*throttled as f64));
    row("etlctl_watch_notifications_total", "counter", "Notifications that were delivered.", &one(*notified as f64));
    row("etlctl_watch_notifications_waiting", "gauge", "Notifications that were not taken yet.", &one(*undelivered as f64));
    row("process_resident_memory_bytes", "gauge", "Memory of the process.", &maybe(resident.map(|bytes| bytes as f64)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_figure_has_a_name_a_type_and_a_value() {
        let figures = Figures { looks: 7, drift: [("queue".to_owned(), 2), ("table".to_owned(), 0)].into(), ..Figures::default() };
        let text = text(&figures, true, Some(4096));
        assert!(text.contains("# TYPE etlctl_watch_looks_total counter\netlctl_watch_looks_total 7\n"), "{text}");
        assert!(text.contains("etlctl_watch_drift{kind=\"queue\"} 2\netlctl_watch_drift{kind=\"table\"} 0\n"), "{text}");
        assert!(text.contains("etlctl_watch_up 1\n") && text.contains("process_resident_memory_bytes 4096\n"));
        assert!(!text.contains("last_look_timestamp"), "there was none yet");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(name.starts_with("etlctl_watch_") || name.starts_with("process_"), "{line}");
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
    }
}
