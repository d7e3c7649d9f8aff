"""A model of how a store proves itself: root, epochs, seal, heads, chains, sums and store log, as
small as they can be. It has no files, no ciphers and no SQL: keys are bytes, a MAC is HMAC-SHA256
over repr(), a sum counts modulo 2^256. test_model.py has an attacker mix the parts of whole states,
and make new MACs with the key that was retired; only whole states may pass verify().

Library is what commits states; State is one of them, cut into the parts that an attacker can
exchange; Attacker is who has older states and a retired key."""

from __future__ import annotations

import copy
import functools
import hashlib
import hmac
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

ZEROS = bytes(32)
MODULUS = 1 << 256
TABLES = ("rows", "versions", "removed")
STORE_PARTS = ("root", "epochs", "seal", "log", "namespaces")
NAMESPACE_PARTS = ("heads", *TABLES, "events")
PARTS = (*STORE_PARTS, *NAMESPACE_PARTS)


@functools.lru_cache(1 << 16)
def mac(key: bytes, *text: Any) -> bytes:
    return hmac.new(key, repr(text).encode(), hashlib.sha256).digest()


def derive(epoch_key: bytes, purpose: str) -> bytes:
    return mac(epoch_key, "derived", purpose)


# ---- What is stored -----------------------------------------------------------------------------


class Row(NamedTuple):
    """A secret's row. The proof is the wrapped DEK: under its key it says all the rest."""

    secret: int
    name: str
    revision: int
    key_version: int
    value: str
    proof: bytes


class Event(NamedTuple):
    sequence: int
    kind: str
    secret: int
    epoch: int
    attempt: int
    previous: bytes | None
    left: bytes | None
    detail: Any
    mac: bytes


class Head(NamedTuple):
    sequence: int
    mac: bytes
    epoch: int
    counts: tuple[int, ...]
    sum: int
    checkpoint: tuple[int, bytes]
    root_sequence: int
    proof: bytes


class Kek(NamedTuple):
    version: int
    check: bytes
    state: str
    retired_epoch: int | None


class Wrap(NamedTuple):
    """An epoch key under a KEK: whoever holds the KEK takes it out."""

    sealed: bytes
    tag: bytes


class Root(NamedTuple):
    sequence: int
    keks: tuple[Kek, ...]
    epochs: tuple[tuple[int, bytes, tuple[tuple[int, Wrap], ...]], ...]
    min_epoch: int
    settings: int
    log: tuple[int, bytes]
    proof: bytes


class Seal(NamedTuple):
    epoch: int
    counter: int
    root: tuple[int, bytes]
    namespaces: int
    sum: int
    proof: bytes


@dataclass(eq=False)
class State:
    """A whole store. What belongs to a namespace is kept by its id."""

    root: Root
    epochs: dict[tuple[int, int], Wrap]
    seal: Seal
    log: tuple[Event, ...]
    namespaces: dict[int, str]
    heads: dict[int, Head]
    rows: dict[int, frozenset[Row]]
    versions: dict[int, frozenset[Row]]
    removed: dict[int, frozenset[Row]]
    events: dict[int, tuple[Event, ...]]

    def __eq__(self, other: object) -> bool:
        """Nothing under a namespace is the same as no such entry."""
        if not isinstance(other, State):
            return NotImplemented
        return self.content() == other.content()

    def content(self) -> dict[str, Any]:
        found = {part: getattr(self, part) for part in PARTS}
        for part in (*TABLES, "events"):
            found[part] = {number: rows for number, rows in found[part].items() if rows}
        return found


def key_check(key: bytes) -> bytes:
    return mac(key, "check")


def epoch_check(key: bytes, epoch: int) -> bytes:
    return mac(key, "epochcheck", epoch)


def wrap(kek: bytes, version: int, epoch: int, key: bytes) -> Wrap:
    pad = mac(kek, "pad", epoch, version)
    sealed = bytes(a ^ b for a, b in zip(key, pad, strict=True))
    return Wrap(sealed, mac(kek, "epoch", epoch, version, sealed))


def unwrap(kek: bytes, version: int, epoch: int, wrapped: Wrap) -> bytes | None:
    if mac(kek, "epoch", epoch, version, wrapped.sealed) != wrapped.tag:
        return None
    pad = mac(kek, "pad", epoch, version)
    return bytes(a ^ b for a, b in zip(wrapped.sealed, pad, strict=True))


