"""Every document that the lab knows, found by its file; a document of somebody's own it cannot run."""

import json
import re
from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, TypeVar

from harness.lab.ssm import automations, documents
from harness.lab.ssm.automation import Automation
from harness.lab.ssm.document import Document

Kind = TypeVar("Kind")

VERSIONS = ("1", "$DEFAULT", "$LATEST")
_ARN = re.compile(r"arn:aws:ssm:[a-z0-9-]+:(?:\d{12})?:(?:document|automation-definition)/(?P<name>[^:/]+)(?::[^:]+)?")


def _found(package: ModuleType, name: str) -> dict[str, Any]:
    modules = sorted(module.name for module in iter_modules(package.__path__))
    found = [getattr(import_module(f"{package.__name__}.{module}"), name) for module in modules]
    return {each.name: each for each in found}


DOCUMENTS: dict[str, Document] = _found(documents, "DOCUMENT")
AUTOMATIONS: dict[str, Automation] = _found(automations, "AUTOMATION")


class NoSuchDocument(Exception):
    """The lab does not know a document, or not in a version."""


def name_of(document: str) -> str:
    """The name of a document by its name or ARN."""
    arn = _ARN.fullmatch(document)
    return arn["name"] if arn else document


def command(document: str, version: str = "") -> Document:
    """A document for commands by its name or ARN. Raises NoSuchDocument."""
    return _known(DOCUMENTS, "document", document, version)


def automation(document: str, version: str = "") -> Automation:
    """A document for automations by its name or ARN. Raises NoSuchDocument."""
    return _known(AUTOMATIONS, "automation document", document, version)


def _known(known: Mapping[str, Kind], kind: str, document: str, version: str) -> Kind:
    found = known.get(name_of(document))
    if found is None:
        raise NoSuchDocument(f"{kind} {document!r}: it knows {', '.join(known)}")
    if version and version not in VERSIONS:
        raise NoSuchDocument(f"version {version!r} of {document}: it knows version 1")
    return found


def refusal(found: Document | Automation, parameters: str) -> str | None:
    """What is wrong with the parameters of a document, as FIS has them: JSON."""
    try:
        given = parameters_of(parameters)
    except ValueError as error:
        return f"documentParameters: {error}"
    problems = found.problems(given)
    return f"{found.name} with these parameters: {'; '.join(problems)}" if problems else None


def parameters_of(text: str) -> dict[str, list[str]]:
    """Parameters in JSON, each a string or a list of strings. Raises ValueError."""
    given = json.loads(text or "{}")
    if not isinstance(given, dict):
        raise ValueError("must be a JSON object")
    return {name: [str(v) for v in value] if isinstance(value, list) else [str(value)] for name, value in given.items()}
