"""What FIS keeps: templates, and the tokens that made things."""

from harness.lab.fis.engine import Engine
from harness.lab.fis.template import Template
from harness.lab.fis.tokens import Tokens


class Store:
    """The templates of all regions, and the engine, which keeps experiments and safety levers."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.templates: dict[str, Template] = {}
        self.tokens = Tokens()
