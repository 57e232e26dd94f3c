"""The small text-to-image pipeline: captions, parts, loop, reading back, attention maps."""
