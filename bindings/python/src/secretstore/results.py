"""What calls return: frozen dataclasses. Times are milliseconds since the Unix epoch
(:func:`secretstore.to_datetime` makes datetimes of them).

Their fields stand in the order of the native module's tuples (bindings/swig/records.h).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias

from typing_extensions import TypeVar

NamespaceT = TypeVar("NamespaceT", bound=str, default=str)
MetadataT = TypeVar("MetadataT", bound=Mapping[str, Any], default=Mapping[str, Any])
ValueT = TypeVar("ValueT", str, bytes, default=str)
ItemT = TypeVar("ItemT")

EventType: TypeAlias = Literal[
    "created",
    "updated",
    "deleted",
    "rotated",
    "read",
    "expunged",
    "pruned",
    "accepted",
    "rewrapped",
]
"""Of the events of a namespace."""

StoreEventType: TypeAlias = Literal[
    "store_created",
    "key_added",
    "key_activated",
    "key_retiring",
    "key_retired",
    "policy_required",
    "settings_changed",
    "namespace_accepted",
    "anchored",
    "restored",
    "imported",
]
"""Of the events in the store log."""

KeyState: TypeAlias = Literal["unknown", "admitted", "retiring", "retired"]
Verdict: TypeAlias = Literal["intact", "unprovable", "tampered"]
Order: TypeAlias = Literal["asc", "desc"]
Existing: TypeAlias = Literal["refuse", "skip", "replace"]
ExportFormat: TypeAlias = Literal["portable", "component"]
EffectiveState: TypeAlias = Literal["active", "expired"]
GetFailureReason: TypeAlias = Literal["not_found", "expired", "key_version_unavailable"]


@dataclass(frozen=True, slots=True)
class PutResult:
    """What became of a put."""

    secret_id: str
    """Opaque. A secret that is removed and created again gets a new one."""
    created_at: int
    updated_at: int
    expires_at: int | None
    revision: int
    """1 for a new secret, one more for each put and update."""
    is_new: bool


@dataclass(frozen=True, slots=True)
class GetSuccess(Generic[ValueT, MetadataT]):
    """A secret that was read. ``repr`` leaves the value out."""

    value: ValueT = field(repr=False)
    metadata: MetadataT | None
    expires_at: int | None
    created_at: int
    updated_at: int
    revision: int
    key_version: int
    ok: Literal[True] = True

    def __bool__(self) -> Literal[True]:
        return True


@dataclass(frozen=True, slots=True)
class GetFailure:
    """Why there is nothing to read."""

    reason: GetFailureReason
    ok: Literal[False] = False

    def __bool__(self) -> Literal[False]:
        return False


GetResult: TypeAlias = GetSuccess[ValueT, MetadataT] | GetFailure
"""Check ``result.ok`` before ``result.value``: type checkers insist. mypy narrows by
``if result.ok``; pyright, by its design, by ``if result.ok is True`` or ``if result``, which mypy
takes too."""


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """What became of an update; without ``updated`` there was no such secret."""

    updated: bool
    updated_at: int | None = None
    expires_at: int | None = None
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class SecretInfo(Generic[NamespaceT, MetadataT]):
    """A secret without its value. Not authenticated: listing needs no key."""

    secret_id: str
    namespace: NamespaceT | None
    name: str
    metadata: MetadataT | None
    created_at: int
    updated_at: int
    expires_at: int | None
    effective_state: EffectiveState
    key_version: int
    revision: int


@dataclass(frozen=True, slots=True)
class NamespaceInfo(Generic[NamespaceT]):
    """A namespace that holds or has held secrets; None is the default one."""

    namespace: NamespaceT | None
    secret_count: int
    """Expired ones included."""


@dataclass(frozen=True, slots=True)
class Event(Generic[NamespaceT]):
    """An audit event: of a secret, of a namespace, or of the store."""

    event_id: str
    secret_id: str | None
    """None: it is about the namespace, or the store."""
    namespace: NamespaceT | None
    name: str | None
    """Of the secret; None as ``secret_id`` is."""
    type: EventType | StoreEventType
    sequence: int
    """1, 2, 3 ... within the namespace, or within the store log, in commit order, without gaps."""
    actor: str | None
    metadata: Mapping[str, Any] | None
    """What changed, why it was deleted, between which keys."""
    created_at: int
    """Never runs backwards within a namespace."""


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """A part of a list. Give ``continue_cursor`` to the next call, until ``is_done``."""

    page: list[ItemT]
    is_done: bool
    continue_cursor: str | None


@dataclass(frozen=True, slots=True)
class RotateResult:
    """One batch of a rotation."""

    from_version: int
    to_version: int
    processed: int
    rotated: int
    skipped: int
    """Changed by somebody else meanwhile; the scan comes back to them."""
    failed: int
    """Do not authenticate: left as they are."""
    is_done: bool
    continue_cursor: str | None
    """None: start again from the beginning, or done."""


@dataclass(frozen=True, slots=True)
class RotateAllResult:
    """A whole rotation; ``is_done`` is false if the progress function stopped it."""

    rotated: int
    failed: int
    is_done: bool


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What the store and the configuration know of a key version."""

    version: int
    state: KeyState
    """``"unknown"``: configured, and admitted by no write yet. ``"retiring"``: nothing is written
    with it any more. ``"retired"``: it opens nothing any more."""
    is_active: bool
    is_configured: bool
    is_safe_to_remove: bool
    """Configured, not active, no secret under it, and the active key opens all that it opens."""
    secret_count: int
    """Secrets whose DEK it wraps."""
    wraps_used: int
    """Of 2^32 (NIST SP 800-38D, section 8.3); counted in blocks, so rather too high."""
    first_seen_at: int | None
    """When it was admitted."""


