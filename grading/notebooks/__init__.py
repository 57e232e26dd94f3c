"""From solutions/*.py to what students get: build, release, what an assignment asks, rubrics."""
