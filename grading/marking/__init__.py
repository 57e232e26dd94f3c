"""From a clean notebook to a verdict: the judge, the batch, nbgrader's executor."""
