"""An exchange with a chip as one line that may be shown to anyone: never a body, only its size.

    number  milliseconds  CLA INS P1 P2  Lc  Le  > answered bytes  the command by name: status word

A body can hold keys, nonces, a zone, a portrait; a header holds a file's short identifier and an
offset at most. Of a protected command the outer header is all there is to name it by.

Source: ISO/IEC 7816-4:2013, 5.4.1 (CLA), 11.1.1 (SELECT), 11.2.3 (READ BINARY), 11.5 (MSE);
ICAO 9303-11, 4.3 (basic access control), 4.4.4 (PACE), 6.1 and 6.2 (chip's proofs).
"""

from collections.abc import Callable, Mapping
from typing import Final

from egate.wire.apdu import Command, Response, sw_name

PROTECTED: Final = 0x0C
CHAINED: Final = 0x10
SHORT_ID: Final = 0x80  # of P1: a short file identifier is in its other bits
SELECTED_BY: Final = {0x00: "identifier", 0x02: "EF identifier", 0x04: "application name"}
ENVIRONMENTS: Final = {
    (0xC1, 0xA4): "MSE:Set AT, PACE",
    (0x41, 0xA4): "MSE:Set AT, chip authentication",
    (0x41, 0xA6): "MSE:Set KAT, chip authentication",
    (0x81, 0xB6): "MSE:Set DST, terminal authentication",
    (0x81, 0xA4): "MSE:Set AT, terminal authentication",
}


def trace_line(number: int, seconds: float, command: Command, response: Response) -> str:
    """Return one exchange as a line; `number` counts from one.

    >>> asked = Command(0x0C, 0xB0, 0x9E, 0x00, bytes(13), 256)
    >>> trace_line(7, 0.0123, asked, Response(bytes(58), 0x9000))
    '   7    12.3 ms  0c b0 9e 00  Lc 13  Le 256   > 58     READ BINARY SFI 1E, protected: 9000 ok'
    """
    header = bytes((command.cla, command.ins, command.p1, command.p2)).hex(" ")
    le = "-" if command.le is None else str(command.le)
    sizes = f"Lc {len(command.data):<3} Le {le:<5} > {len(response.data):<5}"
    said = f"{command_name(command)}: {sw_name(response.sw)}"
    return f"{number:4}  {seconds * 1000:6.1f} ms  {header}  {sizes}  {said}"


def command_name(command: Command) -> str:
    """Return what a command is by its header.

    >>> command_name(Command(0x00, 0xA4, 0x04, 0x0C, bytes(7)))
    'SELECT by application name'
    >>> command_name(Command(0x10, 0x86, 0x00, 0x00, bytes(2), 256))
    'GENERAL AUTHENTICATE, to be continued'
    """
    named = _NAMES.get(command.ins)
    name = f"INS {command.ins:02X}" if named is None else named(command)
    is_protected = command.cla & PROTECTED == PROTECTED
    is_chained = command.cla & CHAINED
    return f"{name}{', protected' * is_protected}{', to be continued' * bool(is_chained)}"


def _select(command: Command) -> str:
    return f"SELECT by {SELECTED_BY.get(command.p1, f'{command.p1:02X}')}"


def _read_binary(command: Command) -> str:
    if command.p1 & SHORT_ID:
        return f"READ BINARY SFI {command.p1 & 0x1F:02X}"
    return f"READ BINARY offset {command.p1 << 8 | command.p2:04X}"


def _environment(command: Command) -> str:
    return ENVIRONMENTS.get((command.p1, command.p2), f"MSE {command.p1:02X} {command.p2:02X}")


def _named(name: str) -> Callable[[Command], str]:
    return lambda _: name


_NAMES: Final[Mapping[int, Callable[[Command], str]]] = {
    0x22: _environment,
    0x2A: _named("PSO: VERIFY CERTIFICATE"),
    0x82: _named("EXTERNAL AUTHENTICATE"),
    0x84: _named("GET CHALLENGE"),
    0x86: _named("GENERAL AUTHENTICATE"),
    0x88: _named("INTERNAL AUTHENTICATE"),
    0xA4: _select,
    0xB0: _read_binary,
    0xB1: _named("READ BINARY odd"),  # its offset is in the body
    0xC0: _named("GET RESPONSE"),
}
