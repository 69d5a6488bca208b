"""Runs a Pulumi program in Python by Pulumi's Automation API, which needs no language host.

Brings up the stack of the working directory that the arguments name, project and stack, and expects that nothing is left to change.
"""

import runpy
import sys

from pulumi import automation

project, name = sys.argv[1:]
stack = automation.select_stack(
    name,
    project_name=project,
    program=lambda: runpy.run_path("__main__.py"),
    opts=automation.LocalWorkspaceOptions(work_dir="."),
)
stack.up(on_output=print)
stack.preview(expect_no_changes=True, on_output=print)
