"""Starts MiniStack, the local AWS, with the gaps closed that matter to rez_agent.

MiniStack stays as it was installed: at start, each module in patches/ replaces a few named functions of it. Every patch
says why it exists, names what it replaces, and has a test (../patches_test.go). A name that is no longer there stops
the start, so that an update of MiniStack cannot quietly undo a patch.

  launcher.py           start the emulator; standard input must stay open, its end stops everything
  launcher.py --check   only check that every patch still fits
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import targets
from patches import PATCHES

# How long the emulator may take to stop on its own when its parent has died, in seconds.
STOP_GRACE = 5


def check(patches) -> None:
    """Ends the program with every misfit, unless each patch finds what it replaces."""
    misfits = [f"  {patch.__name__}: {fault}" for patch in patches for fault in targets.faults(patch.TARGETS)]
    if misfits:
        sys.exit("\n".join([
            "patch targets are missing:", *misfits,
            f"written for ministack {targets.expected_version()}, installed is {targets.installed_version()}",
            "install the version of requirements.txt (remove .venv and start again), or adapt local/emulator/launcher/patches",
        ]))


def stop_with_parent() -> None:
    """Ends this process and every Lambda it started once standard input ends: whoever started us is gone."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_GRACE)
    os.killpg(os.getpgid(0), signal.SIGKILL)


def main() -> None:
    check(PATCHES)
    if "--check" in sys.argv[1:]:
        print(f"{len(PATCHES)} patches fit ministack {targets.installed_version()}")
        return
    for patch in PATCHES:
        patch.apply()
    threading.Thread(target=stop_with_parent, daemon=True).start()

    from ministack.app import main as serve

    serve()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
