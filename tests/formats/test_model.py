"""An attacker against the model: he mixes the parts of two whole states, and makes new MACs with a
key that was retired. Only states that were committed as a whole pass."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import replace

import model
import pytest
from model import Attacker, Event, Library, Row, State, verify

KEYS = {1: b"one" * 10, 2: b"two" * 10}


def library() -> Library:
    """A store with two namespaces, an earlier version, a removed row and a pruned chain."""
    made = Library(dict(KEYS))
    made.put("a", "x", "1")
    made.put("a", "x", "2", keep=True)
    made.put("a", "y", "3")
    made.put("b", "z", "4")
    made.put("b", "w", "5")
    made.remove("b", "w", keep=True)
    made.prune("a", 1)
    return made


def rotated() -> Library:
    made = library()
    made.admit(2, KEYS[2])
    made.expunge("a")
    made.expunge("b")
    made.rotate()
    return made


# What leads from one whole state to the next; a namespace is absent in the first where it is new.
STEPS: dict[str, tuple[Callable[[], Library], Callable[[Library], object]]] = {
    "create": (library, lambda to: to.put("a", "new", "9")),
    "replace": (library, lambda to: to.put("a", "x", "9")),
    "replace, and keep a version": (library, lambda to: to.put("a", "x", "9", keep=True)),
    "replace with the same value": (library, lambda to: to.put("a", "x", "2")),
    "two namespaces, one after the other": (
        library,
        lambda to: (to.put("a", "x", "9"), to.put("b", "z", "9")),
    ),
    "remove": (library, lambda to: to.remove("a", "y")),
    "remove, and keep the row": (library, lambda to: to.remove("a", "y", keep=True)),
    "remove, and create again": (
        library,
        lambda to: (to.remove("a", "y"), to.put("a", "y", "3")),
    ),
    "expunge": (library, lambda to: to.expunge("b")),
    "prune": (library, lambda to: to.prune("a", 1)),
    "settings": (library, lambda to: to.settings(7)),
    "admit a key": (library, lambda to: to.admit(2, KEYS[2])),
    "accept": (library, lambda to: to.accept("a")),
    "rotate": (
        lambda: (made := library()).admit(2, KEYS[2]) and made,
        lambda to: to.rotate(),
    ),
    "retire": (rotated, lambda to: to.retire(1)),
    "retire, and write": (rotated, lambda to: (to.retire(1), to.put("a", "x", "9"))),
    "new namespace": (
        lambda: (made := Library(dict(KEYS))).put("a", "x", "1") and made,
        lambda to: to.put("b", "z", "1"),
    ),
}


def pair(step: str) -> tuple[Library, State, State]:
    make, go = STEPS[step]
    made = make()
    old = made.committed[-1]
    go(made)
    return made, old, made.committed[-1]


def expect_only_whole(
    made: Library, mixed: Iterable[State], ring: dict[int, bytes], least_epoch: int = 1
) -> None:
    found = [state for state in mixed if verify(state, ring, least_epoch) == "intact"]
    assert found, "not even the whole states pass"
    assert [state for state in found if state not in made.committed] == []


@pytest.mark.parametrize("step", STEPS)
def test_every_state_that_was_committed_is_intact(step: str):
    made, _, _ = pair(step)
    for state in made.committed:
        held = {kek.version for kek in state.root.keks if kek.state == "admitted"}
        for version in held:
            assert verify(state, {version: KEYS[version]}) == "intact"
        assert verify(state, {9: b"none"}) == "unprovable"


@pytest.mark.parametrize("step", STEPS)
def test_of_all_mixtures_of_the_parts_only_whole_states_are_intact(step: str):
    made, old, new = pair(step)
    for ring in (KEYS, {1: KEYS[1]}, {2: KEYS[2]}):
        if verify(new, ring) == "intact":
            expect_only_whole(made, model.mixtures(old, new), ring)


@pytest.mark.parametrize("step", STEPS)
def test_of_all_mixtures_by_namespace_only_whole_states_are_intact(step: str):
    made, old, new = pair(step)
    expect_only_whole(made, model.namespace_mixtures(old, new), KEYS)


def test_of_all_mixtures_of_states_far_apart_only_whole_states_are_intact():
    made = library()
    first = made.committed[3:]
    made.admit(2, KEYS[2])
    made.rotate()
    made.accept("b")
    made.put("b", "z", "1", keep=True)
    for old in first:
        expect_only_whole(made, model.mixtures(old, made.committed[-1]), KEYS)


# ---- A retired key ------------------------------------------------------------------------------


def retired() -> tuple[Library, Attacker, int]:
    """A store that went on after key 1 was retired, and who has that key and all older states."""
    made = rotated()
    epoch = made.epoch + 1
    made.retire(1)
    made.put("a", "x", "after")
    made.put("b", "new", "after")
    return made, Attacker({1: KEYS[1]}, made.committed), epoch


def changed(made: Library, state: State) -> list[State]:
    """What he would like to pass: the state itself, one with a value of his own (under the key that
    he has, and with one that he copied), one without a secret, one with events that he cut."""
    number = made.number_of("a")
    row = min(state.rows[number])
    rest = state.rows[number] - {row}
    his = model.make_row(KEYS[1], "a", row._replace(value="his", key_version=1))
    copied = row._replace(value="his")
    cut = {**state.events, number: state.events[number][:-1]}
    return [
        state,
        replace(state, events=cut),
        *(replace(state, versions={**state.versions, number: rows}) for rows in ({his}, set())),
        *(
            replace(
                state,
                rows={**state.rows, number: rest | new},
                events={**state.events, number: retold(state.events[number], row, new)},
            )
            for new in ({his}, {copied}, frozenset())
        ),
    ]


def retold(chain: tuple[Event, ...], old: Row, new: Iterable[Row]) -> tuple[Event, ...]:
    """The events as they would be if the row had always been another one, or had gone."""
    before = model.digest("a", old)
    after = next((model.digest("a", row) for row in new), None)
    return tuple(
        event._replace(
            kind="deleted" if event.left == before and after is None else event.kind,
            previous=after if event.previous == before else event.previous,
            left=after if event.left == before else event.left,
        )
        for event in chain
    )


SIGNED = ("events", "heads", "log", "root", "seal")
SUBSETS = [
    frozenset(chosen)
    for size in range(len(SIGNED) + 1)
    for chosen in itertools.combinations(SIGNED, size)
]


def forgeries(made: Library, attacker: Attacker, state: State) -> Iterable[State]:
    for wanted in changed(made, state):
        for what in SUBSETS:
            for epoch in (None, *attacker.epoch_keys, max(attacker.epoch_keys) + 1):
                yield attacker.forge(wanted, what, epoch)


def test_who_has_a_retired_key_never_has_the_key_of_the_epoch_after_it():
    _, attacker, epoch = retired()
    assert set(attacker.epoch_keys) == set(range(1, epoch))


@pytest.mark.parametrize("ring", [{2: KEYS[2]}, KEYS], ids=["new key", "both keys"])
def test_who_has_a_retired_key_forges_nothing_that_passes(ring: dict[int, bytes]):
    made, attacker, epoch = retired()
    for state in (*made.committed[-7:], made.committed[5]):
        for forged in forgeries(made, attacker, state):
            if verify(forged, ring, least_epoch=epoch) == "intact":
                assert forged in made.committed


def test_who_has_a_retired_key_forges_nothing_out_of_mixtures_either():
    made, attacker, epoch = retired()
    new = made.committed[-1]
    old = made.committed[-9]
    everything = frozenset(SIGNED)
    own_root = everything - {"root", "seal"}
    for mixed in model.mixtures(old, new):
        for what in (everything, own_root, own_root - {"events"}, frozenset({"heads", "seal"})):
            for epoch_claimed in (None, 1, epoch):
                forged = attacker.forge(mixed, what, epoch_claimed)
                if verify(forged, KEYS, least_epoch=epoch) == "intact":
                    assert forged in made.committed


def test_without_least_epoch_a_retired_key_forges_a_state_of_its_own_time():
    """So the attacker of this model is no straw man: least_epoch is what stops him."""
    made, attacker, epoch = retired()
    old = next(state for state in reversed(made.committed) if len(state.root.epochs) < epoch)
    expect_forgery(made, attacker, old, epoch)


def expect_forgery(made: Library, attacker: Attacker, state: State, epoch: int) -> None:
    passed = [
        forged
        for forged in forgeries(made, attacker, state)
        if verify(forged, {2: KEYS[2]}) == "intact" and forged not in made.committed
    ]
    assert passed
    assert all(verify(forged, {2: KEYS[2]}, least_epoch=epoch) != "intact" for forged in passed)


def test_while_a_key_retires_it_still_forges():
    """Such a state is in the new epoch already, and may be put back later: so least_epoch is
    compared with min_epoch."""
    made, attacker, epoch = retired()
    retiring = next(state for state in made.committed if len(state.root.epochs) == epoch)
    assert retiring.root.min_epoch < epoch
    expect_forgery(made, attacker, retiring, epoch)


# ---- Each check is needed -----------------------------------------------------------------------


@pytest.mark.parametrize("check", ["check_seal", "check_namespace"])
def test_without_one_of_its_checks_verify_lets_mixtures_pass(
    check: str, monkeypatch: pytest.MonkeyPatch
):
    """So the mixtures of this model reach what those checks are for."""
    monkeypatch.setattr(model, check, lambda *_: None)
    steps = ("replace", "two namespaces, one after the other", "settings", "expunge")
    for step in steps:
        made, old, new = pair(step)
        mixed = itertools.islice(model.namespace_mixtures(old, new), 2000)
        if any(verify(state, KEYS) == "intact" and state not in made.committed for state in mixed):
            return
    raise AssertionError(f"{check} is not needed")
