"""Run notebooks and keep what they print: `python nbs/_site/refresh.py [NOTEBOOK ...]` (all of them, if none is named).

`nbdev_test` runs every notebook too, but never writes the outputs that readers see. This does, cell ids untouched.
"""
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbdev.clean import nbdev_clean

NBS = Path(__file__).resolve().parents[1]


def notebooks() -> list[Path]:
    "Every notebook a reader sees; folders that start with `_` are tools."
    return sorted(p for p in NBS.rglob('*.ipynb') if not any(part.startswith(('_', '.')) for part in p.relative_to(NBS).parts))


def refresh(path: Path):
    nb = nbformat.read(path, as_version=4)
    start = time.perf_counter()
    NotebookClient(nb, timeout=600, kernel_name='python3', coalesce_streams=True, resources={'metadata': {'path': str(path.parent)}}).execute()
    nbformat.write(nb, path)
    nbdev_clean.__wrapped__(str(path))
    print(f'{path.relative_to(NBS)}: {time.perf_counter() - start:.0f} s', flush=True)


if __name__ == '__main__':
    for path in [Path(p).resolve() for p in sys.argv[1:]] or notebooks(): refresh(path)
