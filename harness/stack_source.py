"""Where a drill finds its stack: a descriptor of a deployed one, or the recipe of a lab that is started for it."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from harness.errors import ConfigError, HarnessError
from harness.guards.names import unknown
from harness.lab.recipe import Recipe
from harness.stack.descriptor import (
    Database,
    Entry,
    Population,
    Region,
    Stack,
    problems_of,
    read_stack,
    read_yaml,
    stack_of,
)

STACK_VARIABLE = "DRILL_STACK"
_POPULATIONS = {"NA": (60.0, 0), "EU": (25.0, 1), "AP": (15.0, 2)}


class LabFailed(HarnessError):
    """The lab could not be started, or ended by itself while it was needed."""


class StackSource(Protocol):
    """Gives a stack to one drill. The blueprint has its names, before anything is started."""

    @property
    def blueprint(self) -> Stack: ...

    def opened(self) -> AbstractContextManager[Stack]:
        """The live stack, for as long as the drill needs it."""
        ...


@dataclass(frozen=True, slots=True)
class Deployed:
    """A stack that is there already, on AWS or as a lab that somebody started."""

    blueprint: Stack

    @contextmanager
    def opened(self) -> Iterator[Stack]:
        """The stack itself; nothing is started and nothing is stopped."""
        yield self.blueprint


@dataclass(frozen=True, slots=True)
class OwnLab:
    """A lab that is started for one drill and gone after it."""

    recipe: Recipe
    blueprint: Stack

    @contextmanager
    def opened(self) -> Iterator[Stack]:
        """Start the lab, give its stack, stop it. Raises LabFailed, also for a lab that ended meanwhile."""
        from harness.lab.launcher import LabError, start

        try:
            lab = start(self.recipe.model_dump(mode="json"))
        except LabError as error:
            raise LabFailed(f"the lab did not start: {error}") from error
        try:
            yield read_stack(lab.descriptor)
        finally:
            failed = lab.failure()
            lab.stop()
            if failed:
                raise LabFailed(f"the lab ended while the drill ran: {failed}; see {lab.directory}/lab.log")


def find(name: str | None, folder: Path) -> StackSource:
    """The stack of a drill; see `path_of`. Raises ConfigError with every problem."""
    return read_source(path_of(name, folder))


def path_of(name: str | None, folder: Path) -> Path:
    """The file of a drill's stack, by its name in `folder`; DRILL_STACK names another one. Raises ConfigError."""
    override = os.environ.get(STACK_VARIABLE)
    if override:
        return Path(override)
    if not name:
        raise ConfigError(['no stack: begin with Given the "..." stack'])
    known = {path.stem: path for path in folder.glob("*.yaml")}
    if name not in known:
        raise ConfigError([unknown("stack", name, known)])
    return known[name]


def read_source(path: Path) -> StackSource:
    """A stack file: either a descriptor, or `lab:` with a recipe. Raises ConfigError."""
    content = read_yaml(path)
    if not isinstance(content, dict) or "lab" not in content:
        return Deployed(stack_of(content, path))
    extra = sorted(set(content) - {"lab"})
    if extra:
        raise ConfigError([f"{path}: {key}: unknown key beside lab" for key in extra])
    recipe = read_recipe(content["lab"], path)
    return OwnLab(recipe, blueprint(recipe, path.stem))


def read_recipe(content: Any, path: Path) -> Recipe:
    """A recipe of a lab. Raises ConfigError."""
    try:
        return Recipe.model_validate(content or {})
    except ValidationError as error:
        raise ConfigError(problems_of(error, path)) from error


def blueprint(recipe: Recipe, name: str) -> Stack:
    """What a lab of this recipe will be called: its names are final, its addresses and ids are not."""
    regions = {region: _region(region, recipe) for region in recipe.regions}
    populations = {
        each: Population(share=share, home=recipe.regions[min(home, len(recipe.regions) - 1)])
        for each, (share, home) in _POPULATIONS.items()
    }
    return Stack(
        stack=name,
        environment="lab",
        time_scale=recipe.time_scale,
        account="123456789012",
        endpoint_url="http://127.0.0.1:24566",
        entry=Entry(url="http://api.storefront.test:28080", zone_id="", record="api.storefront.test"),
        regions=regions,
        populations=populations,
        database=Database(
            primary=recipe.regions[0],
            writer_record="db.storefront.test",
            instances={region: f"storefront-{region}" for region in recipe.regions},
        ),
        tags={"drill": "storefront"},
    )


def _region(region: str, recipe: Recipe) -> Region:
    return Region(
        url="http://127.0.0.1:28080",
        zones=recipe.zones(region),
        auto_scaling_group=f"storefront-{region}" if recipe.instances_per_region else "",
        ecs_cluster=f"storefront-{region}" if recipe.tasks_per_region else "",
        ecs_service="storefront" if recipe.tasks_per_region else "",
        global_table="users-global",
        bucket=f"storefront-assets-{region}-123456789012",
        function="storefront-receipt",
        detection_alarm=f"storefront-{region}-no-healthy-host",
        capacity_per_instance=recipe.instance.requests_per_second if recipe.instance else None,
    )
