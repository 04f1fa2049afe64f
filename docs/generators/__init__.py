"""What makes the generated pages: one file a page."""
