"""Files of the study folder that ``stratify init`` writes."""
