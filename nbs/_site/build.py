"""Render `docs/` and `README.md` from the notebooks: `python nbs/_site/build.py`, or with `--check` only list what in them is not up to date.

nbdev's processors hide what is to be hidden and add API entries, Sphinx with MyST-NB makes the pages. Nothing is executed: readers see the outputs that
were committed. Each build starts from nothing, since an incremental one differs in bytes.
"""
import os
import re
import sys
from base64 import b64decode
from functools import partial
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from posixpath import normpath
from shutil import copy, copytree, ignore_patterns, rmtree
from tempfile import TemporaryDirectory

SITE = Path(__file__).resolve().parent
NBS, ROOT = SITE.parent, SITE.parents[1]
sys.path[:0] = [str(ROOT), str(SITE)] # entries come from this checkout's package, whichever is installed
sys.dont_write_bytecode = True
os.chdir(ROOT) # where nbdev looks for its settings
os.environ.pop('SOURCE_DATE_EPOCH', None) # Sphinx would write its year into the footer

from api import SphinxRenderer
from execnb.nbio import mk_cell, read_nb, write_nb
from nbdev.config import get_config
from nbdev.process import Processor
from nbdev.processors import FilterDefaults
from nbdev.showdoc import show_doc
from refresh import notebooks
from sphinx.cmd.build import main as sphinx

CONFIG = get_config()
NOTEBOOKS = 'notebooks' # folder of docs/ for the notebooks themselves, each with a first cell that installs what it takes
INSTALL = f"%pip install -q 'warp_loss[plot] @ git+{CONFIG.git_url}' fastcore hypothesis  # only where it is not installed already, as in Colab"
NOTICE = '<!-- Rendered from nbs/index.ipynb by nbs/_site/build.py: change it there. -->\n\n'
FOLDERS = {'tutorials': 'Tutorials', 'howto': 'How-to', 'explanations': 'Explanations', '.': 'API', 'benchmarks': 'Benchmarks'} # captions of the contents, in order
PROJECT = [ROOT/'CHANGELOG.md', ROOT/'CONTRIBUTING.md']
SHOWN = {('echo', 'false'): 'remove-input', ('output', 'false'): 'remove-output', ('include', 'false'): 'remove-cell', ('code-fold', 'true'): 'hide-input'}
NOT_OURS = {'FrontmatterProc', 'insert_warning', 'clean_show_doc', 'exec_show_docs', 'add_links', 'add_fold'}


class ForSphinx(Processor):
    "The last step of nbdev's processing, which by itself speaks to Quarto: entries become markdown, and options of a cell what MyST-NB calls them."
    def __init__(self, nb): # earlier steps will have removed the cell that names the module
        super().__init__(nb)
        module = next((c.directives_['default_exp'][0] for c in nb.cells if 'default_exp' in c.directives_), None)
        for cell in [c for c in nb.cells if c.source.startswith('%%sh\n')]: # what a shell is told, not Python
            nb.cells.insert(nb.cells.index(cell), mk_cell(f"```sh\n{cell.source.removeprefix('%%sh').strip()}\n```", 'markdown'))
            cell.metadata['tags'] = ['remove-input']
        package = CONFIG.lib_name
        self.names = vars(import_module(f'{package}.{module}' if module else package))
        shown = set(re.findall(r'^show_doc\(([\w.]+)', '\n'.join(c.source for c in nb.cells), re.MULTILINE))
        self.show_doc = partial(show_doc, renderer=partial(SphinxRenderer, elsewhere=shown))

    def cell(self, cell):
        if cell.cell_type != 'code': return
        if cell.source.startswith('show_doc('):
            try: cell.source = eval(cell.source, {**self.names, 'show_doc': self.show_doc})._repr_markdown_()
            except NameError as e: sys.exit(f'{self.nb.path_}: {e}, so the package is behind: run `nbdev_export`')
            cell.cell_type = 'markdown'
            for key in ('outputs', 'execution_count', 'has_sd'): cell.pop(key, None) # a markdown cell has none of these
            return
        options = dict(re.findall(r'^#\| *([\w-]+): *(.*?) *$', cell.source, re.MULTILINE))
        cell.source = re.sub(r'^#\|.*\n?', '', cell.source, flags=re.MULTILINE)
        tags = {tag for option, tag in SHOWN.items() if option in options.items()} | ({'remove-input'} if not cell.source.strip() else set())
        cell.metadata['tags'] = sorted({*cell.metadata.get('tags', []), *tags})
        title = re.search(r"""title[=(]\s*(['"])(.+?)\1""", cell.source) # of a plot: the question that it answers
        cell.metadata['mystnb'] = {'image': {'alt': options.get('fig-alt', title[2] if title else 'plot').strip('"\'')}}


class Filter(FilterDefaults):
    "nbdev's processors without those that execute cells or write for Quarto."
    def base_procs(self): return [p for p in super().base_procs() if p.__name__ not in NOT_OURS] + [ForSphinx]


def page(path: Path) -> str:
    "Address of a notebook's page, without the number: `00_losses.ipynb` is `losses`, and stays it when rooms are added."
    path = path.relative_to(NBS).with_suffix('')
    return path.with_name(re.sub(r'^\d+[a-z]?_', '', path.name)).as_posix()


