"""signature.json: an Ed25519 signature over a run's manifest, and through its digests over the whole folder.

The chain and the digests show what somebody changed who did not redo all of them; only a key that the writer of the
folder does not have tells who stood for it.
"""

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import ConfigError, StoreError
from harness.manifest import load as load_manifest
from harness.manifest import save as save_manifest
from harness.seal import MANIFEST, SIGNATURE
from harness.store import save_text

# cryptography is imported when a key is needed: most folders are checked without one.
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_KEYS = "an Ed25519 key in PEM or OpenSSH format, without a passphrase"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who signed (public key), when by the signer's own clock, and the signature; bytes in hexadecimal."""

    public_key: str
    signed: str
    signature: str


def sign(folder: Path, key: Path) -> Signature:
    """Sign a folder that has a manifest: the signer is named in it, and signature.json stands beside it.

    Raises ConfigError for a key that is none, StoreError.
    """
    private, public = _private(key), public_key(key)
    save_manifest(folder, replace(load_manifest(folder), signer=public))
    wall = datetime.now(UTC).isoformat(timespec="seconds")
    signature = Signature(public_key=public, signed=wall, signature=private.sign(_message(folder, wall)).hex())
    save_text(folder / SIGNATURE, _text(signature))
    return signature


def load(folder: Path) -> Signature:
    """Read signature.json. Raises StoreError for anything but the text that `sign` wrote."""
    path = folder / SIGNATURE
    try:
        content = path.read_bytes()
        signature = Signature(**json.loads(content))
    except (OSError, ValueError, TypeError) as error:
        raise StoreError([f"{path}: not a signature: {error}"]) from error
    texts = all(isinstance(each, str) for each in asdict(signature).values())
    if not texts or _text(signature).encode() != content or not _as_written(signature):
        raise StoreError([f"{path}: it was changed"])
    return signature


def _as_written(signature: Signature) -> bool:
    """Whether the bytes are spelt as `sign` spells them: capital letters would be the same bytes, and another file."""
    try:
        return all(bytes.fromhex(each).hex() == each for each in (signature.public_key, signature.signature))
    except ValueError:
        return False


def holds(folder: Path, signature: Signature) -> bool:
    """Whether the signature is one of its key over the manifest as it is now."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signature.public_key))
        public.verify(bytes.fromhex(signature.signature), _message(folder, signature.signed))
    except (InvalidSignature, ValueError, OSError):
        return False
    return True


def public_key(path: Path) -> str:
    """The public key of a key file, private or public, in hexadecimal. Raises ConfigError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

    key = _read(path)
    if isinstance(key, Ed25519PrivateKey):
        key = key.public_key()
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError([f"{path}: it needs {_KEYS}"])
    return key.public_bytes_raw().hex()


def _private(path: Path) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = _read(path)
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError([f"{path}: to sign it needs the private half of {_KEYS}"])
    return key


def _read(path: Path) -> object:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as formats

    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror}"]) from error
    for load_private in (formats.load_pem_private_key, formats.load_ssh_private_key):
        try:
            return load_private(content, None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
    for load_public in (formats.load_pem_public_key, formats.load_ssh_public_key):
        try:
            return load_public(content)
        except (ValueError, UnsupportedAlgorithm):
            continue
    raise ConfigError([f"{path}: it needs {_KEYS}"])


def _message(folder: Path, wall: str) -> bytes:
    return b"drill manifest\n" + wall.encode() + b"\n" + (folder / MANIFEST).read_bytes()


def _text(signature: Signature) -> str:
    return json.dumps(asdict(signature), indent=2, sort_keys=True) + "\n"
