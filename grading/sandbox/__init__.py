"""Students' code, sealed off: its host, its supervision, the ways to start it, the messages; inside/ is what runs in there."""
