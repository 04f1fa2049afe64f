def enrich() -> None:
    """Not yet."""
