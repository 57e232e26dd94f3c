"""nbgrader's tables, which the grader fills itself: what a new version of nbgrader changes in them is said here first."""

from nbgrader.api import Base

KNOWN = {  # column:type, with a "?" where it may be empty
    "assignment": "course_id:String duedate:DateTime? id:String name:String",
    "base_cell": "id:String name:String notebook_id:String type:String?",
    "comment": "auto_comment:Text? cell_id:String? id:String manual_comment:Text? notebook_id:String?",
    "course": "id:String",
    "grade": (
        "auto_score:Float? cell_id:String? extra_credit:Float? id:String manual_score:Float? needs_manual_grade:Boolean "
        "notebook_id:String?"
    ),
    "grade_cells": "cell_type:Enum id:String max_score:Float",
    "notebook": "assignment_id:String? id:String kernelspec:String? name:String",
    "solution_cells": "id:String",
    "source_cell": "cell_type:Enum checksum:String? id:String locked:Boolean name:String notebook_id:String? source:Text?",
    "student": "email:String? first_name:String? id:String last_name:String? lms_user_id:String?",
    "submitted_assignment": "assignment_id:String? extension:Interval? id:String student_id:String? timestamp:DateTime?",
    "submitted_notebook": "assignment_id:String? flagged:Boolean? id:String late_submission_penalty:Float? notebook_id:String?",
    "task_cells": "cell_type:Enum id:String max_score:Float",
}


def columns(table) -> str:
    return " ".join(sorted(f"{c.name}:{type(c.type).__name__}{'?' * bool(c.nullable)}" for c in table.columns))


def test_nbgraders_tables_are_those_the_gradebook_is_written_for():
    found = {name: columns(table) for name, table in Base.metadata.tables.items()}
    changed = [
        f"{name}: was {KNOWN.get(name, 'not there')!r}, is {found.get(name, 'not there')!r}"
        for name in sorted(KNOWN | found)
        if KNOWN.get(name) != found.get(name)
    ]
    assert not changed, "read grading/results/gradebook.py beside these:\n" + "\n".join(changed)
