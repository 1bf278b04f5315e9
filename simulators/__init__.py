"""The other end of each wire, the plant and the people in it; never part of the wheel."""
