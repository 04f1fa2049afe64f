"""What may leave a run, what was done to get there, and how it is written down."""

from stratify.audit.build import release
from stratify.audit.manifest import (
    MANIFEST_FILE,
    compare_manifest,
    manifest,
    manifest_json,
    read_manifest,
    sha256_file,
)
from stratify.audit.release import InputFile, Release
from stratify.audit.write import write_run

__all__ = [
    "MANIFEST_FILE",
    "InputFile",
    "Release",
    "compare_manifest",
    "manifest",
    "manifest_json",
    "read_manifest",
    "release",
    "sha256_file",
    "write_run",
]
