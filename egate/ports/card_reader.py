"""A reader of chip documents and cards, whatever way they are reached.

    DeviceError
     +-- CardGone   the card left, was swapped or broke off: nothing read from it goes with
     |              what comes next; the reader is well
     +-- CardMute   a card is there and does not answer: upside down, or no chip card
     +-- DeviceLost, DeviceGarbled, DeviceRefused as ports.errors has them

A `Card` is one card from its power-up to its end, so what two cards said cannot be mixed: once it
is over, every transmit raises CardGone, also when another card is in the reader by then, or the
same one again.

Nothing here has a time limit of its own but the waits: a card that stays silent holds `transmit`
as long as it likes. Who calls it does so in a process that can be killed.

Source: research/emrtd.md 2.3 and 6.2, rules 18 and 19.
"""

from typing import Protocol

from egate.ports.errors import DeviceError


class CardGone(DeviceError):
    """The card left, was swapped or broke off; read again from the beginning."""


class CardMute(DeviceError):
    """A card is there and does not answer to power; it has to be taken out or turned over."""


class Card(Protocol):
    """One card, from its power-up to its end."""

    @property
    def session(self) -> int:
        """The number of this card's session: 1, 2, ... in a reader's life; never used twice."""

    @property
    def answer_to_reset(self) -> bytes:
        """What it said when it was powered up."""

    @property
    def is_contactless(self) -> bool:
        """Whether it is reached by radio."""

    @property
    def has_extended_length(self) -> bool:
        """Whether the line to it carries extended APDUs at all; the card may yet refuse them."""

    def transmit(self, command: bytes) -> bytes:
        """Send one command APDU; return the whole response APDU, data and status word.

        61xx and 6Cxx have been followed up, so neither is returned for data that came.

        Raises:
            CardGone: this session is over.
            DeviceLost: the reader is gone; this session is over.
            DeviceGarbled: what came is no response APDU; this session is over.
            DeviceRefused: the line cannot carry this command; the session goes on.
        """

    def close(self) -> None:
        """End the session and cut the card's power; repeatable, never raises."""


class CardReader(Protocol):
    """One reader, or the slots of one; one card at a time is read."""

    def wait_for_card(self, timeout_s: float) -> bool:
        """Return True as soon as a card is there, False when none came in time.

        Raises:
            DeviceLost: the reader is gone.
        """

    def wait_for_removal(self, timeout_s: float) -> bool:
        """Return True as soon as no card is there, False when one is still there then.

        Raises:
            DeviceLost: the reader is gone.
        """

    def connect(self) -> Card:
        """Power the card up and hold it for this reader alone; whoever was connected is over.

        Raises:
            CardGone: there is no card any more.
            CardMute: it does not answer.
            DeviceLost: the reader is gone.
            DeviceRefused: another program holds the card, or the reader cannot talk to it.
        """

    def close(self) -> None:
        """End the card's session and give the reader back; repeatable, never raises."""