def make_row(kek: bytes, namespace: str, row: Row) -> Row:
    return row._replace(proof=mac(kek, "dek", namespace, row[:-1]))


@functools.lru_cache(1 << 12)
def digest(namespace: str, row: Row) -> bytes:
    return hashlib.sha256(repr(("row", namespace, row)).encode()).digest()


def term(state_key: bytes, *text: Any) -> int:
    return int.from_bytes(mac(state_key, "term", *text), "little")


def total(state_key: bytes, namespace: str, tables: Mapping[str, Iterable[Row]]) -> int:
    terms = (
        term(state_key, table, digest(namespace, row))
        for table, rows in tables.items()
        for row in rows
    )
    return sum(terms) % MODULUS


def event_mac(keys: Mapping[int, bytes], tag: str, before: bytes, event: Event) -> bytes:
    return mac(derive(keys[event.epoch], "event"), tag, before, event[:-1])


def head_proof(epoch_key: bytes, namespace: str, head: Head) -> bytes:
    return mac(derive(epoch_key, "head"), namespace, head[:-1])


def root_proof(epoch_key: bytes, root: Root) -> bytes:
    return mac(derive(epoch_key, "root"), root[:-1])


def seal_proof(epoch_key: bytes, seal: Seal) -> bytes:
    return mac(derive(epoch_key, "seal"), seal[:-1])


def seal_sum(state_key: bytes, namespaces: Mapping[int, str], heads: Mapping[int, Head]) -> int:
    terms = (
        term(state_key, "sealed", name, heads[number].sequence, heads[number].mac)
        for number, name in namespaces.items()
        if number in heads
    )
    return sum(terms) % MODULUS


# ---- Verify -------------------------------------------------------------------------------------


class TamperedError(Exception):
    """The state is none that was committed."""


class UnprovableError(Exception):
    """No key is at hand that the root admits."""


def expect(condition: bool, what: str) -> None:
    if not condition:
        raise TamperedError(what)


def open_root(state: State, ring: Mapping[int, bytes], least_epoch: int) -> dict[int, bytes]:
    """The epoch keys, and the root is believed."""
    root = state.root
    numbers = [number for number, _, _ in root.epochs]
    expect(numbers == list(range(1, len(numbers) + 1)), "epochs have gaps")
    expect(root.min_epoch >= least_epoch, "the root is of before a key was retired")
    named = {
        (number, version): wrapped for number, _, wraps in root.epochs for version, wrapped in wraps
    }
    expect(state.epochs == named, "epochs or wraps are not those of the root")
    keys: dict[int, bytes] = {}
    for kek in root.keks:
        if kek.version not in ring:
            continue
        expect(key_check(ring[kek.version]) == kek.check, "another key by that version")
        if kek.state != "admitted":
            continue
        for number, check, _ in root.epochs:
            wrapped = named.get((number, kek.version))
            expect(wrapped is not None, "a wrap is missing")
            key = unwrap(ring[kek.version], kek.version, number, wrapped)
            expect(key is not None, "a wrap does not open")
            expect(epoch_check(key, number) == check, "another epoch key than the root's")
            keys[number] = key
    if not keys:
        raise UnprovableError
    expect(root_proof(keys[len(numbers)], root) == root.proof, "the root does not authenticate")
    return keys


def check_seal(state: State, keys: Mapping[int, bytes]) -> None:
    root, seal = state.root, state.seal
    expect(seal.epoch == len(root.epochs), "the seal is of another epoch")
    expect(seal_proof(keys[seal.epoch], seal) == seal.proof, "the seal does not authenticate")
    expect(seal.root == (root.sequence, root.proof), "the seal is of another root")
    expect(seal.namespaces == len(state.namespaces), "namespaces are gone or new")
    expect(set(state.heads) == set(state.namespaces), "heads are not those of the namespaces")
    for part in (*TABLES, "events"):
        found = {number for number, rows in getattr(state, part).items() if rows}
        expect(found <= set(state.namespaces), f"{part} of no namespace")
    found = seal_sum(keys[1], state.namespaces, state.heads)
    expect(seal.sum == found, "the heads are not those that the seal covers")


