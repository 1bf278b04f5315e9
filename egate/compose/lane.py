"""The lane process and its journal: board, state machine, lists, counters; no numpy, cv2 or cbor2.

Keys that the gate itself owns (journal, day keys) are made on the first run.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing, suppress
import json
import os
from pathlib import Path
import pwd
import time
from typing import TYPE_CHECKING

import structlog

from egate import __version__
from egate.compose.setup import only_one, takes_documents
from egate.loop.files import HELD, GateFiles, Places
from egate.loop.logs import configure_logs
from egate.loop.unit_users import users

if TYPE_CHECKING:
    from egate.domain.record import Entry
    from egate.loop.lane_loop import LaneParts
    from egate.loop.upkeep import UpkeepParts
    from egate.ports.journal import Journal
    from egate.profile.settings import HardwareProfile


def lane_process(profile: HardwareProfile, places: Places) -> int:
    """Run the lane; return the exit status.

    Raises:
        SetupRefused: a file is missing or spoilt, or another lane runs in the same place: two
            would take each other's socket and drive the same doors.
    """
    from egate.loop.lane_loop import run_lane

    configure_logs("lane")
    places.prepare()
    with only_one("lane", places.run):
        parts = lane_parts(profile, places)
        hold_lists(GateFiles(profile.files, places.data))
        return run_lane(parts)


def hold_lists(gate_files: GateFiles) -> None:
    """Remember the versions of the lists in use: an older one is not taken again.

    A disk that refuses holds up no traveller here; the journal needs the same disk.
    """
    from egate.journal.key_file import KeyFileError, write_atomically

    newest = gate_files.newest()
    if newest == gate_files.held():
        return
    try:
        write_atomically(gate_files.data / HELD, json.dumps(newest).encode(), 0o640)
    except KeyFileError as error:
        structlog.get_logger().warning("lists_not_held", what=str(error))


def lane_parts(profile: HardwareProfile, places: Places) -> LaneParts:
    """Build what a lane is made of; nothing is opened yet but the operator's files."""
    from drivers.catalogue import digital_io
    from egate.domain.lane_part import Door
    from egate.domain.limits import TimeLimits, Tries
    from egate.lane import Lane, LaneSettings
    from egate.loop.clock import Clock
    from egate.loop.inspector import SiteInspector
    from egate.loop.lane_loop import LaneParts
    from egate.loop.notify import Notifier
    from egate.profile.digest import profile_sha256
    from egate.selftest.boot import LaneSeen, checked, in_short, stands_against

    gate, gate_files = profile.gate, GateFiles(profile.files, places.data)
    policy, revoked = gate_files.policy(), gate_files.revoked()
    settings = LaneSettings(
        shape=gate.shape,
        limits=TimeLimits(**profile.limits.model_dump()),
        tries=Tries(face=policy.face_tries, finger=policy.finger_tries),
        officer_required=profile.service.officer_required,
        opens_by_itself=profile.service.opens_by_itself,
        pushed=frozenset(
            Door(name) for name, wiring in profile.doors if wiring and wiring.opens == "by_hand"
        ),
    )
    return LaneParts(
        lane=Lane(settings),
        shape=gate.shape,
        open_board=lambda: digital_io(profile.devices.board, profile.doors),
        open_journal=lambda: gate_journal(profile, places),
        inspector=SiteInspector(policy, gate.site, gate.direction, lambda: revoked),
        clock=Clock(time.monotonic, time.time),
        socket=places.socket,
        users=users(os.getuid(), {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}),
        notify=Notifier.from_environment().tell,
        about={
            "gate": gate.name,
            "software": __version__,
            "shape": gate.shape.value,
            "policy": policy.version,
            "profile_sha256": profile_sha256(profile),
            "calibration_sha256": profile.calibration,
        },
        takes_documents=takes_documents(profile),
        has_light=profile.devices.light is not None,
        has_fingerprint=profile.devices.fingerprint is not None,
        self_test=lambda levels, missing: in_short(
            stands_against(LaneSeen(gate.shape, levels, missing))
        ),
        checks=lambda levels, missing, only: checked(LaneSeen(gate.shape, levels, missing), only),
        upkeep=_upkeep_parts(profile, places.data),
    )


def _upkeep_parts(profile: HardwareProfile, data: Path) -> UpkeepParts:
    from egate.journal.key_file import write_atomically
    from egate.loop import counter_file
    from egate.loop.upkeep import UpkeepParts
    from egate.profile.counted import counted_parts, service_limits

    path = data / counter_file.NAME

    def put_by() -> None:
        with suppress(OSError):
            path.replace(path.with_name(f"{path.name}.spoilt"))

    return UpkeepParts(
        parts=counted_parts(profile),
        limits=service_limits(profile),
        read=lambda: counter_file.read_counters(path),
        write=lambda content: write_atomically(path, content, 0o640),
        put_by=put_by,
    )


def gate_journal(profile: HardwareProfile, places: Places, *, puts_by: bool = True) -> Journal:
    """Open the journal, its keys made on the first run; any refusal is a JournalFailed.

    It has one writer: who is not the lane holds the lane's place (`only_one`) meanwhile, and puts
    no file by: under a profile of another gate that would be a good one.
    """
    from egate.journal.key_file import KeyFileError, signing_key
    from egate.journal.store import Place, open_journal
    from egate.ports.journal import JournalFailed

    names, data = profile.files, places.data
    place = Place(profile.gate.name, data / names.journal, data / names.day_keys, puts_by=puts_by)
    try:
        key = signing_key(data / names.journal_key, os.urandom)
    except KeyFileError as error:
        raise JournalFailed(str(error)) from error
    return open_journal(place, key, os.urandom, time.time)


def append_to_journal(profile: HardwareProfile, places: Places, entries: Sequence[Entry]) -> None:
    """Append to the journal of a gate that stands still.

    Raises:
        JournalFailed: this gate has no journal yet, another process writes it, or it refuses.
    """
    from egate.ports.journal import JournalFailed

    path, key = places.data / profile.files.journal, places.data / profile.files.journal_key
    if not path.exists() or not key.exists():
        raise JournalFailed("this gate has none yet")
    with closing(gate_journal(profile, places, puts_by=False)) as journal:
        journal.append(entries)
