"""The switches of faults: how each kind of them is put in, mended, and seen to be in.

A fault is a field of a simulator. Here is one maker of rows for each manner of field; which rows
there are stands in simulators/faults.py.

Source: DESIGN section 4 (faults are fields of a simulator).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from egate.domain.lane_part import Door, Input, Output
from simulators.bench import Bench
from simulators.fingerprint_zfm import ReplyFaults
from simulators.light_serial import Strip
from simulators.plant import Body
from simulators.serial_line import Faults, PtyLine

Switch = Callable[[Bench, bool], object]
Look = Callable[[Bench], bool]
GREEN: Final = 1  # by its place in red, green, blue


@dataclass(frozen=True, slots=True)
class Fault:
    """One row."""

    name: str
    part: str
    switch: Switch
    is_in: Look
    fits: Look = lambda _bench: True

    @property
    def key(self) -> str:
        """The name as one word."""
        return self.name.replace(" ", "_")


def at(bench: Bench, path: str) -> object:
    """Return the part of the bench at the end of a dotted path."""
    part: object = bench
    for name in path.split("."):
        part = getattr(part, name)
    return part


def line_at(bench: Bench, path: str) -> PtyLine:
    """Return the serial line at the end of a dotted path."""
    line = at(bench, path)
    assert isinstance(line, PtyLine)
    return line


def a_field(
    name: str,
    *,
    part: str,
    path: str,
    value: object = True,
    sound: Callable[[Bench], object] | None = None,
) -> Fault:
    """A field that has this value while the fault is in; else `sound`, nought if not given."""
    device, _, _ = path.partition(".")
    above, _, last = path.rpartition(".")

    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        if on:
            setattr(at(bench, above), last, value)
        elif is_in(bench):
            setattr(at(bench, above), last, sound(bench) if sound else type(value)())

    def is_in(bench: Bench) -> bool:
        return at(bench, path) == value

    return Fault(name, part, switch, is_in, lambda bench: at(bench, device) is not None)


def among(name: str, part: str, kind: str, what: Door | Input | Output) -> Fault:
    """A door or line that stands among those of this kind of the plant's faults."""

    def broken(bench: Bench) -> set[Door | Input | Output]:
        found = getattr(bench.plant.faults, kind)
        assert isinstance(found, set)
        return found

    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        (broken(bench).add if on else broken(bench).discard)(what)

    return Fault(name, part, switch, lambda bench: what in broken(bench))


def valued(name: str, part: str, kind: str, what: Door | Input, value: float) -> Fault:
    """A door or input that has a number among those of this kind of the plant's faults."""

    def broken(bench: Bench) -> dict[Door | Input, float]:
        found = getattr(bench.plant.faults, kind)
        assert isinstance(found, dict)
        return found

    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        broken(bench).pop(what, None)
        if on:
            broken(bench)[what] = value

    return Fault(name, part, switch, lambda bench: what in broken(bench))


def stuck(name: str, part: str, *lines: Input, active: bool) -> Fault:
    """Inputs that stay at one level; each can only stay at one of the two."""

    def is_in(bench: Bench) -> bool:
        return all(bench.plant.faults.stuck.get(line) is active for line in lines)

    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        if on:
            bench.plant.faults.stuck.update(dict.fromkeys(lines, active))
        elif is_in(bench):
            for line in lines:
                del bench.plant.faults.stuck[line]

    return Fault(name, part, switch, is_in)


def thing(name: str, part: str, where: Callable[[Bench], float], depth_m: float) -> Fault:
    """Something stands there, which is no person: no head is counted."""

    def things(bench: Bench) -> list[Body]:
        return [
            body
            for body in bench.plant.bodies
            if not body.heads and (body.x_m, body.depth_m) == (where(bench), depth_m)
        ]

    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        for body in things(bench):
            bench.plant.bodies.remove(body)
        if on:
            bench.plant.bodies.append(Body(where(bench), depth_m, heads=0))

    return Fault(name, part, switch, lambda bench: bool(things(bench)))


def spoilt(name: str, part: str, path: str, fits: Look = lambda _: True, **values: object) -> Fault:
    """What leaves on a serial line is spoilt so."""

    def faults_at(bench: Bench) -> Faults:
        return line_at(bench, path).speaker.faults

    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        sound = Faults()
        for field, value in values.items():
            setattr(faults_at(bench), field, value if on else getattr(sound, field))

    def is_in(bench: Bench) -> bool:
        return all(getattr(faults_at(bench), field) == value for field, value in values.items())

    return Fault(name, part, switch, is_in, fits)


def plug(path: str) -> Switch:
    """The plug at the end of this path comes out, or goes back in."""

    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        line = at(bench, path)
        getattr(line, "unplug" if on else "replug")()

    return switch


def is_out(path: str) -> Look:
    """Say whether the plug at the end of this path is out."""
    return lambda bench: not getattr(at(bench, path), "is_plugged")  # noqa: B009  # a cable or a line


def burn_green(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
    """The green of the light stays dark, or shines again."""
    _strip(bench).burnt = GREEN if on else None


def is_green_burnt(bench: Bench) -> bool:
    """Say whether the green of the light stays dark."""
    return _strip(bench).burnt == GREEN


def _strip(bench: Bench) -> Strip:
    strip = bench.light.speaker
    assert isinstance(strip, Strip)
    return strip


def reads_documents(bench: Bench) -> bool:
    """Say whether this bench has a document reader."""
    return bench.documents is not None


def has_sensor(bench: Bench) -> bool:
    """Say whether this bench has a fingerprint sensor."""
    return bench.sensor is not None


def radio(name: str, **values: float | bool) -> Fault:
    """Cards in the field, and those in the slot, are reached so."""

    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        assert bench.documents is not None
        for slot, sound in zip(bench.documents.slots, bench.documents.sound_radios(), strict=True):
            for field, value in values.items():
                setattr(slot.radio, field, value if on else getattr(sound, field))

    def is_in(bench: Bench) -> bool:
        assert bench.documents is not None
        first = bench.documents.slots[0].radio
        return all(getattr(first, field) == value for field, value in values.items())

    return Fault(name, "card reader", switch, is_in, reads_documents)


def pulled(name: str, at_byte: int) -> Fault:
    """Whatever card is laid down leaves after so many bytes."""

    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        assert bench.documents is not None
        bench.documents.pull_at(at_byte if on else None)

    def is_in(bench: Bench) -> bool:
        return bench.documents is not None and bench.documents.pulled_at == at_byte

    return Fault(name, "card reader", switch, is_in, reads_documents)


def answers(name: str, wrong: ReplyFaults) -> Fault:
    """The fingerprint sensor answers so; it can only answer in one way."""

    def is_in(bench: Bench) -> bool:
        return bench.sensor is not None and bench.sensor.faults == wrong

    def switch(bench: Bench, on: bool) -> None:  # noqa: FBT001  # a Switch
        assert bench.sensor is not None
        if on:
            bench.sensor.faults = wrong
        elif is_in(bench):
            bench.sensor.faults = ReplyFaults()

    return Fault(name, "finger sensor", switch, is_in, has_sensor)
