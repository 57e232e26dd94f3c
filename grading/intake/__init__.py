"""From whatever arrived to one clean notebook and a list of what was repaired."""
