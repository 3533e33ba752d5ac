"""The pages of `nbs/howto/`, run from both sides: their "before" blocks under the old library, their cells under this one, on the same made-up files.

    python nbs/benchmarks/migrate.py from_rankfm --python ENV/bin/python

`--python` is an interpreter that has the old library; it need not have this package, and may be as old as Python 3.8. `--path DIR` goes on its PYTHONPATH, for a library
that is only a folder. The environments that were used:

    pip install lightfm-next==1.19.0 implicit==0.7.3 pandas                            # Python 3.11
    pip install lightfm==1.17 pandas                                                   # Python 3.8; on 3.11 its setup.py fails
    pip install 'numpy<1.25' pandas wheel && pip install --no-build-isolation rankfm==0.2.5   # Python 3.8
    pip install torch==1.12.1 pytorch_lightning==1.9.5 'torchmetrics<1' scipy==1.10.1 'numpy<2' 'pandas<2.1' scikit-learn joblib fire docstring-parser tables requests \\
        && pip install --no-deps collie==1.3.1                                         # Python 3.10

Both sides read `interactions.csv` and `test.csv`, which the page's first cell writes, and leave the same names behind: `top`, ten items for USER; `lists`, ten for
everybody; `similar`, five items for ITEM; `score`, the scores of some pairs; `quality`, what the library's own metric says; `again`, `top` of the model after saving and
loading; `newcomer`, ten items for somebody new, and `fresh`, the items of FRESH by their features, if the library does that. Here it is checked that they are what they
are called. Of `lists` the precision is taken by one function; as nobody tuned anything, it says that both work, and not which is better. One line is added to
`results/migrate.jsonl`.
"""
import argparse
import contextlib
import csv
import io
import json
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from record import append, machine

import warp_loss

HOWTO = Path(__file__).resolve().parents[1]/'howto'
USER, ITEM, FRESH = 'user-0007', 'opera-0266', {'jazz-1001', 'opera-1001', 'techno-1001'}
NAMES = ('top', 'lists', 'similar', 'score', 'quality', 'again', 'newcomer', 'fresh')
LIBRARIES = dict(from_lightfm=('lightfm', 'lightfm-next'), from_rankfm=('rankfm',), from_collie=('collie', 'torch', 'pytorch-lightning', 'scipy'),
                 from_spotlight=('spotlight', 'torch'), from_implicit=('implicit',))
HAND_OVER = r'''
def _plain(x):
    if hasattr(x, 'to_pydict'): # an Arrow table of everybody's items
        out = {}
        for user, item in zip(x['user'].to_pylist(), x['item'].to_pylist()): out.setdefault(user, []).append(item)
        return out
    if hasattr(x, 'index') and hasattr(x, 'columns'): return {user: list(row) for user, row in zip(x.index, x.values.tolist())}
    if isinstance(x, dict): return {str(key): _plain(value) for key, value in x.items()}
    if hasattr(x, 'tolist'): x = x.tolist()
    return [_plain(y) for y in x] if isinstance(x, (list, tuple)) else x
'''
VERSIONS = r'''
import json, platform, sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
_versions = {'python': platform.python_version()}
for _name in %r:
    try: _versions[_name] = version(_name)
    except PackageNotFoundError:
        if _name == 'spotlight': _versions[_name] = import_module(_name).__version__ # a folder
with open('handed_over.json', 'w') as _file:
    json.dump({'versions': _versions, **{_name: _plain(globals()[_name]) for _name in %r if _name in globals()}}, _file)
'''


def parts(page: str) -> tuple[list[str], list[str]]:
    "The blocks of a page that are for the old library, and its cells, in order."
    cells = json.loads((HOWTO/f'{page}.ipynb').read_text())['cells']
    text = [(cell['cell_type'], ''.join(cell['source'])) for cell in cells]
    old = [block for kind, source in text if kind == 'markdown' for block in re.findall(r'^```python\n(.*?)^```', source, re.MULTILINE | re.DOTALL)]
    return old, [source for kind, source in text if kind == 'code' and 'eval: false' not in source and 'migrate.jsonl' not in source]


