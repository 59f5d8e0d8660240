"""Stacks by chance, edited, applied and destroyed on days by chance: whenever a run says that it is done,
the account is what the file says, by a model that knows nothing of etlctl. Any seed can be run alone:
`-k seed-17`, or with ETLCTL_SEED=17 any at all."""

import os
import random

import pytest

from abreast import abreast
from bench import Alone, OneStack
from harness import Aws
from random_days import Calm, some_day
from random_model import live, model
from random_work import Generator, files, text
from snapshot import differences

SEEDS = [int(os.environ["ETLCTL_SEED"])] if "ETLCTL_SEED" in os.environ else range(20)
MANY = range(1000, 1000 + int(os.environ.get("ETLCTL_SEQUENCES", "1000")))
APPLY, DESTROY = ("apply", "--yes", "--allow-loss", "all"), ("destroy", "--yes")
OURS, NEIGHBOURS = "ours", "theirs"


class Sequence:
    """One stack in two instances. One is made once and stays, the other one lives."""

    def __init__(self, directory, seed):
        self.chance, self.aws = random.Random(seed), Aws()
        # Of what is run often, each is short.
        self.most = 5 if seed >= MANY.start else 3
        self.etlctl = Alone(self.aws, OneStack(directory, ""))
        self.generator, self.told = Generator(self.chance), [f"seed {seed}"]
        for path, content in files():
            self.etlctl.project.write(path, content)
        self.document = self.generator.first()
        self.write(self.document)
        self.expect([self.run(Calm(self.chance), APPLY, NEIGHBOURS)[0]], (0,))
        self.neighbours = model(self.document, NEIGHBOURS)

    def write(self, document):
        self.etlctl.project.stack(text(document))

    def run(self, day, args, instance=OURS):
        """What came of it, none of which ends in a panic or tells a secret."""
        ran = day.run(self.etlctl, args, {"ENVIRONMENT_SUFFIX": instance})
        for one in ran:
            said = one.out + one.err
            self.hold("panicked" not in said and "RUST_BACKTRACE" not in said, f"a panic\n{one}")
            self.hold(not any(secret in said for secret in self.generator.secrets), f"a secret is told\n{one}")
        return ran

    def expect(self, ran, codes):
        for one in ran:
            self.hold(one.code in codes, f"the exit code is none of {codes}\n{one}")

    def hold(self, condition, what):
        assert condition, "\n".join([*self.told, what, text(self.document)])

    def step(self, args, wanted):
        """On some day; what that one has left undone, a calm one does."""
        day = some_day(self.chance)
        self.told.append(f"{args[0]} ({day})")
        ran = self.run(day, args)
        self.told.append(f"  exit {', '.join(str(one.code) for one in ran)}")
        self.expect(ran, day.codes)
        if any(one.code == 0 for one in ran):
            self.assert_live(wanted, ran)
        if not all(one.code == 0 for one in ran):
            ran = self.run(Calm(self.chance), args)
            self.expect(ran, (0,))
            self.assert_live(wanted, ran)

    def assert_live(self, wanted, ran):
        wanted = wanted | self.neighbours
        lines = differences(wanted, live(self.aws, wanted))
        self.hold(not lines, "\n".join(["it is not as the file says:", *lines, *map(str, ran)]))

    def live_and_die(self):
        for number in range(self.chance.randint(3, self.most)):
            if number:
                self.document, edits = self.generator.edited(self.document)
                self.told.append("; ".join(edits))
                self.write(self.document)
            self.step(APPLY, model(self.document, OURS))
            (plan,) = self.run(Calm(self.chance), ("plan", "--detailed-exitcode"))
            self.hold(plan.code == 0, f"the plan is not empty\n{plan}")
        self.step(DESTROY, {})


@pytest.fixture(scope="module")
def sequences():
    with abreast(6) as running:
        yield running


@pytest.fixture
def live_and_die(request, sequences, tmp_path_factory):
    def work(seed):
        Sequence(tmp_path_factory.mktemp("stack"), seed).live_and_die()

    return lambda: sequences.result(request, work)


def seeds(numbers):
    """In two halves, one for each worker."""
    halves = [pytest.param(seed, id=f"seed-{seed}", marks=pytest.mark.xdist_group(f"half-{seed % 2}")) for seed in numbers]
    return pytest.mark.parametrize("seed", halves)


@seeds(SEEDS)
def test_what_is_done_is_as_the_file_says(live_and_die, seed):
    live_and_die()


@pytest.mark.long
@seeds(MANY)
def test_what_is_done_is_as_the_file_says_in_many_sequences(live_and_die, seed):
    live_and_die()
