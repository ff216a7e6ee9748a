"""The templates that every page is made of."""

from functools import cache
from typing import TYPE_CHECKING

from harness.reports.wording import after, plain, span

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def templates() -> "Environment":
    """The templates of harness/reports/templates: what they show is escaped, and what they miss is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("harness.reports"),
        autoescape=lambda name: name is None or name.endswith((".html.j2", ".html")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(after=after, span=span, plain=plain)
    return environment
