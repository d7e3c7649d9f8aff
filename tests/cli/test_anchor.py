"""audit anchor and --anchor."""

import fcntl
import json
import os
import shutil
import stat
import subprocess
import threading
import time

import pytest

from conftest import BINARY, Command


@pytest.fixture
def anchored(command):
    """A store with a secret, and its first anchor elsewhere."""
    command.run("put", "A", stdin=b"1")
    (command.folder / "elsewhere").mkdir()
    command.anchor = command.folder / "elsewhere" / "anchor"
    command.run("audit", "anchor", command.anchor, "--init")
    return command


def put_back(command, copy):
    for path in command.folder.glob("store.db-*"):
        path.unlink()
    shutil.copy(copy, command.store)


def sequence(path):
    return json.loads(path.read_text())["storeLogSequence"]


# ---- Making ----------------------------------------------------------------------------------


def test_the_first_anchor(command):
    command.run("put", "A", stdin=b"1")
    anchor = command.folder / "anchor"
    text = command.text("audit", "anchor", anchor, "--init", "--actor", "ops")
    assert text.startswith(f"made an anchor in {anchor}: ") and text.count("\n") == 1
    assert stat.S_IMODE(anchor.stat().st_mode) == 0o600
    (line,) = anchor.read_text().splitlines()
    assert json.loads(line)["secretstoreAnchor"] == 1
    newest = command.json("events", "--store-log", "--limit", "1")["items"][0]
    assert (newest["type"], newest["actor"]) == ("anchored", "ops")
    assert command.text("get", "A", "--anchor", anchor) == "1"


def test_init_replaces_nothing(anchored):
    before = anchored.anchor.read_bytes()
    message = anchored.error("audit", "anchor", anchored.anchor, "--init", code=7)
    assert "expected a new file" in message and "--force" not in message
    assert anchored.anchor.read_bytes() == before
    assert os.listdir(anchored.anchor.parent) == ["anchor"]


def test_a_second_place(anchored):
    other = anchored.folder / "second"
    anchored.run("audit", "anchor", other, "--init", "--anchor", anchored.anchor)
    for path in (other, anchored.anchor):
        assert anchored.text("get", "A", "--anchor", path) == "1"
        anchored.run("audit", "anchor", path)
    message = anchored.error("audit", "anchor", other, "--anchor", anchored.anchor, code=2)
    assert "expected --anchor with --init only" in message


def test_an_anchor_that_cannot_be_kept_is_not_made(anchored):
    before = anchored.json("events", "--store-log", "--all")
    for words, code in (
        (["nowhere/anchor", "--init"], 7), ([anchored.folder, "--init"], 7), (["/dev/null"], 2), (["-"], 2),
        ([""], 2), ([anchored.store], 2), ([anchored.keys_file], 2), ([], 2),
    ):  # fmt: skip
        anchored.error("audit", "anchor", *words, code=code)
    assert "--init makes the first one" in anchored.error("audit", "anchor", anchored.folder / "no", code=7)
    assert anchored.json("events", "--store-log", "--all") == before


# ---- Renewing --------------------------------------------------------------------------------


def test_renewing(anchored):
    first = sequence(anchored.anchor)
    assert anchored.text("audit", "anchor", anchored.anchor).startswith("renewed the anchor in ")
    assert sequence(anchored.anchor) == first + 1
    done = anchored.json("audit", "anchor", anchored.anchor)
    assert done["anchor"] == str(anchored.anchor) and done["madeAt"] > 0
    assert os.listdir(anchored.anchor.parent) == ["anchor"]


def test_who_could_read_it_can_read_it_afterwards(anchored):
    anchored.anchor.chmod(0o644)
    if os.geteuid() == 0:
        os.chown(anchored.anchor, 12345, 54321)
    before = anchored.anchor.stat()
    anchored.run("audit", "anchor", anchored.anchor)
    after = anchored.anchor.stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino


