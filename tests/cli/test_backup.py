"""backup and restore."""

import sqlite3
import stat


def test_a_backup_is_restored(command):
    command.run("put", "A", "--namespace", "n", stdin=b"1")
    backup = command.folder / "copy.db"
    assert command.text("backup", backup) == f"backed up to {backup}\n"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    command.run("put", "A", "--namespace", "n", stdin=b"2")
    command.error("restore", backup, code=7)
    for path in command.folder.glob("store.db*"):
        path.unlink()
    assert command.text("restore", backup) == f"restored to {command.store}\n"
    assert command.text("get", "A", "--namespace", "n") == "1"
    assert "nothing was tampered with" in command.text("verify")


def test_a_backup_never_overwrites(command):
    command.run("put", "A", stdin=b"1")
    target = command.folder / "there"
    target.write_text("precious")
    command.error("backup", target, code=7)
    assert target.read_text() == "precious"


def test_a_tampered_backup_is_not_restored(command):
    command.run("put", "A", stdin=b"1")
    backup = command.folder / "copy.db"
    command.run("backup", backup)
    with sqlite3.connect(backup) as database:
        database.execute("UPDATE secret SET revision = 7")
    database.close()
    for path in command.folder.glob("store.db*"):
        path.unlink()
    assert "nothing was restored" in command.error("restore", backup, code=5)
    assert not command.store.exists()


def test_a_missing_backup(command):
    command.error("restore", command.folder / "nowhere.db", code=7)
    assert not command.store.exists()
