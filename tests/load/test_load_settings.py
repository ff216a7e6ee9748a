"""What Locust is told."""

from dataclasses import replace
from pathlib import Path

from harness.load.settings import MOST, Crowd, LoadSettings


def settings(rate: float, **shares: float) -> LoadSettings:
    crowds = {name: Crowd(share=share) for name, share in shares.items()}
    return LoadSettings(url="http://x", directory="/d", populations=crowds, rate=rate, regions={"us": ("127.0.0.1",)})


def test_the_rate_is_shared_out() -> None:
    told = settings(30, NA=60, EU=30, AP=10)
    assert [told.rate_of(name) for name in told.populations] == [18.0, 9.0, 3.0]


def test_shares_need_not_add_up_to_a_hundred() -> None:
    told = replace(settings(10, NA=1, EU=3), most_at_once=40)
    assert (told.rate_of("EU"), told.users_of("EU"), told.users_of("NA")) == (7.5, 30, 10)


def test_there_are_shoppers_enough_for_a_stall_at_the_highest_rate() -> None:
    told = replace(settings(10, NA=1), points=((0.0, 10.0), (60.0, 100.0), (90.0, 0.0)), total_timeout=5.0)
    assert told.highest_rate == 100.0
    assert told.users_of("NA") >= 500
    thinking = replace(told, think_time=30.0, time_scale=10.0)
    assert thinking.users_of("NA") >= 800


def test_there_are_no_more_shoppers_than_a_process_can_hold() -> None:
    told = settings(1_000_000, NA=1)
    assert told.users == MOST
    assert replace(told, workers=3).users == 3 * MOST


def test_a_profile_is_shared_out_as_the_rate_is() -> None:
    told = replace(settings(10, NA=1, EU=3), points=((0.0, 8.0), (60.0, 80.0)))
    assert told.points_of("NA") == ((0.0, 2.0), (60.0, 20.0))


def test_each_worker_records_to_a_file_of_its_own() -> None:
    told = settings(10, NA=1)
    assert [told.records_of(n).name for n in range(3)] == ["load.jsonl", "load-1.jsonl", "load-2.jsonl"]


def test_a_population_without_a_share_has_no_users() -> None:
    assert settings(10, NA=100, EU=0).users_of("EU") == 0


def test_the_settings_survive_their_file(tmp_path: Path) -> None:
    told = replace(settings(10, NA=1, EU=3), points=((0.0, 8.0), (60.0, 80.0)))
    told.save(tmp_path / "load.json")
    assert LoadSettings.load(tmp_path / "load.json") == told
