"""durable-rules compiled with AddressSanitizer, in a folder of its own beside the one that is installed.

AddressSanitizer ends the process where memory is read or written that is not, or no longer, its own. It has to be
loaded before anything else; Python itself stays as it is.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

FLAGS = "-fsanitize=address -fno-omit-frame-pointer -g -O2"
OPTIONS = "detect_leaks=0:halt_on_error=1:malloc_context_size=3"  # Python frees nothing at its end: no leaks are told


def environment(folder: Path, every_byte: bool = False) -> Mapping[str, str]:
    """The variables under which a process watches the memory of durable-rules.

    With `every_byte` Python's own small strings and lists are watched as well, which takes twice as long.
    """
    path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    watched = {"LD_PRELOAD": library(), "ASAN_OPTIONS": OPTIONS, "PYTHONPATH": path}
    return {**os.environ, **watched, **({"PYTHONMALLOC": "malloc"} if every_byte else {})}


def library() -> str:
    """The path of AddressSanitizer's library; ends the program where the compiler has none."""
    said = subprocess.run(["cc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    path = Path(said.stdout.strip())
    if not path.is_absolute():
        sys.exit("the C compiler comes without AddressSanitizer: use GCC, as in `sudo apt-get install -y gcc`")
    return str(path.resolve())


def build(folder: Path) -> Path:
    """Compile the version that is installed, unless that was done before; the folder that holds it."""
    version = metadata.version("durable_rules")
    made = folder / f"durable_rules-{version}-{sys.implementation.cache_tag}"
    if not (made / "durable_rules_engine.built").exists():
        print(f"Compiling durable-rules {version} with AddressSanitizer", flush=True)
        _compile(version, made)
        (made / "durable_rules_engine.built").touch()
    return made


def _compile(version: str, folder: Path) -> None:
    install = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--upgrade", "--no-deps"]
    source = ["--no-cache-dir", "--no-binary", "durable_rules", "--use-pep517", "--root-user-action", "ignore"]
    flags = {"CFLAGS": FLAGS, "LDFLAGS": "-fsanitize=address"}
    if sys.version_info >= (3, 13):
        flags["CPPFLAGS"] = "-DPyEval_CallObject=PyObject_CallObject"
    wanted = ["--target", str(folder), f"durable_rules=={version}"]
    if subprocess.run([*install, *source, *wanted], env={**os.environ, **flags}).returncode:
        sys.exit("durable-rules could not be compiled with AddressSanitizer: see above")
