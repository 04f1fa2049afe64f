"""How fast and how large: each question a file, each answer a ratio to a peer in the same run."""
