"""The composition root: a profile goes in, a running process comes out.

    gate        every process by its name, the supervisor
    lane        board, journal, state machine              no numpy, cv2, cbor2, pyserial
    hosts       code reader, document readers, sensor      no door
    vision      camera, light, networks, the key           no door
    pages       browsers                                   no door, no key, no journal
    technician  devices for a command on the spot
    setup       what must be there first

The only importer of drivers. Each function imports what its own process needs and nothing else.
What an operator must bring is refused with its cure.

Source: DESIGN sections 2 and 7.
"""
