"""What a reading is given, what it tells on the way, and what it returns.

Source: research/aesthetics.md 8.7 (failures keep the evidence gathered so far).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from egate.document.file_reading import LADDER, FileProgress, Limits
from egate.document.lds import CARD_SECURITY, DATA_GROUPS, SOD
from egate.document.mrz_key import MrzKey
from egate.document.pace import Password
from egate.document.terminal_authentication import Terminal
from egate.domain.check import Finding

DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True, repr=False)
class Access:
    """What the terminal was shown: the printed zone, or a card access number, or both."""

    mrz: MrzKey | None = None
    can: str | None = None

    @property
    def password(self) -> Password | None:
        """What PACE is done with: the zone, if there is one."""
        if self.mrz is not None:
            return Password.from_mrz(self.mrz)
        return Password.from_can(self.can) if self.can is not None else None


@dataclass(frozen=True, slots=True)
class Plan:
    """What to read and how; DG14 and DG15 are read whenever they are listed.

    `answer_bytes`: what the line can carry at once, 256 where it has no extended length.
    `terminal`: who we are to a chip that keeps DG3 and DG4 from strangers; nobody, usually.
    """

    data_groups: frozenset[int] = frozenset(DATA_GROUPS) - {3, 4}
    answer_bytes: int = LADDER[0]
    basic_access_after_pace: bool = False
    terminal: Terminal | None = None
    limits: Limits = DEFAULT_LIMITS


@dataclass(frozen=True, slots=True)
class StepBegun:
    """The next step of the procedure, in words."""

    step: str


@dataclass(frozen=True, slots=True, repr=False)
class FileRead:
    """A file has come whole; EF.SOD can be verified while the portrait is still on its way."""

    file: str
    raw: bytes


Progress: TypeAlias = StepBegun | FileProgress | FileRead


@dataclass(frozen=True, slots=True)
class Trouble:
    """What did not work: the step or file, the reason's code, the chip's status word."""

    step: str
    reason: str
    sw: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Reading:
    """What came of a reading: files as they are on the chip, findings, and what did not work.

    `ended` is None when every step was taken. `challenge` and `signature` are active
    authentication's, for whoever wants to verify it again. `answer_bytes` is what was learnt.
    """

    files: Mapping[str, bytes]
    findings: tuple[Finding, ...]
    troubles: tuple[Trouble, ...]
    ended: Trouble | None
    challenge: bytes
    signature: bytes
    commands: int
    answer_bytes: int

    @property
    def data_groups(self) -> Mapping[int, bytes]:
        """The data groups that were read, by number."""
        return {
            number: self.files[file.name]
            for number, file in DATA_GROUPS.items()
            if file.name in self.files
        }

    @property
    def security_object(self) -> bytes:
        """EF.SOD; empty when it was not read."""
        return self.files.get(SOD.name, b"")

    @property
    def card_security(self) -> bytes:
        """EF.CardSecurity; empty when it was not read."""
        return self.files.get(CARD_SECURITY.name, b"")
