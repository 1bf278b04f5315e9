"""How `egate document` shows what came of a reading; what is personal only when it is asked for.

    always      every finding, chip and times, sizes of files, the issuing state, the ruling
    personal    the chip's zone, DG11, DG12, DG13 and DG16, the kind and size of the portrait

A data group that cannot be read shows its reason in the place of its content. No picture is shown,
and no bytes.

Source: DESIGN sections 7 and 8; ICAO 9303-10, 4.7 (what the data groups hold).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from egate.cli.document_session import Came
from egate.cli.document_weighed import OF_THE_PAGE, Weighed
from egate.cli.finding_shown import finding_fields, show_findings
from egate.cli.output import show as show_line
from egate.cli.output import show_table
from egate.document import data_group_1
from egate.document.data_group_11 import read_data_group_11
from egate.document.data_group_12 import read_data_group_12
from egate.document.data_group_13 import cccd_details, read_data_group_13
from egate.document.data_group_16 import read_data_group_16
from egate.document.lds import LdsError
from egate.document.mrz import Mrz
from egate.document.reading_result import Reading
from egate.domain.check import Check, Outcome
from egate.domain.decision import Ruling
from egate.registry.trust import Loaded
from egate.wire.apdu import sw_name

Personal = Mapping[str, Mapping[str, str]]

DID_NOT_OPEN: Final = "the chip did not open; compare what was given with the page"
RULINGS: Final = {
    Ruling.ADMIT: "a gate would admit it",
    Ruling.REFER: "a gate would refer it to an officer",
    Ruling.HOLD: "a gate would hold its traveller for an officer",
}


def document_fields(came: Came, weighed: Weighed, trust: Loaded) -> dict[str, Any]:
    """Return everything that is not personal as fields of an object."""
    read = came.reading
    return {
        "passed": weighed.is_admitted,
        "findings": [finding_fields(one) for one in weighed.findings],
        "ruling": weighed.decision.ruling,
        "reasons": list(weighed.decision.reasons),
        "policy": weighed.decision.policy,
        "left_out": list(weighed.left_out),
        "issuer": _issuer(read),
        "chip": {
            "is_contactless": came.is_contactless,
            "has_extended_length": came.has_extended_length,
            "commands": read.commands,
            "answer_bytes": read.answer_bytes,
        },
        "times": {name: round(spent, 4) for name, spent in asdict(came.times).items()},
        "files": {name: len(raw) for name, raw in read.files.items()},
        "troubles": [asdict(one) for one in read.troubles],
        "ended": None if read.ended is None else asdict(read.ended),
        "trust": _trust(trust),
    }


def show_document(came: Came, weighed: Weighed, trust: Loaded) -> None:
    """Write everything that is not personal."""
    show_findings(weighed.findings)
    for line in (*_chip_lines(came), *_trust_lines(came.reading, trust)):
        show_line(line)
    for line in _ruling_lines(weighed):
        show_line(line)


def show_personal(personal: Personal) -> None:
    """Write what is personal, a table a data group."""
    for part, fields in personal.items():
        show_table((part, "says"), list(fields.items()))


def personal_fields(came: Came) -> Personal:
    """Return what the chip tells of its holder, by data group and field."""
    read = came.reading
    told = {
        f"DG{number}": _fields_of(tell, read.data_groups[number])
        for number, tell in _PERSONAL.items()
        if number in read.data_groups
    }
    picture = came.inspected.told(Check.DOCUMENT_HAS_A_PORTRAIT)
    evidence = {name: str(value) for name, value in picture.evidence.items()}
    return {**told, "portrait": {"kind": picture.reason, **evidence}}


def _chip_lines(came: Came) -> Iterator[str]:
    read, times = came.reading, came.times
    yield (
        f"chip: {'contactless' if came.is_contactless else 'contact'}, "
        f"{'extended' if came.has_extended_length else 'short'} APDUs; "
        f"{read.commands} commands, answers of up to {read.answer_bytes} bytes"
    )
    yield (
        f"seconds: {times.card_s:.2f} card, {times.access_s:.2f} access, "
        f"{times.files_s:.2f} files, {times.proofs_s:.2f} proofs, {times.portrait_s:.2f} portrait; "
        f"{times.own_s * 1000:.0f} ms of them our own work"
    )
    yield f"read: {', '.join(f'{name} {len(raw)}' for name, raw in read.files.items())} bytes"
    for trouble in read.troubles:
        yield f"not read: {trouble.step}, {trouble.reason}{_sw(trouble.sw)}"
    if read.ended is not None:
        yield f"ended early: {read.ended.step}, {read.ended.reason}{_sw(read.ended.sw)}"
        if read.security_object == b"":
            yield DID_NOT_OPEN


def _trust_lines(read: Reading, trust: Loaded) -> Iterator[str]:
    yield f"issuing state: {_issuer(read) or 'not read'}"
    held = _trust(trust)
    yield (
        f"trust store: version {held['version']}, {held['country_signers']} country signers, "
        f"{held['revocation_lists']} revocation lists"
    )
    if not held["country_signers"]:
        yield "nobody's signature can be followed up: egate trust import, or another --store"


def _ruling_lines(weighed: Weighed) -> Iterator[str]:
    yield f"{RULINGS[weighed.decision.ruling]}, by policy {weighed.decision.policy}"
    not_done = {one.check for one in weighed.findings if one.outcome is Outcome.NOT_DONE}
    told = [one for one in weighed.decision.reasons if one.partition(":")[0] not in not_done]
    yield from (f"  {reason}" for reason in told)
    if untold := len(weighed.decision.reasons) - len(told):
        yield f"  and {untold} checks that were not done"
    of_the_page = len(set(weighed.left_out) & set(OF_THE_PAGE))
    page = [f"{of_the_page} checks of the printed zone"] if of_the_page else []
    rest = [check for check in weighed.left_out if check not in OF_THE_PAGE]
    yield f"not asked here: {', '.join([*page, *rest])}"


def _trust(trust: Loaded) -> dict[str, int]:
    return {
        "version": trust.version,
        "country_signers": len(trust.store.country_signers),
        "revocation_lists": len(trust.store.revocation_lists),
    }


def _sw(sw: int | None) -> str:
    return "" if sw is None else f" ({sw_name(sw)})"


def _issuer(read: Reading) -> str | None:
    """Return the state that the chip's zone names, proven or not."""
    zone = _zone(read)
    return None if zone is None else zone.issuer


