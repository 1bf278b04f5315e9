"""A pcscd of our own comes up where it can, says why where it cannot, and leaves nothing behind.

Source: research/emrtd.md 2.2.
"""

from pathlib import Path

import pytest

from simulators.private_pcscd import PcscdNotPossible, PrivatePcscd

pytestmark = pytest.mark.bench


@pytest.mark.usefixtures("pcscd")
def test_two_run_beside_each_other_and_a_closed_one_leaves_nothing() -> None:
    other = PrivatePcscd("Another")
    assert other.names == ("Another 00 00", "Another 00 01")
    assert other.socket.exists()
    other.plug(1).close()
    other.close()
    other.close()
    assert not other.socket.parent.parent.exists()
    with pytest.raises(OSError, match="Bad file descriptor"):
        other.plug()


def test_a_killed_one_is_started_again_where_it_was(pcscd: PrivatePcscd) -> None:
    pcscd.kill()
    assert not pcscd.socket.exists()
    pcscd.start()
    assert pcscd.socket.exists()


@pytest.mark.parametrize(
    ("program", "script", "reason"),
    [
        ("unshare", "echo not permitted >&2; exit 1", "not permitted"),
        ("mount", "echo permission denied >&2; exit 32", "permission denied"),
    ],
)
@pytest.mark.usefixtures("pcscd")
def test_where_it_cannot_run_it_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, script: str, reason: str
) -> None:
    refusing = tmp_path / program
    refusing.write_text(f"#!/bin/sh\n{script}\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(PcscdNotPossible, match=reason):
        PrivatePcscd()
