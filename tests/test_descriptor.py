"""Stack files: every problem at once, with file and key."""

from pathlib import Path

import pytest
import yaml

from harness.errors import ConfigError
from harness.stack.descriptor import read_stack
from harness.stack_source import Deployed, OwnLab, find, read_source
from tests.experiments import AWS_STACK, STACK


def _file(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "stack.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_a_descriptor_reads_back_as_it_was_written(tmp_path: Path) -> None:
    path = _file(tmp_path, AWS_STACK.model_dump(mode="json"))
    assert read_stack(path) == AWS_STACK
    assert isinstance(read_source(path), Deployed)


def test_an_unknown_key_is_named_with_its_place(tmp_path: Path) -> None:
    content = STACK.model_dump(mode="json")
    content["regions"]["us-east-1"]["colour"] = "blue"
    content["account"] = "12"
    with pytest.raises(ConfigError) as refused:
        read_stack(_file(tmp_path, content))
    assert any("regions.us-east-1.colour: unknown key" in p for p in refused.value.problems)
    assert any("account:" in p for p in refused.value.problems)


def test_a_population_at_home_nowhere_is_refused(tmp_path: Path) -> None:
    content = STACK.model_dump(mode="json")
    content["populations"]["NA"]["home"] = "mars-1"
    with pytest.raises(ConfigError, match="home 'mars-1' is no region"):
        read_stack(_file(tmp_path, content))


def test_time_runs_faster_in_a_lab_only(tmp_path: Path) -> None:
    content = {**AWS_STACK.model_dump(mode="json"), "time_scale": 10}
    with pytest.raises(ConfigError, match="only a lab runs faster"):
        read_stack(_file(tmp_path, content))


def test_a_lab_without_a_loopback_endpoint_is_refused(tmp_path: Path) -> None:
    content = {**STACK.model_dump(mode="json"), "endpoint_url": None}
    with pytest.raises(ConfigError, match="real AWS would be called"):
        read_stack(_file(tmp_path, content))


def test_a_missing_file_and_bad_yaml_are_clear(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_stack(tmp_path / "none.yaml")
    path = tmp_path / "bad.yaml"
    path.write_text("a: [")
    with pytest.raises(ConfigError, match="not YAML"):
        read_stack(path)


def test_a_lab_recipe_is_a_stack_too_and_its_keys_are_checked(tmp_path: Path) -> None:
    assert isinstance(read_source(_file(tmp_path, {"lab": {"time_scale": 5}})), OwnLab)
    with pytest.raises(ConfigError, match="timescale: unknown key"):
        read_source(_file(tmp_path, {"lab": {"timescale": 5}}))
    with pytest.raises(ConfigError, match="account: unknown key beside lab"):
        read_source(_file(tmp_path, {"lab": {}, "account": "1"}))


def test_a_misspelt_stack_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DRILL_STACK", raising=False)
    (tmp_path / "storefront.yaml").write_text("lab: {}")
    with pytest.raises(ConfigError, match="did you mean 'storefront'"):
        find("storefrnt", tmp_path)
