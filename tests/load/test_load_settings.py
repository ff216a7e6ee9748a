"""What Locust is told."""

from pathlib import Path

from harness.load.settings import Crowd, LoadSettings


def settings(rate: float, **shares: float) -> LoadSettings:
    crowds = {name: Crowd(share=share) for name, share in shares.items()}
    return LoadSettings(url="http://x", directory="/d", populations=crowds, rate=rate, regions={"us": ("127.0.0.1",)})


def test_the_rate_is_shared_out_and_no_user_sends_more_than_one_request_a_second() -> None:
    told = settings(30, NA=60, EU=30, AP=10)
    assert [told.rate_of(name) for name in told.populations] == [18.0, 9.0, 3.0]
    assert told.users == 30
    assert all(told.rate_of(name) / told.users_of(name) <= 1 for name in told.populations)


def test_shares_need_not_add_up_to_a_hundred() -> None:
    told = settings(10, NA=1, EU=3)
    assert (told.rate_of("EU"), told.users_of("EU"), told.users_of("NA")) == (7.5, 8, 3)


def test_a_population_without_a_share_has_no_users() -> None:
    assert settings(10, NA=100, EU=0).users_of("EU") == 0


def test_the_settings_survive_their_file(tmp_path: Path) -> None:
    told = settings(10, NA=1, EU=3)
    told.save(tmp_path / "load.json")
    assert LoadSettings.load(tmp_path / "load.json") == told
