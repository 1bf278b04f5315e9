"""Every check that any command can run: the texts are held against these."""

from typing import Any

from egate.selftest.check import Check
from egate.selftest.doctor import DOCTOR

EVERY_CHECK: tuple[Check[Any], ...] = (*DOCTOR,)