def _zone(read: Reading) -> Mrz | None:
    try:
        return data_group_1.read_data_group_1(read.data_groups.get(1, b"")).mrz
    except LdsError:
        return None


def _fields_of(tell: Callable[[bytes], Mapping[str, object]], raw: bytes) -> dict[str, str]:
    try:
        told = tell(raw)
    except LdsError as error:
        return {"unreadable": error.reason}
    words = {name: _in_words(value) for name, value in told.items()}
    return {name: value for name, value in words.items() if value}


def _in_words(value: object) -> str:
    match value:
        case None:
            return ""
        case bytes():
            return f"{len(value)} bytes"
        case tuple():
            return "; ".join(_in_words(one) for one in value)
        case _:
            return str(value)


def _printed_zone(raw: bytes) -> Mapping[str, object]:
    zone = data_group_1.read_data_group_1(raw).mrz
    return {"unreadable": "no zone"} if zone is None else asdict(zone)


def _national_details(raw: bytes) -> Mapping[str, object]:
    details = cccd_details(read_data_group_13(raw))
    if not details:
        return {"unknown_layout": raw}
    return {number.name.lower(): texts for number, texts in details.items()}


def _people_to_notify(raw: bytes) -> Mapping[str, object]:
    people = enumerate(read_data_group_16(raw), start=1)
    return {
        f"{name}_{place}": value
        for place, person in people
        for name, value in asdict(person).items()
    }


_PERSONAL: Final[Mapping[int, Callable[[bytes], Mapping[str, object]]]] = {
    1: _printed_zone,
    11: lambda raw: asdict(read_data_group_11(raw)),
    12: lambda raw: asdict(read_data_group_12(raw)),
    13: _national_details,
    16: _people_to_notify,
}