def link_pages(text: str) -> str:
    "Links between notebooks, and to the project's own pages, as links between pages."
    text = re.sub(r'(\]\((?:[\w./-]+/)?)\d+[a-z]?_([\w-]+\.ipynb)', r'\1\2', re.sub(r'\]\(nbs/', '](', text))
    return re.sub(r'\]\((?:\.\./)+(CHANGELOG|CONTRIBUTING)', r'](/\1', text)


def links(path: Path) -> str:
    "What can be done with a notebook's page, as a line below its title."
    name = path.relative_to(NBS).as_posix()
    hosted = '../' * name.count('/') + f'{NOTEBOOKS}/{name}'
    colab = f"https://colab.research.google.com/github/{CONFIG.git_url.split('github.com/')[1]}/blob/{CONFIG.branch}/docs/{NOTEBOOKS}/{name}"
    source = f'{CONFIG.git_url}/blob/{CONFIG.branch}/nbs/{name}'
    line = f'<a href="{colab}">Open in Colab</a> · <a href="{hosted}" download>Download notebook</a> · <a href="{source}">Source</a>'
    return f'```{{raw}} html\n<p class="notebook-links">{line}</p>\n```'


def contents(paths: list[Path]) -> str:
    "The table of contents, from the files that are there."
    folder = lambda p: p.relative_to(NBS).parent.as_posix()
    groups = {caption: [page(p) for p in paths if folder(p) == name and p.stem != 'index'] for name, caption in FOLDERS.items()}
    groups['Project'] = [p.stem for p in PROJECT if p.exists()]
    return '\n\n'.join('\n'.join(['```{toctree}', ':hidden:', f':caption: {caption}', '', *pages, '```']) for caption, pages in groups.items() if pages)


def readme(nb) -> str:
    "A processed notebook as plain markdown. Pictures are those of the site, which are named by their content."
    parts = []
    for cell in nb.cells:
        tags = cell.metadata.get('tags', [])
        if cell.cell_type == 'markdown':
            parts.append(re.sub(r'(\]\()(?!\w+:|[#/])([^)\s]+)', lambda m: m[1] + normpath(f'nbs/{m[2]}'), cell.source))
        elif cell.cell_type == 'code' and 'remove-cell' not in tags:
            if 'remove-input' not in tags: parts.append(f'```python\n{cell.source}\n```')
            if 'remove-output' not in tags: parts += [shown for out in cell.outputs if (shown := output(out, cell))]
    return NOTICE + '\n\n'.join(parts) + '\n'


def output(out, cell) -> str:
    data = out.get('data', {'text/plain': out.get('text', '')})
    if 'image/png' in data:
        name = sha256(b64decode(''.join(data['image/png']))).hexdigest()
        return f"![{cell.metadata['mystnb']['image']['alt']}](docs/_images/{name}.png)"
    text = ''.join(data.get('text/plain', '')).rstrip()
    return text and f'```\n{text}\n```'


def build(out: Path):
    "Everything anew: `out/docs` and `out/README.md`."
    source, paths = out/'source', notebooks()
    if NBS/'index.ipynb' not in paths: sys.exit('nbs/index.ipynb is missing: the landing page and README.md are rendered from it')
    copytree(NBS, source, ignore=ignore_patterns('_*', '.*', '*.ipynb')) # pictures and results that notebooks link to
    copy(SITE/'static/logo.png', source)
    for path in PROJECT:
        if path.exists(): (source/path.name).write_text(link_pages(path.read_text()))
    for path in paths:
        nb = read_nb(path)
        Filter()(nb)
        if path == NBS/'index.ipynb':
            (out/'README.md').write_text(readme(nb))
            nb.cells.append(mk_cell(contents(paths), 'markdown'))
        else: nb.cells.insert(1, mk_cell(links(path), 'markdown'))
        for cell in nb.cells:
            if cell.cell_type == 'markdown': cell.source = link_pages(cell.source)
        write_nb(nb, source/f'{page(path)}.ipynb')
    failed = sphinx(['-q', '-W', '-c', str(SITE), '-d', str(out/'doctrees'), str(source), str(out/'docs')])
    if failed: sys.exit('the site was not built: see the warnings above')
    (out/'docs/.buildinfo').unlink()
    for path in paths:
        nb = read_nb(path)
        nb.cells.insert(0, mk_cell(INSTALL, 'code', id='install'))
        hosted = out/'docs'/NOTEBOOKS/path.relative_to(NBS)
        hosted.parent.mkdir(parents=True, exist_ok=True)
        write_nb(nb, hosted)


def files(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in [root/'README.md', *(root/'docs').rglob('*')] if p.is_file()}


if __name__ == '__main__':
    with TemporaryDirectory() as tmp:
        new = Path(tmp).resolve()
        build(new)
        old, fresh = files(ROOT), files(new)
        state = {p: 'missing' if p not in old else 'extra' if p not in fresh else 'stale' for p in sorted({*old, *fresh}) if old.get(p) != fresh.get(p)}
        if '--check' in sys.argv:
            for path, what in state.items(): print(f'{what}: {path}')
            sys.exit('docs/ or README.md is not up to date: run `python nbs/_site/build.py`' if state else 0)
        rmtree(ROOT/'docs', ignore_errors=True)
        for path, data in fresh.items():
            (ROOT/path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT/path).write_bytes(data)
        print(f'docs/ and README.md: {len(fresh)} files, {len(state)} changed')
