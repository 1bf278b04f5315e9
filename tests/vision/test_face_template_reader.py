"""A permit that names a template finds it in the registry, and only the one it was issued for."""

import os
from pathlib import Path

import pytest

from egate.domain.embedding import quantise
from egate.domain.face_measures import FaceReason
from egate.domain.token import TemplateDigest
from egate.loop.reference import ReferenceRefused
from egate.references import RegistryPlace, face_template_reader
from egate.registry.residents import Record
from egate.registry.templates import Kind, digest

FACE = quantise([0.5, -0.25, *[0.0] * 126])


def place(folder: Path) -> RegistryPlace:
    return RegistryPlace(folder / "templates", folder / "fingers", folder / "registry.key")


def enrol(folder: Path, template: bytes) -> TemplateDigest:
    record = Record("VN-001", {Kind.FACE: template}, {Kind.FACE: 1})
    with place(folder).writing(make_key=True) as residents:
        residents.put(record)
    return TemplateDigest(digest(template))


def refused_because(folder: Path, named: TemplateDigest) -> FaceReason:
    with pytest.raises(ReferenceRefused) as refused:
        face_template_reader(place(folder))("VN-001", named)
    return refused.value.reason


def test_the_face_that_the_permit_names_is_found(tmp_path: Path) -> None:
    numbers = face_template_reader(place(tmp_path))("VN-001", enrol(tmp_path, FACE))
    assert len(numbers) == 128
    assert numbers[1] < 0 < numbers[0]


def test_nobody_enrolled_is_another_thing_than_a_template_that_is_not_the_permits(
    tmp_path: Path,
) -> None:
    assert refused_because(tmp_path, TemplateDigest(b"x" * 16)) is FaceReason.REFERENCE_MISSING
    named = enrol(tmp_path, FACE)
    assert refused_because(tmp_path, TemplateDigest(b"x" * 16)) is FaceReason.REFERENCE_BROKEN
    place(tmp_path).residents().remove("VN-001")
    assert refused_because(tmp_path, named) is FaceReason.REFERENCE_MISSING


def test_another_key_and_what_is_no_embedding_are_no_face_to_compare_with(tmp_path: Path) -> None:
    named = enrol(tmp_path, FACE)
    assert refused_because(tmp_path, enrol(tmp_path, b"no face")) is FaceReason.REFERENCE_BROKEN
    enrol(tmp_path, FACE)
    place(tmp_path).key.write_bytes(b"not a key")
    assert refused_because(tmp_path, named) is FaceReason.REFERENCE_BROKEN
    place(tmp_path).key.write_bytes(os.urandom(32).hex().encode())
    assert refused_because(tmp_path, named) is FaceReason.REFERENCE_MISSING
