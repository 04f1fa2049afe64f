"""Who of the eligible is in which arm and stratum."""

from stratify.allocation.allocate import AllocatedArm, AllocatedStratum, Allocation, allocate

__all__ = ["AllocatedArm", "AllocatedStratum", "Allocation", "allocate"]
