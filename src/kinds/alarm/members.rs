//! What carries the members of AWS's requests on alarms.

use aws_sdk_cloudwatch::types::StandardUnit;

use super::spec::{Comparison, LowSamples, MissingData};
use crate::aws::Member;
use crate::source::word::Words;

pub(super) const PUT_METRIC_ALARM_MEMBERS: &[Member] = &[
    Member::name("AlarmName").length(1, 255).refused("E176"),
    Member::field("AlarmDescription", "description").length(0, 1_024).refused("E183"),
    Member::field("ActionsEnabled", "actions_enabled"),
    Member::field("OKActions", "ok_actions").length(1, 1_024).count(0, 5).refused("E512"),
    Member::field("AlarmActions", "alarm_actions").length(1, 1_024).count(0, 5).refused("E512"),
    Member::field("InsufficientDataActions", "insufficient_data_actions").length(1, 1_024).count(0, 5).refused("E512"),
    Member::field("MetricName", "metric").length(1, 255),
    Member::field("Namespace", "namespace").length(1, 255).form(r"[^:].*"),
    // `statistic` goes here where it is one of the five words, and into the next member otherwise.
    Member::field("Statistic", "statistic").words(&["Average", "Maximum", "Minimum", "SampleCount", "Sum"]).refused("E505"),
    Member::field("ExtendedStatistic", "statistic"),
    Member::field("Dimensions[].Name", "dimensions").length(1, 255),
    Member::field("Dimensions[].Value", "dimensions.*").length(1, 1_024),
    Member::field("Period", "period").range(10, i64::MAX).refused("E501"),
    Member::field("Unit", "unit").words(StandardUnit::values()).refused("E517"),
    Member::field("EvaluationPeriods", "evaluation_periods").range(1, i64::MAX).refused("E504"),
    Member::field("DatapointsToAlarm", "datapoints_to_alarm").range(1, i64::MAX).refused("E503"),
    Member::field("Threshold", "threshold"),
    Member::field("ComparisonOperator", "comparison").words(Comparison::SPELLINGS).refused("E506"),
    Member::field("TreatMissingData", "treat_missing_data").words(MissingData::SPELLINGS).refused("E507"),
    Member::field("EvaluateLowSampleCountPercentile", "evaluate_low_samples").words(LowSamples::SPELLINGS).refused("E514"),
    Member::field("Metrics[].Id", "metrics").length(1, 255).refused("E515"),
    Member::field("Metrics[].MetricStat.Metric.Namespace", "metrics.*.namespace").length(1, 255).form(r"[^:].*"),
    Member::field("Metrics[].MetricStat.Metric.MetricName", "metrics.*.metric").length(1, 255),
    Member::field("Metrics[].MetricStat.Metric.Dimensions[].Name", "metrics.*.dimensions").length(1, 255),
    Member::field("Metrics[].MetricStat.Metric.Dimensions[].Value", "metrics.*.dimensions.*").length(1, 1_024),
    Member::field("Metrics[].MetricStat.Period", "metrics.*.period").range(10, i64::MAX).refused("E501"),
    Member::field("Metrics[].MetricStat.Stat", "metrics.*.statistic"),
    Member::field("Metrics[].MetricStat.Unit", "metrics.*.unit").words(StandardUnit::values()).refused("E517"),
    Member::field("Metrics[].Expression", "metrics.*.expression").length(1, 2_048),
    Member::field("Metrics[].Label", "metrics.*.label"),
    Member::field("Metrics[].ReturnData", "metrics.*.return_data"),
    // Sent with an expression only: a metric has its period among its own members.
    Member::field("Metrics[].Period", "metrics.*.period").range(10, i64::MAX).refused("E501"),
    Member::field("Metrics[].AccountId", "metrics.*.account").length(1, 255),
    Member::made("Tags", "the stack's tags and the mark, where the alarm is new"),
    Member::field("ThresholdMetricId", "threshold_metric").length(1, 255),
    Member::field("EvaluationWindow.WallClockWindow.Timezone", "wall_clock_window.timezone").length(1, 50),
    Member::left("EvaluationWindow.SlidingWindow", "AWS's own where no wall clock window is sent"),
    Member::field("WarmUpConfiguration.WarmUpPeriodDurationInMinutes", "warm_up.minutes").range(1, 2_880).refused("E423"),
    Member::field("WarmUpConfiguration.OnlyStartEvaluatingAfterWarmUpPeriodEnds", "warm_up.only_start_after_end"),
    Member::left("EvaluationCriteria", "the format has no PromQL"),
    Member::left("EvaluationInterval", "goes with EvaluationCriteria only"),
];
