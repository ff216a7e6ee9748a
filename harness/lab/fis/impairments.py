"""What the actions that impair the network have in common."""

from harness.lab.fis.action import Call
from harness.lab.network.rule import Rule


async def impaired(call: Call, *rules: Rule) -> None:
    """Hold rules for the duration of an action."""
    try:
        await call.effects.network.impair(call.name, rules)
        await call.last()
    finally:
        await call.effects.network.mend(call.name)
