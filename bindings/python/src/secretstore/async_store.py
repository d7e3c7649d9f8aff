"""``AsyncSecretStore``: the same store for asyncio, on a bounded pool of threads."""

from __future__ import annotations

import asyncio
import contextvars
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Final, Generic, NoReturn, ParamSpec, Self

from typing_extensions import Buffer, TypeVar, Unpack

from .errors import InvalidOptions
from .keys import Keys
from .opening import DEFAULT_EVENT_RETENTION_MS, DEFAULT_SECRET_RETENTION_MS, OpenOptions
from .paging import every_async
from .policy import Policy
from .pool import Pool, in_a_thread_of_its_own
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
from .store import (
    DEFAULT_PAGE_ITEMS,
    DEFAULT_ROTATE_BATCH,
    Progress,
    PutRequest,
    PutResults,
    SecretStore,
)
from .values import UNSET, Duration, Instant, UnsetType, check_names, is_integer, refuse_type

Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")

DEFAULT_MAX_THREADS: Final = 4
_OPTIONS: Final = ("max_threads", *OpenOptions.__annotations__)


def _checked(max_threads: int) -> int:
    if not is_integer(max_threads):
        refuse_type("max_threads", "int", max_threads)
    if max_threads < 1:
        raise InvalidOptions(f"max_threads: expected at least 1, got {max_threads}")
    return max_threads


