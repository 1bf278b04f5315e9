"""A finger's reference is one's own and another's; a registry under another key lets nobody by."""

import os
from pathlib import Path

import pytest

from egate.domain.finger import FingerReason, FingerTemplate, TemplateFormat
from egate.loop.fingerprint_body import FingerRefused
from egate.references import RegistryPlace, finger_reader
from egate.registry.finger_templates import pack
from egate.registry.residents import Record
from egate.registry.templates import Kind

ZFM, ISO = TemplateFormat.ZFM, TemplateFormat.ISO_19794_2


def place(folder: Path) -> RegistryPlace:
    return RegistryPlace(folder / "templates", folder / "fingers", folder / "registry.key")


def enrol(folder: Path, who: str, *fingers: bytes, of: TemplateFormat = ZFM) -> None:
    packed = pack([FingerTemplate(of, one) for one in fingers])
    with place(folder).writing(make_key=True) as residents:
        residents.put(Record(who, {Kind.FINGER: packed}, {Kind.FINGER: 1}))


def refused_because(folder: Path, who: str) -> FingerReason:
    with pytest.raises(FingerRefused) as refused:
        finger_reader(place(folder), lambda _most: 0)(who)
    return refused.value.reason


@pytest.mark.parametrize("draw", [0, 1, 2])
def test_the_decoy_is_always_somebody_elses_wherever_the_draw_begins(
    tmp_path: Path, draw: int
) -> None:
    for number in range(3):
        enrol(tmp_path, f"R-{number}", f"finger {number}".encode(), b"second")
    found = finger_reader(place(tmp_path), lambda _most: draw)("R-1")
    assert [one.data for one in found.templates] == [b"finger 1", b"second"]
    assert found.decoys[0].data in {b"finger 0", b"finger 2"}


def test_one_resident_alone_has_no_decoy_and_one_of_another_format_is_none(tmp_path: Path) -> None:
    enrol(tmp_path, "R-1", b"finger")
    assert refused_because(tmp_path, "R-1") is FingerReason.DECOY_MISSING
    enrol(tmp_path, "R-2", b"minutiae", of=ISO)
    assert refused_because(tmp_path, "R-1") is FingerReason.DECOY_MISSING


def test_who_is_not_enrolled_is_told_only_by_a_registry_that_its_key_opens(tmp_path: Path) -> None:
    assert refused_because(tmp_path, "R-9") is FingerReason.TEMPLATE_MISSING
    enrol(tmp_path, "R-1", b"finger")
    assert refused_because(tmp_path, "R-9") is FingerReason.TEMPLATE_MISSING
    key = place(tmp_path).key
    kept = key.read_bytes()
    key.write_bytes(os.urandom(32).hex().encode())
    assert refused_because(tmp_path, "R-9") is FingerReason.TEMPLATE_BROKEN
    assert refused_because(tmp_path, "R-1") is FingerReason.TEMPLATE_BROKEN
    key.write_bytes(b"spoilt")
    assert refused_because(tmp_path, "R-9") is FingerReason.TEMPLATE_BROKEN
    key.unlink()
    assert refused_because(tmp_path, "R-9") is FingerReason.TEMPLATE_BROKEN
    key.write_bytes(kept)
    key.chmod(0o600)
    assert refused_because(tmp_path, "R-1") is FingerReason.DECOY_MISSING


def test_a_spoilt_template_is_broken_and_never_missing(tmp_path: Path) -> None:
    enrol(tmp_path, "R-1", b"finger")
    (path,) = (path for path in place(tmp_path).fingers.iterdir() if path.is_file())
    path.write_bytes(path.read_bytes()[:-1])
    assert refused_because(tmp_path, "R-1") is FingerReason.TEMPLATE_BROKEN
