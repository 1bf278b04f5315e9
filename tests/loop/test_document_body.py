"""The document host's body, over readers played by the test and the simulators' chips."""

from dataclasses import replace
from secrets import token_bytes
import threading
import time

from egate.document.lds import DATA_GROUPS, SOD
from egate.document.reading_result import Plan
from egate.domain.check import Check, Finding, Outcome
from egate.loop.card_session import SessionParts
from egate.loop.device_host import MOST_GARBLED
from egate.loop.document_body import DocumentBody, DocumentParts
from egate.loop.messages import DeviceIs, DocumentRead, DocumentShown, Forget, ReadDocument
from egate.ports.card_reader import Card, CardGone, CardReader
from egate.ports.errors import DeviceError, DeviceGarbled, DeviceLost, DeviceRefused
from egate.ports.mrz_reader import MrzFrame, MrzReader, MrzUnsure
from simulators import pki
from simulators.card_chip import Chip
from simulators.document_factory import Description, Document, Issuer, issue
from tests.loop.served import Served
from tests.simulators.inspected import store_of

ISSUER = Issuer()
DOCUMENT = issue(Description(), ISSUER)
EVERY_USE = frozenset(  # RFC 5280, 4.2.1.3
    (
        "digital_signature", "non_repudiation", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )
)  # fmt: skip
UNPLUGGED = DeviceLost("mrz_reader", "unplugged")
ZONE = MrzFrame(DOCUMENT.printed, 1.0, 1.5)
MRZ, CARDS = "mrz_reader", "card_reader"
IN_DOUBT = (Outcome.INCONCLUSIVE, "zone_in_doubt")


class ChipCard:
    """A Card that is a simulated chip."""

    session, answer_to_reset, is_contactless, has_extended_length = 1, b"", True, True

    def __init__(self, document: Document) -> None:
        self._chip = Chip(document, token_bytes)

    def transmit(self, command: bytes) -> bytes:
        said = self._chip.answer(command)
        assert said is not None
        return said

    def close(self) -> None:
        """Nothing to give back."""


class Readers:
    """Both readers. `zones` are played one a read; faults are fields."""

    def __init__(self, *zones: MrzFrame | MrzUnsure | DeviceError) -> None:
        self.zones = list(zones)
        self.document = DOCUMENT
        self.has_card = True
        self.opened = {MRZ: 0, CARDS: 0}
        self.closed = 0
        self.is_gone = self.refuses = False
        self.does_not_open = False

    def body(self) -> DocumentBody:
        session = SessionParts(
            store=store_of(ISSUER),
            clock=time.monotonic,
            utc_s=lambda: ISSUER.now_s,
            draw=token_bytes,
            plan=Plan(data_groups=frozenset({1, 2})),
            card_within_s=0.2,
        )
        return DocumentBody(DocumentParts(self.open_zones, self.open_cards, session))

    def open_zones(self) -> MrzReader:
        self.opened[MRZ] += 1
        return self

    def open_cards(self) -> CardReader:
        if self.does_not_open:
            raise DeviceLost("card reader", "pcscd is not there")
        self.opened[CARDS] += 1
        return self

    def read(self, timeout_s: float) -> MrzFrame | MrzUnsure | None:
        if not self.zones:
            threading.Event().wait(min(timeout_s, 0.01))
            return None
        play = self.zones.pop(0)
        if isinstance(play, DeviceError):
            raise play
        return play

    def wait_for_card(self, timeout_s: float) -> bool:
        if self.is_gone:
            raise DeviceLost("card reader", "gone")
        if self.refuses:
            raise DeviceRefused("card reader", "sharing violation")
        if not self.has_card:
            threading.Event().wait(timeout_s)
        return self.has_card

    def wait_for_removal(self, timeout_s: float) -> bool:
        threading.Event().wait(timeout_s)
        return False

    def connect(self) -> Card:
        if not self.has_card:
            raise CardGone("card reader", "there is no card")
        return ChipCard(self.document)

    def close(self) -> None:
        self.closed += 1


def ask(request: int = 1, for_s: float = 5.0) -> ReadDocument:
    return ReadDocument(request=request, passage=7, deadline_at_s=time.monotonic() + for_s)