class AsyncSecretStore(Generic[NamespaceT, MetadataT]):
    """:class:`SecretStore` with methods to await; they take and raise what its methods do.

    ::

        async with await AsyncSecretStore.open("secrets.db", keys=keys) as store:
            result = await store.get("STRIPE_KEY")

    Calls run on at most ``max_threads`` threads; the others wait. A call that is cancelled while it
    waits does not run; one that runs is carried through, and its result dropped, unless the store
    is closed. Functions that are handed over (``progress``, ``write``) are called on those threads.
    An interpreter that ends closes the store, and waits for none of them.
    """

    __slots__ = ("_pool", "_store")
    _store: SecretStore[NamespaceT, MetadataT]
    _pool: Pool

    def __init__(self, *_: object, **__: object) -> None:
        raise TypeError("expected await AsyncSecretStore.open(path, keys=...), got a call")

    @classmethod
    def _of(cls, store: SecretStore[NamespaceT, MetadataT], pool: Pool) -> Self:
        handle = object.__new__(cls)
        handle._store = store
        handle._pool = pool
        return handle

    async def _run(
        self,
        function: Callable[Parameters, Returned],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Returned:
        context = contextvars.copy_context()

        def call() -> Returned:
            return context.run(function, *args, **kwargs)

        return await asyncio.wrap_future(self._pool.submit(call))

    # ---- Opening and closing --------------------------------------------------------------------

    @classmethod
    async def open(
        cls,
        path: str | os.PathLike[str],
        *,
        max_threads: int = DEFAULT_MAX_THREADS,
        **options: Unpack[OpenOptions],
    ) -> Self:
        """As :meth:`SecretStore.open`, with the same options."""
        check_names(options, _OPTIONS, "AsyncSecretStore.open")
        pool = Pool(_checked(max_threads))
        make = partial(SecretStore[NamespaceT, MetadataT].open, path, **options)
        try:
            store = await asyncio.wrap_future(pool.submit(make))
        except BaseException:
            pool.close()
            raise
        return cls._of(store, pool)

    async def close(self) -> None:
        """As :meth:`SecretStore.close`: calls that run or wait for a thread raise Closed."""
        try:
            await asyncio.wrap_future(in_a_thread_of_its_own(self._store.close))
        finally:
            self._pool.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def with_caller(
        self, *, actor: str | None = None, context: Mapping[str, object] | None = None
    ) -> Self:
        """As :meth:`SecretStore.with_caller`; nothing to await."""
        return self._of(self._store.with_caller(actor=actor, context=context), self._pool)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._store._connection.path!r}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "an AsyncSecretStore cannot be pickled or copied, since keys must not leave the "
            "process; open it in each process"
        )

    # ---- Secrets --------------------------------------------------------------------------------

    async def put(
        self,
        name: str,
        value: str | Buffer,
        *,
        namespace: NamespaceT | None = None,
        metadata: MetadataT | None | UnsetType = UNSET,
        ttl_ms: Duration | None | UnsetType = UNSET,
        if_revision: int | None = None,
    ) -> PutResult:
        """As :meth:`SecretStore.put`."""
        return await self._run(
            self._store.put,
            name,
            value,
            namespace=namespace,
            metadata=metadata,
            ttl_ms=ttl_ms,
            if_revision=if_revision,
        )

    async def put_many(self, requests: Sequence[PutRequest[NamespaceT, MetadataT]]) -> PutResults:
        """As :meth:`SecretStore.put_many`."""
        return await self._run(self._store.put_many, requests)

    async def get(
        self, name: str, *, namespace: NamespaceT | None = None
    ) -> GetResult[str, MetadataT]:
        """As :meth:`SecretStore.get`."""
        return await self._run(self._store.get, name, namespace=namespace)

    async def get_bytes(
        self, name: str, *, namespace: NamespaceT | None = None
    ) -> GetResult[bytes, MetadataT]:
        """As :meth:`SecretStore.get_bytes`."""
        return await self._run(self._store.get_bytes, name, namespace=namespace)

    async def get_or_throw(
        self, name: str, *, namespace: NamespaceT | None = None
    ) -> GetSuccess[str, MetadataT]:
        """As :meth:`SecretStore.get_or_throw`."""
        return await self._run(self._store.get_or_throw, name, namespace=namespace)

    async def get_bytes_or_throw(
        self, name: str, *, namespace: NamespaceT | None = None
    ) -> GetSuccess[bytes, MetadataT]:
        """As :meth:`SecretStore.get_bytes_or_throw`."""
        return await self._run(self._store.get_bytes_or_throw, name, namespace=namespace)

    async def has(self, name: str, *, namespace: NamespaceT | None = None) -> bool:
        """As :meth:`SecretStore.has`."""
        return await self._run(self._store.has, name, namespace=namespace)

    async def update(
        self,
        name: str,
        *,
        namespace: NamespaceT | None = None,
        metadata: MetadataT | None | UnsetType = UNSET,
        expires_at: Instant | None | UnsetType = UNSET,
        ttl_ms: Duration | None | UnsetType = UNSET,
        if_revision: int | None = None,
    ) -> UpdateResult:
        """As :meth:`SecretStore.update`."""
        return await self._run(
            self._store.update,
            name,
            namespace=namespace,
            metadata=metadata,
            expires_at=expires_at,
            ttl_ms=ttl_ms,
            if_revision=if_revision,
        )

    async def remove(
        self,
        name: str,
        *,
        namespace: NamespaceT | None = None,
        if_revision: int | None = None,
        purge: bool = False,
    ) -> bool:
        """As :meth:`SecretStore.remove`."""
        return await self._run(
            self._store.remove, name, namespace=namespace, if_revision=if_revision, purge=purge
        )

    # ---- Lists ----------------------------------------------------------------------------------

    async def list(
        self,
        *,
        namespace: NamespaceT | None = None,
        order: Order = "desc",
        num_items: int = DEFAULT_PAGE_ITEMS,
        cursor: str | None = None,
    ) -> Page[SecretInfo[NamespaceT, MetadataT]]:
        """As :meth:`SecretStore.list`."""
        return await self._run(
            self._store.list, namespace=namespace, order=order, num_items=num_items, cursor=cursor
        )

    def iter_secrets(
        self,
        *,
        namespace: NamespaceT | None = None,
        order: Order = "desc",
        page_items: int = DEFAULT_PAGE_ITEMS,
    ) -> AsyncIterator[SecretInfo[NamespaceT, MetadataT]]:
        """As :meth:`SecretStore.iter_secrets`, for ``async for``."""
        return every_async(
            partial(self.list, namespace=namespace, order=order, num_items=page_items)
        )

    async def list_namespaces(
        self, *, num_items: int = DEFAULT_PAGE_ITEMS, cursor: str | None = None
    ) -> Page[NamespaceInfo[NamespaceT]]:
        """As :meth:`SecretStore.list_namespaces`."""
        return await self._run(self._store.list_namespaces, num_items=num_items, cursor=cursor)

    def iter_namespaces(
        self, *, page_items: int = DEFAULT_PAGE_ITEMS
    ) -> AsyncIterator[NamespaceInfo[NamespaceT]]:
        """As :meth:`SecretStore.iter_namespaces`, for ``async for``."""
        return every_async(partial(self.list_namespaces, num_items=page_items))

    async def list_events(
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
        """As :meth:`SecretStore.list_events`."""
        return await self._run(
            self._store.list_events,
            namespace=namespace,
            name=name,
            type=type,
            secret_id=secret_id,
            store_log=store_log,
            order=order,
            num_items=num_items,
            cursor=cursor,
        )

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
    ) -> AsyncIterator[Event[NamespaceT]]:
        """As :meth:`SecretStore.iter_events`, for ``async for``."""
        return every_async(
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

    async def rotate_keys(
        self,
        from_version: int,
        *,
        batch_size: int = DEFAULT_ROTATE_BATCH,
        cursor: str | None = None,
    ) -> RotateResult:
        """As :meth:`SecretStore.rotate_keys`."""
        return await self._run(
            self._store.rotate_keys, from_version, batch_size=batch_size, cursor=cursor
        )

    async def rotate_all(self, *, progress: Progress | None = None) -> RotateAllResult:
        """As :meth:`SecretStore.rotate_all`."""
        return await self._run(self._store.rotate_all, progress=progress)

    async def rotation_status(self) -> RotationStatus:
        """As :meth:`SecretStore.rotation_status`."""
        return await self._run(self._store.rotation_status)

    async def retire_key(self, version: int, *, abandon: bool = False) -> RetireResult:
        """As :meth:`SecretStore.retire_key`."""
        return await self._run(self._store.retire_key, version, abandon=abandon)

    async def admit_keys(self) -> int:
        """As :meth:`SecretStore.admit_keys`."""
        return await self._run(self._store.admit_keys)

    async def reload_keys(self, keys: Keys) -> None:
        """As :meth:`SecretStore.reload_keys`."""
        await self._run(self._store.reload_keys, keys)

    async def cleanup_secrets(
        self, retention_ms: Duration = DEFAULT_SECRET_RETENTION_MS
    ) -> CleanupResult:
        """As :meth:`SecretStore.cleanup_secrets`."""
        return await self._run(self._store.cleanup_secrets, retention_ms)

    async def cleanup_events(
        self, retention_ms: Duration = DEFAULT_EVENT_RETENTION_MS
    ) -> CleanupResult:
        """As :meth:`SecretStore.cleanup_events`."""
        return await self._run(self._store.cleanup_events, retention_ms)

    async def maintenance_step(self) -> bool:
        """As :meth:`SecretStore.maintenance_step`."""
        return await self._run(self._store.maintenance_step)

    # ---- Settings of the store ------------------------------------------------------------------

    async def settings(self) -> StoreSettings:
        """As :meth:`SecretStore.settings`."""
        return await self._run(self._store.settings)

    async def change_settings(
        self, *, events_min_retention_ms: Duration | UnsetType = UNSET
    ) -> StoreSettings:
        """As :meth:`SecretStore.change_settings`."""
        return await self._run(
            self._store.change_settings, events_min_retention_ms=events_min_retention_ms
        )

    # ---- The audit log --------------------------------------------------------------------------

    async def verify(
        self, *, expected_head: str | None = None, progress: Progress | None = None
    ) -> VerifyReport:
        """As :meth:`SecretStore.verify`."""
        return await self._run(self._store.verify, expected_head=expected_head, progress=progress)

    async def accept(self, *, namespace: NamespaceT | None = None) -> AcceptResult:
        """As :meth:`SecretStore.accept`."""
        return await self._run(self._store.accept, namespace=namespace)

    async def make_anchor(self) -> Anchor:
        """As :meth:`SecretStore.make_anchor`."""
        return await self._run(self._store.make_anchor)

    async def audit_head(self) -> AuditHead:
        """As :meth:`SecretStore.audit_head`."""
        return await self._run(self._store.audit_head)

    # ---- Copies ---------------------------------------------------------------------------------

    async def backup(
        self,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        unverified: bool = False,
        progress: Progress | None = None,
    ) -> bool:
        """As :meth:`SecretStore.backup`."""
        return await self._run(
            self._store.backup,
            path,
            overwrite=overwrite,
            unverified=unverified,
            progress=progress,
        )

    async def note_restored(self) -> None:
        """As :meth:`SecretStore.note_restored`."""
        await self._run(self._store.note_restored)

    async def import_rows(
        self,
        text: str | Buffer,
        *,
        source_keys: Keys | None = None,
        existing: Existing = "refuse",
        dry_run: bool = False,
        partial: bool = False,
    ) -> ImportReport:
        """As :meth:`SecretStore.import_rows`."""
        return await self._run(
            self._store.import_rows,
            text,
            source_keys=source_keys,
            existing=existing,
            dry_run=dry_run,
            partial=partial,
        )

    async def export_rows(
        self,
        write: Callable[[bytes], object],
        *,
        format: ExportFormat = "portable",
        namespace: NamespaceT | None | UnsetType = UNSET,
        target_keys: Keys | None = None,
        skip_failed: bool = False,
    ) -> ExportReport:
        """As :meth:`SecretStore.export_rows`."""
        return await self._run(
            self._store.export_rows,
            write,
            format=format,
            namespace=namespace,
            target_keys=target_keys,
            skip_failed=skip_failed,
        )

    # ---- Policies and statistics ----------------------------------------------------------------

    async def reload_policy(self, policy: Policy | str | os.PathLike[str]) -> None:
        """As :meth:`SecretStore.reload_policy`."""
        await self._run(self._store.reload_policy, policy)

    async def policy_hash(self) -> str | None:
        """As :meth:`SecretStore.policy_hash`."""
        return await self._run(self._store.policy_hash)

    async def try_policy(
        self,
        policy: Policy | str | os.PathLike[str],
        on_refusal: Callable[[PolicyRefusal], bool | None] | None = None,
    ) -> PolicyTrial:
        """As :meth:`SecretStore.try_policy`."""
        return await self._run(self._store.try_policy, policy, on_refusal)

    async def stats(self) -> Stats:
        """As :meth:`SecretStore.stats`."""
        return await self._run(self._store.stats)
