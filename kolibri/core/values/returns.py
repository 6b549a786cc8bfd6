"""Whether a function's source shows that it always returns a value."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any


def returns_items(function: Any) -> bool:
    """Return False when the source of a `consolidate` shows that it can end without a value.

    Without its source nothing is known, and True is returned; `serialize` looks at what comes out.
    """
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, SyntaxError):
        return True
    if not isinstance(tree, ast.FunctionDef):
        return True
    found = _Returns()
    for statement in tree.body:
        found.visit(statement)
    return found.yields or (_ends(tree.body) and not found.bare)


def _ends(body: list[ast.stmt]) -> bool:
    """Return whether a block never runs past its last statement."""
    last = body[-1]
    match last:
        case ast.Return() | ast.Raise():
            return True
        case ast.If():
            return bool(last.orelse) and _ends(last.body) and _ends(last.orelse)
        case ast.With():
            return _ends(last.body)
        case ast.While():
            endless = isinstance(last.test, ast.Constant) and bool(last.test.value)
            return endless and not any(isinstance(node, ast.Break) for node in ast.walk(last))
        case ast.Try():
            tried = _ends(last.orelse) if last.orelse else _ends(last.body)
            handled = all(_ends(handler.body) for handler in last.handlers)
            return (tried and handled) or (bool(last.finalbody) and _ends(last.finalbody))
        case ast.Match():
            whole = any(isinstance(one.pattern, ast.MatchAs) and one.pattern.pattern is None for one in last.cases)
            return whole and all(_ends(one.body) for one in last.cases)
    return False


class _Returns(ast.NodeVisitor):
    """Looks for `return` without a value and for `yield`, not inside functions within."""

    bare = False
    yields = False

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None):
            self.bare = True
        self.generic_visit(node)

    def visit_Yield(self, node: ast.Yield) -> None:
        self.yields = True

    def visit_YieldFrom(self, node: ast.YieldFrom) -> None:
        self.yields = True

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        return

    def visit_Lambda(self, node: ast.Lambda) -> None:
        return