def run_new(cells: list[str], keep: Path) -> dict:
    "What the cells leave behind. The files that the first of them writes go to `keep`."
    here, names = os.getcwd(), {}
    try:
        for i, source in enumerate(cells):
            with contextlib.redirect_stdout(io.StringIO()): exec(compile(source, f'cell {i}', 'exec'), names)
            if i == 0:
                for name in ('interactions.csv', 'test.csv'): shutil.copy(name, keep/name)
    finally: os.chdir(here)
    exec(HAND_OVER, names)
    return {name: names['_plain'](names[name]) for name in NAMES if name in names}


def run_old(blocks: list[str], python: str, path: str|None, folder: Path, libraries: tuple[str, ...]) -> dict:
    (folder/'old.py').write_text('\n'.join([*blocks, HAND_OVER, VERSIONS % (libraries, NAMES)]))
    env = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'} | ({} if path is None else dict(PYTHONPATH=path))
    done = subprocess.run([python, 'old.py'], cwd=folder, env=env, capture_output=True, text=True)
    if done.returncode: sys.exit(f'the blocks for the old library failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}')
    return json.loads((folder/'handed_over.json').read_text())


def pairs(path: Path) -> dict[str, set[str]]:
    "Items of each user."
    had: dict[str, set[str]] = {}
    with open(path, newline='') as f:
        for row in csv.DictReader(f): had.setdefault(row['user'], set()).add(row['item'])
    return had


def check(side: str, found: dict, had: dict[str, set[str]]):
    "That the names hold what they are called."
    items = set.union(*had.values())
    def is_list(name, k, but):
        got = found[name]
        assert len(got) == len(set(got)) == k and set(got) <= items and not set(got) & but, f'{side}: `{name}` is {got}'
    is_list('top', 10, had[USER])
    is_list('similar', 5, {ITEM})
    assert found['again'] == found['top'], f"{side}: after loading {found['again']}, before {found['top']}"
    assert len(found['score']) > 1 and all(map(math.isfinite, found['score'])), f"{side}: `score` is {found['score']}"
    assert 0 <= found['quality'] <= 1, f"{side}: `quality` is {found['quality']}"
    assert set(found['lists']) == set(had) and all(len(x) == 10 and not set(x) & had[user] for user, x in found['lists'].items()), f'{side}: `lists`'
    if 'newcomer' in found: is_list('newcomer', 10, set())
    if 'fresh' in found: assert set(found['fresh']) == FRESH, f"{side}: `fresh` is {found['fresh']}"


def precision(lists: dict[str, list[str]], test: dict[str, set[str]]) -> float:
    return sum(len(set(lists[user]) & items) / 10 for user, items in test.items()) / len(test)


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description='Run both sides of a page of nbs/howto/.')
    parser.add_argument('page', choices=LIBRARIES, help='of nbs/howto/, without .ipynb')
    parser.add_argument('--python', default=sys.executable, help='interpreter that has the old library')
    parser.add_argument('--path', help='folder that the old library is in, if it is not installed')
    args = parser.parse_args()
    start = machine()
    old_blocks, new_cells = parts(args.page)
    with TemporaryDirectory() as tmp:
        folder = Path(tmp)
        new = run_new(new_cells, folder)
        old = run_old(old_blocks, args.python, args.path, folder, LIBRARIES[args.page])
        had, test = pairs(folder/'interactions.csv'), pairs(folder/'test.csv')
    versions, sides = old.pop('versions'), dict(old=old, new=new)
    for side, found in sides.items(): check(side, found, had)
    shown = {side: dict(precision=round(precision(found['lists'], test), 4)) | {name: found.get(name) for name in NAMES if name not in ('lists', 'again')}
             for side, found in sides.items()}
    for name in ('top', 'similar', 'score', 'newcomer', 'fresh'):
        for side, found in sides.items(): print(f'{name:>9} {side}: {found.get(name)}')
    print(versions, *(f"{side}: precision@10 {x['precision']}, quality {x['quality']:.4f}" for side, x in shown.items()), sep='\n')
    append('migrate', dict(warp_loss=warp_loss.__version__), start, page=args.page, library=versions, blocks=len(old_blocks), cells=len(new_cells), **shown)
