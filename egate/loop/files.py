"""What the processes of a gate read at their start: places, lists, keys and the policy.

    file           brought by   read by     without it
    issuers.json   operator     scanner     refused
    issuers.pub    operator     all three   refused
    gate.key       operator     vision      refused
    revoked.json   operator     lane        no list: every permit is referred to an officer
    policy         operator     these two   the policy that ships
    held.json      the lane     both lists  no version was held: any list is taken

held.json remembers the highest version of each list that was ever held, so that an older list,
however well signed, is not taken again. A list of issuers that has expired is still read: who
shows a permit is then referred to an officer, which a host that will not start could not do.

A refusal names the file and its cure, never its content. A new list is taken in by starting the
process that reads it again.

Source: DESIGN section 7; profile/settings.py (Files); egate/cli/key_folder.py (who makes them).
"""

from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
import json
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from egate.domain.revocation import Revoked
from egate.inspection import policy as policy_file
from egate.inspection.policy import Policy, PolicyError
from egate.loop.notify import SOCKET as NOTIFY_SOCKET
from egate.permit import issuers as issuers_list
from egate.permit import revoked as revoked_list
from egate.permit.issuers import Issuers
from egate.permit.keys import KeyRefused, read_gate_key, read_list_public_key
from egate.permit.signed_list import MAX_CHARACTERS, ListRefused
from egate.profile.settings import Files

SOCKET = "lane.sock"
SOCKETS = (SOCKET, NOTIFY_SOCKET)
PICTURES = "pages/eyes"  # no longer than the longest of these
LONGEST_SOCKET_PATH = 107  # sun_path of unix(7), without its final zero
HELD, LARGEST_HELD = "held.json", 4096
LARGEST_KEY = 4096
SHIPPED_POLICY = "policy.toml"
NEWEST = "bring the issuer's newest list"
BRING = "bring it from the issuer's folder (egate permit keygen)"


class SetupRefused(Exception):
    """Something an operator must bring is not there or not usable; the text ends with its cure."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(f"{what}; {cure}")


@dataclass(frozen=True, slots=True)
class Places:
    """Where a gate keeps its data, and where its processes meet."""

    data: Path
    run: Path

    @property
    def socket(self) -> Path:
        """The lane's socket."""
        return self.run / SOCKET

    @property
    def pictures(self) -> Path:
        """Where the pages hear of pictures; the folder is the pages' own."""
        return self.run / PICTURES

    def prepare(self) -> None:
        """Make both directories.

        Raises:
            SetupRefused: they cannot be made, or the socket's path is too long for the kernel.
        """
        for path in (self.data, self.run):
            try:
                path.mkdir(mode=0o750, parents=True, exist_ok=True)
            except FileExistsError:
                raise SetupRefused(f"{path}: it is no directory", "name another") from None
            except OSError as error:
                raise SetupRefused(f"{path}: {error.strerror}", "make it first") from None
        longest = self.run.absolute() / max(SOCKETS, key=len)
        if len(os.fsencode(longest)) > LONGEST_SOCKET_PATH:
            raise SetupRefused(f"{longest}: too long for a socket", "choose another --run-dir")


@dataclass(frozen=True, slots=True)
class GateFiles:
    """The files of one gate, read when asked. Every method raises SetupRefused."""

    names: Files
    data: Path

    def issuers(self) -> Issuers:
        """Return the issuers' keys, whatever the age of their list."""
        text = self._text(self.names.issuers, MAX_CHARACTERS)
        try:
            return issuers_list.read(text, self._list_key(), self.held()["issuers"])
        except ListRefused as refusal:
            raise SetupRefused(f"{self.names.issuers}: {refusal.reason}", NEWEST) from None

    def issuers_in_force(self, now_utc_s: float) -> Issuers:
        """Return the issuers' keys, their list in force now."""
        issuers = self.issuers()
        standing = issuers.standing(now_utc_s)
        if standing is not None:
            cure = "bring a new list (egate permit renew), or check the clock"
            raise SetupRefused(f"{self.names.issuers}: {standing}", cure)
        return issuers

    def revoked(self) -> Revoked | None:
        """Return the list of revoked permits, None when there is none."""
        if not (self.data / self.names.revoked).exists():
            return None
        text = self._text(self.names.revoked, MAX_CHARACTERS)
        try:
            return revoked_list.load(text, self._list_key(), self.held()["revoked"])
        except ListRefused as refusal:
            raise SetupRefused(f"{self.names.revoked}: {refusal.reason}", NEWEST) from None

    def held(self) -> dict[str, int]:
        """Return the highest version of each list that was ever held here, 0 for none."""
        none = {"issuers": 0, "revoked": 0}
        if not (self.data / HELD).exists():
            return none
        try:
            held = json.loads(self._text(HELD, LARGEST_HELD))
        except (ValueError, RecursionError):
            held = None
        match held:
            case {"issuers": int(issuers), "revoked": int(revoked)}:
                return {"issuers": issuers, "revoked": revoked}
            case _:
                cure = "make sure that both lists are the newest, then remove it"
                raise SetupRefused(f"{self.data / HELD}: it is spoilt", cure)

    def newest(self) -> dict[str, int]:
        """Return the versions to be held from now on; a list that is refused adds nothing."""
        newest = self.held()
        for name, read in (("issuers", self.issuers), ("revoked", self.revoked)):
            with suppress(SetupRefused):
                found = read()
                newest[name] = max(newest[name], found.version if found else 0)
        return newest

    def gate_key(self) -> X25519PrivateKey:
        """Return the key that opens sealed faces; nobody else may be able to read its file."""
        path = self.data / self.names.gate_key
        text = self._text(self.names.gate_key, LARGEST_KEY)
        if path.stat().st_mode & 0o077:
            raise SetupRefused(f"{path}: others may read it", f"chmod 600 {path}")
        try:
            return read_gate_key(text)
        except KeyRefused as refusal:
            raise SetupRefused(f"{path}: {refusal}", BRING) from None

    def policy(self) -> Policy:
        """Return the policy: the profile's file, a shipped one by its name, or the shipped one."""
        name = self.names.policy or SHIPPED_POLICY
        shipped = files("egate.inspection") / name
        if (self.data / name).exists() or not shipped.is_file():
            text = self._text(name, MAX_CHARACTERS)
        else:
            text = shipped.read_text(encoding="utf-8")
        try:
            return policy_file.load(text)
        except PolicyError as error:
            raise SetupRefused(f"{name}: {error}", "mend it, or leave `policy` out") from None

    def _list_key(self) -> Ed25519PublicKey:
        try:
            return read_list_public_key(self._text(self.names.issuers_key, LARGEST_KEY))
        except KeyRefused as refusal:
            raise SetupRefused(f"{self.names.issuers_key}: {refusal}", BRING) from None

    def _text(self, name: str, most: int) -> str:
        path = self.data / name
        try:
            with path.open(encoding="utf-8") as file:
                text = file.read(most + 1)
        except OSError as error:
            raise SetupRefused(f"{path}: {error.strerror}", BRING) from None
        except UnicodeDecodeError:
            raise SetupRefused(f"{path}: it is not text", BRING) from None
        if len(text) > most:
            raise SetupRefused(f"{path}: longer than {most} characters", BRING)
        return text
