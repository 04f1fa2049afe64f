def survival() -> None:
    """Not yet."""
