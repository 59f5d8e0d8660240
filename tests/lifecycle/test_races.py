"""Two applies at once: of the same files both end well; of different ones the function is one's as a whole,
and whose it is not says so."""

import pytest

from abreast import abreast
from races import FUNCTION, Race, one_each
from snapshot import assert_same, differences

KEY = f"function/{FUNCTION}"
SAME_LAYER = {"zero": "zero", "one": "same", "two": "same"}
OWN_LAYER = {"zero": "zero", "one": "one", "two": "two"}
STARTS = ["new", "updated"]


def seeds(*numbers):
    return pytest.mark.parametrize("seed", range(*numbers), ids=lambda seed: f"seed-{seed}")


@pytest.fixture(scope="module")
def races():
    with abreast(4) as running:
        yield running


@pytest.fixture
def race(request, races, tmp_path_factory):
    def run(editions, layers):
        def one(start, seed):
            return Race(tmp_path_factory.mktemp("race"), start == "new", editions, layers, seed)

        return races.result(request, one)

    return run


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What an account holds that nobody contests."""
    found = {}

    def made(start, edition, layers):
        key = start, edition, layers[edition]
        if key not in found:
            uncontested = Race(tmp_path_factory.mktemp("alone"), start == "new", [edition], layers, 0)
            assert uncontested.ran[0].code == 0, f"{uncontested}"
            found[key] = uncontested.aws.snapshot()
        return found[key]

    return made


def assert_same_files_end_well(race, alone, start, seed):
    race = race(["one", "one"], SAME_LAYER)
    for one in race.ran:
        assert one.code == 0 or one.code == 5 and not one.done, f"{race}"
    assert any(one.code == 0 for one in race.ran), f"{race}"
    assert_same(alone(start, "one", SAME_LAYER), race.aws.snapshot())
    assert one_each(race.layer_versions()) and len(race.layer_versions()) == 1 + (start == "updated"), f"{race}"
    assert one_each(race.published()) and len(race.published()) == 1 + (start == "updated"), f"{race}"
    assert race.plan_is_empty("one"), f"{race}"


def live_edition(race, alone, start):
    """Whose the function is, as a whole."""
    function = race.aws.snapshot().get(KEY)
    unlike = {edition: differences(alone(start, edition, race.layers)[KEY], function) for edition in ("one", "two")}
    whole = [edition for edition, lines in unlike.items() if not lines]
    assert whole, f"the function is nobody's: {unlike}\n{race}"
    return whole[0]


def assert_no_false_end(race, live):
    """What a run says of itself is true. Of layers nobody loses one; whose is not the newest sees it."""
    for one, other in (race.ran, race.ran[::-1]):
        if one.code == 0:
            assert one.edition == live and race.plan_is_empty(one.edition) or one.was_right_before(other), f"{race}"
            continue
        assert one.code == (6 if one.done else 5), f"{race}"
        if one.edition != live:
            one.result.tells("another apply was faster")


def assert_either_goes_on(race, alone, start):
    for one in race.ran:
        race.apply(one.edition)
        assert live_edition(race, alone, start) == one.edition


def assert_one_wins(race, alone, start, seed):
    race = race(["one", "two"], SAME_LAYER)
    live = live_edition(race, alone, start)
    assert_no_false_end(race, live)
    winner, loser = sorted(race.ran, key=lambda one: one.edition != live)
    assert winner.code == 0, f"{race}"
    assert one_each(race.published()), f"{race}"
    assert_either_goes_on(race, alone, start)
    return winner.code, loser.code


@seeds(2)
@pytest.mark.parametrize("start", STARTS)
def test_two_applies_of_the_same_files_both_end_well(race, alone, start, seed):
    assert_same_files_end_well(race, alone, start, seed)


@seeds(2)
@pytest.mark.parametrize("start", STARTS)
def test_of_two_applies_of_different_files_one_wins_and_the_other_says_so(race, alone, start, seed):
    assert_one_wins(race, alone, start, seed)


@pytest.mark.long
@seeds(100, 120)
@pytest.mark.parametrize("start", STARTS)
def test_many_races_of_the_same_files(race, alone, start, seed):
    assert_same_files_end_well(race, alone, start, seed)


@pytest.mark.long
@seeds(100, 115)
@pytest.mark.parametrize("start", STARTS)
def test_many_races_of_different_files(race, alone, start, seed):
    assert_one_wins(race, alone, start, seed)


@pytest.mark.long
@seeds(100, 104)
@pytest.mark.parametrize("start", STARTS)
def test_races_of_different_layers(race, alone, start, seed):
    """Each publishes its own, so the function may be one's and the newest layer the other's."""
    race = race(["one", "two"], OWN_LAYER)
    live = live_edition(race, alone, start)
    assert_no_false_end(race, live)
    assert one_each(race.layer_versions()), f"{race}"
    assert_either_goes_on(race, alone, start)
