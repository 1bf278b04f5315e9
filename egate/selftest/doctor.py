"""The doctor's registry: every check of the computer and of the gate's own files, in its order.

    EG-H1..  clock            EG-H5..  software
    EG-H2..  power and heat   EG-H6..  profile, keys, lists, journal, service
    EG-H3..  memory           EG-H7..  names of devices
    EG-H4..  storage          EG-H8..  units, hardware watchdog

An id is never given to another question.
"""

from egate.selftest.host import Host
from egate.selftest.host_clock import CLOCK
from egate.selftest.host_devices import DEVICES, UNITS
from egate.selftest.host_gate import GATE, PROFILE
from egate.selftest.host_machine import MACHINE
from egate.selftest.host_service import SERVICE
from egate.selftest.host_software import OWN_NETWORK, SOFTWARE
from egate.selftest.host_storage import STORAGE
from egate.selftest.host_watchdog import WATCHDOG
from egate.selftest.registry import Registry

DOCTOR: Registry[Host] = Registry(
    (
        *CLOCK,
        *MACHINE,
        *STORAGE,
        *SOFTWARE,
        *PROFILE,
        *GATE,
        *SERVICE,
        *OWN_NETWORK,
        *DEVICES,
        *UNITS,
        *WATCHDOG,
    )
)
