"""Faults by name. A fault is a pure function from a stack and options to FIS experiment templates."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from harness.stack.descriptor import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultTemplate:
    """One FIS experiment template and the region where it runs."""

    region: str
    template: Mapping[str, Any]


# (stack, *, lasts: timedelta, **options) -> templates
Compile = Callable[..., tuple[FaultTemplate, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault as it is registered: the options that a drill must give, and how it becomes FIS templates."""

    name: str
    options: tuple[str, ...]
    summary: str
    compile: Compile


FAULTS: dict[str, Fault] = {}


def fault(name: str, *, options: tuple[str, ...] = ()) -> Callable[[Compile], Compile]:
    """Register a fault under the name that drills use."""

    def register(compile_fault: Compile) -> Compile:
        summary = (compile_fault.__doc__ or "").strip().splitlines()[0]
        FAULTS[name] = Fault(name=name, options=options, summary=summary, compile=compile_fault)
        return compile_fault

    return register


def iso_duration(span: timedelta) -> str:
    """A span as FIS writes it: whole minutes where possible, else seconds."""
    seconds = round(span.total_seconds())
    return f"PT{seconds // 60}M" if seconds % 60 == 0 else f"PT{seconds}S"


def template(stack: Stack, description: str, actions: Mapping[str, Any], targets: Mapping[str, Any]) -> dict[str, Any]:
    """An FIS experiment template around actions and targets; its stop conditions are filled in by the plan."""
    return {
        "description": description,
        "roleArn": stack.role_arn,
        "stopConditions": [{"source": "none"}],
        "targets": dict(targets),
        "actions": dict(actions),
        "experimentOptions": {"accountTargeting": "single-account", "emptyTargetResolutionMode": "fail"},
        "tags": dict(stack.tags),
    }


def by_tag(stack: Stack, resource_type: str) -> dict[str, Any]:
    """A target: every resource of a type that carries the stack's tags."""
    return {"resourceType": resource_type, "resourceTags": dict(stack.tags), "selectionMode": "ALL"}
