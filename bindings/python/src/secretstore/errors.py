"""Exceptions: one class for each code of the library, all of them :class:`SecretStoreError`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from .results import ImportReport


class SecretStoreError(Exception):
    """A call failed.

    ``str(error)`` is a sentence that says what was expected and what came; it never holds a value
    or a key.
    """

    code: ClassVar[str] = "internal"
    """The library's name for the failure, such as ``"conflict"``; the same in every language."""

    policy_location: str | None = None
    """``"file:line"`` where a policy refused or failed."""

    report: ImportReport | None = None
    """Of an import that was refused: what would have become of each row."""

    @classmethod
    def _make(cls, message: str, policy_location: str | None) -> Self:
        error = cls(message)
        error.policy_location = policy_location
        return error


class InvalidOptions(SecretStoreError, ValueError):
    """An option of ``open`` is out of its range or missing."""

    code = "invalid_options"


class InvalidArgument(SecretStoreError, ValueError):
    """An argument of a call is out of its range or malformed."""

    code = "invalid_argument"


class ValueTooLarge(SecretStoreError, ValueError):
    """The value is longer than ``max_value_bytes``."""

    code = "value_too_large"


class NotFound(SecretStoreError, LookupError):
    """There is no such secret, or, at ``open``, no such store."""

    code = "not_found"


class Expired(SecretStoreError, LookupError):
    """The secret is there, but its time is over."""

    code = "expired"


class Conflict(SecretStoreError):
    """``if_revision`` named another revision than the stored one; or secrets are still under a key
    that is to be retired."""

    code = "conflict"


class KeyVersionUnavailable(SecretStoreError):
    """The key version is not among the configured keys; or none of these opens the store."""

    code = "key_version_unavailable"


class KeyMismatch(SecretStoreError):
    """A configured key is not the one that the store knows by that version."""

    code = "key_mismatch"


class DecryptionFailed(SecretStoreError):
    """A row does not authenticate: it was changed, moved or damaged."""

    code = "decryption_failed"


class IntegrityViolation(SecretStoreError):
    """The store does not authenticate, or is older than it must be: root, seal or a chain was
    changed, or put back."""

    code = "integrity_violation"


class PolicyError(SecretStoreError):
    """What has to do with policies."""


class PolicyDenied(PolicyError):
    """The policy said no; the message is the policy's."""

    code = "policy_denied"


class PolicyInvalid(PolicyError):
    """The policy does not load, or is not the one that ``policy_hash`` names."""

    code = "policy_invalid"


class PolicyFailed(PolicyError):
    """The policy raised an error or went over its budget; the operation was refused."""

    code = "policy_failed"


class StorageError(SecretStoreError):
    """What has to do with the file."""


class StorageBusy(StorageError):
    """Another process held the write lock for longer than ``busy_timeout_ms``."""

    code = "storage_busy"


class StorageFull(StorageError):
    """No space is left."""

    code = "storage_full"


class StorageCorrupt(StorageError):
    """The file is no store, or is damaged."""

    code = "storage_corrupt"


class StorageFailed(StorageError):
    """Any other failure of input or output."""

    code = "storage_failed"


class Unsupported(SecretStoreError):
    """A format newer than this library, or a use that cannot work."""

    code = "unsupported"


class Closed(SecretStoreError):
    """The store was closed."""

    code = "closed"


class OutOfMemory(SecretStoreError, MemoryError):
    """There was not enough memory."""

    code = "out_of_memory"


class InternalError(SecretStoreError):
    """A fault of the library or of OpenSSL; please report it."""

    code = "internal"


class Interrupted(SecretStoreError):
    """A signal handler had the call give up. What the handler raised comes out in place of this."""

    code = "interrupted"


ERRORS: dict[str, type[SecretStoreError]] = {
    error.code: error
    for error in (
        InvalidOptions, InvalidArgument, ValueTooLarge, NotFound, Expired, Conflict,
        KeyVersionUnavailable, KeyMismatch, DecryptionFailed, IntegrityViolation, PolicyDenied,
        PolicyInvalid, PolicyFailed, StorageBusy, StorageFull, StorageCorrupt, StorageFailed,
        Unsupported, Closed, OutOfMemory, InternalError, Interrupted,
    )
}  # fmt: skip
"""The class of each code."""


def error_from_native(code: str, message: str, policy_location: str) -> SecretStoreError:
    """What the native module raises; it calls this."""
    error_class: Any = ERRORS.get(code, InternalError)
    spelled = message.replace("(null names the default one)", "(None names the default one)")
    error: SecretStoreError = error_class._make(spelled, policy_location or None)
    return error
