"""Which of the things a lane needs are there now, worked out from who said what.

A device counts only while its host is connected and says so: a host that comes back has to
report its device anew.

Source: egate.lane.conditions (the names); DESIGN section 2 (silence is a lost device).
"""

BOARD, JOURNAL, SCANNER, VISION, CAMERA = "board", "journal", "scanner", "vision", "camera"
LIGHT, MRZ_READER, CARD_READER = "light", "mrz_reader", "card_reader"
FINGERPRINT = "fingerprint"
NEEDED = (BOARD, JOURNAL, SCANNER, VISION, CAMERA)
FOR_DOCUMENTS = (MRZ_READER, CARD_READER)
DEVICES_OF = {
    "scanner": (SCANNER,),
    "vision": (CAMERA, LIGHT),
    "document": FOR_DOCUMENTS,
    "fingerprint": (FINGERPRINT,),
}
ITSELF = {"scanner": (), "vision": (VISION,), "document": (), "fingerprint": ()}


class Presence:
    """The names that are present; `changes` hands out each coming and going once.

    A lane that takes documents too goes on without them: their readers are missed, not needed.
    So is a light: without it the policy decides who was seen alive. So is a fingerprint sensor:
    who is to lay a finger on it is referred without it.
    """

    def __init__(
        self, *, takes_documents: bool, has_light: bool = False, has_fingerprint: bool = False
    ) -> None:
        fitted = ((LIGHT,) if has_light else ()) + ((FINGERPRINT,) if has_fingerprint else ())
        self._all = (*NEEDED, *fitted, *(FOR_DOCUMENTS if takes_documents else ()))
        self._there: set[str] = set()
        self._told: set[str] = set()

    @property
    def missing(self) -> tuple[str, ...]:
        """What the lane has in its profile and not at hand, what it needs first."""
        return tuple(name for name in self._all if name not in self._there)

    @property
    def is_complete(self) -> bool:
        """Say whether all is there that no lane can do without."""
        return self._there >= set(NEEDED)

    def is_there(self, name: str, *, there: bool) -> None:
        """Note that this one is there, or is not."""
        (self._there.add if there else self._there.discard)(name)

    def host_came(self, host: str) -> None:
        """Note that a host is connected; its devices are not known yet."""
        self._there -= {*DEVICES_OF[host]}
        self._there |= {*ITSELF[host]}

    def host_went(self, host: str) -> None:
        """Note that a host is gone, and with it what hangs on it."""
        self._there -= {*DEVICES_OF[host], *ITSELF[host]}

    def changes(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return who was lost and who came since the last call, what is needed first."""
        lost = tuple(name for name in self._all if name in self._told - self._there)
        came = tuple(name for name in self._all if name in self._there - self._told)
        self._told = set(self._there)
        return lost, came
