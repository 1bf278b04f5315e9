"""What a face or a finger is compared with: out of the registry, or off a chip's portrait.

It joins the registry, the decoder and the networks, which do not know each other, to the functions
that the device hosts ask. No driver is here; composing the hosts is egate.compose.

Source: DESIGN sections 2 and 7; research/hardware.md 2.4 (decoys).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
import os
from pathlib import Path
import time
from typing import TYPE_CHECKING

from egate.registry.templates import Kind

if TYPE_CHECKING:
    from egate.domain.finger import FingerReason, FingerTemplate, TemplateFormat
    from egate.domain.token import TemplateDigest
    from egate.loop.decoder import Decoder
    from egate.loop.fingerprint_body import FingerReference
    from egate.loop.reference import FaceOf, TemplateOf
    from egate.ports.fingerprint import Below
    from egate.registry.residents import Residents
    from egate.registry.templates import TemplateStore
    from egate.vision.faces import FaceEngine, Picture


@dataclass(frozen=True, slots=True)
class RegistryPlace:
    """Where a gate keeps whom it has enrolled."""

    faces: Path
    fingers: Path
    key: Path

    @property
    def folders(self) -> dict[Kind, Path]:
        """The folder of each kind."""
        return {Kind.FACE: self.faces, Kind.FINGER: self.fingers}

    def residents(self) -> Residents:
        """Open the registry to look into it.

        Raises:
            RegistryKeyError: the key cannot be had.
        """
        from egate.registry.registry_key import read_registry_keys
        from egate.registry.residents import Residents

        keys = read_registry_keys(self.key, os.environ)
        return Residents(self.folders, keys.secrets, os.urandom)

    @contextmanager
    def writing(self, *, make_key: bool = False) -> Iterator[Residents]:
        """Open the registry to change it; with `make_key` a first enrolment makes its key.

        Raises:
            RegistryKeyError: the key cannot be had, or another program is at work here.
        """
        from egate.registry.registry_key import make_registry_keys, sole_writer

        with sole_writer(self._lock):
            if make_key:
                make_registry_keys(self.key, os.environ, os.urandom, int(time.time()))
            yield self.residents()

    def rekey(self) -> int:
        """Give the registry a new key; return how many templates are under it.

        Raises:
            RegistryKeyError, TemplateError: it was not begun, or goes on when asked again.
        """
        from egate.registry.registry_key import RegistryKeyError, credential_in, sole_writer
        from egate.registry.rekeying import rekey

        if given := credential_in(os.environ):
            raise RegistryKeyError(f"{given}: the key is systemd's; change the file it comes from")
        with sole_writer(self._lock):
            return rekey(self.key, self.folders, os.urandom, int(time.time()))

    @property
    def _lock(self) -> Path:
        return self.faces.with_name("registry.lock")

    def store(self, kind: Kind) -> TemplateStore:
        """Open the templates of one kind, as the host does that compares with them.

        Raises:
            RegistryKeyError: the key cannot be had.
        """
        from egate.registry.registry_key import read_registry_keys
        from egate.registry.templates import TemplateStore

        keys = read_registry_keys(self.key, os.environ)
        return TemplateStore(self.folders[kind], kind, keys.secrets, os.urandom)


def face_template_reader(place: RegistryPlace) -> TemplateOf:
    """Build the way to an enrolled face, opened anew each time: who was removed is gone at once."""
    from egate.domain.embedding import dequantise
    from egate.domain.face_measures import FaceReason
    from egate.loop.reference import ReferenceRefused
    from egate.registry.registry_key import RegistryKeyError, RegistryKeyMissing
    from egate.registry.templates import TemplateError, TemplateMissing, digest

    def template_of(registration: str, named: TemplateDigest) -> Sequence[float]:
        try:
            template = place.store(Kind.FACE).get(registration)
            if digest(template) == named.digest:
                return dequantise(template)
        except (TemplateMissing, RegistryKeyMissing):
            raise ReferenceRefused(FaceReason.REFERENCE_MISSING) from None
        except (TemplateError, RegistryKeyError, ValueError):
            pass  # spoilt, unreadable or no embedding: nothing to compare with
        raise ReferenceRefused(FaceReason.REFERENCE_BROKEN)

    return template_of


def finger_reader(place: RegistryPlace, below: Below) -> Callable[[str], FingerReference]:
    """Build the way to a resident's fingers and a decoy, opened anew each time.

    TEMPLATE_MISSING, which lets the face alone suffice, is said only by a registry that its own
    key opens, or by one that is empty.
    """
    from egate.domain.finger import FingerReason
    from egate.loop.fingerprint_body import FingerReference, FingerRefused
    from egate.registry.finger_templates import FingerTemplatesSpoilt, unpack
    from egate.registry.registry_key import RegistryKeyError, RegistryKeyMissing
    from egate.registry.templates import TemplateError, TemplateMissing

    def reference_of(registration: str) -> FingerReference:
        try:
            store = place.store(Kind.FINGER)
            templates = unpack(store.get(registration))
        except RegistryKeyMissing:
            is_empty = not place.fingers.exists()
            reason = FingerReason.TEMPLATE_MISSING if is_empty else FingerReason.TEMPLATE_BROKEN
            raise FingerRefused(reason) from None
        except TemplateMissing:
            raise FingerRefused(_unless_ours(store)) from None
        except (TemplateError, RegistryKeyError, FingerTemplatesSpoilt):
            raise FingerRefused(FingerReason.TEMPLATE_BROKEN) from None
        decoy = _decoy(store.others(registration, below), templates[0].format)
        if decoy is None:
            raise FingerRefused(FingerReason.DECOY_MISSING)
        return FingerReference(templates, (decoy,))

    return reference_of


def _unless_ours(store: TemplateStore) -> FingerReason:
    """Return what it means that nobody of a registration is found in this store."""
    from egate.domain.finger import FingerReason
    from egate.registry.templates import TemplateError

    try:
        is_ours = store.is_ours()
    except TemplateError:
        is_ours = False
    return FingerReason.TEMPLATE_MISSING if is_ours else FingerReason.TEMPLATE_BROKEN


def _decoy(others: Iterator[bytes], of: TemplateFormat) -> FingerTemplate | None:
    """Return the first finger of this format among other people's."""
    from egate.registry.finger_templates import FingerTemplatesSpoilt, unpack
    from egate.registry.templates import TemplateError

    try:
        for raw in others:
            with suppress(FingerTemplatesSpoilt):
                return next((one for one in unpack(raw) if one.format is of), None)
    except TemplateError:
        pass
    return None


def portrait_reader(
    engine: FaceEngine, decoder: Decoder, show: Callable[[Picture], Picture] | None = None
) -> FaceOf:
    """Build the way from a chip's portrait to its face; another process decodes it.

    `show` is handed each portrait, for an officer to compare.
    """
    from egate.domain.face_measures import FaceReason
    from egate.loop.reference import ReferenceRefused
    from egate.vision.portrait import UNREADABLE, PortraitRefused, embedding_of_portrait

    def decode(portrait: bytes) -> Picture:
        picture = decoder.decode(portrait)
        return picture if show is None else show(picture)

    def face_of(portrait: bytes) -> Sequence[float]:
        try:
            return tuple(embedding_of_portrait(portrait, engine, decode).tolist())
        except PortraitRefused as refusal:
            if refusal.reason in UNREADABLE:
                raise ReferenceRefused(FaceReason.REFERENCE_UNREADABLE) from None
            raise ReferenceRefused(FaceReason.REFERENCE_HAS_NO_FACE) from None

    return face_of
