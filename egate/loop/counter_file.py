"""The file of counters: read whole or refused, and put by when it is spoilt.

    {"schema": "egate.counters/1", "counters": {PART: {"total": TALLY, "at_service": TALLY,
     "serviced_at_utc_s": S}}, "ticks": [TICKS, ...]}

It lies apart from the journal, so that a journal that is put by takes no counter with it. `ticks`
are the newest measurements of how late the lane's loop was, for the reports; the oldest go first.

Source: egate/domain/service.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from egate.domain.lateness import Ticks
from egate.domain.service import NO_COUNTERS, PARTS, Counter, Counters, Tally

NAME = "counters.json"
LARGEST = 65_536
MOST_TICKS = 120
MAX_WHOLE = 2**53


class CountersSpoilt(Exception):
    """The file holds no counters; the text says why, without its content."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What the file holds."""

    counters: Counters = field(default_factory=lambda: NO_COUNTERS)
    ticks: tuple[Ticks, ...] = ()


class _Fields(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


Number = Annotated[int, Field(ge=0, lt=MAX_WHOLE)]
Amount = Annotated[float, Field(ge=0, lt=MAX_WHOLE)]


class _Tally(_Fields):
    cycles: Number
    errors: Number
    retries: Number
    returns: Number
    on_s: Amount


class _Counter(_Fields):
    total: _Tally
    at_service: _Tally
    serviced_at_utc_s: Amount


class _Ticks(_Fields):
    at_utc_s: Amount
    over_s: Amount
    count: Number
    p50_ms: Amount
    p99_ms: Amount
    max_ms: Amount


class _File(_Fields):
    schema_: Annotated[Literal["egate.counters/1"], Field(alias="schema")] = "egate.counters/1"
    counters: Annotated[Mapping[str, _Counter], Field(max_length=len(PARTS))]
    ticks: Annotated[list[_Ticks], Field(max_length=MOST_TICKS)]


_READS: TypeAdapter[_File] = TypeAdapter(_File)
_WRITES: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])


def as_bytes(counted: Counted) -> bytes:
    """Return the file's content."""
    return _WRITES.dump_json(
        {
            "schema": "egate.counters/1",
            "counters": dict(counted.counters),
            "ticks": counted.ticks[-MOST_TICKS:],
        }
    )


def from_bytes(content: bytes) -> Counted:
    """Return what the file says; a part that nobody knows is left out.

    Raises:
        CountersSpoilt: it says nothing that can be used.
    """
    try:
        read = _READS.validate_json(content)
    except ValidationError as error:
        kinds = sorted({fault["type"] for fault in error.errors(include_input=False)})
        raise CountersSpoilt(f"it holds no counters: {', '.join(kinds)}") from None
    counters = {
        part: Counter(_tally(one.total), _tally(one.at_service), one.serviced_at_utc_s)
        for part, one in read.counters.items()
        if part in PARTS
    }
    return Counted(counters, tuple(Ticks(**one.model_dump()) for one in read.ticks))


def read_counters(path: Path) -> Counted:
    """Return what was counted; nothing where there is no file yet.

    Raises:
        CountersSpoilt: it cannot be read, or is none of ours.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        return Counted()
    except OSError as error:
        raise CountersSpoilt(error.strerror or "I/O error") from None
    if len(content) > LARGEST:
        raise CountersSpoilt(f"it is longer than {LARGEST} bytes")
    return from_bytes(content)


def _tally(fields: _Tally) -> Tally:
    return Tally(**fields.model_dump())
