"""The chip's part of PACE, as a simulated chip computes it.

It computes what a chip computes and keeps what a chip keeps, step after step; a step out of order
is refused. It holds no files, and secure messaging's other end is `Channel` itself. The chip's
part of basic access, chip and active authentication stand beside the terminal's.

Source: as pace.py.
"""

from collections.abc import Mapping as Table
from dataclasses import dataclass, field

from egate.document import pace
from egate.document.domain_parameters import Draw, Group, KeyRefused, Pair
from egate.document.key_derivation import PASSWORD, SessionKeys, derive, session_keys
from egate.document.pace import DYNAMIC, Mapping, Offer
from egate.document.pace_mapping import generic, integrated
from egate.document.secure_messaging import Channel
from egate.document.symmetric import is_same
from egate.wire import tlv
from egate.wire.apdu import Command, Response, Sw
from egate.wire.errors import FrameError

REFUSED = Response(b"", Sw.CONDITIONS_OF_USE_NOT_SATISFIED)
HOSTILE = Response(b"", Sw.INCORRECT_DATA)


@dataclass(slots=True)
class _Run:
    """One run of PACE, as far as it has come."""

    offer: Offer
    password: bytes
    nonce: bytes = b""
    mapping: Pair | None = None
    mapped: Group | None = None
    keys: SessionKeys | None = None
    own: bytes = b""
    theirs: bytes = b""


@dataclass(slots=True, repr=False)
class PaceChip:
    """A chip that can be opened by PACE.

    `passwords` by reference (1 zone, 2 CAN) as `pace.Password` has them; `static_key` is the
    private key of EF.CardSecurity for chip authentication mapping. Once opened, `chip` and
    `terminal_key` are the keys of step 3, compressed, the latter with that mapping only;
    `trusted` is whom it tells it trusts.
    """

    offers: tuple[Offer, ...]
    passwords: Table[int, bytes]
    draw: Draw
    static_key: int = 0
    trusted: tuple[bytes, ...] = ()
    chip: bytes = field(default=b"", init=False)
    terminal_key: bytes = field(default=b"", init=False)
    _run: _Run | None = field(default=None, init=False)

    def select(self, command: Command) -> Response:
        """Answer MSE:Set AT."""
        self._run = None
        try:
            items = tlv.decode_all(command.data, max_items=8)
        except FrameError:
            return HOSTILE
        reference = int.from_bytes(tlv.find(items, 0x83) or b"")
        named = [one for one in self.offers if pace.encode_oid(one.oid) == tlv.find(items, 0x80)]
        if (parameters := tlv.find(items, 0x84)) is not None:
            named = [one for one in named if one.parameter_id == int.from_bytes(parameters)]
        if not named or reference not in self.passwords:
            return Response(b"", Sw.REFERENCED_DATA_NOT_FOUND)
        self._run = _Run(named[0], self.passwords[reference])
        return Response(b"", Sw.OK)

    def authenticate(self, command: Command) -> tuple[Response, Channel | None]:
        """Answer GENERAL AUTHENTICATE; with the channel when it was the last and the right one."""
        run, self._run = self._run, None
        if run is None:
            return REFUSED, None
        try:
            items = tlv.decode_all(tlv.decode_one(command.data, DYNAMIC), max_items=8)
            answer, channel = self._step(run, {item.tag: item.value for item in items})
        except (FrameError, KeyRefused):
            return HOSTILE, None
        if answer is None:
            return Response(b"", Sw.AUTHENTICATION_FAILED), None
        self._run = None if channel else run
        return Response(tlv.encode(DYNAMIC, answer), Sw.OK), channel

    def _step(self, run: _Run, asked: dict[int, bytes]) -> tuple[bytes | None, Channel | None]:
        """Carry out the step the data object names, if it is its turn."""
        match asked:
            case {0x81: bytes() as data} if run.nonce and run.mapped is None:
                return self._map(run, data), None
            case {0x83: bytes() as data} if run.mapped is not None and run.keys is None:
                return self._agree(run, run.mapped, data), None
            case {0x85: bytes() as data} if run.keys is not None:
                return self._close(run, run.keys, data)
            case _ if not asked and not run.nonce:
                return self._nonce(run), None
        return None, None

    def _nonce(self, run: _Run) -> bytes:
        cipher = run.offer.cipher
        run.nonce = self.draw(16 if cipher.key_bytes == 16 else 32)
        key = derive(run.password, PASSWORD, cipher)
        return tlv.encode(0x80, cipher.encrypt(key, run.nonce))

    def _map(self, run: _Run, data: bytes) -> bytes:
        group = run.offer.group
        if run.offer.mapping is Mapping.INTEGRATED:
            if len(data) != run.offer.cipher.key_bytes:
                raise KeyRefused("a nonce of another length")
            run.mapped = integrated(group, run.offer.cipher, run.nonce, data)
            return tlv.encode(0x82, b"")
        run.mapping = group.pair(group.private(self.draw))
        run.mapped = generic(group, run.nonce, run.mapping.shared(data))
        return tlv.encode(0x82, run.mapping.public)

    def _agree(self, run: _Run, mapped: Group, theirs: bytes) -> bytes:
        own = mapped.pair(mapped.private(self.draw))
        run.own, run.theirs = own.public, theirs
        if is_same(run.own, theirs):
            raise KeyRefused("the chip's own key")
        run.keys = session_keys(own.agree(theirs), run.offer.cipher)
        return tlv.encode(0x84, run.own)

    def _close(
        self, run: _Run, keys: SessionKeys, token: bytes
    ) -> tuple[bytes | None, Channel | None]:
        if not is_same(token, pace.token(run.offer, keys, run.own)):
            return None, None
        answer = tlv.encode(0x86, pace.token(run.offer, keys, run.theirs))
        for tag, reference in zip(pace.TRUSTED, self.trusted, strict=False):
            answer += tlv.encode(tag, reference)
        self.chip = run.offer.group.compress(run.own)
        if run.offer.mapping is Mapping.CHIP_AUTHENTICATION:
            answer += tlv.encode(0x8A, self._authentication_data(run, keys))
            self.terminal_key = run.offer.group.compress(run.theirs)
        return answer, Channel(keys)

    def _authentication_data(self, run: _Run, keys: SessionKeys) -> bytes:
        """Return the mapping key divided by the static one, sealed (9303-11, 4.4.3.5)."""
        order = run.offer.group.order
        assert run.mapping is not None
        number = run.mapping.private * pow(self.static_key, -1, order) % order
        plain = keys.cipher.pad(number.to_bytes((order.bit_length() + 7) // 8))
        return keys.cipher.encrypt(keys.encryption, plain, pace.data_start(keys))
