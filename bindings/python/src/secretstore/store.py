"""``SecretStore``: the store as Python sees it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, Final, Generic, NoReturn, Self, TypeAlias, cast

from typing_extensions import Buffer

from . import _secretstore, results
from .errors import SecretStoreError
from .keys import Keys, keyring_of, make_keyring
from .opening import (
    DEFAULT_EVENT_RETENTION_MS,
    DEFAULT_SECRET_RETENTION_MS,
    Clock,
    Connection,
    Durability,
    Reads,
    open_connection,
)
from .paging import every
from .policy import Policy, policy_source
from .results import (
    AcceptResult,
    Anchor,
    AuditHead,
    CleanupResult,
    Event,
    EventType,
    Existing,
    ExportFormat,
    ExportReport,
    GetResult,
    GetSuccess,
    ImportReport,
    MetadataT,
    NamespaceInfo,
    NamespaceT,
    Order,
    Page,
    PolicyRefusal,
    PolicyTrial,
    PutResult,
    RetireResult,
    RotateAllResult,
    RotateResult,
    RotationStatus,
    SecretInfo,
    Stats,
    StoreSettings,
    UpdateResult,
    VerifyReport,
)
from .values import (
    DEFAULTS,
    UNSET,
    Duration,
    Instant,
    UnsetType,
    code_of,
    duration_ms,
    function_or_none,
    json_text,
    optional_duration,
    optional_instant,
    optional_json,
    optional_text,
    path_text,
    refuse_type,
    text_or_none,
)

PutResults: TypeAlias = list[PutResult]

Progress: TypeAlias = Callable[[int, int], "bool | None"]
"""Told how many of about how many are done; returns False to stop."""

DEFAULT_PAGE_ITEMS: Final = DEFAULTS["page_items"]
DEFAULT_ROTATE_BATCH: Final = DEFAULT_PAGE_ITEMS


@dataclass(frozen=True, slots=True)
class PutRequest(Generic[NamespaceT, MetadataT]):
    """One put of :meth:`SecretStore.put_many`; the fields are the arguments of ``put``."""

    name: str
    value: str | Buffer = field(repr=False)
    namespace: NamespaceT | None = None
    metadata: MetadataT | None | UnsetType = UNSET
    ttl_ms: Duration | None | UnsetType = UNSET
    if_revision: int | None = None


def _listed_requests(requests: Any) -> list[Any]:
    """Requests one by one, each of which is one."""
    if not isinstance(requests, Iterable):
        refuse_type("requests", "PutRequests, as in [PutRequest(...)]", requests)
    listed = list(requests)
    for position, request in enumerate(listed):
        if not isinstance(request, PutRequest):
            refuse_type(f"requests[{position}]", "a PutRequest", request)
    return listed


class SecretStore(Generic[NamespaceT, MetadataT]):
    """Secrets, encrypted in one file.

    Open one with :meth:`open`, and use it from any thread. Type parameters, which a policy can
    generate, say what namespaces and metadata look like::

        store = SecretStore[Namespace, Metadata].open("secrets.db", keys=keys, policy="policy.lua")

    Every method raises a :class:`SecretStoreError`, and blocks no other thread while it works.
    ``value`` is a str, stored as UTF-8, or anything bytes-like. A ``namespace`` of None is the
    default one. After ``os.fork()`` the child may go on using the store, if no other thread was
    inside a call on it.
    """

    __slots__ = ("_caller", "_connection", "_handle")
    _connection: Connection
    _handle: Any  # the connection's, here since every call needs it
    _caller: tuple[str | None, str | None] | None

    # ---- Opening and closing --------------------------------------------------------------------

    def __init__(self, *_: object, **__: object) -> None:
        raise TypeError("expected SecretStore.open(path, keys=...), got a call of the class")

    @classmethod
    def _of(cls, connection: Connection, caller: tuple[str | None, str | None] | None) -> Self:
        store = object.__new__(cls)
        store._connection = connection
        store._handle = connection.handle
        store._caller = caller
        return store

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        keys: Keys,
        policy: Policy | str | os.PathLike[str] | None = None,
        policy_hash: str | None = None,
        policy_memory_bytes: int = DEFAULTS["policy_memory_bytes"],
        policy_instructions: int = DEFAULTS["policy_instructions"],
        policy_deadline_ms: Duration = DEFAULTS["policy_deadline_ms"],
        default_ttl_ms: Duration | None = None,
        max_value_bytes: int = DEFAULTS["max_value_bytes"],
        durability: Durability = "full",
        busy_timeout_ms: Duration = DEFAULTS["busy_timeout_ms"],
        create: bool = True,
        allow_group: bool = False,
        maintenance_interval_ms: Duration | None = None,
        drain_after_ms: Duration = DEFAULTS["drain_after_ms"],
        secret_retention_ms: Duration = DEFAULT_SECRET_RETENTION_MS,
        event_retention_ms: Duration = DEFAULT_EVENT_RETENTION_MS,
        least_epoch: int = 1,
        anchor: str | None = None,
        reads: Reads = "plain",
        clock: Clock | None = None,
    ) -> Self:
        """Opens a store, and creates it (mode 0600) unless there is one.

        Args:
            path: A file, or ``":memory:"`` for a store that lives as long as its handle.
            keys: The KEKs, the active one first: ``[(2, "base64..."), (1, "base64...")]``, or a str
                such as ``"2:base64...,1:base64..."``. The library keeps its copy in locked memory
                and wipes it at close; Python's str cannot be wiped.
            policy: A :class:`Policy`, or the path of one.
            policy_hash: The ``POLICY_HASH`` of generated types: opening fails unless the policy is
                that one.
            policy_memory_bytes, policy_instructions, policy_deadline_ms: What the policy may take;
                memory for each of its states, instructions and time for each call.
            default_ttl_ms: The TTL of new secrets whose put names none.
            max_value_bytes: The longest value, up to 16 MiB.
            durability: ``"normal"`` may lose the last few writes at a power failure, whole and in
                order; ``"full"`` loses none.
            busy_timeout_ms: How long a write waits for other processes.
            create: False: raise :class:`NotFound` where there is no store.
            allow_group: The file's group may write to it. Without it such a file is refused, as is
                always one that others may write or own, and one behind a link that others could
                turn (StorageError): they would decide what the library reads.
            maintenance_interval_ms: Starts a background thread that cleans up and rotates at this
                interval (from one second on). A process that forks with it on must open the store
                again in the child.
            drain_after_ms: Maintenance rewraps what is under older keys only once the active one
                has been active in this store for so long: a fleet that is being moved to a new key
                is not outrun.
            secret_retention_ms, event_retention_ms: How long maintenance keeps expired secrets, and
                events.
            least_epoch: What :meth:`retire_key` gave: a store of an earlier epoch is an old copy,
                or forged with a key that was retired (IntegrityViolation, here and later).
            anchor: The ``text`` of an :class:`Anchor` that was kept elsewhere: a store that was put
                back to before it was made is refused.
            reads: ``"verified"``: what ``get``, ``has`` and ``list`` find, or do not find, is
                proved to be as fresh as the newest state that the handle has seen, for one scan of
                each namespace at its first read. ``"plain"``: the row that is read authenticates;
                one that was put back to an older state is found by ``verify``.
            clock: Replaces the system's clock, for tests. Called from any thread.

        Raises:
            InvalidOptions, NotFound, KeyMismatch, KeyVersionUnavailable (none of the keys opens the
            store), IntegrityViolation, PolicyInvalid, Unsupported, StorageError.

        The library's log goes to the logger ``secretstore``, from the level on that it has now.
        """
        connection = open_connection(
            path,
            {
                "keys": keys,
                "policy": policy,
                "policy_hash": policy_hash,
                "policy_memory_bytes": policy_memory_bytes,
                "policy_instructions": policy_instructions,
                "policy_deadline_ms": policy_deadline_ms,
                "default_ttl_ms": default_ttl_ms,
                "max_value_bytes": max_value_bytes,
                "durability": durability,
                "busy_timeout_ms": busy_timeout_ms,
                "create": create,
                "allow_group": allow_group,
                "maintenance_interval_ms": maintenance_interval_ms,
                "drain_after_ms": drain_after_ms,
                "secret_retention_ms": secret_retention_ms,
                "event_retention_ms": event_retention_ms,
                "least_epoch": least_epoch,
                "anchor": anchor,
                "reads": reads,
                "clock": clock,
            },
        )
        return cls._of(connection, None)

    def close(self) -> None:
        """Closes the file and wipes the keys. Closing twice is fine.

        Calls of other threads are waited for, but not for long: those that wait for a lock or work
        row by row end with :class:`Closed`. A call inside a function of yours is not waited for;
        so this may be called by such a function (progress, write, clock, a log handler) and by a
        signal handler. It then takes effect when that call ends.
        """
        _secretstore.store_close(self._handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def with_caller(
        self, *, actor: str | None = None, context: Mapping[str, object] | None = None
    ) -> Self:
        """The same store, on behalf of somebody: policies see both, events record the actor.

        The handle is light, made for one request. It does not close the store for others unless
        you close it.
        """
        context_text = None if context is None else json_text(context, "context")
        return self._of(self._connection, (text_or_none(actor, "actor"), context_text))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._connection.path!r}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a SecretStore cannot be pickled or copied, since keys must not leave the process; "
            "open it in each process"
        )

    # ---- Secrets --------------------------------------------------------------------------------

    def put(
        self,
        name: str,
        value: str | Buffer,
        *,
        namespace: NamespaceT | None = None,
        metadata: MetadataT | None | UnsetType = UNSET,
        ttl_ms: Duration | None | UnsetType = UNSET,
        if_revision: int | None = None,
    ) -> PutResult:
        """Creates a secret, or replaces its value.

        Args:
            metadata: Left out: keeps what is stored. None: clears. Stored as plain text,
                authenticated: never put a secret there.
            ttl_ms: Left out: the default TTL for a new secret, else the stored expiry stays. None:
                never expires.
            if_revision: 0: only create; n: only replace revision n.

        Raises:
            InvalidArgument, ValueTooLarge, Conflict, KeyVersionUnavailable, DecryptionFailed,
            PolicyError, StorageError.
        """
        return PutResult(
            *_secretstore.put(
                self._handle,
                (
                    namespace,
                    name,
                    value,
                    optional_json(metadata, "metadata"),
                    optional_duration(ttl_ms, "ttl_ms"),
                    if_revision,
                    self._caller,
                ),
            )
        )

    def put_many(self, requests: Sequence[PutRequest[NamespaceT, MetadataT]]) -> PutResults:
        """Puts all of them in one transaction, or none. Raises as :meth:`put`; the message says
        which request, from 0."""
        native = [self._native_put(request) for request in _listed_requests(requests)]
        return [PutResult(*fields) for fields in _secretstore.put_batch(self._handle, native)]

    def _native_put(self, request: PutRequest[NamespaceT, MetadataT]) -> tuple[object, ...]:
        return (
            request.namespace,
            request.name,
            request.value,
            optional_json(request.metadata, "metadata"),
            optional_duration(request.ttl_ms, "ttl_ms"),
            request.if_revision,
            self._caller,
        )

    def get(self, name: str, *, namespace: NamespaceT | None = None) -> GetResult[str, MetadataT]:
        """Reads a secret whose value is text.

        A secret that is missing, expired or under a key that is not configured is a
        :class:`GetFailure`; ``result.ok`` tells.

        Raises:
            InvalidArgument: The value is not UTF-8; use :meth:`get_bytes`.
            DecryptionFailed: The row was changed, moved or damaged.
            PolicyError, StorageError.
        """
        fields = _secretstore.get_text(self._handle, (namespace, name, self._caller))
        return cast(GetResult[str, MetadataT], results.get_result(fields))

    def get_bytes(
        self, name: str, *, namespace: NamespaceT | None = None
    ) -> GetResult[bytes, MetadataT]:
        """As :meth:`get`, for a value of any bytes."""
        fields = _secretstore.get(self._handle, (namespace, name, self._caller))
        return cast(GetResult[bytes, MetadataT], results.get_result(fields))

    def get_or_throw(
        self, name: str, *, namespace: NamespaceT | None = None
    ) -> GetSuccess[str, MetadataT]:
        """As :meth:`get`, but raises NotFound, Expired or KeyVersionUnavailable."""
        fields = _secretstore.get_text_or_throw(self._handle, (namespace, name, self._caller))
        return cast(GetSuccess[str, MetadataT], results.get_result(fields))

    def get_bytes_or_throw(
        self, name: str, *, namespace: NamespaceT | None = None
    ) -> GetSuccess[bytes, MetadataT]:
        """As :meth:`get_or_throw`, for a value of any bytes."""
        fields = _secretstore.get_or_throw(self._handle, (namespace, name, self._caller))
        return cast(GetSuccess[bytes, MetadataT], results.get_result(fields))

    def has(self, name: str, *, namespace: NamespaceT | None = None) -> bool:
        """Whether the secret is there and not expired. Needs no key and decrypts nothing."""
        found: bool = _secretstore.has(self._handle, (namespace, name, self._caller))
        return found

    def update(
        self,
        name: str,
        *,
        namespace: NamespaceT | None = None,
        metadata: MetadataT | None | UnsetType = UNSET,
        expires_at: Instant | None | UnsetType = UNSET,
        ttl_ms: Duration | None | UnsetType = UNSET,
        if_revision: int | None = None,
    ) -> UpdateResult:
        """Changes metadata, expiry or both, and not the value. None clears.

        Raises:
            InvalidArgument (nothing given, or both forms of expiry), Conflict,
            KeyVersionUnavailable, DecryptionFailed, PolicyError, StorageError.
        """
        return results.update_result(
            _secretstore.update(
                self._handle,
                (
                    namespace,
                    name,
                    optional_json(metadata, "metadata"),
                    optional_instant(expires_at, "expires_at"),
                    optional_duration(ttl_ms, "ttl_ms"),
                    if_revision,
                    self._caller,
                ),
            )
        )

    def remove(
        self,
        name: str,
        *,
        namespace: NamespaceT | None = None,
        if_revision: int | None = None,
        purge: bool = False,
    ) -> bool:
        """Deletes a secret for good; its events stay. Returns whether it was there.

        Args:
            purge: Also a row that is not authentic, or not what was last written: for what
                :meth:`verify` found.

        Raises:
            InvalidArgument, Conflict, DecryptionFailed and IntegrityViolation (the row was changed,
            or put back to an older state), PolicyError, StorageError.
        """
        request = (namespace, name, if_revision, purge, self._caller)
        removed: bool = _secretstore.remove(self._handle, request)
        return removed

    # ---- Lists ----------------------------------------------------------------------------------

    def list(
        self,
        *,
        namespace: NamespaceT | None = None,
        order: Order = "desc",
        num_items: int = DEFAULT_PAGE_ITEMS,
        cursor: str | None = None,
    ) -> Page[SecretInfo[NamespaceT, MetadataT]]:
        """A page of a namespace's secrets by the time of their last change, without values.

        Pages cost the same at any depth. Raises InvalidArgument for a cursor that is damaged or of
        another query; PolicyError, StorageError.
        """
        code = code_of("ss_order", order, "order")
        request = (namespace, code, num_items, cursor, self._caller)
        return results.secret_page(_secretstore.list(self._handle, request))

    def iter_secrets(
        self,
        *,
        namespace: NamespaceT | None = None,
        order: Order = "desc",
        page_items: int = DEFAULT_PAGE_ITEMS,
    ) -> Iterator[SecretInfo[NamespaceT, MetadataT]]:
        """Every secret of a namespace, page by page. Raises as :meth:`list`."""
        return every(partial(self.list, namespace=namespace, order=order, num_items=page_items))

    def list_namespaces(
        self, *, num_items: int = DEFAULT_PAGE_ITEMS, cursor: str | None = None
    ) -> Page[NamespaceInfo[NamespaceT]]:
        """A page of the namespaces that hold or have held secrets: the default one, then by name.
        Raises InvalidArgument, PolicyError, StorageError."""
        request = (num_items, cursor, self._caller)
        return results.namespace_page(_secretstore.list_namespaces(self._handle, request))

    def iter_namespaces(
        self, *, page_items: int = DEFAULT_PAGE_ITEMS
    ) -> Iterator[NamespaceInfo[NamespaceT]]:
        """Every namespace, page by page. Raises as :meth:`list_namespaces`."""
        return every(partial(self.list_namespaces, num_items=page_items))

    def list_events(
        self,
        *,
        namespace: NamespaceT | None | UnsetType = UNSET,
        name: str | None = None,
        type: EventType | None = None,
        secret_id: str | None = None,
        store_log: bool = False,
        order: Order = "desc",
        num_items: int = DEFAULT_PAGE_ITEMS,
        cursor: str | None = None,
    ) -> Page[Event[NamespaceT]]:
        """A page of audit events: of a namespace, of a name or a type in it, of one secret, or of
        the store log, which tells of keys, settings, acceptances and anchors.

        ``name`` and ``type`` need a namespace (None, given, is the default one) and do not go
        together; ``secret_id`` goes with nothing else, nor does ``store_log``. Raises
        InvalidArgument, PolicyError, StorageError.
        """
        request = (
            optional_text(namespace, "namespace"),
            name,
            ... if type is None else code_of("ss_event_type", type, "type"),
            secret_id,
            store_log,
            code_of("ss_order", order, "order"),
            num_items,
            cursor,
            self._caller,
        )
        return results.event_page(_secretstore.list_events(self._handle, request))

    def iter_events(
        self,
        *,
        namespace: NamespaceT | None | UnsetType = UNSET,
        name: str | None = None,
        type: EventType | None = None,
        secret_id: str | None = None,
        store_log: bool = False,
        order: Order = "desc",
        page_items: int = DEFAULT_PAGE_ITEMS,
    ) -> Iterator[Event[NamespaceT]]:
        """Every event that :meth:`list_events` finds, page by page."""
        return every(
            partial(
                self.list_events,
                namespace=namespace,
                name=name,
                type=type,
                secret_id=secret_id,
                store_log=store_log,
                order=order,
                num_items=page_items,
            )
        )

    # ---- Keys and time --------------------------------------------------------------------------

    def rotate_keys(
        self,
        from_version: int,
        *,
        batch_size: int = DEFAULT_ROTATE_BATCH,
        cursor: str | None = None,
    ) -> RotateResult:
        """One batch: rewraps DEKs from an older key version to the active one. Values, revisions
        and times stay. Call until ``is_done``, with each ``continue_cursor``.

        Raises:
            InvalidArgument, KeyVersionUnavailable, IntegrityViolation, PolicyError, StorageError.
        """
        request = (from_version, batch_size, cursor, self._caller)
        return RotateResult(*_secretstore.rotate_keys(self._handle, request))

    def rotate_all(self, *, progress: Progress | None = None) -> RotateAllResult:
        """Drains every older key that is configured, batch after batch. What was rotated before an
        error or a stop stays rotated. Raises as :meth:`rotate_keys`."""
        return RotateAllResult(*_secretstore.rotate_all(self._handle, self._caller, progress))

    def rotation_status(self) -> RotationStatus:
        """Which keys secrets stand under, and which keys can go. Reads the whole table."""
        return results.rotation_status(_secretstore.get_rotation_status(self._handle))

    def retire_key(self, version: int, *, abandon: bool = False) -> RetireResult:
        """Retires a key version for good: from then on whoever knows it, and older copies of the
        file, can forge nothing that :meth:`verify` passes. (What such a copy holds, the key still
        opens.) Its number never returns.

        Move every process to other keys and rotate first: ``docs/python.md`` shows the order. May
        be called again after a crash, and goes on. Blocks writers for one namespace at a time.
        The policy judges it as ``retire_key``.

        Args:
            abandon: Also if secrets are still under it, which nobody can read any more then: for a
                key that was lost.

        Raises:
            InvalidArgument: It is the active one, or none of this store's.
            Conflict: Secrets are still under it; rotate first.
            KeyVersionUnavailable: Another key of the store is not configured.
            IntegrityViolation, PolicyError, StorageError.
        """
        request = (version, abandon, self._caller)
        return RetireResult(*_secretstore.retire_key(self._handle, request))

    def admit_keys(self) -> int:
        """Admits the configured keys that the store does not know, as the first write would, and
        returns how many these were. The policy judges it as ``configure``. Raises
        IntegrityViolation, PolicyError, StorageError."""
        admitted: int = _secretstore.admit_keys(self._handle, self._caller)
        return admitted

    def reload_keys(self, keys: Keys) -> None:
        """Gives the open store other keys, the active one first, in any form that :meth:`open`
        takes. For all handles of this store, from any thread: calls that run end with the keys that
        they began with, which are wiped after the last of them.

        The keys are checked first; if one does not fit, the former ones stay. Nothing is written,
        and the policy is not asked: the next write admits what is new.

        Raises:
            InvalidArgument (no key), InvalidOptions (a key is malformed, or a version stands there
            twice), KeyMismatch, KeyVersionUnavailable (none of them opens the store),
            IntegrityViolation, StorageError.
        """
        _secretstore.reload_keys(self._handle, keyring_of(keys, "keys"))

    def cleanup_secrets(
        self, retention_ms: Duration = DEFAULT_SECRET_RETENTION_MS
    ) -> CleanupResult:
        """Deletes at most 100 secrets that expired longer than ``retention_ms`` ago. Raises
        InvalidArgument, IntegrityViolation, PolicyError, StorageError."""
        return CleanupResult(
            *_secretstore.cleanup_secrets(
                self._handle, duration_ms(retention_ms, "retention_ms"), self._caller
            )
        )

    def cleanup_events(self, retention_ms: Duration = DEFAULT_EVENT_RETENTION_MS) -> CleanupResult:
        """Prunes at most 100 events that are older than ``retention_ms``, and than what
        :meth:`settings` say; a checkpoint keeps the rest verifiable. Raises as
        :meth:`cleanup_secrets`."""
        return CleanupResult(
            *_secretstore.cleanup_events(
                self._handle, duration_ms(retention_ms, "retention_ms"), self._caller
            )
        )

    def maintenance_step(self) -> bool:
        """One bounded slice of maintenance, for hosts with a scheduler of their own. Returns
        whether to call again soon. Raises as its parts."""
        more: bool = _secretstore.maintenance_step(self._handle)
        return more

    # ---- Settings of the store ------------------------------------------------------------------

    def settings(self) -> StoreSettings:
        """What is set in the store itself, for whoever opens it. Raises IntegrityViolation,
        StorageError."""
        return StoreSettings(*_secretstore.get_store_settings(self._handle))

    def change_settings(
        self, *, events_min_retention_ms: Duration | UnsetType = UNSET
    ) -> StoreSettings:
        """Changes what is set in the store, and returns what is set then. An event in the store log
        says who did. The policy judges it as ``configure``.

        Args:
            events_min_retention_ms: Pruning never takes younger events; 30 days in a new store.
                Left out: stays.

        Raises:
            InvalidArgument, IntegrityViolation, PolicyError, StorageError.
        """
        least = optional_duration(events_min_retention_ms, "events_min_retention_ms")
        return StoreSettings(
            *_secretstore.change_store_settings(self._handle, (least, self._caller))
        )

    # ---- The audit log --------------------------------------------------------------------------

    def verify(
        self, *, expected_head: str | None = None, progress: Progress | None = None
    ) -> VerifyReport:
        """Checks that the store is, as a whole, one state that the library committed: every event,
        every row, and that they are what the authenticated heads say. Faults are the report, not
        errors. Others may write meanwhile.

        Args:
            expected_head: The text of an :class:`AuditHead` that was kept elsewhere: every chain
                must still contain what it covers. Without one (or the option ``anchor``), the whole
                file may have been put back to an older state.

        Raises:
            InvalidArgument (the head is malformed, of another store, or not authentic),
            StorageError.
        """
        return results.verify_report(_secretstore.verify(self._handle, (expected_head, progress)))

    def accept(self, *, namespace: NamespaceT | None = None) -> AcceptResult:
        """Takes a namespace's rows as they are, after tampering that was looked into: ``verify``
        proves it from then on, and says since when, with how many faults accepted. Its earlier
        events go: keep a copy of the file as evidence. The policy judges it as ``configure``.

        Raises:
            InvalidArgument, NotFound (no such namespace), DecryptionFailed (a row does not
            authenticate: ``remove`` it with ``purge``), IntegrityViolation, PolicyError,
            StorageError.
        """
        return AcceptResult(*_secretstore.accept(self._handle, (namespace, self._caller)))

    def make_anchor(self) -> Anchor:
        """Makes an anchor, and notes it in the store log: keep its text where whoever writes to the
        file cannot write, and open the store with it. Replace an older one only if the store was
        opened with that one. The policy judges it as ``configure``. Raises IntegrityViolation,
        PolicyError, StorageError."""
        return Anchor(*_secretstore.make_anchor(self._handle, self._caller))

    def audit_head(self) -> AuditHead:
        """Makes the store's head, and writes nothing: keep it elsewhere. Raises IntegrityViolation
        where a chain does not fit; KeyVersionUnavailable, StorageError."""
        return AuditHead(*_secretstore.get_audit_head(self._handle))

    # ---- Copies ---------------------------------------------------------------------------------

    def backup(
        self,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        unverified: bool = False,
        progress: Progress | None = None,
    ) -> bool:
        """Writes a consistent copy, while others write, once that state was verified. Returns
        False, and leaves no file, if the progress function stopped it.

        Args:
            overwrite: In place of a file of that name; never in place of an open store.
            unverified: Also of a store that is not intact: as evidence.

        Raises:
            InvalidArgument, IntegrityViolation (the store was tampered with), KeyVersionUnavailable
            (that it was not cannot be proved), StorageError.
        """
        request = (path_text(path, "path"), overwrite, unverified, progress)
        stopped: bool = _secretstore.backup(self._handle, request)
        return not stopped

    def note_restored(self) -> None:
        """Notes in a store that was put in place from a backup that it was: an event ``restored``
        in its log, and a new incarnation, so that it and the store that it was a copy of are two
        from then on. The policy judges it as ``configure``. Raises IntegrityViolation, PolicyError,
        StorageError."""
        _secretstore.note_restored(self._handle, self._caller)

    def import_rows(
        self,
        text: str | Buffer,
        *,
        source_keys: Keys | None = None,
        existing: Existing = "refuse",
        dry_run: bool = False,
        partial: bool = False,
    ) -> ImportReport:
        """Imports JSON lines: a portable export, or rows of the Convex component.

        Args:
            source_keys: The keys that the rows stand under; None: the store's own.
            existing: What becomes of a secret that is there already.
            dry_run: Stores nothing.
            partial: Stores what can be stored; else all rows, or none if one is refused.

        Raises:
            The error of the first refused row, whose ``report`` says what would have become of all;
            InvalidArgument, KeyVersionUnavailable, DecryptionFailed, PolicyError, StorageError.
        """
        request = (
            text,
            make_keyring(source_keys, "source_keys"),
            code_of("ss_existing", existing, "existing"),
            dry_run,
            partial,
            self._caller,
        )
        try:
            return results.import_report(_secretstore.import_rows(self._handle, request))
        except SecretStoreError as error:
            if isinstance(error.report, tuple):
                error.report = results.import_report(error.report)
            raise

    def export_rows(
        self,
        write: Callable[[bytes], object],
        *,
        format: ExportFormat = "portable",
        namespace: NamespaceT | None | UnsetType = UNSET,
        target_keys: Keys | None = None,
        skip_failed: bool = False,
    ) -> ExportReport:
        """Gives secrets as JSON lines, still encrypted, to ``write``: the ``write`` of a binary
        file, for one. What was written before an error is not a whole export.

        Args:
            namespace: Only this one; None is the default one. Left out: all.
            target_keys: The first of them wraps the exported DEKs; None: the active key.
            skip_failed: Leaves out rows that cannot be read, and reports them.

        Raises:
            DecryptionFailed, KeyVersionUnavailable, PolicyError, StorageError, and what ``write``
            raises.
        """
        request = (
            code_of("ss_export_format", format, "format"),
            optional_text(namespace, "namespace"),
            make_keyring(target_keys, "target_keys"),
            skip_failed,
            write,
            self._caller,
        )
        return results.export_report(_secretstore.export_rows(self._handle, request))

    # ---- Policies and statistics ----------------------------------------------------------------

    def reload_policy(self, policy: Policy | str | os.PathLike[str]) -> None:
        """Exchanges the policy; running calls end on the one they began with. Raises PolicyInvalid,
        and then the former one stays."""
        _secretstore.policy_reload(self._handle, policy_source(policy, "policy"))

    def policy_hash(self) -> str | None:
        """The SHA-256 of the policy, as it stands in every event; None without a policy."""
        policy_hash: str | None = _secretstore.get_policy_hash(self._handle)
        return policy_hash

    def try_policy(
        self,
        policy: Policy | str | os.PathLike[str],
        on_refusal: Callable[[PolicyRefusal], bool | None] | None = None,
    ) -> PolicyTrial:
        """Replays all that the store holds against another policy, and changes nothing.
        ``on_refusal`` is told what it would have refused; it returns False to stop."""
        tell = function_or_none(on_refusal, "on_refusal")

        def refused(fields: tuple[Any, ...]) -> object:
            return None if tell is None else tell(PolicyRefusal(*fields))

        return PolicyTrial(
            *_secretstore.policy_try(self._handle, policy_source(policy, "policy"), refused)
        )

    def stats(self) -> Stats:
        """Counts and timings, for metrics. Reads one row for each namespace and no secret."""
        fields = _secretstore.get_stats(self._handle)
        names = [_secretstore.operation_name(index) for index in range(len(fields[-1]))]
        return results.stats(fields, names)
