"""Starts ministack, with some things put right that etlctl stands on.

Alarms keep every member that they were given: ministack knows alarms on one
metric, and forgets the queries of the others. And `Max Memory Used` of a call
is what its worker has used, as on AWS: ministack tells the largest of all the
processes that it has ever seen end. Tables and streams keep what they were
given (data_stores.py).

All replace functions of the pinned version (requirements.txt); one that is
not there any more ends the start with its name.
"""

import threading

import data_stores
from ministack import app
from ministack.core import lambda_runtime
from ministack.services import cloudwatch, lambda_svc

# What DescribeAlarms tells of what PutMetricAlarm was given, beside what ministack keeps.
OF_ANY_ALARM = ("EvaluateLowSampleCountPercentile", "EvaluationWindow", "WarmUpConfiguration")
OF_QUERIES = ("Metrics", "ThresholdMetricId")
# What ministack makes up of an alarm with queries, and AWS does not have.
OF_ONE_METRIC = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit")


def keep_all_members(put):
    def put_metric_alarm(params, members, is_cbor, is_json=False):
        answer = put(params, members, is_cbor, is_json)
        alarm = cloudwatch._alarms.get(members.get("AlarmName")) if is_cbor or is_json else None
        if alarm is not None and answer[0] == 200:
            alarm.update({name: members[name] for name in OF_ANY_ALARM + OF_QUERIES if name in members})
            if members.get("Metrics"):
                for name in OF_ONE_METRIC:
                    alarm.pop(name, None)
            if "Threshold" not in members:
                alarm.pop("Threshold", None)
        return answer

    return put_metric_alarm


# Of the call that a thread carries: its lines are written by that thread, once its worker may serve another.
used = threading.local()


def high_water(process):
    """The most that a process has held in memory, in MB; 0 is how AWS's lines, too, say that nobody knows."""
    if process is None:
        return 0
    try:
        with open(f"/proc/{process.pid}/status") as status:
            return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return 0


def measure(invoke):
    def measured(worker, *args, **kwargs):
        used.megabytes = None
        answer = invoke(worker, *args, **kwargs)
        # Another thread may take the process away.
        process = worker._proc
        if process is not None:
            used.megabytes = high_water(process)
        return answer

    return measured


def measure_first(signal):
    """A worker whose call failed or took too long is killed, and a process that ended tells nothing. Until its next
    call such a worker has none, and an update of its function signals it all the same."""

    def measured(process, *args, **kwargs):
        used.megabytes = high_water(process)
        return signal(process, *args, **kwargs)

    return measured


def tell_used(probe):
    def of_call(function):
        told, used.megabytes = getattr(used, "megabytes", None), None
        return probe(function) if told is None else told

    return of_call


cloudwatch._put_metric_alarm = keep_all_members(cloudwatch._put_metric_alarm)
lambda_runtime._signal = measure_first(lambda_runtime._signal)
lambda_svc._probe_peak_memory_mb = tell_used(lambda_svc._probe_peak_memory_mb)
data_stores.mend()
for kind in (lambda_runtime.Worker, lambda_runtime.ProvidedWorker):
    if "invoke" in vars(kind):
        kind.invoke = measure(kind.invoke)

app.main()
