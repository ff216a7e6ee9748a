"""What `drill lab up down status descriptor` do. A composition root."""

import json
from pathlib import Path

from harness.errors import Refused
from harness.lab import launcher

DEFAULT = Path("scenarios/stacks/storefront.yaml")


def up(slot: int | None, stack: Path | None) -> int:
    """Start a lab that outlives this command. Raises Refused when the slot is taken or the lab does not start."""
    from harness.stack_source import OwnLab, read_source

    source = read_source(stack or DEFAULT)
    if not isinstance(source, OwnLab):
        raise Refused([f"{stack}: describes a deployed stack, not a lab"])
    try:
        lab = launcher.start(source.recipe.model_dump(mode="json"), slot=slot, follow_parent=False)
    except launcher.LabError as error:
        raise Refused([str(error)]) from error
    print(f"lab, time x{source.recipe.time_scale:g}, is up: {lab.descriptor}")
    print(f"drill it:  drill run --stack {lab.descriptor} features/region_loss.feature")
    print("stop it:   drill lab down")
    return 0


def down(slot: int | None) -> int:
    """Stop one lab or all of them."""
    labs = [lab for lab in launcher.running() if slot in (None, lab.slot)]
    for lab in labs:
        lab.stop()
        print(f"lab in slot {lab.slot} stopped")
    if not labs:
        print("no lab is running")
    return 0


def status(*, as_json: bool) -> int:
    """List the labs; 1 when there is none."""
    labs = launcher.running()
    if as_json:
        print(json.dumps([{"slot": lab.slot, "pid": lab.pid, "descriptor": str(lab.descriptor)} for lab in labs]))
    else:
        for lab in labs:
            print(f"slot {lab.slot}  pid {lab.pid}  {lab.descriptor}")
        if not labs:
            print("no lab is running")
    return 0 if labs else 1


def descriptor(slot: int | None) -> int:
    """Print the descriptor of a running lab. Raises Refused when it is not clear which."""
    labs = [lab for lab in launcher.running() if slot in (None, lab.slot)]
    if len(labs) != 1:
        raise Refused(
            [f"{len(labs)} labs are running; " + ("start one: drill lab up" if not labs else "name one: --slot N")]
        )
    print(labs[0].descriptor.read_text(encoding="utf-8"), end="")
    return 0
