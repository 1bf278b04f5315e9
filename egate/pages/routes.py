"""Every address of the pages, in one table: who may ask for it, and what answers.

A role that is not listed gets 403, nobody signed in is sent to sign in, and what is not in the
table does not exist. TRAVELLER is everybody. A POST carries the session's proof, but to sign in.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from egate.pages import console, door, screen, service
from egate.pages.people import Role
from egate.pages.site import Site, Visitor
from egate.pages.stream import EventStream

Handler = Callable[[Site, Request, Visitor], Awaitable[Response | EventStream]]
EVERYBODY = frozenset(Role)
OFFICER = frozenset({Role.OFFICER})
RECORDS = frozenset({Role.OFFICER, Role.AUDITOR})
TECHNICIAN = frozenset({Role.TECHNICIAN})


@dataclass(frozen=True, slots=True)
class Address:
    """One address; `signed` says whether a POST there needs the session's proof."""

    method: Literal["GET", "POST"]
    path: str
    roles: frozenset[Role]
    handler: Handler
    signed: bool = True


ADDRESSES: tuple[Address, ...] = (
    Address("GET", "/", EVERYBODY, door.start),
    Address("POST", "/sign-in", EVERYBODY, door.sign_in, signed=False),
    Address("POST", "/sign-out", EVERYBODY, door.sign_out),
    Address("POST", "/language", EVERYBODY, door.language),
    Address("GET", "/screen", EVERYBODY, screen.screen),
    Address("GET", "/screen/events", EVERYBODY, screen.screen_events),
    Address("GET", "/screen/preview", EVERYBODY, screen.preview),
    Address("GET", "/screen/voice", EVERYBODY, screen.voice),
    Address("GET", "/console", OFFICER, console.console),
    Address("GET", "/console/events", OFFICER, console.console_events),
    Address("POST", "/console/beat", OFFICER, console.beat),
    Address("POST", "/console/order", OFFICER, console.order),
    Address("POST", "/console/confirm", OFFICER, console.confirm),
    Address("POST", "/console/acknowledge", OFFICER, console.acknowledge),
    Address("GET", "/console/reference", OFFICER, console.reference),
    Address("GET", "/console/live", OFFICER, console.live),
    Address("GET", "/day", RECORDS, console.day),
    Address("GET", "/service", TECHNICIAN, service.service),
    Address("GET", "/service/events", TECHNICIAN, service.service_events),
    Address("POST", "/service/beat", TECHNICIAN, service.beat),
    Address("POST", "/service/maintenance", TECHNICIAN, service.maintenance),
    Address("POST", "/service/force", TECHNICIAN, service.force),
    Address("POST", "/service/confirm", TECHNICIAN, service.confirm),
    Address("POST", "/service/check", TECHNICIAN, service.check),
    Address("GET", "/service/checked", TECHNICIAN, service.checked),
    Address("GET", "/service/report", TECHNICIAN, service.report),
    Address("GET", "/service/kept", TECHNICIAN, service.kept_report),
)
