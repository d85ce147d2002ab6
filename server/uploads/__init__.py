"""Files on their way in: in parts, resumable, acknowledged once they are kept (tus 1.0)."""
