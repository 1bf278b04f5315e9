"""The hosts that read codes, documents and fingers; none of them has a right to a door."""

from __future__ import annotations

import os
import secrets
import time
from typing import TYPE_CHECKING, Final

from egate import __version__
from egate.compose.setup import (
    NO_FINGERPRINT,
    below,
    check_card_library,
    check_finger_library,
    quiet_opencv,
    registry_place,
    trust_store,
    zones_below,
)
from egate.loop.files import GateFiles, Places, SetupRefused
from egate.loop.host_silence import finger_silence_s, scanner_silence_s, video_silence_s
from egate.loop.logs import configure_logs

if TYPE_CHECKING:
    from pathlib import Path

    from egate.loop.device_host import Body
    from egate.loop.messages import HostName
    from egate.ports.fingerprint import FingerprintSensor
    from egate.profile.settings import HardwareProfile

CARD_WITHIN_S: Final = 5.0  # of showing the page: the document is laid down by then, or wrongly


def scanner_process(profile: HardwareProfile, places: Places) -> int:
    """Run the scanner host; return the exit status."""
    from drivers.catalogue import code_reader
    from egate.inspection.presented_code import read_permit
    from egate.loop.scanner_body import ScannerBody

    configure_logs("scanner")
    quiet_opencv()
    issuers = GateFiles(profile.files, places.data).issuers()
    scanner = profile.devices.scanner
    settings = scanner.model_copy(update={"line": below(places.data, scanner.line)})
    body = ScannerBody(
        open_reader=lambda: code_reader(settings, time.monotonic),
        read_permit=lambda text: read_permit(text, issuers, time.time()),
        clock=time.monotonic,
    )
    return host_process("scanner", body, places, scanner_silence_s(scanner))


def document_process(profile: HardwareProfile, places: Places) -> int:
    """Run the document host; return the exit status.

    Raises:
        SetupRefused: the profile has no readers for it, or nobody is trusted.
    """
    from drivers.catalogue import card_reader, mrz_reader
    from egate.document.reading_result import Plan
    from egate.loop.card_session import SessionParts
    from egate.loop.document_body import APDU_WITHIN_S, DocumentBody, DocumentParts

    configure_logs("document")
    quiet_opencv()
    zones, cards = profile.devices.mrz_reader, profile.devices.card_reader
    if zones is None or cards is None:
        cure = "name devices.mrz_reader and devices.card_reader, or do not start it"
        raise SetupRefused("this profile has no document reader", cure)
    settings = zones_below(places.data, zones)
    check_card_library()
    session = SessionParts(
        store=trust_store(profile, places),
        clock=time.monotonic,
        utc_s=time.time,
        draw=os.urandom,
        plan=Plan(data_groups=frozenset({1, 2})),  # and what proves the chip (decision 23)
        card_within_s=CARD_WITHIN_S,
    )
    body = DocumentBody(
        DocumentParts(
            open_zones=lambda: mrz_reader(settings, time.monotonic),
            open_cards=lambda: card_reader(cards, time.monotonic),
            session=session,
        )
    )
    timeout_ms = getattr(zones, "frame_timeout_ms", 0)
    opens_s = video_silence_s(timeout_ms) if timeout_ms else 0.0
    return host_process("document", body, places, max(APDU_WITHIN_S, opens_s))


def fingerprint_process(profile: HardwareProfile, places: Places) -> int:
    """Run the fingerprint host; return the exit status.

    Raises:
        SetupRefused: the profile has no sensor for it.
    """
    from egate.loop.fingerprint_body import FingerprintBody, FingerprintParts
    from egate.references import finger_reader

    configure_logs("fingerprint")
    if profile.devices.fingerprint is None:
        raise SetupRefused(NO_FINGERPRINT, "name devices.fingerprint, or do not start it")
    check_finger_library(profile)
    place = registry_place(profile, places.data)
    body = FingerprintBody(
        FingerprintParts(
            open_sensor=lambda: open_fingerprint(profile, places.data),
            reference_of=finger_reader(place, secrets.randbelow),
            below=secrets.randbelow,
            clock=time.monotonic,
        )
    )
    return host_process("fingerprint", body, places, finger_silence_s(profile.devices.fingerprint))


def open_fingerprint(profile: HardwareProfile, data: Path) -> FingerprintSensor:
    """Open the profile's sensor, for the host or for a command on the spot.

    Raises:
        SetupRefused: the profile has none.
        DeviceError: it is not there, not free, or not the one that the profile names.
    """
    from drivers.catalogue import fingerprint

    named = profile.devices.fingerprint
    if named is None:
        raise SetupRefused(NO_FINGERPRINT, "name devices.fingerprint")
    check_finger_library(profile)
    settings = named.model_copy(update={"line": below(data, named.line)})
    return fingerprint(settings, time.monotonic)


def host_process(host: HostName, body: Body, places: Places, silence_s: float) -> int:
    """Run a host around this body until it is told to stop; return the exit status."""
    from egate.loop.device_host import HostParts, run_host
    from egate.loop.notify import Notifier

    return run_host(
        HostParts(
            host=host,
            software=__version__,
            body=body,
            socket=places.socket,
            clock=time.monotonic,
            notifier=Notifier.from_environment(),
            body_silence_s=silence_s,
        )
    )
