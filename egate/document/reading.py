"""Reading a travel document's chip: the procedure, step by step, as one dialogue.

    EF.CardAccess        what it offers
    PACE                 where it is offered; EF.CardSecurity and its proof with it
    the application      and basic access control where PACE is not offered
    EF.SOD               what there is to read: never EF.COM
    DG14                 and chip authentication, if it is listed there
    EF.COM               first thing on the new channel
    DG15                 and active authentication
    the data groups      as listed and wanted, DG2 last

A failure of PACE ends the reading; that basic access control may follow it is the caller's
decision (`Plan.basic_access_after_pace`) and stays a finding. What DG14 and DG15 promise is
mandatory because the security object lists them: a chip that leaves them out has failed.

What is read is raw and unproven here; passive authentication has the last word, on DG14's and
DG15's keys too. A reading keeps what it had when it ended, however it ended.

Source: ICAO 9303-11, 4.2 and 8 (inspection procedures); BSI TR-03135-1; research/emrtd.md 6.2.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from egate.document import (
    active_authentication,
    basic_access_control,
    chip_authentication,
    cms,
    lds,
    pace,
    security_object,
)
from egate.document.active_authentication import CHALLENGE_BYTES
from egate.document.agreement_key import read_agreement_key
from egate.document.chip_authentication import ChipKey
from egate.document.cms import CmsRefused
from egate.document.data_group_14 import read_data_group_14
from egate.document.data_group_15 import read_data_group_15
from egate.document.dialogue import ChipError, Dialogue
from egate.document.domain_parameters import Draw, KeyRefused
from egate.document.file_reading import (
    Session,
    is_length_refusal,
)
from egate.document.lds import (
    CARD_ACCESS,
    CARD_SECURITY,
    COM,
    DATA_GROUPS,
    SOD,
    ElementaryFile,
    LdsError,
)
from egate.document.pace import Opened
from egate.document.reading_result import (
    Access,
    FileRead,
    Plan,
    Progress,
    Reading,
    StepBegun,
    Trouble,
)
from egate.document.secure_messaging import ChannelBroken
from egate.document.security_infos import (
    ChipAuthenticationPublicKeyInfo,
    PaceInfo,
    SecurityInfos,
    read_card_access,
    read_security_infos,
)
from egate.document.security_object import SecurityObject, SecurityObjectRefused
from egate.document.unsigned_files import (
    CARD_ACCESS_SIGNED,
    COM_AGREES,
    compare_card_access,
    compare_com,
)
from egate.domain.check import NO_EVIDENCE, Check, Evidence, Finding, Outcome
from egate.wire.apdu import EXTENDED_LE, SHORT_LE, Command, Sw

SELECT_APPLICATION: Final = Command(0x00, 0xA4, 0x04, 0x0C, lds.APPLICATION)
SELECT_MASTER_FILE: Final = Command(0x00, 0xA4, 0x00, 0x0C, lds.MASTER_FILE.to_bytes(2))
PORTRAIT: Final = 2
NO_SUCH_COMMAND: Final = frozenset({Sw.INSTRUCTION_NOT_SUPPORTED, Sw.CLASS_NOT_SUPPORTED})
SESSION_ENDS: Final = frozenset({"too_many_commands", "too_many_bytes"})
NOT_OFFERED: Final = frozenset({"absent", "denied", "refused"})  # some cards refuse to say

ACCESS: Final = Check.ACCESS_CONTROL_IS_ESTABLISHED
BYPASSED: Final = Check.PACE_IS_NOT_BYPASSED
UNBROKEN: Final = Check.SECURE_MESSAGING_IS_UNBROKEN
MAPPING_KEY: Final = Check.CHIP_HOLDS_ITS_MAPPING_KEY
CHIP_KEY: Final = Check.CHIP_HOLDS_ITS_CHIP_AUTHENTICATION_KEY
SIGNING_KEY: Final = Check.CHIP_HOLDS_ITS_ACTIVE_AUTHENTICATION_KEY

CHECKS: Final = (
    ACCESS,
    BYPASSED,
    CARD_ACCESS_SIGNED,
    UNBROKEN,
    MAPPING_KEY,
    CHIP_KEY,
    SIGNING_KEY,
    COM_AGREES,
)


def read_document(
    access: Access, plan: Plan, draw: Draw, notice: Callable[[Progress], None] = lambda _: None
) -> Dialogue[Reading]:
    """Read a document; whatever the chip does, return what came of it."""
    return DocumentReading(access, plan, draw, notice).dialogue()


class DocumentReading:
    """One reading; `result` may be asked at any time, also when the card is gone."""

    def __init__(
        self,
        access: Access,
        plan: Plan,
        draw: Draw,
        notice: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self._access = access
        self._plan = plan
        self._draw = draw
        self._notice = notice
        self._session = Session(plan.answer_bytes, plan.limits, notice)
        self._files: dict[str, bytes] = {}
        self._ended: Trouble | None = Trouble("the reading", "not_begun")
        self._forget()

    def dialogue(self) -> Dialogue[Reading]:
        """Read; begin again with smaller answers when the chip breaks off because of their size."""
        try:
            while not (yield from self._is_carried_out()):
                self._forget()
        finally:
            if self._session.channel is not None:
                self._session.channel.close()
        return self.result()

    def result(self) -> Reading:
        """Return what there is so far; a check that was not reached is not done."""
        reached = [
            self._findings.get(check) or Finding(check, Outcome.NOT_DONE, "not_reached")
            for check in CHECKS
        ]
        return Reading(
            dict(self._files),
            tuple(reached),
            tuple(self._troubles.values()),
            self._ended,
            self._challenge,
            self._signature,
            self._session.commands,
            self._session.answer_bytes,
        )

    def _is_carried_out(self) -> Dialogue[bool]:
        """Take every step, as far as it goes; False when it is to be begun again with less."""
        try:
            yield from self._every_step()
            self._tell_channel()
            self._ended = None
        except ChannelBroken as broken:
            if is_length_refusal(broken.sw or 0) and self._session.learn_less():
                return False
            self._find(UNBROKEN, Outcome.FAILED, broken.reason, _sw_of(broken))
            self._ended = Trouble(broken.step, broken.reason, broken.sw)
        except ChipError as error:
            self._ended = Trouble(error.step, error.reason, error.sw)
        return True

    def _every_step(self) -> Dialogue[None]:
        """Take the steps, in their order."""
        for step, part in (
            ("reading EF.CardAccess", self._read_card_access),
            ("PACE", self._open_by_pace),
            ("proving the mapping key", self._prove_mapping),
            ("selecting the application", self._select_application),
            ("basic access control", self._open_by_basic_access),
            ("reading EF.SOD", self._read_security_object),
            ("chip authentication", self._authenticate_chip),
            ("reading EF.COM", self._read_com),
            ("active authentication", self._authenticate_actively),
            ("reading the data groups", self._read_data_groups),
        ):
            self._notice(StepBegun(step))
            self._ended = Trouble(step, "not_finished")
            yield from part()

    def _forget(self) -> None:
        """Begin with nothing known, but what EF.CardAccess said the first time."""
        self._is_again = self._session.commands > 0
        self._session.channel = None
        self._files = {n: raw for n, raw in self._files.items() if n == CARD_ACCESS.name}
        self._findings: dict[Check, Finding] = {}
        self._troubles: dict[str, Trouble] = {}
        self._offered: SecurityInfos = ()
        self._signed: SecurityInfos = ()
        self._security_object: SecurityObject | None = None
        self._opened: Opened | None = None
        self._unproven: ChipKey | None = None
        self._challenge = b""
        self._signature = b""

    # ---- opening the chip

    def _read_card_access(self) -> Dialogue[None]:
        """Find out what the chip offers; a chip may want the master file selected before."""
        if self._is_again:
            yield from self._session.send(SELECT_MASTER_FILE)  # some chips have no such command
        if CARD_ACCESS.name not in self._files:
            raw = yield from self._try_file(CARD_ACCESS)
            if raw is None and self._troubles[CARD_ACCESS.name].reason != "absent":
                yield from self._session.send(SELECT_MASTER_FILE)
                yield from self._try_file(CARD_ACCESS)
        trouble = self._troubles.get(CARD_ACCESS.name)
        if trouble is not None:
            if trouble.reason not in NOT_OFFERED:
                self._pace_fails(ChipError("reading EF.CardAccess", reason=trouble.reason))
            return
        try:
            self._offered = read_card_access(self._files[CARD_ACCESS.name])
        except LdsError as error:
            self._pace_fails(ChipError("reading EF.CardAccess", reason=error.reason))

    def _open_by_pace(self) -> Dialogue[None]:
        listed = [info for info in self._offered if isinstance(info, PaceInfo)]
        if not listed:
            trouble = self._troubles.get(CARD_ACCESS.name)
            evidence: Evidence = {"card_access": trouble.reason if trouble else "lists_none"}
            not_offered = Finding(BYPASSED, Outcome.NOT_APPLICABLE, "not_offered", evidence)
            self._findings.setdefault(BYPASSED, not_offered)
            return
        spoken = [pace.offer(info.protocol, info.parameter_id) for info in listed]
        chosen = pace.best(one for one in spoken if one is not None)
        password = self._access.password
        if chosen is None or password is None:
            self._pace_fails(ChipError(pace.STEP, reason="no_password" if chosen else "not_spoken"))
            return
        is_ambiguous = len({info.parameter_id for info in listed}) > 1
        opening = pace.open_chip(chosen, password, self._draw, is_ambiguous=is_ambiguous)
        try:
            self._opened = yield from self._session.speak(opening)
        except ChipError as error:
            self._pace_fails(error, {"protocol": f"pace {chosen}"})
            return
        self._session.channel = self._opened.channel
        evidence = {"protocol": f"pace {chosen}"}
        self._find(ACCESS, Outcome.PASSED, "pace", evidence)
        self._find(BYPASSED, Outcome.PASSED, "pace", evidence)

    def _pace_fails(self, error: ChipError, evidence: Evidence = NO_EVIDENCE) -> None:
        """Tell that PACE failed; raise it on unless the caller decided to go on without."""
        is_about_us = error.reason in {"not_spoken", "no_password"}
        outcome = Outcome.INCONCLUSIVE if is_about_us else Outcome.FAILED
        evidence = {**evidence, **_sw_of(error)}
        self._find(BYPASSED, outcome, error.reason, evidence)
        if not self._plan.basic_access_after_pace:
            self._find(ACCESS, outcome, error.reason, evidence)
            raise error

    def _prove_mapping(self) -> Dialogue[None]:
        """See that the key the chip mapped with is one of EF.CardSecurity."""
        opened = self._opened
        if opened is None or opened.offer.mapping is not pace.Mapping.CHIP_AUTHENTICATION:
            self._find(MAPPING_KEY, Outcome.NOT_APPLICABLE, "not_chosen")
            return
        raw = yield from self._try_file(CARD_SECURITY)
        keys = _keys_of_card_security(raw) if raw else ()
        if not keys:
            self._find(MAPPING_KEY, Outcome.FAILED, "key_missing")
        elif any(pace.holds_key_of(opened, public) for public in keys):
            evidence: Evidence = {"key": opened.offer.group.name, "keys": len(keys)}
            self._find(MAPPING_KEY, Outcome.PASSED, "mapped_with_its_key", evidence)
        else:
            self._find(MAPPING_KEY, Outcome.FAILED, "key_not_held")

    def _select_application(self) -> Dialogue[None]:
        response = yield from self._session.send(SELECT_APPLICATION)
        if response.sw != Sw.OK:
            raise ChipError("selecting the application", response.sw)

    def _open_by_basic_access(self) -> Dialogue[None]:
        """Open the chip with the printed zone, unless PACE did; a few chips are open to anyone."""
        if self._session.channel is not None:
            return
        if self._access.mrz is None:
            self._find(ACCESS, Outcome.INCONCLUSIVE, "no_password")
            raise ChipError(basic_access_control.STEP, reason="no_password")
        opening = basic_access_control.open_chip(self._access.mrz.key_seed, self._draw)
        try:
            self._session.channel = yield from self._session.speak(opening)
        except ChipError as error:
            if error.sw in NO_SUCH_COMMAND:
                self._find(ACCESS, Outcome.NOT_APPLICABLE, "open_to_anyone")
                return
            self._find(ACCESS, Outcome.FAILED, error.reason, _sw_of(error))
            raise
        self._find(ACCESS, Outcome.PASSED, "basic_access", {"protocol": "basic access 3des"})

    # ---- what there is, and the chip's proofs

    def _read_security_object(self) -> Dialogue[None]:
        self._keep(SOD, (yield from self._session.read_file(SOD)))
        try:
            self._security_object = security_object.decode(self._files[SOD.name])
        except SecurityObjectRefused as error:
            raise ChipError("reading EF.SOD", reason="malformed") from error

    def _authenticate_chip(self) -> Dialogue[None]:
        """Carry out chip authentication; the next thing on the new channel proves it."""
        if 14 not in self._listed:
            self._find(CHIP_KEY, Outcome.NOT_APPLICABLE, "not_listed")
            self._findings[CARD_ACCESS_SIGNED] = compare_card_access(self._offered, ())
            return
        raw = yield from self._try_file(DATA_GROUPS[14])
        try:
            self._signed = read_data_group_14(raw or b"")
        except LdsError:
            self._find(CHIP_KEY, Outcome.FAILED, "key_missing")
            return
        comparison = compare_card_access(self._offered, self._signed)
        self._findings[CARD_ACCESS_SIGNED] = comparison
        keys = chip_authentication.chip_keys(self._signed)
        if not chip_authentication.is_listed(self._signed):
            self._find(CHIP_KEY, Outcome.NOT_APPLICABLE, "not_listed")
        elif not keys:
            self._find(CHIP_KEY, Outcome.INCONCLUSIVE, "not_spoken")
        else:
            yield from self._agree_with(keys[0])

    def _agree_with(self, key: ChipKey) -> Dialogue[None]:
        agreeing = chip_authentication.authenticate_chip(key, self._draw)
        try:
            channel = yield from self._session.speak(agreeing)
        except ChannelBroken as broken:
            self._find(CHIP_KEY, Outcome.FAILED, broken.reason, _sw_of(broken))
            raise
        except ChipError as error:
            self._find(CHIP_KEY, Outcome.FAILED, error.reason, _sw_of(error))
            return
        if self._session.channel is not None:
            self._session.channel.close()
        self._session.channel = channel
        self._unproven = key

    def _read_com(self) -> Dialogue[None]:
        """Read EF.COM: the first answer on a new channel, which only the genuine chip can give."""
        try:
            raw = yield from self._try_file(COM)
        except ChannelBroken:
            if self._unproven is not None:
                self._find(CHIP_KEY, Outcome.FAILED, "not_proven")
            raise
        if self._unproven is not None:
            evidence = {"key": str(self._unproven)}
            self._find(CHIP_KEY, Outcome.PASSED, "answered_with_the_new_keys", evidence)
        if self._security_object is not None:
            self._findings[COM_AGREES] = compare_com(raw, self._security_object)

    def _authenticate_actively(self) -> Dialogue[None]:
        if 15 not in self._listed:
            self._find(SIGNING_KEY, Outcome.NOT_APPLICABLE, "not_listed")
            return
        raw = yield from self._try_file(DATA_GROUPS[15])
        try:
            key = read_data_group_15(raw or b"")
        except LdsError:
            self._find(SIGNING_KEY, Outcome.FAILED, "key_missing")
            return
        self._challenge = self._draw(CHALLENGE_BYTES)
        try:
            self._signature = yield from self._sign(key)
        except ChipError as error:
            self._find(SIGNING_KEY, Outcome.FAILED, error.reason, _sw_of(error))
            if not isinstance(error, ChannelBroken):
                return
            raise
        self._findings[SIGNING_KEY] = active_authentication.judge(
            key, self._signed, self._challenge, self._signature
        )

    def _sign(self, key: bytes) -> Dialogue[bytes]:
        """Have the challenge signed, in a long answer where the signature needs one."""
        size = active_authentication.signature_bytes(key)
        if size > self._session.short_room and self._session.answer_bytes > SHORT_LE:
            signing = active_authentication.sign_challenge(self._challenge, EXTENDED_LE)
            try:
                return (yield from self._session.speak(signing))
            except ChipError as error:
                if isinstance(error, ChannelBroken) or not is_length_refusal(error.sw or 0):
                    raise
        signing = active_authentication.sign_challenge(self._challenge, SHORT_LE)
        return (yield from self._session.speak(signing))

    def _read_data_groups(self) -> Dialogue[None]:
        wanted = (self._listed & self._plan.data_groups) - {14, 15}
        for number in sorted(wanted, key=lambda number: (number == PORTRAIT, number)):
            yield from self._try_file(DATA_GROUPS[number])

    # ---- keeping

    @property
    def _listed(self) -> frozenset[int]:
        """The data groups that the security object lists."""
        return frozenset(self._security_object.hashes if self._security_object else ())

    def _try_file(self, file: ElementaryFile) -> Dialogue[bytes | None]:
        """Read a file that may be missing; None when it is, and why among the troubles."""
        try:
            raw = yield from self._session.read_file(file)
        except ChannelBroken:
            raise
        except ChipError as error:
            if error.reason in SESSION_ENDS:
                raise
            self._troubles[file.name] = Trouble(file.name, error.reason, error.sw)
            return None
        self._troubles.pop(file.name, None)
        self._keep(file, raw)
        return raw

    def _keep(self, file: ElementaryFile, raw: bytes) -> None:
        self._files[file.name] = raw
        self._notice(FileRead(file.name, raw))

    def _find(
        self, check: Check, outcome: Outcome, reason: str, evidence: Evidence = NO_EVIDENCE
    ) -> None:
        self._findings[check] = Finding(check, outcome, reason, evidence)

    def _tell_channel(self) -> None:
        """Tell that secure messaging held to the end."""
        channel = self._session.channel
        if channel is None:
            self._find(UNBROKEN, Outcome.NOT_APPLICABLE, "open_to_anyone")
            return
        evidence: Evidence = {"cipher": channel.cipher.value, "commands": self._session.commands}
        self._find(UNBROKEN, Outcome.PASSED, "every_answer_verified", evidence)


def _keys_of_card_security(raw: bytes) -> tuple[bytes, ...]:
    """Return the keys for chip authentication in EF.CardSecurity, as they go over the wire."""
    try:
        content = cms.decode(raw, CARD_SECURITY.limit).content
        infos = read_security_infos(content, CARD_SECURITY.name)
    except (CmsRefused, LdsError):
        return ()
    listed = [info for info in infos if isinstance(info, ChipAuthenticationPublicKeyInfo)]
    found = []
    for info in listed[: chip_authentication.MOST_KEYS]:
        with suppress(KeyRefused):
            found.append(read_agreement_key(info.public_key)[1])
    return tuple(found)


def _sw_of(error: ChipError) -> Evidence:
    return {"sw": f"{error.sw:04x}"} if error.sw is not None else NO_EVIDENCE
