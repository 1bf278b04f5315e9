"""What people see: the traveller's screen, the officer's console, the technician's page.

A process of its own without any right to a door. It knows the lane only as a LaneLink, which the
composition root passes in; what an officer asks, the lane authorises, journals and may refuse.
"""
