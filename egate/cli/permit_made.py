"""What `egate permit issue` puts together: the reference face, and the four files of a permit.

Source: research/mrz_qr.md section 6 (drawing), research/face.md section 5 (enrolment).
"""

import os
from pathlib import Path

import typer

from egate.cli.key_folder import FolderError, KeyFolder, write_new
from egate.domain.token import SealedFace, TemplateDigest

EPHEMERAL_BYTES = 32
MAX_PICTURE = 16_000_000
DIGEST_HEX = 32


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
    from egate.vision.enrol import PictureRefused, embedding_of_picture
    from egate.vision.faces import FaceEngine
    from egate.vision.models import ModelError, load_models

    gate_key = folder.gate_public_key()
    try:
        with picture.open("rb") as file:
            raw = file.read(MAX_PICTURE)
        embedding = embedding_of_picture(raw, FaceEngine(load_models()))
    except OSError as error:
        raise FolderError(f"{picture}: {error.strerror}") from error
    except (PictureRefused, ModelError) as error:
        raise FolderError(f"{picture}: {error}") from error
    return seal([float(value) for value in embedding], gate_key, bound, os.urandom(EPHEMERAL_BYTES))


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
    for ending, content in files.items():
        write_new(out.with_name(out.name + ending), content)
    return {
        "files": [str(out.with_name(out.name + ending)) for ending in files],
        "characters": len(text),
        "qr_version": drawing.version,
        "side_mm": round(drawing.side_mm, 1),
    }
