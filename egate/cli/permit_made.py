"""What `egate permit issue` and `egate enrol add` put together: reference face, permit, its files.

Source: research/mrz_qr.md section 6 (drawing), research/face.md section 5 (enrolment).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from egate.cli.key_folder import DAY_S, FolderError, KeyFolder, write_new
from egate.cli.output import show
from egate.domain.token import (
    Permit,
    SealedFace,
    TemplateDigest,
    TravelDirection,
    document_digest,
)

if TYPE_CHECKING:
    from egate.vision.faces import Embedding

EPHEMERAL_BYTES = 32
MAX_PICTURE = 16_000_000
DIGEST_HEX = 32
NONCE_BYTES = 8
ENDINGS = (".txt", ".svg", ".png", ".phone.png")


@dataclass(frozen=True, slots=True)
class Claims:
    """What a permit is to say of its holder, where and when; its reference face comes apart."""

    registration: str = field(repr=False)
    site: str
    direction: TravelDirection
    document_kind: str
    document_number: str = field(repr=False)
    begin_s: int
    valid_days: int


def make_permit(
    claims: Claims,
    reference_of: Callable[[bytes], SealedFace | TemplateDigest],
    keys: KeyFolder,
    out: Path,
) -> tuple[str, dict[str, object]]:
    """Sign a permit and draw it; `reference_of` gets its nonce. Return the key and what to say.

    Raises:
        FolderError: a key is missing, or a file is there already.
        typer.BadParameter: a claim is none that a permit can make.
    """
    from egate.permit.claims import ClaimsError
    from egate.permit.keys import key_id
    from egate.permit.permit import sign

    nonce = os.urandom(NONCE_BYTES)
    key = keys.issuer_key()
    permit = Permit(
        issuer_key=key_id(key.public_key()).hex(),
        registration=claims.registration,
        document_kind=claims.document_kind,
        document_digest=document_digest(claims.document_kind, claims.document_number, nonce),
        crossing=claims.site,
        direction=claims.direction,
        valid_from_s=claims.begin_s,
        valid_to_s=claims.begin_s + claims.valid_days * DAY_S,
        nonce=nonce,
        reference=reference_of(nonce),
    )
    try:
        text = sign(permit, key)
    except ClaimsError as error:
        raise typer.BadParameter(str(error)) from error
    return permit.issuer_key, write_drawings(text, out)


def template_digest(template: str) -> TemplateDigest:
    """Read the digest of a template from the command line."""
    try:
        digest = bytes.fromhex(template)
    except ValueError:
        digest = b""
    if len(template) != DIGEST_HEX or len(digest) != DIGEST_HEX // 2:
        raise typer.BadParameter(f"--template-digest has {DIGEST_HEX} hexadecimal digits")
    return TemplateDigest(digest)


def sealed_face(picture: Path, folder: KeyFolder, bound: bytes) -> SealedFace:
    """Find the face in a picture and seal its embedding to the gates."""
    from egate.permit.sealed_face import seal

    gate_key = folder.gate_public_key()
    numbers = [float(value) for value in face_in(picture)]
    return seal(numbers, gate_key, bound, os.urandom(EPHEMERAL_BYTES))


def face_in(picture: Path) -> Embedding:
    """Return the embedding of the one face in a picture.

    Raises:
        FolderError: there is none to use, and why.
    """
    from egate.vision.enrol import PictureRefused, embedding_of_picture
    from egate.vision.faces import FaceEngine
    from egate.vision.models import ModelError, load_models

    try:
        with picture.open("rb") as file:
            raw = file.read(MAX_PICTURE)
        return embedding_of_picture(raw, FaceEngine(load_models()))
    except OSError as error:
        raise FolderError(f"{picture}: {error.strerror}") from error
    except (PictureRefused, ModelError) as error:
        raise FolderError(f"{picture}: {error}") from error


def write_drawings(text: str, out: Path) -> dict[str, object]:
    """Write the four files of a permit; return what can be said of them."""
    from egate.permit.drawing import draw, paper_png, paper_svg, phone_png

    drawing = draw(text)
    files = {
        ".txt": f"{text}\n".encode(),
        ".svg": paper_svg(drawing).encode(),
        ".png": paper_png(drawing),
        ".phone.png": phone_png(drawing),
    }
    assert tuple(files) == ENDINGS
    for ending, content in files.items():
        write_new(out.with_name(out.name + ending), content)
    return {
        "files": [str(out.with_name(out.name + ending)) for ending in files],
        "characters": len(text),
        "qr_version": drawing.version,
        "side_mm": round(drawing.side_mm, 1),
    }


def tell_drawings(out: Path, facts: Mapping[str, object]) -> None:
    """Show where a permit's files are, and how large its code is."""
    show(f"{out}{', '.join(ENDINGS)}")
    show(
        f"{facts['characters']} characters, QR version {facts['qr_version']}, "
        f"{facts['side_mm']} mm on paper"
    )
