"""Where the bench's residents are enrolled with a finger: at the gate's sensor, before it starts.

It runs the command that a technician runs, `egate enrol add`, while a hand lays the finger down and
lifts it again. A finger is compared with another person's too, so there are always two.

Source: research/hardware.md 2.4 (decoys).
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from simulators.cast import egate, with_finger
from simulators.fingerprint_zfm import Sensor
from simulators.hand import finger_of
from simulators.scenario import Scenario

LIES_S, AWAY_S = 0.7, 0.3
SOMEBODY_ELSE = "somebody_else"


def faces_with_finger(scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """Return whose face has a finger enrolled with it in these scenarios."""
    faces = {one.token_of for each in scenarios for one in each.people if one.finger}
    return tuple(sorted(faces))


async def enrol_fingers(faces: Iterable[str], sensor: Sensor, profile: Path, gate: Path) -> None:
    """Enrol the finger of each of these faces at the gate, and one of somebody else.

    Raises:
        CastFailed: the command did not do its work.
    """
    for face in (*faces, SOMEBODY_ELSE):
        hand = asyncio.get_running_loop().create_task(_lays(sensor, finger_of(face)))
        try:
            await egate(
                "enrol", "add", with_finger(face),
                "--profile", str(profile), "--data", str(gate), "--fingers", "1",
            )  # fmt: skip
        finally:
            hand.cancel()
            with suppress(asyncio.CancelledError):
                await hand
            sensor.finger = None


async def _lays(sensor: Sensor, finger: int) -> None:
    while True:
        sensor.finger = finger
        await asyncio.sleep(LIES_S)
        sensor.finger = None
        await asyncio.sleep(AWAY_S)
