"""Who calls the AWS API: the one user of the lab's account, or a role that was assumed, by the key of the signature."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from harness.lab.control import records
from harness.lab.control.answer import ActionResult, AwsError, Response
from harness.lab.control.lab import now

USER = f"arn:aws:iam::{records.ACCOUNT}:user/drill"
_PRINCIPALS = {"*", records.ACCOUNT, f"arn:aws:iam::{records.ACCOUNT}:root", USER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A role that somebody assumed. `until` is wall time, which the lab never scales."""

    role: str
    name: str
    key: str
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(30), repr=False)
    token: str = field(default_factory=lambda: secrets.token_urlsafe(60), repr=False)
    until: datetime

    @property
    def arn(self) -> str:
        """The session as a caller."""
        role = self.role.rpartition("/")[2]
        return f"arn:aws:sts::{records.ACCOUNT}:assumed-role/{role}/{self.name}"


class Callers:
    """The sessions of every role."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}

    def assume(self, role: str, name: str, seconds: int) -> Session:
        """Begin a session of a role (ARN)."""
        key = "ASIA" + secrets.token_hex(8).upper()
        session = self._sessions[key] = Session(role=role, name=name, key=key, until=now() + timedelta(seconds=seconds))
        return session

    def session(self, key: str) -> Session | None:
        """The session that a key belongs to; none for the key of a user. Raises AwsError when it is over."""
        session = self._sessions.get(key)
        if session is not None and session.until < now():
            raise AwsError("ExpiredToken", "The security token included in the request is expired")
        return session


class CallerApi(Response):
    """STS: who asks, and roles that let themselves be assumed."""

    def __init__(self, callers: Callers) -> None:
        super().__init__("sts")
        self.callers = callers

    def get_caller_identity(self) -> ActionResult:
        session = self.callers.session(str(self.get_access_key()))
        arn, id = (session.arn, f"AROADRILLLAB:{session.name}") if session else (USER, "AIDADRILLLAB")
        return ActionResult({"UserId": id, "Account": records.ACCOUNT, "Arn": arn})

    def assume_role(self) -> ActionResult:
        role, name = str(self.ask("RoleArn")), str(self.ask("RoleSessionName"))
        if not _trusts(role):
            words = f"User: {USER} is not authorized to perform: sts:AssumeRole on resource: {role}"
            raise AwsError("AccessDenied", words)
        session = self.callers.assume(role, name, int(self.ask("DurationSeconds", 3600)))
        credentials = {
            "AccessKeyId": session.key,
            "SecretAccessKey": session.secret,
            "SessionToken": session.token,
            "Expiration": session.until,
        }
        user = {"AssumedRoleId": f"AROADRILLLAB:{name}", "Arn": session.arn}
        return ActionResult({"Credentials": credentials, "AssumedRoleUser": user})


def _trusts(arn: str) -> bool:
    """Whether there is such a role and its trust policy lets the account's user assume it."""
    role = next((role for role in records.iam().roles.values() if role.arn == arn), None)
    policy = json.loads(role.assume_role_policy_document) if role is not None else {}
    return any(_allows(statement) for statement in policy.get("Statement", []))


def _allows(statement: Mapping[str, Any]) -> bool:
    principal, action = statement.get("Principal", {}), statement.get("Action")
    named = principal.get("AWS", []) if isinstance(principal, dict) else principal
    trusted = {named} if isinstance(named, str) else set(named)
    return statement.get("Effect") == "Allow" and action == "sts:AssumeRole" and bool(trusted & _PRINCIPALS)
