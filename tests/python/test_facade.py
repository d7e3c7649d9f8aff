"""What is Python's own: arguments, results, errors, handles. The scenarios test the rest."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import gc
import inspect
import logging
import pickle
import weakref
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from conftest import KEYS, START_MS, FakeClock, open_store

import secretstore
from secretstore import (
    UNSET,
    AsyncSecretStore,
    Conflict,
    InvalidArgument,
    InvalidOptions,
    Key,
    NotFound,
    OpenOptions,
    PutRequest,
    SecretStore,
    StorageError,
    _secretstore,
    results,
    to_datetime,
)

HOUR = timedelta(hours=1)
HOUR_MS = 3_600_000


# ---- Files --------------------------------------------------------------------------------------


def test_a_file_that_its_group_may_write_needs_allow_group(path: Path) -> None:
    open_store(path).close()
    path.chmod(0o660)
    with pytest.raises(StorageError, match="may be written by its group"):
        open_store(path)
    open_store(path, allow_group=True).close()
    path.chmod(0o666)
    with pytest.raises(StorageError, match="may be written by everybody"):
        open_store(path, allow_group=True)


# ---- Arguments ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"busy_timeout_ms": -1},
        {"max_value_bytes": -1},
        {"max_value_bytes": 2**40},
        {"default_ttl_ms": -1},
        {"policy_hash": "x"},
        {"policy_memory_bytes": 1},
        {"policy_instructions": 1},
        {"policy_deadline_ms": 0},
        {"maintenance_interval_ms": 1},
        {"secret_retention_ms": 0},
        {"event_retention_ms": 0},
        {"least_epoch": 0},
        {"reads": "twice"},
    ],
    ids=str,
)
def test_messages_call_options_by_their_names_here(path: Path, options: dict[str, Any]) -> None:
    (name,) = options
    with pytest.raises(InvalidOptions, match=f"^{name}: expected "):
        open_store(path, **options)


def test_a_filter_without_its_namespace_is_told_of_none(store: SecretStore) -> None:
    with pytest.raises(
        InvalidArgument, match=r"^name and type: .* \(None names the default one\)$"
    ):
        store.list_events(name="A")


@pytest.mark.parametrize(
    "value", [b"\x00\xff", bytearray(b"\x00\xff"), memoryview(b"a\x00\xffb")[1:3]], ids=type
)
def test_values_are_anything_bytes_like(store: SecretStore, value: Any) -> None:
    store.put("A", value)
    assert store.get_bytes_or_throw("A").value == b"\x00\xff"


def test_a_text_value_may_hold_a_nul(store: SecretStore) -> None:
    store.put("A", "a\0b")
    assert store.get_or_throw("A").value == "a\0b"


def test_text_that_was_put_is_utf8_for_get_bytes(store: SecretStore) -> None:
    store.put("A", "pässwörd")
    assert store.get_bytes_or_throw("A").value == "pässwörd".encode()


def test_get_of_other_bytes_names_get_bytes_and_shows_none(store: SecretStore) -> None:
    store.put("A", b"secret\xff")
    with pytest.raises(InvalidArgument, match="get_bytes") as caught:
        store.get("A")
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None  # a UnicodeDecodeError holds the value


def test_a_lone_surrogate_is_refused_and_not_kept(store: SecretStore) -> None:
    with pytest.raises(InvalidArgument, match="lone surrogate") as caught:
        store.put("A", "secret\udc80")
    assert caught.value.__context__ is None  # a UnicodeEncodeError holds the text
    with pytest.raises(InvalidArgument, match="^name: .*lone surrogate"):
        store.has("\ud800")


def test_a_name_is_never_cut_at_a_nul(store: SecretStore) -> None:
    store.put("A", "v")
    for call in (store.has, store.get, store.get_bytes, store.remove):
        with pytest.raises(InvalidArgument, match=r"U\+0000"):
            call("A\0B")  # type: ignore[operator]
    with pytest.raises(InvalidArgument, match=r"^namespace: .*U\+0000"):
        store.has("A", namespace="x\0")


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((1, "v"), {}, "name: expected str, got int"),
        ((None, "v"), {}, "name: expected str, got NoneType"),
        (("A", 1), {}, "value: expected str or a bytes-like object, got int"),
        (("A", "v"), {"namespace": b"x"}, "namespace: expected str, got bytes"),
        (("A", "v"), {"ttl_ms": 1.5}, "ttl_ms: expected int or timedelta, got float"),
        (("A", "v"), {"ttl_ms": True}, "ttl_ms: expected int or timedelta, got bool"),
        (("A", "v"), {"if_revision": "1"}, "if_revision: expected int, got str"),
        (("A", "v"), {"metadata": [1]}, "metadata: expected a mapping, got list"),
        (("A", "v"), {"metadata": {"a": {1}}}, "metadata: expected what JSON can say, got set"),
    ],
)
def test_a_wrong_type_is_a_type_error(
    store: SecretStore, arguments: Any, options: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=f"^{message}$"):
        store.put(*arguments, **options)
    assert not store.has("A")


@pytest.mark.parametrize(
    "metadata", [{1: "a"}, {"a": {None: 1}}, {"a": float("nan")}, {"a": "\ud800"}]
)
def test_metadata_that_json_cannot_say_is_refused(store: SecretStore, metadata: Any) -> None:
    with pytest.raises(InvalidArgument, match="metadata"):
        store.put("A", "v", metadata=metadata)


def test_metadata_within_itself_is_refused(store: SecretStore) -> None:
    metadata: dict[str, Any] = {}
    metadata["self"] = metadata
    with pytest.raises(InvalidArgument, match="metadata"):
        store.put("A", "v", metadata=metadata)


def test_numbers_in_metadata_come_back_as_they_went_in(store: SecretStore) -> None:
    numbers = [10**20, -(10**20), 2**63, 9223372036854776000, 2**63 - 1, -(2**63), 2**53 + 1]
    reals = [0.1, 0.1 + 0.2, 1e20, 5e-324, 1.7976931348623157e308, -0.0]
    store.put("A", "v", metadata={"numbers": numbers, "reals": reals})
    assert store.get_or_throw("A").metadata == {"numbers": numbers, "reals": reals}


@pytest.mark.parametrize("number", [2**64 + 1, 10**20 + 1, -(2**63) - 1, 10**400])
def test_numbers_that_64_bits_do_not_hold_are_refused(store: SecretStore, number: int) -> None:
    with pytest.raises(InvalidArgument, match="metadata: expected"):
        store.put("A", "v", metadata={"n": number})
    assert not store.has("A")


def test_metadata_is_any_mapping(store: SecretStore) -> None:
    store.put("A", "v", metadata=MappingProxyType({"a": MappingProxyType({"b": [1, (2, 3)]})}))
    assert store.get_or_throw("A").metadata == {"a": {"b": [1, [2, 3]]}}


def test_numbers_beyond_64_bits_are_refused(store: SecretStore) -> None:
    with pytest.raises(InvalidArgument, match="ttl_ms"):
        store.put("A", "v", ttl_ms=2**70)
    with pytest.raises(InvalidArgument, match="if_revision"):
        store.put("A", "v", if_revision=-1)


def test_unset_keeps_and_none_clears(store: SecretStore) -> None:
    store.put("A", "v", metadata={"a": 1}, ttl_ms=HOUR)
    store.put("A", "w", metadata=UNSET, ttl_ms=UNSET)
    kept = store.get_or_throw("A")
    assert (kept.metadata, kept.expires_at) == ({"a": 1}, START_MS + HOUR_MS)
    store.put("A", "w", metadata=None, ttl_ms=None)
    cleared = store.get_or_throw("A")
    assert (cleared.metadata, cleared.expires_at) == (None, None)
    assert repr(UNSET) == "UNSET"


def test_times_are_datetimes_too(store: SecretStore) -> None:
    moment = datetime(2026, 2, 2, 3, 0, 0, 500_999, tzinfo=timezone(timedelta(hours=1)))
    store.put("A", "v", ttl_ms=timedelta(seconds=1.5))
    assert store.get_or_throw("A").expires_at == START_MS + 1500
    updated = store.update("A", expires_at=moment)
    assert updated.expires_at is not None
    assert to_datetime(updated.expires_at) == moment.replace(microsecond=500_000)
    with pytest.raises(InvalidArgument, match="time zone"):
        store.update("A", expires_at=datetime(2026, 2, 2))


def test_unknown_choices_are_named(store: SecretStore) -> None:
    with pytest.raises(InvalidArgument, match="order: expected one of 'desc', 'asc', got 'up'"):
        store.list(order="up")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="type: expected one of 'created'"):
        store.list_events(namespace=None, type="made")  # type: ignore[arg-type]


# ---- Results ------------------------------------------------------------------------------------


def test_a_value_is_in_no_repr(store: SecretStore) -> None:
    store.put("A", "sk_live_51")
    found = store.get("A")
    assert "sk_live" not in repr(found) + repr(store.get_bytes("A")) + str(found)
    assert "sk_live" not in repr(PutRequest("A", "sk_live_51"))
    assert KEYS["A"] not in repr(store) + repr(Key(1, KEYS["A"]))


def test_results_are_frozen(store: SecretStore) -> None:
    result = store.put("A", "v")
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.revision = 5  # type: ignore[misc]


FIELDS = {
    "ss_put_result": results.PutResult,
    "ss_update_result": results.UpdateResult,
    "ss_secret_info": results.SecretInfo,
    "ss_secret_page": results.Page,
    "ss_namespace_info": results.NamespaceInfo,
    "ss_namespace_page": results.Page,
    "ss_event": results.Event,
    "ss_event_page": results.Page,
    "ss_rotate_result": results.RotateResult,
    "ss_rotate_all_result": results.RotateAllResult,
    "ss_key_info": results.KeyInfo,
    "ss_rotation_status": results.RotationStatus,
    "ss_retire_result": results.RetireResult,
    "ss_store_settings": results.StoreSettings,
    "ss_cleanup_result": results.CleanupResult,
    "ss_fault": results.Fault,
    "ss_verify_report": results.VerifyReport,
    "ss_accept_result": results.AcceptResult,
    "ss_anchor": results.Anchor,
    "ss_audit_head": results.AuditHead,
    "ss_transfer_fault": results.TransferFault,
    "ss_import_report": results.ImportReport,
    "ss_export_report": results.ExportReport,
    "ss_policy_refusal": results.PolicyRefusal,
    "ss_policy_trial": results.PolicyTrial,
    "ss_operation_stats": results.OperationStats,
    "ss_stats": results.Stats,
}


def test_the_classes_have_the_fields_of_the_native_records() -> None:
    native = _secretstore.record_fields()
    native["ss_secret_info"] = [
        "effective_state" if name == "is_expired" else name for name in native["ss_secret_info"]
    ]
    for record, facade in FIELDS.items():
        assert [field.name for field in dataclasses.fields(facade)] == native[record], record
    made_by_hand = {"ss_get_result", "ss_get_text_result"}
    requests = {name for name in native if name.endswith("_request")} | {"ss_open_options"}
    assert native.keys() - FIELDS.keys() == made_by_hand | requests


# ---- Errors -------------------------------------------------------------------------------------


def test_errors_are_what_pythons_own_would_be(store: SecretStore) -> None:
    with pytest.raises(LookupError):
        store.get_or_throw("missing")
    with pytest.raises(ValueError, match="name"):
        store.has("")


def test_errors_survive_pickling(store: SecretStore) -> None:
    store.put("A", "v")
    with pytest.raises(Conflict) as caught:
        store.put("A", "v", if_revision=7)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again), again.code) == (Conflict, str(caught.value), "conflict")


def test_a_policy_error_says_where(path: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.lua"
    policy.write_text("return { authorize = function(request)\n  error('no') end }")
    with (
        open_store(path, policy=policy) as store,
        pytest.raises(secretstore.PolicyFailed) as caught,
    ):
        store.put("A", "v")
    assert caught.value.policy_location is not None
    assert caught.value.policy_location.endswith("policy.lua:2")  # Lua shortens long paths


# ---- Handles ------------------------------------------------------------------------------------


def test_a_store_is_opened_and_not_called() -> None:
    with pytest.raises(TypeError, match=r"SecretStore\.open"):
        SecretStore("secrets.db")
    with pytest.raises(TypeError, match=r"AsyncSecretStore\.open"):
        AsyncSecretStore("secrets.db")


@pytest.mark.parametrize("copied", [pickle.dumps, copy.copy, copy.deepcopy])
def test_pickling_is_refused_with_a_reason(store: SecretStore, copied: Any) -> None:
    with pytest.raises(TypeError, match="open it in each process"):
        copied(store)


def test_with_closes(path: Path) -> None:
    with open_store(path) as store:
        store.put("A", "v")
    with pytest.raises(secretstore.Closed):
        store.get("A")


def test_a_callers_handle_keeps_the_store(path: Path) -> None:
    handle = open_store(path).with_caller(actor="alice")
    gc.collect()
    handle.put("A", "v")
    assert handle.list_events().page[0].actor == "alice"
    handle.close()


def test_a_forgotten_store_closes(path: Path) -> None:
    store = open_store(path)
    connection = weakref.ref(store._connection)
    wal = path.with_name(path.name + "-wal")
    store.put("A", "v")
    assert wal.exists()
    del store
    assert connection() is None
    assert not wal.exists()  # SQLite removes it when the last connection closes


def test_the_caller_reaches_policy_and_log(path: Path, tmp_path: Path) -> None:
    policy = secretstore.Policy(
        """return {
          authorize = function(r)
            return r.context ~= nil and r.context.team == "ops", "not ops"
          end,
          enrich = function(event, r) return { team = r.context.team } end }"""
    )
    with open_store(path, policy=policy) as store:
        with pytest.raises(secretstore.PolicyDenied, match="not ops"):
            store.put("A", "v")
        ops = store.with_caller(actor="bob", context={"team": "ops"})
        ops.put("A", "v")
        event = ops.list_events().page[0]
    assert event.actor == "bob"
    assert event.metadata is not None
    assert event.metadata["team"] == "ops"


# ---- Opening ------------------------------------------------------------------------------------


def test_keys_come_from_the_environment(tmp_path: Path) -> None:
    from_text = secretstore.keys_from_environment({"SECRET_STORE_KEYS": f"1:{KEYS['A']}"})
    file = tmp_path / "keys"
    file.write_text(f"1:{KEYS['A']}\n")
    from_file = secretstore.keys_from_environment({"SECRET_STORE_KEYS_FILE": str(file)})
    assert from_text == from_file == [Key(1, KEYS["A"])]
    with pytest.raises(InvalidOptions, match="SECRET_STORE_KEYS"):
        secretstore.keys_from_environment({})


def test_generated_keys_differ_and_open(path: Path) -> None:
    first, second = secretstore.generate_key(), secretstore.generate_key()
    assert first != second
    open_store(path, keys=[(1, first)]).close()
    with pytest.raises(secretstore.KeyMismatch):
        open_store(path, keys=[(1, second)])


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"max_value_bytes": -1}, "max_value_bytes"),
        ({"max_value_bytes": 2**70}, "max_value_bytes"),
        ({"durability": "none"}, "durability"),
        ({"maintenance_interval_ms": 1}, "interval"),
        ({"secret_retention_ms": 0}, "retention"),
        ({"policy_deadline_ms": 0}, "deadline"),
        ({"keys": []}, "key"),
    ],
)
def test_wrong_options_are_named(path: Path, options: Any, named: str) -> None:
    with pytest.raises(InvalidOptions, match=named):
        open_store(path, **options)
    assert not path.exists()


def test_create_false_finds_nothing(path: Path) -> None:
    with pytest.raises(NotFound):
        open_store(path, create=False)


def test_the_hash_of_generated_types_must_fit(path: Path) -> None:
    policy = secretstore.Policy("return {}")
    with open_store(path, policy=policy) as store:
        policy_hash = store.policy_hash()
    assert policy_hash is not None
    open_store(path, policy=policy, policy_hash=policy_hash).close()
    with pytest.raises(secretstore.PolicyInvalid):
        open_store(path, policy=policy, policy_hash="0" * 64)


def test_options_are_those_of_open() -> None:
    parameters = inspect.signature(SecretStore.open).parameters
    assert list(OpenOptions.__annotations__) == [n for n in parameters if n != "path"]


# ---- Log and clock ------------------------------------------------------------------------------


def test_the_library_logs_to_logging(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="secretstore")
    policy = secretstore.Policy("print('loaded 100%s') return {}")
    open_store(path, policy=policy).close()
    assert any("loaded 100%s" in record.getMessage() for record in caplog.records)
    assert {record.name for record in caplog.records} == {"secretstore"}


def test_what_the_logger_does_not_want_is_not_made(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="secretstore")
    open_store(path, policy=secretstore.Policy("print('quiet') return {}")).close()
    assert caplog.records == []


def test_a_clock_may_return_a_datetime(path: Path) -> None:
    with open_store(path, clock=lambda: datetime(2026, 1, 1, tzinfo=timezone.utc)) as store:
        assert store.put("A", "v").created_at == 1_767_225_600_000


def test_a_clock_that_raises_is_reported_and_the_system_asked(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[Any] = []
    monkeypatch.setattr("sys.unraisablehook", lambda what: raised.append(what.exc_value))

    def broken() -> int:
        raise RuntimeError("no clock")

    before = datetime.now(timezone.utc)
    with open_store(path, clock=broken) as store:
        created = to_datetime(store.put("A", "v").created_at)
    assert created >= before - timedelta(milliseconds=1)
    assert {str(error) for error in raised} == {"no clock"}


# ---- Lists --------------------------------------------------------------------------------------


def test_iterators_page(store: SecretStore) -> None:
    for number in range(7):
        store.put(f"N{number}", "v", namespace="a")
    store.put("B", "v", namespace="b")
    names = [secret.name for secret in store.iter_secrets(namespace="a", order="asc", page_items=3)]
    assert names == [f"N{number}" for number in range(7)]
    sequences = [event.sequence for event in store.iter_events(namespace="a", page_items=2)]
    assert sequences == [7, 6, 5, 4, 3, 2, 1]
    namespaces = [(row.namespace, row.secret_count) for row in store.iter_namespaces(page_items=1)]
    assert namespaces == [("a", 7), ("b", 1)]


def test_put_many_is_all_or_none(store: SecretStore) -> None:
    store.put("B", "v")
    with pytest.raises(Conflict, match="1"):
        store.put_many([PutRequest("A", "1"), PutRequest("B", b"2", if_revision=9)])
    assert not store.has("A")
    done = store.put_many(
        [PutRequest("A", "1", metadata={"a": 1}), PutRequest("B", bytearray(b"2"))]
    )
    assert [result.revision for result in done] == [1, 2]
    assert store.get_or_throw("A").metadata == {"a": 1}
    assert store.put_many([]) == []


# ---- Long calls ---------------------------------------------------------------------------------


def fill(store: SecretStore, count: int) -> None:
    store.put_many([PutRequest(f"N{number}", "v") for number in range(count)])


def test_rotation_reports_progress_and_stops(path: Path) -> None:
    with open_store(path) as store:
        fill(store, 250)
    with open_store(path, keys=[(2, KEYS["B"]), (1, KEYS["A"])]) as store:
        seen: list[tuple[int, int]] = []

        def first_only(done: int, total: int) -> bool:
            seen.append((done, total))
            return False

        stopped = store.rotate_all(progress=first_only)
        assert not stopped.is_done
        assert len(seen) == 1
        assert store.rotate_all(progress=lambda done, total: None).is_done
        status = store.rotation_status()
    assert status.is_complete
    assert {key.version: key.is_safe_to_remove for key in status.keys} == {1: True, 2: False}


def test_what_a_progress_function_raises_comes_out(store: SecretStore, tmp_path: Path) -> None:
    fill(store, 10)

    def raises(done: int, total: int) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        store.verify(progress=raises)
    with pytest.raises(KeyError, match="mine"):
        store.backup(tmp_path / "copy.db", progress=raises)
    assert not (tmp_path / "copy.db").exists()


def test_a_backup_opens(store: SecretStore, tmp_path: Path) -> None:
    fill(store, 3)
    assert store.backup(tmp_path / "copy.db")
    with open_store(tmp_path / "copy.db") as copied:
        assert copied.verify().rows_checked == 3
    assert store.backup(tmp_path / "other.db", progress=lambda done, total: False) is False


def test_verification_finds_and_an_old_head_proves(store: SecretStore, path: Path) -> None:
    fill(store, 3)
    head = store.audit_head()
    fill(store, 3)
    report = store.verify(expected_head=head.text)
    assert report.is_intact
    assert report.heads_compared == 1
    with pytest.raises(InvalidArgument):
        store.verify(expected_head="{}")


def test_cleanup_takes_timedeltas(store: SecretStore, clock: FakeClock) -> None:
    store.put("A", "v", ttl_ms=1)
    clock.now_ms += HOUR_MS + 2
    assert store.cleanup_secrets(2 * HOUR).deleted == 0
    assert store.cleanup_secrets(HOUR).deleted == 1
    # The store keeps events for thirty days, counted from the namespace's last one.
    clock.now_ms += 31 * 24 * HOUR_MS
    store.put("A", "v")
    assert store.cleanup_events(HOUR).deleted == 2
    assert store.maintenance_step() is False


# ---- Transfer -----------------------------------------------------------------------------------


def test_an_export_imports_under_other_keys(store: SecretStore, tmp_path: Path) -> None:
    store.put("A", "v", namespace="a", metadata={"a": 1})
    store.put("B", b"\xff")
    transfer = f"77:{KEYS['C']}"
    file = tmp_path / "out.jsonl"
    with file.open("wb") as out:
        assert store.export_rows(out.write, target_keys=transfer).exported == 2
    with open_store(tmp_path / "other.db", keys=[(5, KEYS["B"])]) as other:
        dry = other.import_rows(file.read_bytes(), source_keys=transfer, dry_run=True)
        assert (dry.imported, dry.is_stored) == (2, False)
        assert other.import_rows(file.read_text(), source_keys=transfer).imported == 2
        assert other.get_or_throw("A", namespace="a").metadata == {"a": 1}
        assert other.get_bytes_or_throw("B").value == b"\xff"
        with pytest.raises(Conflict) as caught:
            other.import_rows(file.read_bytes(), source_keys=transfer)
        assert caught.value.report is not None
        assert [fault.code for fault in caught.value.report.faults] == ["conflict", "conflict"]


def test_what_a_write_function_raises_comes_out(store: SecretStore) -> None:
    store.put("A", "v")

    def full(line: bytes) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        store.export_rows(full)


# ---- Policies -----------------------------------------------------------------------------------

POLICY = secretstore.Policy(
    """local s = require "schema"
    return { name = s.string():pattern("[A-Z]+"), metadata = s.record{ owner = s.string() } }"""
)


def test_policies_are_checked_typed_and_tested(tmp_path: Path) -> None:
    assert POLICY.check()
    assert "class Metadata(TypedDict)" in POLICY.types()
    assert "interface Metadata" in POLICY.types("typescript")
    cases = secretstore.Policy(
        """expect_allowed{ operation = "put", name = "A", metadata = { owner = "o" } }
        expect_denied({ operation = "put", name = "A", metadata = { owner = "o" } })
        """
    )
    assert [(case.line, case.passed) for case in POLICY.test(cases)] == [(1, True), (2, False)]
    with pytest.raises(secretstore.PolicyInvalid):
        secretstore.Policy("return 1").check()
    with pytest.raises(InvalidArgument):
        POLICY.types("cobol")  # type: ignore[arg-type]


def test_a_policy_is_tried_and_exchanged(store: SecretStore) -> None:
    assert store.policy_hash() is None
    store.put("A", "v", metadata={"owner": "o"})
    store.put("b", "v", metadata={"owner": "o"})
    refusals: list[secretstore.PolicyRefusal] = []
    trial = store.try_policy(POLICY, refusals.append)
    assert trial.secrets_tried == 2
    assert trial.refused == len(refusals) == 2
    assert {refusal.name for refusal in refusals} == {"b"}
    store.reload_policy(POLICY)
    assert store.policy_hash() is not None
    with pytest.raises(secretstore.PolicyDenied):
        store.put("b", "v", metadata={"owner": "o"})


def test_stats_count(store: SecretStore) -> None:
    store.put("A", "v")
    with pytest.raises(InvalidArgument):
        store.has("")
    stats = store.stats()
    assert stats.secret_count == 1
    assert stats.operations["put"].calls == 1
    assert stats.operations["has"].failures == 1


# ---- The asynchronous facade --------------------------------------------------------------------


def public(facade: Any) -> dict[str, Any]:
    return {
        name: member
        for name, member in vars(facade).items()
        if not name.startswith("_") and name != "open"
    }


def test_both_facades_have_the_same_surface() -> None:
    sync, asynchronous = public(SecretStore), public(AsyncSecretStore)
    assert sync.keys() == asynchronous.keys()
    for name, method in sync.items():
        ours, theirs = inspect.signature(method), inspect.signature(asynchronous[name])
        assert list(ours.parameters.values()) == list(theirs.parameters.values()), name


def test_everything_public_is_documented() -> None:
    undocumented = [
        f"{facade.__name__}.{name}"
        for facade in (SecretStore, AsyncSecretStore, secretstore.Policy)
        for name, member in vars(facade).items()
        if callable(member) and not name.startswith("_") and not member.__doc__
    ]
    for name in secretstore.__all__:
        exported = getattr(secretstore, name)
        if not (inspect.isclass(exported) or inspect.isfunction(exported)):
            continue
        if not exported.__doc__ or exported.__doc__.startswith(f"{name}("):
            undocumented.append(name)  # a dataclass writes its own otherwise
    assert undocumented == []


def test_a_cancelled_call_leaves_a_whole_store(path: Path) -> None:
    async def run() -> None:
        async with await AsyncSecretStore.open(
            path, keys=[(1, KEYS["A"])], max_threads=1, durability="normal"
        ) as store:
            await asyncio.gather(*(store.put(f"N{n}", "v") for n in range(50)))
            calls = [asyncio.create_task(store.put(f"N{n}", "w")) for n in range(50)]
            await asyncio.sleep(0)
            for call in calls[1:]:
                call.cancel()
            outcomes = await asyncio.gather(*calls, return_exceptions=True)
            assert isinstance(outcomes[0], results.PutResult)
            assert any(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
            for number in range(50):
                found = await store.get_or_throw(f"N{number}")
                assert found.value == ("v" if found.revision == 1 else "w")
            assert (await store.verify()).is_intact

    asyncio.run(run())


def test_the_loop_goes_on_while_a_call_runs(path: Path) -> None:
    async def run() -> None:
        async with await AsyncSecretStore.open(path, keys=[(1, KEYS["A"])]) as store:
            await store.put_many([PutRequest(f"N{n}", "v" * 1000) for n in range(5000)])
            ticks = 0
            verification = asyncio.create_task(store.verify())
            while not verification.done():
                await asyncio.sleep(0)
                ticks += 1
            assert (await verification).rows_checked == 5000
            assert ticks > 10

    asyncio.run(run())


def test_async_iterators_page(path: Path) -> None:
    async def run() -> None:
        store = await AsyncSecretStore.open(path, keys=[(1, KEYS["A"])], durability="normal")
        async with store:
            caller = store.with_caller(actor="alice")
            await caller.put_many([PutRequest(f"N{n}", "v") for n in range(5)])
            names = [s.name async for s in store.iter_secrets(order="asc", page_items=2)]
            assert names == [f"N{n}" for n in range(5)]
            actors = {e.actor async for e in store.iter_events(page_items=2)}
            assert actors == {"alice"}
            assert [n.namespace async for n in store.iter_namespaces()] == [None]
        with pytest.raises(secretstore.Closed):
            await store.get("N0")

    asyncio.run(run())
