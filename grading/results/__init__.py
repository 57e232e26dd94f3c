"""From verdicts to the gradebook, each student's files, the report, feedback and exports."""
