"""The way from the vision host to the pages: pictures of the passage that runs, newest only."""

from collections.abc import Callable
from typing import Protocol

from egate.wire.pictures import Picture


class PictureLink(Protocol):
    """Pictures as they come; losing one, or the vision host, is no error."""

    async def watch(self, on_picture: Callable[[Picture], None]) -> None:
        """Tell every picture until cancelled."""