@dataclass(frozen=True, slots=True)
class RotationStatus:
    """Which keys secrets stand under."""

    keys: list[KeyInfo]
    is_complete: bool
    """Every secret is under the active key."""
    unavailable_count: int
    """Secrets whose key is not configured."""


@dataclass(frozen=True, slots=True)
class RetireResult:
    """What became of a key version that was retired."""

    epoch: int
    """Which began with it: keep it with the keys, for the option ``least_epoch``."""
    namespaces: int
    """Whose heads were sealed anew by this call."""
    faulty: int
    """Of these: the rows are not those that the head says; ``verify`` tells which."""


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """What holds for whoever opens the store: kept in it, authenticated."""

    events_min_retention_ms: int
    """Pruning never takes younger events, whatever a call says."""


@dataclass(frozen=True, slots=True)
class CleanupResult:
    """One batch of a cleanup."""

    deleted: int
    is_done: bool
    """False: call again, there is more."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that verification found."""

    kind: str
    """Such as ``"event_changed"``."""
    namespace: str | None
    name: str | None
    sequence: int
    """Of the event; 0 if it is about none."""
    message: str


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What verification checked and found."""

    verdict: Verdict
    """``"unprovable"``: no fault, but something could not be checked."""
    is_intact: bool
    """The verdict is ``"intact"``."""
    namespaces_checked: int
    events_checked: int
    """Of namespaces."""
    store_events_checked: int
    rows_checked: int
    """Of secrets, earlier versions and removed secrets."""
    rows_uncheckable: int
    """Under keys that are not configured: proved by the state, and not decrypted."""
    heads_compared: int
    """Chains that contain what ``expected_head`` says."""
    heads_pruned: int
    """Chains that were pruned beyond it since: there is nothing to compare with."""
    unprovable_reason: str | None
    """What could not be checked, and why."""
    acceptances: int
    """How often a namespace's rows were accepted as they were."""
    faults_accepted: int
    """With how many faults, all together."""
    seal_acceptances: int
    """Times that the seal was accepted as it was: before the last of them any namespace may have
    been put back to an older state of its own."""
    last_accepted_at: int | None
    fault_count: int
    faults: list[Fault]
    """The first hundred."""


@dataclass(frozen=True, slots=True)
class AcceptResult:
    """What was accepted."""

    rows: int
    """That the namespace holds from now on."""
    faults: int
    """Of the namespace, and of the store as a whole, that were accepted."""
    sequence: int
    """Of the event that says so; earlier ones are gone. 0: there was nothing to accept, and nothing
    was changed."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """Proves, where it was kept elsewhere, that a store was not put back to before it was made."""

    text: str
    """One line, without a secret: for the option ``anchor``."""
    made_at: int


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The heads of all audit chains at one moment. Keep ``text`` where an intruder cannot reach."""

    text: str
    made_at: int
    namespace_count: int


@dataclass(frozen=True, slots=True)
class TransferFault:
    """A row that was not transferred, and why."""

    line: int
    namespace: str | None
    name: str | None
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of imported rows."""

    is_stored: bool
    """What is counted as imported and replaced is in the store."""
    imported: int
    replaced: int
    skipped: int
    refused: int
    faults: list[TransferFault]
    """Of refused rows; the first hundred."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was exported."""

    exported: int
    failed: int
    faults: list[TransferFault]


