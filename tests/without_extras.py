"""Runs `tlpo-guard`, or a script with -c, as if the named modules were not installed: PYTHON FILE MODULE,MODULE,... ARGS"""

import sys
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any


class Without:
    """A finder that does not find the named modules."""

    find_distributions = staticmethod(PathFinder.find_distributions)

    def __init__(self, modules: set[str]) -> None:
        self.modules = modules

    def find_spec(self, name: str, *where: Any) -> ModuleSpec | None:
        return None if name.partition(".")[0] in self.modules else PathFinder.find_spec(name, *where)


if __name__ == "__main__":
    _, modules, *arguments = sys.argv
    sys.meta_path[sys.meta_path.index(PathFinder)] = Without(set(modules.split(",")))  # type: ignore[call-overload]
    if arguments[0] == "-c":
        exec(arguments[1])
    else:
        from tlpo_guard.cli import main

        sys.argv = ["tlpo-guard", *arguments]
        main()
