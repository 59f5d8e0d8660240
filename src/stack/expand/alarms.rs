//! Alarms.

use std::collections::{BTreeMap, BTreeSet};

use super::{Expander, guard};
use crate::kinds::alarm::{Query, Spec};
use crate::stack::format::{AlarmFile, QueryFile, texts};

impl Expander<'_> {
    pub(super) fn alarms(&mut self) {
        for (key, alarm) in &self.file.alarms {
            let name = self.physical("alarms", alarm.name.as_ref(), key);
            if let Some(spec) = self.alarm(key, alarm) {
                self.add("alarm", key, name, &spec, BTreeSet::new(), None);
            }
        }
    }

    fn alarm(&mut self, key: &str, file: &AlarmFile) -> Option<Spec> {
        let place = self.place("alarms", key, "");
        let math = !file.metrics.is_empty();
        for (field, missing) in [
            ("threshold", file.threshold.is_none()),
            ("comparison", file.comparison.is_none()),
            ("metric", !math && file.metric.is_none()),
            ("statistic", !math && file.statistic.is_none()),
            ("period", !math && file.period.is_none()),
        ] {
            if missing {
                self.problem(place, format!("alarms.{key}: `{field}` is missing"), format!("add `{field}:` here or under defaults.alarm"));
            }
        }
        if math && (file.metric.is_some() || file.statistic.is_some() || file.period.is_some()) {
            let fix = "put metric, statistic and period into the queries of `metrics`";
            self.problem(place, format!("alarms.{key}: metric math stands in place of metric, statistic and period"), fix);
        }
        let (namespace, dimensions) =
            self.metric_of(key, file.function.as_ref(), file.queue.as_ref(), file.namespace.as_ref(), texts(&file.dimensions));
        let evaluation_periods = file.evaluation_periods.map_or(1, |n| n.0);
        Some(Spec {
            description: file.description.clone().unwrap_or_default(),
            actions_enabled: file.actions_enabled.is_none_or(|flag| flag.0),
            namespace: namespace.filter(|_| !math),
            metric: file.metric.clone(),
            statistic: file.statistic.clone(),
            period: file.period.map(|seconds| seconds.0 as i32),
            unit: file.unit.clone(),
            dimensions: if math { BTreeMap::new() } else { dimensions },
            metrics: file.metrics.iter().map(|query| self.query(key, query)).collect(),
            evaluation_periods,
            datapoints_to_alarm: file.datapoints_to_alarm.map(|n| n.0).filter(|n| *n != evaluation_periods),
            threshold: file.threshold?.0,
            comparison: file.comparison.clone()?,
            treat_missing_data: file.treat_missing_data.clone().unwrap_or_else(|| "missing".into()),
            evaluate_low_samples: file.evaluate_low_samples.clone(),
            alarm_actions: self.actions(key, "alarm_actions", &file.alarm_actions),
            ok_actions: self.actions(key, "ok_actions", &file.ok_actions),
            insufficient_data_actions: self.actions(key, "insufficient_data_actions", &file.insufficient_data_actions),
            tags: self.tags(&file.tags, guard(file.protect, file.on_remove)),
        })
    }

    fn actions(&mut self, key: &str, field: &str, words: &[String]) -> BTreeSet<String> {
        let place = self.place("alarms", key, field);
        words.iter().map(|word| self.arn_of("topics", word, place)).collect()
    }

    /// Namespace and dimensions; `function` and `queue` fill in those of their resource.
    fn metric_of(
        &mut self,
        key: &str,
        function: Option<&String>,
        queue: Option<&String>,
        namespace: Option<&String>,
        mut dimensions: BTreeMap<String, String>,
    ) -> (Option<String>, BTreeMap<String, String>) {
        let mut implied = None;
        for (section, dimension, of, word) in
            [("functions", "FunctionName", "AWS/Lambda", function), ("queues", "QueueName", "AWS/SQS", queue)]
        {
            if let Some(word) = word {
                let place = self.place("alarms", key, section.trim_end_matches('s'));
                if self.arn_of(section, word, place).contains("${") {
                    dimensions.insert(dimension.into(), format!("${{{section}.{word}.name}}"));
                }
                implied = Some(of.to_owned());
            }
        }
        (namespace.cloned().or(implied), dimensions)
    }

    fn query(&mut self, key: &str, file: &QueryFile) -> Query {
        let (namespace, dimensions) = self.metric_of(key, file.function.as_ref(), None, file.namespace.as_ref(), texts(&file.dimensions));
        Query {
            id: file.id.clone(),
            expression: file.expression.clone(),
            label: file.label.clone(),
            return_data: file.return_data.map_or(file.expression.is_some(), |flag| flag.0),
            namespace,
            metric: file.metric.clone(),
            statistic: file.statistic.clone(),
            period: file.period.map(|seconds| seconds.0 as i32),
            dimensions,
        }
    }
}
