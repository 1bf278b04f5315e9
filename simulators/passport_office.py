"""The bench's issuing state: the documents its travellers carry, each a kind by name in KINDS.

It is Utopia of simulators/document_factory.py at the time of the bench, so that everything it signs
is in force for a gate with a real clock. The gate learns of it as of any state: its country signer
and its revocation list are brought with `egate trust import`. Numbers come from the scenario, so a
document is the same in every run but for its dates.

    portrait    the enrolment picture of a face, cut to 35 x 45 mm at 300 dpi, some 18 KB
    refused     wrong in one thing: the forger's, the printer's, the chip's, or the carrier's

Source: research/emrtd.md 1.3 and 6.2 (what can be wrong), section 7 (the identity card), 5.1 (the
size of portraits); ICAO 9303-3, 3.9 (portraits).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import cv2
import numpy as np

from egate.document.mrz_key import check_digit
from egate.document.pace import Mapping as PaceMapping
from egate.document.symmetric import Cipher
from simulators import cast, faces
from simulators.card_chip import CONTACT_T0, CONTACTLESS, Chip, Troubles, seeded
from simulators.card_files import Manner
from simulators.data_groups import PORTRAIT_HEIGHT, PORTRAIT_WIDTH
from simulators.document_factory import (
    IDENTITY_CARD,
    PASSPORT,
    Description,
    Faults,
    Issuer,
    Signer,
    issue,
    pace,
    traveller,
)
from simulators.document_reader import PULLED_AT_BYTE, Carried
from simulators.faces import Picture
from simulators.pki import DAY_S
from simulators.scenario import Comer, Scenario

PORTRAIT_BYTES: Final = 18_000
BRAINPOOL_P256: Final = 13
MUTE_AT: Final = 12  # in the middle of the dialogue
MUTUAL_AUTHENTICATION: Final = 4  # the last step of PACE
NUMBER_DIGIT_AT: Final = 9  # of the second line of a passport

Encoding = Callable[[Picture], bytes]
Lines = tuple[str, ...]


def jpeg(picture: Picture) -> bytes:
    """Return a JPEG of about the usual size."""
    raw = b""
    for quality in range(90, 30, -5):
        raw = _encoded(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if len(raw) <= PORTRAIT_BYTES:
            break
    return raw


def grey(picture: Picture) -> bytes:
    """Return a JPEG with one channel."""
    return jpeg(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8))


def jp2(picture: Picture) -> bytes:
    """Return a JPEG 2000 file."""
    per_mille = round(1000 * PORTRAIT_BYTES / picture.size)
    return _encoded(".jp2", picture, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, per_mille])


def j2k(picture: Picture) -> bytes:
    """Return a bare codestream: what stands in the last box of the file."""
    return jp2(picture).partition(b"jp2c")[2]


def as_signed(_description: Description, _bearer: bytes) -> Faults:
    """Nothing is wrong."""
    return Faults()


def with_bearers_portrait(description: Description, bearer: bytes) -> Faults:
    """The portrait was replaced after signing by that of who carries it."""
    forged = replace(description, portrait=bearer + b"\0")  # another one, whoever carries it
    return Faults(altered=frozenset({2}), forged=forged)


def on_the_page_of_another(description: Description, _bearer: bytes) -> Faults:
    """The page opens the chip, and names somebody else."""
    return Faults(printed=replace(description.mrz, primary_identifier="FREMD"))


def as_printed(lines: Lines) -> Lines:
    """The page is read as it is."""
    return lines


def misprinted(lines: Lines) -> Lines:
    """The check digit of the number is the next one."""
    first, second = lines
    at = NUMBER_DIGIT_AT
    wrong = str((int(check_digit(second[:at])) + 1) % 10)
    return first, second[:at] + wrong + second[at + 1 :]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document: what is usual is left out. `looks` are fields of a Description."""

    looks: Mapping[str, Any] = field(default_factory=dict)
    is_card: bool = False
    days_left: float = 5 * 365
    encoding: Encoding = jpeg
    wrong: Callable[[Description, bytes], Faults] = as_signed
    page: Callable[[Lines], Lines] = as_printed
    has_chip: bool = True
    atr: bytes = CONTACTLESS
    manner: Callable[[], Manner] = Manner
    troubles: Callable[[], Troubles] = Troubles
    leaves_at_byte: int | None = None


def _by(signer: Signer) -> Callable[[Description, bytes], Faults]:
    return lambda _description, _bearer: Faults(signer=signer)


def _pace(mapping: PaceMapping) -> dict[str, Any]:
    return {"pace": (pace(mapping, Cipher.AES_128, BRAINPOOL_P256),)}


