"""Replaces what identifies in texts and in JSON, the same original by the same pseudonym wherever it stands."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address

from harness.redaction.names import PUBLIC, domains_of
from harness.redaction.patterns import V4, is_plain, pattern
from harness.redaction.pseudonyms import REGION, Pseudonyms

# What a measure reads: a name that equals one of these words stays, the final scan finds it, and the copy is refused.
_MEASURED = frozenset({"stream", "outcome", "region", "population", "phase", "kind", "unit", "measure", "relation"})
_MEASURED |= {"environment", "state", "edge", "fault", "step", "probe"}
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_KEY = re.compile(r"\s*:")
_PLAIN_KEY = re.compile(r'"[A-Za-z_]+"')
_ANY = frozenset({"0.0.0.0", "255.255.255.255"})
_ARN = re.compile(r"(?P<head>arn:[^:]*:[^:]*:[^:]*:)(?P<account>[^:]*):(?P<resource>.*)", re.DOTALL)
_PLACE = re.compile(rf"{REGION.pattern}[a-z]?")
# A shorter word of an ARN is replaced there; elsewhere "web" or "v12" may be about anything.
_TELLING = 5
_KINDS_OF_BALANCER = frozenset({"app", "net", "gwy"})
_SERVICE = re.compile(rf"[a-z0-9-]+(?:\.(?:{REGION.pattern}))?\.amazonaws\.com(?:\.cn)?")
_SIMPLE = {
    "uuid": "uuid",
    "id": "id",
    "key": "access key",
    "experiment": "experiment",
    "zone": "hosted zone",
    "mail": "mail",
    "account": "account",
    "domain": "host",
}


class Redactor:
    """Replaces in texts. `found` are names that came to light in ARNs and paths, of use for the next redactor."""

    def __init__(self, names: Mapping[str, str], pseudonyms: Pseudonyms) -> None:
        self.pseudonyms = pseudonyms
        self.found: dict[str, str] = {}
        self._names = {text.lower(): kind for text, kind in names.items()}
        hosts = [text for text, kind in names.items() if kind == "host"]
        self._pattern = pattern(names, domains_of(hosts))
        self._string = lru_cache(maxsize=1 << 12)(self._replaced_string)

    def text(self, text: str) -> str:
        """A text with pseudonyms."""
        return self._pattern.sub(self._replaced, text)

    def json(self, line: str) -> str:
        """JSON, or a whole line of it, in which only strings are touched: every number stays as it was written."""
        parts, last, end, key = list[str](), 0, 0, ""
        for found in _STRING.finditer(line):
            is_key = _KEY.match(line, found.end()) is not None
            stays = _PLAIN_KEY.fullmatch(found[0]) if is_key else key in _MEASURED
            if not stays:
                parts += [line[last : found.start()], self._string(found[0])]
                last = found.end()
            key, end = found[0][1:-1] if is_key else "", found.end()
        return "".join([*parts, line[last:end], self._torn(line[end:])])

    def _torn(self, rest: str) -> str:
        """What comes after the last string; where its writer died, the beginning of one more."""
        before, quote, torn = rest.partition('"')
        return before + quote + self.text(torn)

    def _replaced_string(self, literal: str) -> str:
        try:
            text = json.loads(literal, strict=False)
        except ValueError:  # no JSON, whatever the file is called
            return self.text(literal)
        new = self.text(text)
        return literal if new == text else json.dumps(new, ensure_ascii=literal.isascii())

    def _replaced(self, found: re.Match[str]) -> str:
        shape, text = str(found.lastgroup), found[0]
        if shape in _SIMPLE:
            return self.pseudonyms.of(_SIMPLE[shape], text)
        replace = getattr(self, f"_{shape}")
        return str(replace(text))

    def _arn(self, text: str) -> str:
        arn = text.rstrip(".:/")
        parts = _ARN.fullmatch(arn)
        if parts is None or parts["account"] == "aws":
            return text
        account = self.pseudonyms.of("account", parts["account"]) if parts["account"].isdecimal() else ""
        if account:
            self.found[parts["account"]] = "account"
        return f"{parts['head']}{account}:{self._resource(parts['resource'])}{text[len(arn) :]}"

    def _resource(self, resource: str) -> str:
        """What it is stays, which one it is does not: "loadbalancer/app/NAME/ID"."""
        words = re.split(r"([:/])", resource)
        typed = len(words) > 1 and re.fullmatch(r"[a-z-]+", words[0])
        kept = 1 if not typed else 3 if words[2] in _KINDS_OF_BALANCER and words[0] == "loadbalancer" else 1
        start = kept if typed else 0
        return "".join(words[:start] + [w if w in ("", ":", "/", "*") else self._part(w) for w in words[start:]])

    def _part(self, word: str) -> str:
        whole = self._pattern.fullmatch(word)
        if whole and whole.lastgroup != "inside":
            return self._replaced(whole)
        if _PLACE.fullmatch(word):
            return word
        if is_plain(word) or len(word) < _TELLING or word.isdecimal():
            return self.pseudonyms.of("part", word)
        self.found[word] = "resource"
        return self.pseudonyms.of("resource", word)

    def _login(self, text: str) -> str:
        login, _, host = text.rpartition("@")
        return f"{self.pseudonyms.of('login', login)}@{self._url(host)}"

    def _url(self, host: str) -> str:
        if re.fullmatch(V4, host):
            return self._v4(host)
        if host.lower() in PUBLIC or _SERVICE.fullmatch(host.lower()):
            return host
        if "." not in host:
            return self.pseudonyms.of("label", host)
        self.found[host] = "host"
        return self.pseudonyms.of("host", host)

    def _aws(self, host: str) -> str:
        return host if _SERVICE.fullmatch(host.lower()) else self.pseudonyms.of("host", host)

    def _v4(self, address: str) -> str:
        return address if address in _ANY else self.pseudonyms.of("address", address)

    def _v6(self, text: str) -> str:
        try:
            address = IPv6Address(text)
        except AddressValueError:
            return text
        if int(address) < 1 << 16:
            return text
        return self.pseudonyms.of("address (IPv6)", text, known_as=str(address))

    def _name(self, text: str) -> str:
        return self.pseudonyms.of(self._names[text.lower()], text)

    def _inside(self, text: str) -> str:
        kind = next(k for name, k in self._names.items() if name in text.lower())
        return self.pseudonyms.of(kind, text)

    def _folder(self, text: str) -> str:
        return self.pseudonyms.of("path", text)

    def _path(self, text: str) -> str:
        path = text.rstrip(".")
        user = re.match(r"(?:/(?:home|Users)/|[A-Za-z]:\\{1,2}Users\\{1,2})([\w.-]+)", path)
        if user and not is_generic(user[1]):
            self.found[user[1]] = "user"
        above, slash, name = path.rpartition("/")
        if "." in name and above.count("/") > 1:
            return self.pseudonyms.of("path", above) + slash + self.text(name) + text[len(path) :]
        return self.pseudonyms.of("path", path) + text[len(path) :]

    def _taken(self, text: str) -> str:
        return self.pseudonyms.of("word", text)


def is_generic(user: str) -> bool:
    """Whether a user or a machine is called as they are everywhere."""
    return user.lower() in {"root", "user", "admin", "ubuntu", "ec2-user", "runner", "nobody", "app", "localhost"}