def check_chain(
    tag: str, keys: Mapping[int, bytes], begin: tuple[int, bytes], chain: Iterable[Event]
) -> tuple[int, bytes]:
    """Walks to the end, and tells where that is."""
    sequence, before = begin
    epoch = 0
    for event in chain:
        expect(event.sequence == sequence + 1, "an event is missing")
        expect(epoch <= event.epoch and event.epoch in keys, "an event of an epoch that was over")
        expect(event_mac(keys, tag, before, event) == event.mac, "an event was changed")
        sequence, before, epoch = event.sequence, event.mac, event.epoch
    return sequence, before


LINKING = ("created", "updated", "deleted", "rotated")


def check_links(chain: Iterable[Event], rows: Mapping[int, bytes], pruned: bool) -> None:
    """Each event found what the one before it left, and the rows are as the last ones left them."""
    last: dict[int, bytes | None] = {}
    strangers = pruned
    for event in chain:
        if event.kind == "accepted":
            last.clear()
            strangers = True
        if event.kind not in LINKING:
            continue
        known = event.secret in last
        creates = event.kind == "created"
        expect(known or strangers or creates, "a change of an unknown secret")
        expect(not known or last[event.secret] == event.previous, "an event does not link")
        last[event.secret] = event.left
    for secret, found in rows.items():
        expect(strangers or secret in last, "a row without an event")
        expect(secret not in last or last[secret] == found, "a row is not as its event left it")
    lives = {secret for secret, left in last.items() if left is not None}
    expect(lives <= set(rows), "a secret is missing")


def check_namespace(
    state: State, number: int, keys: Mapping[int, bytes], ring: Mapping[int, bytes]
) -> None:
    root, name, head = state.root, state.namespaces[number], state.heads[number]
    in_force = root.min_epoch <= head.epoch <= len(root.epochs)
    expect(in_force, "the head is of an epoch that is not in force")
    proof = head_proof(keys[head.epoch], name, head)
    expect(proof == head.proof, "the head does not authenticate")
    expect(head.root_sequence <= root.sequence, "the head is younger than the root")
    chain = state.events.get(number, ())
    expect(all(event.epoch <= head.epoch for event in chain), "the head is older than an event")
    end = check_chain("event", keys, head.checkpoint, chain)
    expect(end == (head.sequence, head.mac), "the chain ends elsewhere")

    tables = {table: getattr(state, table).get(number, frozenset()) for table in TABLES}
    admitted = {kek.version for kek in root.keks if kek.state == "admitted"}
    for row in itertools.chain(*tables.values()):
        if row.key_version in ring and row.key_version in admitted:
            made = make_row(ring[row.key_version], name, row)
            expect(made == row, "a row does not authenticate")
    counts = tuple(len(tables[table]) for table in TABLES)
    expect(counts == head.counts, "rows are missing")
    expect(total(keys[1], name, tables) == head.sum, "the rows are not those of the head")
    names = [row.name for row in tables["rows"]]
    expect(len(names) == len(set(names)), "two living rows of one name")
    living = {row.secret: digest(name, row) for row in tables["rows"]}
    check_links(chain, living, head.checkpoint[0] > 0)


def verify(state: State, ring: Mapping[int, bytes], least_epoch: int = 1) -> str:
    """Believes nothing that it has not authenticated. least_epoch is compared with the root's
    min_epoch, not with its newest epoch: between the begin of a retirement and its end, heads that
    are signed with the key that retires still pass."""
    try:
        keys = open_root(state, ring, least_epoch)
        expect(check_chain("storeevent", keys, (0, ZEROS), state.log) == state.root.log, "log")
        check_seal(state, keys)
        for number in state.namespaces:
            check_namespace(state, number, keys, ring)
    except UnprovableError:
        return "unprovable"
    except TamperedError:
        return "tampered"
    return "intact"


# ---- The library --------------------------------------------------------------------------------


