"""Makes every Python of this environment record what it runs, if the environment's variables ask for it.

`python tests/measuring/installed.py` writes a file into site-packages for that; `--remove` deletes the file.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

FILE = Path(sysconfig.get_paths()["purelib"]) / "vlad_py_measuring.pth"
LINE = "import os, sys; 'MEASURED_FOLDER' in os.environ and (sys.path.append({!r}), __import__('recorder'))"

if __name__ == "__main__":
    if sys.argv[1:] == ["--remove"]:
        FILE.unlink(missing_ok=True)
    else:
        FILE.write_text(LINE.format(str(Path(__file__).parent)) + "\n", encoding="utf-8")
