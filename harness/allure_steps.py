"""Gherkin steps and findings as nested steps in Allure. allure-pytest alone knows nothing of Gherkin.

This is a pytest plugin of its own, registered only when Allure results are wanted.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import allure
import pytest
from pytest_bdd.parser import Feature, Scenario, Step

from harness.model.verdict import Finding, Judgement, Verdict
from harness.reports.registry import REPORTS


class NotMetStep(AssertionError):
    """Marks a finding's step as failed in Allure."""


class AllureSteps:
    """Opens one Allure step per Gherkin step."""

    def __init__(self) -> None:
        self._open: list[Any] = []

    def pytest_bdd_before_step(self, scenario: Scenario, step: Step) -> None:
        """Open the step."""
        context: Any = allure.step(f"{step.keyword.strip()} {step.name}")
        context.__enter__()
        self._open.append(context)

    def pytest_bdd_after_step(self) -> None:
        """Close it as passed."""
        self._open.pop().__exit__(None, None, None)

    def pytest_bdd_step_error(
        self, request: pytest.FixtureRequest, feature: Feature, step_func: Callable[..., object], exception: Exception
    ) -> None:
        """Close it as failed."""
        self._open.pop().__exit__(type(exception), exception, exception.__traceback__)


def show(judgement: Judgement, folder: Path) -> None:
    """Each finding as a step with its reason, and the HTML report attached, inside the open Allure step."""
    for finding in judgement.findings:
        _show(finding)
    report = REPORTS["html"].filename
    if (folder / report).exists():
        attach: Any = allure.attach
        attach.file(str(folder / report), name="report", attachment_type=allure.attachment_type.HTML)


def _show(finding: Finding) -> None:
    bound = finding.criterion.bound
    title = f"{finding.verdict.value}: {finding.criterion.title} {bound.relation.value} {bound.value:g} {bound.unit}"
    try:
        with allure.step(title):
            allure.attach(finding.because, name="because", attachment_type=allure.attachment_type.TEXT)
            if finding.verdict is not Verdict.PASS:
                raise NotMetStep(finding.because)
    except NotMetStep:
        pass