@dataclass
class Library:
    """Holds every key, and commits states. Each operation is one transaction, retirement three."""

    keks: dict[int, bytes]
    active: int = 1
    committed: list[State] = field(default_factory=list)
    clock: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.epoch_keys: dict[int, bytes] = {}
        keks = (Kek(1, key_check(self.keks[1]), "admitted", None),)
        root = Root(0, keks, (), 1, 0, (0, ZEROS), ZEROS)
        seal = Seal(0, 0, (0, ZEROS), 0, 0, ZEROS)
        self.state = State(root, {}, seal, (), {}, {}, {}, {}, {}, {})
        self.begin_epoch()
        self.log("store_created")
        self.commit()

    @property
    def epoch(self) -> int:
        return len(self.state.root.epochs)

    def commit(self) -> State:
        """Renews the seal, and keeps what was committed."""
        state = self.state
        seal = Seal(
            self.epoch,
            state.seal.counter + 1,
            (state.root.sequence, state.root.proof),
            len(state.namespaces),
            seal_sum(self.epoch_keys[1], state.namespaces, state.heads),
            ZEROS,
        )
        state.seal = seal._replace(proof=seal_proof(self.epoch_keys[self.epoch], seal))
        self.committed.append(copy.deepcopy(state))
        return self.committed[-1]

    # -- the root

    def save_root(self, **changes: Any) -> None:
        root = self.state.root._replace(**changes)
        root = root._replace(sequence=root.sequence + 1)
        proof = root_proof(self.epoch_keys[len(root.epochs)], root)
        self.state.root = root._replace(proof=proof)

    def admitted(self) -> list[int]:
        return [kek.version for kek in self.state.root.keks if kek.state == "admitted"]

    def name_wraps(self) -> tuple[tuple[int, bytes, tuple[tuple[int, Wrap], ...]], ...]:
        return tuple(
            (
                number,
                epoch_check(key, number),
                tuple((v, w) for (n, v), w in sorted(self.state.epochs.items()) if n == number),
            )
            for number, key in sorted(self.epoch_keys.items())
        )

    def wrap_under(self, number: int, version: int) -> None:
        key = self.epoch_keys[number]
        self.state.epochs[number, version] = wrap(self.keks[version], version, number, key)

    def begin_epoch(self) -> None:
        number = self.epoch + 1
        self.epoch_keys[number] = mac(b"random", next(self.clock))
        for version in self.admitted():
            self.wrap_under(number, version)
        self.save_root(epochs=self.name_wraps())

    def log(self, kind: str, detail: Any = None) -> None:
        before = self.state.root.log
        attempt = next(self.clock)
        event = Event(before[0] + 1, kind, 0, self.epoch, attempt, None, None, detail, ZEROS)
        event = event._replace(mac=event_mac(self.epoch_keys, "storeevent", before[1], event))
        self.state.log += (event,)
        self.save_root(log=(event.sequence, event.mac))

    # -- namespaces

    def number_of(self, namespace: str) -> int:
        state = self.state
        for number, name in state.namespaces.items():
            if name == namespace:
                return number
        number = len(state.namespaces)
        state.namespaces[number] = namespace
        for table in TABLES:
            getattr(state, table)[number] = frozenset()
        state.events[number] = ()
        state.heads[number] = Head(0, ZEROS, self.epoch, (0, 0, 0), 0, (0, ZEROS), 0, ZEROS)
        return number

    def append(
        self,
        number: int,
        kind: str,
        secret: int = 0,
        previous: Row | None = None,
        left: Row | None = None,
        detail: Any = None,
    ) -> None:
        """An event, and the head with it, over the rows as they are now."""
        state, name = self.state, self.state.namespaces[number]
        head = state.heads[number]
        digests = [None if row is None else digest(name, row) for row in (previous, left)]
        attempt = next(self.clock)
        event = Event(head.sequence + 1, kind, secret, self.epoch, attempt, *digests, detail, ZEROS)
        event = event._replace(mac=event_mac(self.epoch_keys, "event", head.mac, event))
        state.events[number] += (event,)
        self.save_head(number, head._replace(sequence=event.sequence, mac=event.mac))

    def save_head(self, number: int, head: Head) -> None:
        state, name = self.state, self.state.namespaces[number]
        tables = {table: getattr(state, table)[number] for table in TABLES}
        head = head._replace(
            epoch=self.epoch,
            counts=tuple(len(rows) for rows in tables.values()),
            sum=total(self.epoch_keys[1], name, tables),
            root_sequence=state.root.sequence,
        )
        proof = head_proof(self.epoch_keys[self.epoch], name, head)
        state.heads[number] = head._replace(proof=proof)

    def find(self, number: int, name: str) -> Row | None:
        return next((row for row in self.state.rows[number] if row.name == name), None)

    def replace_row(self, number: int, old: Row | None, new: Row | None) -> None:
        rows = self.state.rows[number] - {old}
        self.state.rows[number] = rows if new is None else rows | {new}

    def seal_row(self, number: int, row: Row) -> Row:
        row = row._replace(key_version=self.active)
        return make_row(self.keks[self.active], self.state.namespaces[number], row)

    # -- operations

    def put(self, namespace: str, name: str, value: str, keep: bool = False) -> State:
        number = self.number_of(namespace)
        old = self.find(number, name)
        secret = next(self.clock) + 1 if old is None else old.secret
        revision = 1 if old is None else old.revision + 1
        new = self.seal_row(number, Row(secret, name, revision, 0, value, ZEROS))
        if keep and old is not None:
            self.state.versions[number] |= {old}
        self.replace_row(number, old, new)
        self.append(number, "updated" if old else "created", secret, old, new)
        return self.commit()

    def remove(self, namespace: str, name: str, keep: bool = False) -> State:
        number = self.number_of(namespace)
        old = self.find(number, name)
        assert old is not None
        if keep:
            self.state.removed[number] |= {old}
        self.replace_row(number, old, None)
        self.append(number, "deleted", old.secret, old)
        return self.commit()

    def expunge(self, namespace: str) -> State:
        number = self.number_of(namespace)
        self.state.versions[number] = self.state.removed[number] = frozenset()
        self.append(number, "expunged")
        return self.commit()

    def prune(self, namespace: str, count: int) -> State:
        number = self.number_of(namespace)
        gone, kept = self.state.events[number][:count], self.state.events[number][count:]
        checkpoint = (gone[-1].sequence, gone[-1].mac)
        self.state.events[number] = kept
        head = self.state.heads[number]._replace(checkpoint=checkpoint)
        self.save_head(number, head)
        self.append(number, "pruned", detail=checkpoint)
        return self.commit()

    def accept(self, namespace: str) -> State:
        number = self.number_of(namespace)
        self.log("namespace_accepted", namespace)
        head = self.state.heads[number]
        self.state.events[number] = ()
        self.save_head(number, head._replace(checkpoint=(head.sequence, head.mac)))
        self.append(number, "accepted")
        return self.commit()

    def settings(self, value: int) -> State:
        self.log("settings_changed", value)
        self.save_root(settings=value)
        return self.commit()

    def admit(self, version: int, key: bytes) -> State:
        self.keks[version] = key
        kek = Kek(version, key_check(key), "admitted", None)
        self.state.root = self.state.root._replace(keks=(*self.state.root.keks, kek))
        for number in self.epoch_keys:
            self.wrap_under(number, version)
        self.save_root(epochs=self.name_wraps())
        self.log("key_added", version)
        self.active = version
        return self.commit()

    def rotate(self) -> State:
        for number in self.state.namespaces:
            for old in sorted(self.state.rows[number]):
                if old.key_version != self.active:
                    new = self.seal_row(number, old)
                    self.replace_row(number, old, new)
                    self.append(number, "rotated", old.secret, old, new)
        return self.commit()

    def set_kek(self, version: int, state: str) -> None:
        root = self.state.root
        keks = tuple(
            kek._replace(state=state, retired_epoch=kek.retired_epoch or self.epoch + 1)
            if kek.version == version
            else kek
            for kek in root.keks
        )
        self.state.root = root._replace(keks=keks)

    def retire(self, version: int) -> State:
        self.set_kek(version, "retiring")
        self.state.epochs = {
            place: wrapped for place, wrapped in self.state.epochs.items() if place[1] != version
        }
        self.begin_epoch()
        self.log("key_retiring", version)
        self.commit()
        for number in self.state.namespaces:
            self.save_head(number, self.state.heads[number])
            self.commit()
        self.set_kek(version, "retired")
        self.save_root(min_epoch=self.epoch)
        self.log("key_retired", version)
        return self.commit()


