"""The command line: one file a command, no logic. Heavy rooms are imported only inside the command that uses them."""

from stratify.cli.app import app, main

__all__ = ["app", "main"]
