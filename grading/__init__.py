"""The instructor's tools: build the notebooks, collect submissions, grade them safely, report."""
