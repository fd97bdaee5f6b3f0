"""What a patch replaces, and whether it is still there."""

import importlib
import importlib.metadata
import inspect
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Target:
    """A name inside MiniStack: module:attribute, attribute:key or deeper.

    contains: text that its source must hold, where a patch relies on how the function works inside.
    takes: parameters that it must have, where a patch calls it.
    """

    name: str
    contains: tuple = ()
    takes: tuple = ()

    def find(self):
        module, _, path = self.name.partition(":")
        found = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
        return found

    def faults(self):
        """Says what about this target does not fit, one text each."""
        try:
            found = self.find()
        except (ImportError, AttributeError):
            return [f"{self.name} does not exist"]
        source = inspect.getsource(found) if self.contains else ""
        parameters = inspect.signature(found).parameters if self.takes else ()
        return ([f'{self.name} no longer contains "{text}"' for text in self.contains if text not in source]
                + [f"{self.name} no longer takes {name}" for name in self.takes if name not in parameters])


def faults(all_targets):
    """Says what does not fit, one text each; empty when all is well."""
    return [fault for target in all_targets for fault in target.faults()]


def installed_version() -> str:
    """The version of MiniStack that would run."""
    try:
        return importlib.metadata.version("ministack")
    except importlib.metadata.PackageNotFoundError:
        return "none"


def expected_version() -> str:
    """The version that requirements.txt pins, which is the one that the patches were written for."""
    requirements = Path(__file__).parents[3] / "requirements.txt"
    for line in requirements.read_text(encoding="utf-8").splitlines():
        name, _, version = line.partition("==")
        if name == "ministack":
            return version
    return "unknown"