CARD: Final[dict[str, Any]] = {"more": frozenset({13}), "signing_key": "rsa-2048"}
KINDS: Final[Mapping[str, Kind]] = {
    # these pass
    "valid": Kind(),
    "identity_card": Kind(CARD | _pace(PaceMapping.INTEGRATED), is_card=True),
    "chip_mapping": Kind(_pace(PaceMapping.CHIP_AUTHENTICATION)),
    "older": Kind({"pace": (), "chip_key": None, "signing_key": "rsa-2048"}),
    "contact_card": Kind(
        CARD,
        is_card=True,
        atr=CONTACT_T0,
        manner=lambda: Manner(
            has_extended_length=False, waits_for_get_response=True, tells_right_le=True
        ),
    ),
    "jp2_portrait": Kind(encoding=jp2),
    "j2k_portrait": Kind(encoding=j2k),
    "grey_portrait": Kind(encoding=grey),
    # forged
    "altered_portrait": Kind(wrong=with_bearers_portrait),
    "cloned_chip": Kind(wrong=lambda _description, _bearer: Faults(is_cloned=True)),
    "substituted_signer": Kind(wrong=_by(Signer.SUBSTITUTED)),
    "page_of_another": Kind(wrong=on_the_page_of_another),
    # genuine, and refused
    "expired": Kind(days_left=-30),
    "revoked_signer": Kind(wrong=_by(Signer.REVOKED)),
    # not readable
    "pace_refused": Kind(troubles=lambda: Troubles(pace_refused_at=MUTUAL_AUTHENTICATION)),
    "mute_chip": Kind(troubles=lambda: Troubles(mute_at=MUTE_AT)),
    "pulled_off": Kind(leaves_at_byte=PULLED_AT_BYTE),
    "misprint": Kind(page=misprinted),
    "no_chip": Kind(has_chip=False),
}


class PassportOffice:
    """The state with its folder; `gate` is the gate's data folder, `now_s` the time it issues."""

    def __init__(self, folder: Path, gate: Path, pictures: Path, now_s: float) -> None:
        self._folder = folder
        self._gate = gate
        self._pictures = pictures
        self._now_s = now_s
        self._state = Issuer(now_s=now_s)
        self._portraits: dict[tuple[str, Encoding], bytes] = {}

    async def found(self) -> None:
        """Publish the country signer and the revocation list, and bring them to the gate."""
        self._folder.mkdir(parents=True, exist_ok=True)
        files = {
            "csca.cer": self._state.country_signer.raw,
            "utopia.crl": self._state.revocation_list(),
        }
        for name, raw in files.items():
            (self._folder / name).write_bytes(raw)
        paths = [str(self._folder / name) for name in files]
        await cast.egate("trust", "import", "--store", str(self._gate / "trust"), *paths)

    def documents(self, scenarios: Sequence[Scenario]) -> dict[str, Carried]:
        """Issue what every person of these scenarios carries, by the person's name."""
        return {
            scenario.names[place]: self.document(scenario.names[place], comer)
            for scenario in scenarios
            for place, comer in enumerate(scenario.people)
            if comer.document
        }

    def document(self, name: str, comer: Comer) -> Carried:
        """Issue what this person carries; documents of other names have other numbers."""
        kind, which = KINDS[comer.document], crc32(name.encode())
        description = traveller(which, self._portrait(comer.token_of, kind), self._base(kind))
        faults = kind.wrong(description, self._portrait(comer.face, kind))
        document = issue(description, self._state, faults)
        chip = Chip(document, seeded(which), kind.manner(), kind.troubles(), kind.atr)
        page = kind.page(document.printed)
        return Carried(page, chip if kind.has_chip else None, kind.leaves_at_byte)

    def _base(self, kind: Kind) -> Description:
        until_s = self._now_s + kind.days_left * DAY_S
        until = datetime.fromtimestamp(until_s, UTC).strftime("%y%m%d")
        zone = replace(IDENTITY_CARD if kind.is_card else PASSPORT, expiry_date=until)
        return Description(mrz=zone, **kind.looks)

    def _portrait(self, face: str, kind: Kind) -> bytes:
        which = face, kind.encoding
        if which not in self._portraits:
            cut = portrait(faces.enrolment_file(self._pictures, face))
            self._portraits[which] = kind.encoding(cut)
        return self._portraits[which]


def portrait(file: Path) -> Picture:
    """Return an enrolment picture in the measures of a document's portrait."""
    picture = cv2.imread(str(file), cv2.IMREAD_COLOR)
    assert picture is not None
    high, wide = picture.shape[:2]
    kept = round(high * PORTRAIT_WIDTH / PORTRAIT_HEIGHT)
    left = (wide - kept) // 2
    size = (PORTRAIT_WIDTH, PORTRAIT_HEIGHT)
    cut = cv2.resize(picture[:, left : left + kept], size, interpolation=cv2.INTER_AREA)
    return np.asarray(cut, np.uint8)


def _encoded(ending: str, picture: Picture, how: list[int]) -> bytes:
    done, raw = cv2.imencode(ending, picture, how)
    assert done
    return raw.tobytes()