@dataclass(frozen=True, slots=True)
class PolicyRefusal:
    """Something that the store holds and a policy would have refused."""

    namespace: str | None
    name: str
    sequence: int
    """Of the event; 0: the secret as it stands."""
    operation: str
    actor: str | None
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class PolicyTrial:
    """What a policy would have said of all that the store holds."""

    secrets_tried: int
    events_tried: int
    refused: int


@dataclass(frozen=True, slots=True)
class PolicyCase:
    """A case of a policy's test file."""

    line: int
    passed: bool
    message: str | None
    """What came instead."""


@dataclass(frozen=True, slots=True)
class OperationStats:
    """Calls of one operation since the store was opened; times are wall clock, in nanoseconds."""

    calls: int
    failures: int
    total_ns: int
    longest_ns: int


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts and timings, for metrics."""

    namespace_count: int
    secret_count: int
    event_count: int
    file_bytes: int
    free_bytes: int
    log_bytes: int
    operations: Mapping[str, OperationStats]


# ---- From the native module's tuples ------------------------------------------------------------


def parsed(metadata: str | None) -> Any:
    """Metadata as Python sees it."""
    return None if metadata is None else json.loads(metadata)


def get_result(fields: tuple[Any, ...]) -> Any:
    """A GetSuccess or a GetFailure."""
    reason, value, metadata, expires_at, created_at, updated_at, revision, key_version = fields
    if reason is not None:
        return GetFailure(reason)
    return GetSuccess(
        value, parsed(metadata), expires_at, created_at, updated_at, revision, key_version
    )


def update_result(fields: tuple[Any, ...]) -> UpdateResult:
    """An UpdateResult, without times if there was nothing to update."""
    return UpdateResult(*fields) if fields[0] else UpdateResult(False)


def _secret_info(fields: tuple[Any, ...]) -> SecretInfo[Any, Any]:
    secret_id, namespace, name, metadata, created, updated, expires, is_expired, *rest = fields
    state: EffectiveState = "expired" if is_expired else "active"
    return SecretInfo(
        secret_id, namespace, name, parsed(metadata), created, updated, expires, state, *rest
    )


def _event(fields: tuple[Any, ...]) -> Event[Any]:
    return Event(*[*fields[:-2], parsed(fields[-2]), fields[-1]])


def _page(fields: tuple[Any, ...], make_item: Callable[[tuple[Any, ...]], ItemT]) -> Page[ItemT]:
    items, is_done, continue_cursor = fields
    return Page([make_item(item) for item in items], is_done, continue_cursor)


def secret_page(fields: tuple[Any, ...]) -> Page[SecretInfo[Any, Any]]:
    """A page of secrets."""
    return _page(fields, _secret_info)


def namespace_page(fields: tuple[Any, ...]) -> Page[NamespaceInfo[Any]]:
    """A page of namespaces."""
    return _page(fields, lambda item: NamespaceInfo(*item))


def event_page(fields: tuple[Any, ...]) -> Page[Event[Any]]:
    """A page of events."""
    return _page(fields, _event)


def rotation_status(fields: tuple[Any, ...]) -> RotationStatus:
    """A RotationStatus with its keys."""
    keys, is_complete, unavailable_count = fields
    return RotationStatus([KeyInfo(*key) for key in keys], is_complete, unavailable_count)


def verify_report(fields: tuple[Any, ...]) -> VerifyReport:
    """A VerifyReport with its faults."""
    return VerifyReport(*[*fields[:-1], [Fault(*fault) for fault in fields[-1]]])


def import_report(fields: tuple[Any, ...]) -> ImportReport:
    """An ImportReport with its faults."""
    return ImportReport(*[*fields[:-1], [TransferFault(*fault) for fault in fields[-1]]])


def export_report(fields: tuple[Any, ...]) -> ExportReport:
    """An ExportReport with its faults."""
    return ExportReport(*[*fields[:-1], [TransferFault(*fault) for fault in fields[-1]]])


def stats(fields: tuple[Any, ...], operation_names: list[str]) -> Stats:
    """Stats with a row per operation."""
    rows = [OperationStats(*row) for row in fields[-1]]
    return Stats(*[*fields[:-1], dict(zip(operation_names, rows, strict=True))])
