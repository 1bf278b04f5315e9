"""The lane: state table, guard and time limits as data. Pure; the only importer of transitions."""

from egate.lane.lane import Lane, Step
from egate.lane.memory import LaneSettings, Memory

__all__ = ["Lane", "LaneSettings", "Memory", "Step"]