def test_a_link_is_followed_and_stays(anchored):
    link = anchored.folder / "link"
    link.symlink_to(anchored.anchor)
    first = sequence(anchored.anchor)
    anchored.run("audit", "anchor", link)
    assert link.is_symlink() and sequence(anchored.anchor) == first + 1


def test_an_anchor_is_not_renewed_by_a_store_that_does_not_contain_it(anchored):
    copy = anchored.folder / "copy.db"
    shutil.copy(anchored.store, copy)
    anchored.run("put", "A", stdin=b"2")
    anchored.run("audit", "anchor", anchored.anchor)
    kept = anchored.anchor.read_bytes()
    put_back(anchored, copy)
    store = anchored.store.read_bytes()
    message = anchored.error("audit", "anchor", anchored.anchor, code=5)
    assert "put back to an older state" in message and "(integrity_violation)" in message
    assert anchored.anchor.read_bytes() == kept and anchored.store.read_bytes() == store
    assert os.listdir(anchored.anchor.parent) == ["anchor"]


def test_it_waits_for_another_that_renews(anchored):
    """And takes what that one left: the file that was locked is then no longer there."""
    newer = anchored.folder / "elsewhere" / "newer"
    shutil.copy(anchored.anchor, newer)
    anchored.run("audit", "anchor", newer)
    with anchored.anchor.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        process = subprocess.Popen(
            [BINARY, "audit", "anchor", anchored.anchor, "--store", anchored.store, "--keys-file",
             anchored.keys_file], env=anchored.environment, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(0.3)
        assert process.poll() is None
        newer.replace(anchored.anchor)
    assert process.wait(timeout=60) == 0
    assert sequence(anchored.anchor) > sequence_of_newer(anchored)


def sequence_of_newer(command):
    """That of the last but one."""
    items = command.json("events", "--store-log", "--all")["items"]
    return [event["sequence"] for event in items if event["type"] == "anchored"][1]


def test_it_does_not_wait_for_ever(anchored):
    with anchored.anchor.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        message = anchored.error("audit", "anchor", anchored.anchor, code=7)
    assert "another process is renewing it (storage_busy)" in message


def test_many_renew_at_once(anchored):
    failures = []

    def renew():
        for _ in range(5):
            done = anchored.bare("audit", "anchor", anchored.anchor, "--store", anchored.store,
                                 "--keys-file", anchored.keys_file)  # fmt: skip
            if done.returncode != 0:
                failures.append(done.stderr)

    threads = [threading.Thread(target=renew) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    newest = anchored.json("events", "--store-log", "--limit", "1")["items"][0]
    assert newest["sequence"] == sequence(anchored.anchor)
    assert os.listdir(anchored.anchor.parent) == ["anchor"]


# ---- --anchor --------------------------------------------------------------------------------


def test_a_store_that_was_put_back_is_refused(anchored):
    copy = anchored.folder / "copy.db"
    shutil.copy(anchored.store, copy)
    anchored.run("put", "A", stdin=b"2")
    anchored.run("audit", "anchor", anchored.anchor)
    put_back(anchored, copy)
    before = anchored.store.read_bytes()
    assert anchored.text("get", "A") == "1"
    assert "intact" in anchored.text("verify")
    for words in (["get", "A"], ["has", "A"], ["ls"], ["events"], ["put", "B"], ["rm", "A"], ["keys"], ["verify"],
                  ["rotate"], ["stats"], ["maintain"], ["settings"], ["accept"], ["export"], ["audit", "head"],
                  ["keys", "admit"], ["keys", "retire", "1"], ["backup", anchored.folder / "b.db"]):  # fmt: skip
        message = anchored.error(*words, "--anchor", anchored.anchor, stdin=b"x", code=5)
        assert "(integrity_violation)" in message, words
    assert anchored.store.read_bytes() == before


def test_what_went_on_from_an_older_state_is_refused(anchored):
    copy = anchored.folder / "copy.db"
    shutil.copy(anchored.store, copy)
    anchored.run("audit", "anchor", anchored.anchor)
    put_back(anchored, copy)
    for _ in range(3):
        anchored.run("audit", "anchor", anchored.folder / "branch", "--init")
        (anchored.folder / "branch").unlink()
    assert "went on from one" in anchored.error("ls", "--anchor", anchored.anchor, code=5)


def test_an_anchor_of_another_store(anchored, tmp_path_factory):
    other = Command(tmp_path_factory.mktemp("other"))
    other.run("put", "A", stdin=b"1")
    for words in (["get", "A"], ["verify"], ["put", "A"]):
        assert "another store's" in other.error(*words, "--anchor", anchored.anchor, stdin=b"1", code=5)
    kept = anchored.anchor.read_bytes()
    assert "another store's" in other.error("audit", "anchor", anchored.anchor, code=5)
    assert anchored.anchor.read_bytes() == kept


def test_a_store_that_is_not_there_contains_no_anchor(anchored):
    for path in anchored.folder.glob("store.db*"):
        path.unlink()
    anchored.error("get", "A", "--anchor", anchored.anchor, code=7)
    assert "there is none" in anchored.error("put", "A", "--anchor", anchored.anchor, stdin=b"1", code=5)
    assert sorted(os.listdir(anchored.folder)) == ["elsewhere", "keys"]


@pytest.mark.parametrize("text", [b"", b"{}", b"nonsense", b'{"secretstoreAnchor":2}', b"\xff\xfe", b"{}\0"])
def test_what_is_no_anchor(anchored, text):
    anchored.anchor.write_bytes(text)
    assert "expected the line of an anchor" in anchored.error("get", "A", "--anchor", anchored.anchor, code=2)
    anchored.error("audit", "anchor", anchored.anchor, code=2)
    assert anchored.anchor.read_bytes() == text


def test_a_changed_anchor(anchored):
    document = json.loads(anchored.anchor.read_text())
    document["sealCounter"] -= 1
    anchored.anchor.write_text(json.dumps(document))
    assert "MAC is wrong" in anchored.error("get", "A", "--anchor", anchored.anchor, code=5)


def test_a_missing_anchor_is_not_none(anchored):
    anchored.anchor.unlink()
    message = anchored.error("get", "A", "--anchor", anchored.anchor, code=7)
    assert "--anchor" in message and "No such file" in message


def test_the_anchor_of_the_call_is_never_written_over(anchored):
    before = anchored.anchor.read_bytes()
    words = ["--anchor", anchored.anchor, "--output", anchored.anchor]
    assert "its anchor" in anchored.error("get", "A", *words, code=2)
    assert "its anchor" in anchored.error("audit", "head", *words, "--force", code=2)
    assert anchored.anchor.read_bytes() == before


def test_verify_says_against_what(anchored):
    head = anchored.folder / "head"
    head.write_text(anchored.text("audit", "head"))
    bare = anchored.text("verify").splitlines()[-1]
    assert bare.endswith("(which one, only an anchor or a head that was kept elsewhere can prove)")
    with_anchor = anchored.text("verify", "--anchor", anchored.anchor).splitlines()[-1]
    assert with_anchor.endswith("written with its keys, not older than the anchor")
    both = anchored.text("verify", "--anchor", anchored.anchor, "--expect-head", head).splitlines()[-1]
    assert both.endswith(", not older than the anchor, not older than the expected head")
    report = anchored.json("verify", "--anchor", anchored.anchor)
    assert report["provedAgainst"] == {"anchor": True, "expectedHead": False, "leastEpoch": None}
    assert report["storeEventsChecked"] == 4


def test_an_anchor_lasts_through_a_retirement(anchored):
    keys = anchored.keys_file.read_text()
    anchored.keys_file.write_text("2:q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=\n" + keys)
    anchored.run("rotate")
    anchored.run("keys", "retire", "1", "--anchor", anchored.anchor)
    anchored.keys_file.write_text("2:q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=\n")
    assert anchored.text("get", "A", "--anchor", anchored.anchor) == "1"
    anchored.run("audit", "anchor", anchored.anchor)
