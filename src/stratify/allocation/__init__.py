"""Who of the eligible is in which arm and stratum."""

from stratify.allocation.allocate import AllocatedArm, AllocatedStratum, Allocation, allocate
from stratify.allocation.places import give_places

__all__ = ["AllocatedArm", "AllocatedStratum", "Allocation", "allocate", "give_places"]