def pages(served: Served) -> list[DocumentShown]:
    return [said for said in served.said if isinstance(said, DocumentShown)]


def read(served: Served) -> list[DocumentRead]:
    return [said for said in served.said if isinstance(said, DocumentRead)]


def told(findings: tuple[Finding, ...], check: Check) -> tuple[Outcome, str]:
    (found,) = (one for one in findings if one.check is check)
    return found.outcome, found.reason


def presence(served: Served, device: str) -> list[bool]:
    every = (said for said in served.said if isinstance(said, DeviceIs))
    return [said.present for said in every if said.device == device]


def test_a_crumpled_page_is_told_with_its_reason_and_never_makes_a_lost_reader() -> None:
    unsure = MrzUnsure("glare", 1.0, 4.0)
    readers = Readers(*[unsure] * (MOST_GARBLED + 1), ZONE)
    with Served(readers.body()) as served:
        served.until(lambda: len(pages(served)) == MOST_GARBLED + 2)
        crumpled, *_, well = pages(served)
        assert (crumpled.began_at_s, crumpled.ended_at_s) == (1.0, 4.0)
        assert told(crumpled.findings, Check.MRZ_IS_READABLE) == (Outcome.INCONCLUSIVE, "glare")
        assert len(crumpled.findings) == len(well.findings)
        assert told(well.findings, Check.MRZ_IS_READABLE)[0] is Outcome.PASSED
        assert presence(served, MRZ) == [True]


def test_no_chip_is_opened_for_a_page_that_is_not_surely_read() -> None:
    readers = Readers(MrzUnsure("unsure_character", 1.0, 4.0))
    with Served(readers.body()) as served:
        served.until(lambda: pages(served))
        served.link.ask(ask())
        served.until(lambda: read(served))
        (answer,) = read(served)
        assert answer.document is None
        assert told(answer.findings, Check.MRZ_IS_READABLE)[1] == "unsure_character"
        assert told(answer.findings, Check.CHIP_WAS_READ_WHOLE)[0] is Outcome.INCONCLUSIVE


def test_a_page_is_told_by_its_findings_and_times_only() -> None:
    with Served(Readers(ZONE).body()) as served:
        served.until(lambda: pages(served))
    (page,) = pages(served)
    assert (page.began_at_s, page.ended_at_s) == (1.0, 1.5)
    assert told(page.findings, Check.MRZ_IS_READABLE) == (Outcome.PASSED, "readable")
    assert "L898902C3" not in page.model_dump_json()


def test_a_chip_is_read_when_the_lane_asks_with_the_zone_that_was_shown() -> None:
    with Served(Readers(ZONE).body()) as served:
        served.until(lambda: pages(served))
        served.link.ask(ask())
        served.until(lambda: read(served))
    (answer,) = read(served)
    assert (answer.request, answer.passage) == (1, 7)
    assert answer.document is not None
    assert told(answer.findings, Check.CHIP_IS_GENUINE) == (Outcome.PASSED, "holds_its_key")
    assert answer.times.access_s > 0


def test_a_garbled_page_is_told_as_one_and_the_reader_stays() -> None:
    readers = Readers(DeviceGarbled("mrz_reader", "too long"), ZONE)
    with Served(readers.body()) as served:
        served.until(lambda: len(pages(served)) == 2)
    assert told(pages(served)[0].findings, Check.MRZ_IS_READABLE) == (Outcome.FAILED, "garbled")
    assert readers.opened[MRZ] == 1


def test_without_a_page_no_chip_is_opened() -> None:
    with Served(Readers().body()) as served:
        served.link.ask(ask())
        served.until(lambda: read(served))
    (answer,) = read(served)
    assert told(answer.findings, Check.CHIP_WAS_READ_WHOLE) == IN_DOUBT
    assert answer.document is None


def test_a_page_whose_passage_is_over_opens_no_chip() -> None:
    with Served(Readers(ZONE).body()) as served:
        served.until(lambda: pages(served))
        served.link.ask(ask())
        served.link.ask(Forget(passage=7))
        served.link.ask(ask(2))
        served.until(lambda: len(read(served)) == 2)
    assert read(served)[0].document is not None
    assert told(read(served)[1].findings, Check.CHIP_WAS_READ_WHOLE) == IN_DOUBT


