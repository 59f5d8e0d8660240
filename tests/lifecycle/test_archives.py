"""A topic that archives is deleted by nobody: its archive is ended first, and only where somebody lets it go."""

from bench import Bench

STACK = """\
stack: tiny
region: us-east-1
environments: { dev: {} }
naming: "tiny-${name}"
"""
TOPICS = "topics: { news: { fifo: true, archive_policy: { MessageRetentionPeriod: 30 } } }\n"
APPLY = ["apply", "--yes"]


def test_a_topic_goes_with_its_archive_where_that_is_allowed(tmp_path):
    bench = Bench(tmp_path, STACK + TOPICS)
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    bench.project.stack(STACK)
    run, proxy = bench.run(APPLY)
    assert run.code != 0 and "an archive of messages" in run.out + run.err and not proxy.writes, run
    run, proxy = bench.run([*APPLY, "--allow-loss", "all"])
    run.exits(0)
    assert [call.operation for call in proxy.writes] == ["SetTopicAttributes", "DeleteTopic"], run
    # The archive ends where it leaves the file, too, and then nothing stands in the way.
    bench.project.stack(STACK + TOPICS)
    bench.calmly(APPLY).exits(0)
    bench.project.stack(STACK + "topics: { news: { fifo: true } }\n")
    bench.calmly(APPLY).exits(0)
    bench.assert_converged()
    run, proxy = bench.run(["destroy", "--yes"])
    run.exits(0)
    assert [call.operation for call in proxy.writes] == ["DeleteTopic"], run