# ---- Mixing -------------------------------------------------------------------------------------


def mixtures(old: State, new: State) -> Iterator[State]:
    """Every combination of the parts of two states: 2^10."""
    for choice in itertools.product((old, new), repeat=len(PARTS)):
        parts = zip(PARTS, choice, strict=True)
        yield State(**{part: getattr(source, part) for part, source in parts})


def namespace_mixtures(old: State, new: State) -> Iterator[State]:
    """The same with each namespace's parts by themselves: 2^(5 + 5 for each namespace)."""
    numbers = sorted(set(old.heads) | set(new.heads))
    places = [(part, number) for part in NAMESPACE_PARTS for number in numbers]
    for store in itertools.product((old, new), repeat=len(STORE_PARTS)):
        parts = {
            part: getattr(source, part) for part, source in zip(STORE_PARTS, store, strict=True)
        }
        for choice in itertools.product((old, new), repeat=len(places)):
            made = State(**parts, **{part: {} for part in NAMESPACE_PARTS})
            for (part, number), source in zip(places, choice, strict=True):
                found = getattr(source, part)
                if number in found:
                    getattr(made, part)[number] = found[number]
            yield made


# ---- Forging ------------------------------------------------------------------------------------


@dataclass
class Attacker:
    """Has keys that were retired, and every older state: so every epoch key that those keys open in
    any of them. He never learns another one."""

    keks: Mapping[int, bytes]
    states: Iterable[State]

    def __post_init__(self) -> None:
        self.epoch_keys: dict[int, bytes] = {}
        for state in self.states:
            for (number, version), wrapped in state.epochs.items():
                if version not in self.keks:
                    continue
                key = unwrap(self.keks[version], version, number, wrapped)
                if key is not None:
                    self.epoch_keys[number] = key
        self.newest = max(self.epoch_keys)

    def key_for(self, epoch: int) -> bytes:
        """The right one where he has it; else the best that he has."""
        return self.epoch_keys.get(epoch, self.epoch_keys[self.newest])

    def sign_chain(
        self, tag: str, begin: tuple[int, bytes], chain: Iterable[Event]
    ) -> tuple[Event, ...]:
        made: list[Event] = []
        sequence, before = begin
        for found in chain:
            sequence += 1
            keys = {found.epoch: self.key_for(found.epoch)}
            event = found._replace(sequence=sequence)
            event = event._replace(mac=event_mac(keys, tag, before, event))
            made.append(event)
            before = event.mac
        return tuple(made)

    def forge(self, state: State, what: frozenset[str], epoch: int | None) -> State:
        """Signs parts of a state anew, so that they fit each other: any of events, heads, log, root
        and seal. epoch: what heads and seal shall claim; None: what they claimed."""
        made = replace(state, events={**state.events}, heads={**state.heads})
        state_key = self.epoch_keys[1]
        for number, head in made.heads.items():
            if "events" in what and number in made.events:
                chain = made.events[number]
                made.events[number] = self.sign_chain("event", head.checkpoint, chain)
            if "heads" in what and number in made.namespaces:
                name = made.namespaces[number]
                made.heads[number] = self.forge_head(made, number, name, epoch)
        if "log" in what:
            made.log = self.sign_chain("storeevent", (0, ZEROS), made.log)
        if "root" in what:
            end = (made.log[-1].sequence, made.log[-1].mac)
            root = made.root._replace(log=end)
            made.root = root._replace(proof=root_proof(self.key_for(len(root.epochs)), root))
        if "seal" in what:
            seal = made.seal._replace(
                epoch=epoch or made.seal.epoch,
                root=(made.root.sequence, made.root.proof),
                namespaces=len(made.namespaces),
                sum=seal_sum(state_key, made.namespaces, made.heads),
            )
            made.seal = seal._replace(proof=seal_proof(self.key_for(seal.epoch), seal))
        return made

    def forge_head(self, made: State, number: int, name: str, epoch: int | None) -> Head:
        tables = {table: getattr(made, table).get(number, frozenset()) for table in TABLES}
        head = made.heads[number]
        chain = made.events.get(number, ())
        end = (chain[-1].sequence, chain[-1].mac) if chain else head.checkpoint
        head = head._replace(
            sequence=end[0],
            mac=end[1],
            epoch=epoch or head.epoch,
            counts=tuple(len(rows) for rows in tables.values()),
            sum=total(self.epoch_keys[1], name, tables),
            root_sequence=min(head.root_sequence, made.root.sequence),
        )
        return head._replace(proof=head_proof(self.key_for(head.epoch), name, head))
