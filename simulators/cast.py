"""The bench's issuer: keys, lists, and the permits its travellers carry, made with `egate permit`.

It runs the commands that a real issuer runs, as processes of their own, and keeps the issuer's
secrets in a folder that the gate never sees.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
import shutil
import sys
from zlib import crc32

import cv2

from simulators import faces
from simulators.morph import CUT_POINTS, morph
from simulators.scenario import Comer, Scenario

SITE, OTHER_SITE = "BENCH", "ELSEWHERE"
FOR_THE_GATE = ("issuers.json", "issuers.pub", "revoked.json", "gate.key")
AT_ONCE = 2
LONGEST_S = 120.0
# What the identity card of nobody says: a traveller may hold the wrong side before the scanner.
CARD_CODE = "001090123456||Nguyễn Thị Đào|07031990|Nữ|Số 1, Tràng Tiền, Hà Nội|25042021"


class CastFailed(Exception):
    """A command of the issuer did not do its work; the text says what it said."""


class Issuer:
    """One issuer with its folder; `gate` is the gate's data folder."""

    def __init__(self, folder: Path, gate: Path, pictures: Path) -> None:
        self._folder = folder
        self._gate = gate
        self._pictures = pictures
        self._at_once = asyncio.Semaphore(AT_ONCE)

    async def found(self) -> None:
        """Make the keys and lists, and give the gate what is for gates."""
        await self._egate("permit", "keygen", str(self._folder / "keys"), "--issuer", "Bench")
        self._gate.mkdir(parents=True, exist_ok=True)
        self._hand_over()

    async def permits(
        self, scenarios: Sequence[Scenario], edition: str = ""
    ) -> dict[tuple[str, int], str]:
        """Issue what every person of these scenarios presents, by scenario and place in it.

        A permit clears once: who comes again needs another `edition` of it. The gate hears of a
        revocation at its start only, so that a revoked one has to be of the first, which is "".
        """
        comers = [
            (scenario.name, place, comer)
            for scenario in scenarios
            for place, comer in enumerate(scenario.people)
        ]
        texts = await asyncio.gather(
            *(self._permit(f"{name}-{place}{edition}", comer) for name, place, comer in comers)
        )
        if not edition:
            self._hand_over()
        issued = {(name, place): text for (name, place, _), text in zip(comers, texts, strict=True)}
        used = {(name, place) for name, place, comer in comers if comer.permit == "used"}
        return {key: issued[key[0], 0] if key in used else text for key, text in issued.items()}

    async def _permit(self, name: str, comer: Comer) -> str:
        if comer.permit in ("none", "used"):
            return ""  # nothing of their own: a used one is the first person's
        if comer.permit == "identity_card_code":
            return CARD_CODE
        now = datetime.now(UTC)  # noqa: TID251  # an issuer dates by the wall clock
        starts = now + timedelta(days={"expired": -9, "not_yet_valid": 5}.get(comer.permit, -1))
        out, face = self._folder / name, faces.enrolment_file(self._pictures, comer.token_of)
        if comer.permit == "morph":
            face = out.with_name(f"{name}_face.png")
            await asyncio.to_thread(self._morph, comer, face)
        registration = with_finger(comer.token_of) if comer.finger else name[:32]
        await self._egate(
            "permit", "issue", registration,
            "--keys", str(self._folder / "keys"),
            "--site", OTHER_SITE if comer.permit == "wrong_site" else SITE,
            "--direction", "exit" if comer.permit == "wrong_direction" else "both",
            "--document-number", f"B{crc32(name.encode()) % 10**7:07d}",
            "--valid-from", starts.strftime("%Y-%m-%dT%H:%M:%S"),
            "--valid-days", "2" if comer.permit == "expired" else "30",
            "--face", str(face),
            "--out", str(out),
        )  # fmt: skip
        slip = out.with_name(f"{out.name}.txt")
        if comer.permit == "revoked":
            await self._egate("permit", "revoke", str(slip), "--keys", str(self._folder / "keys"))
        text = slip.read_text().strip()
        return forged(text) if comer.permit == "forged" else text

    def _morph(self, comer: Comer, into: Path) -> None:
        """Make one face of the permit's holder and of who comes with it, in equal shares."""
        holder, other = (
            faces.enrolment_picture(self._pictures, who) for who in (comer.token_of, comer.face)
        )
        cv2.imwrite(str(into), morph(holder, CUT_POINTS, other, CUT_POINTS))

    def _hand_over(self) -> None:
        for name in FOR_THE_GATE:
            shutil.copy2(self._folder / "keys" / name, self._gate / name)

    async def _egate(self, *words: str) -> None:
        async with self._at_once:
            await egate(*words)


def with_finger(face: str) -> str:
    """Return the registration of a resident who is enrolled with a finger."""
    return f"finger-{face}"


async def egate(*words: str) -> str:
    """Run one command of egate as a process of its own; return what it said.

    Raises:
        CastFailed: it did not do its work.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "egate", *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        said, _ = await asyncio.wait_for(process.communicate(), LONGEST_S)
    except BaseException:
        process.kill()  # nothing is left behind of a bench that was told to stop
        await process.wait()
        raise
    text = said.decode(errors="replace")
    if process.returncode != 0:
        raise CastFailed(f"egate {' '.join(words[:2])}: {text[:400]}")
    return text


def forged(text: str) -> str:
    """Return the permit with one character of its signature changed: it reads, and is a lie."""
    place = len(text) - 9
    swapped = "A" if text[place] != "A" else "B"
    return text[:place] + swapped + text[place + 1 :]
