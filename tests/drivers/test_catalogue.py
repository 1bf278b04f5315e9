"""The catalogue knows every driver a profile may name, and loads none before it is asked for."""

import inspect
import subprocess
import sys
from typing import get_args

from pydantic import BaseModel
import pytest

from drivers import catalogue
from egate.profile.settings import (
    Board,
    CameraSettings,
    CardReaderSettings,
    LightSettings,
)

TABLES = [
    (Board, catalogue._DIGITAL_IO),
    (CameraSettings, catalogue._CAMERAS),
    (CardReaderSettings, catalogue._CARD_READERS),
    (LightSettings, catalogue._LIGHTS),
]  # of a reader with settings by driver, mypy sees that every one is built
DRIVERS = [
    "io_gpiozero",
    "io_gpiod",
    "qr_serial",
    "qr_camera",
    "camera_opencv",
    "card_pcsc",
    "mrz_serial",
    "mrz_camera",
    "light_adalight",
    "fingerprint_zfm",
    "fingerprint_nbis",
]
NATIVE = {"numpy", "cv2", "serial", "gpiozero", "pigpio", "gpiod", "lgpio", "smartcard", "nbis"}


@pytest.mark.parametrize(("section", "table"), TABLES)
def test_every_driver_a_profile_may_name_is_in_the_catalogue(
    section: type[BaseModel], table: dict[str, object]
) -> None:
    assert set(get_args(section.model_fields["driver"].annotation)) == set(table)


def test_the_catalogue_loads_no_vendors_library_by_itself() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, drivers.catalogue; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert NATIVE.isdisjoint(loaded)
    assert not {name for name in loaded if name.startswith("drivers.")} - {"drivers.catalogue"}


@pytest.mark.parametrize("driver", DRIVERS)
def test_every_driver_is_built_from_two_things(driver: str) -> None:
    module = pytest.importorskip(f"drivers.{driver}")
    assert len(inspect.signature(module.build).parameters) == 2