def test_a_page_that_is_shown_as_the_passage_before_it_ends_is_not_forgotten_with_that() -> None:
    with Served(Readers(ZONE).body()) as served:
        served.until(lambda: pages(served))
        served.link.ask(Forget(passage=6))
        served.link.ask(ask())
        served.until(lambda: read(served))
    assert read(served)[0].document is not None


def test_a_page_reader_that_only_garbles_is_lost_and_opened_again() -> None:
    readers = Readers(*[DeviceGarbled("mrz_reader", "too long")] * 5, ZONE)
    with Served(readers.body()) as served:
        served.until(lambda: len(pages(served)) == 5)
    assert presence(served, MRZ) == [True, False, True]
    assert readers.opened[MRZ] == 2


def test_a_card_reader_that_refuses_to_be_asked_is_a_lost_one() -> None:
    readers = Readers(ZONE)
    with Served(readers.body()) as served:
        served.until(lambda: pages(served))
        readers.refuses = True
        served.link.ask(ask())
        served.until(lambda: read(served))
    reason = told(read(served)[0].findings, Check.CHIP_WAS_READ_WHOLE)
    assert reason == (Outcome.INCONCLUSIVE, "reader_lost")


def test_a_page_without_a_card_is_told_so() -> None:
    readers = Readers(ZONE)
    readers.has_card = False
    with Served(readers.body()) as served:
        served.until(lambda: pages(served))
        served.link.ask(ask())
        served.until(lambda: read(served))
    reason = told(read(served)[0].findings, Check.CHIP_WAS_READ_WHOLE)
    assert reason == (Outcome.INCONCLUSIVE, "no_card")


def test_a_page_reader_that_is_unplugged_is_told_lost_and_back() -> None:
    readers = Readers(UNPLUGGED, ZONE)
    with Served(readers.body()) as served:
        served.until(lambda: pages(served))
    assert presence(served, MRZ) == [True, False, True]
    assert readers.opened[MRZ] == 2


def test_a_card_reader_that_is_gone_is_told_before_somebody_needs_it_and_back() -> None:
    readers = Readers()
    with Served(readers.body()) as served:
        served.until(lambda: presence(served, CARDS) == [True])
        readers.is_gone = True
        served.until(lambda: presence(served, CARDS)[:2] == [True, False])
        readers.is_gone = False
        served.until(lambda: presence(served, CARDS)[-1])
    assert presence(served, MRZ) == [True]


def test_who_asks_while_the_card_reader_is_away_is_answered_at_once() -> None:
    readers = Readers(ZONE)
    readers.does_not_open = True
    with Served(readers.body()) as served:
        served.until(lambda: pages(served))
        served.link.ask(ask())
        served.until(lambda: read(served))
    reason = told(read(served)[0].findings, Check.CHIP_WAS_READ_WHOLE)
    assert reason == (Outcome.INCONCLUSIVE, "reader_lost")


def test_both_readers_are_given_back_at_the_end() -> None:
    readers = Readers()
    with Served(readers.body()) as served:
        served.until(lambda: presence(served, CARDS) == [True])
    assert readers.closed == 2


def test_a_forgers_certificate_for_every_use_there_is_is_told_and_ends_no_host() -> None:
    forger = pki.document_signer(pki.country_signer(), key_usage=EVERY_USE)
    held = DOCUMENT.application
    groups = {n: held[file.file_id] for n, file in DATA_GROUPS.items() if file.file_id in held}
    readers = Readers(ZONE)
    sod = pki.security_object(forger, groups)
    readers.document = replace(DOCUMENT, application={**held, SOD.file_id: sod})
    with Served(readers.body()) as served:
        served.until(lambda: pages(served))
        served.link.ask(ask())
        served.until(lambda: read(served))
    (answer,) = read(served)
    reason = Outcome.FAILED, "is_a_country_signer"
    assert told(answer.findings, Check.DOCUMENT_SIGNER_MAY_SIGN_DOCUMENTS) == reason
