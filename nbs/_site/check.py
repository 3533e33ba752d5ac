"""Read `docs/` as people do, in a browser, from the disk: `python nbs/_site/check.py [PAGE ...]`, all pages if none is named.

Every page must load without an error in the console and without a request to anywhere else, its formulas set, its links and anchors leading somewhere, its pictures
described, nothing wider than a phone, and its colours told apart in light and dark. And a search for `warp_loss` must find the function. Needs Chromium.
"""
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import unquote, urldefrag

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

DOCS = Path(__file__).resolve().parents[2]/'docs'
WHOLE = {'index.html', 'losses.html', 'recommender.html'} # read with code and contents, which look the same on all pages
SAME = '.highlight, .math, .sidebar-drawer, .toc-drawer, .mobile-header { display: none !important }'
RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']
LOOK = '''() => ({
    ids: [...document.querySelectorAll('[id], a[name]')].map(e => e.id || e.name),
    links: [...document.querySelectorAll('a[href]')].map(e => e.href),
    raw: [...document.querySelectorAll('.math')].filter(e => !e.querySelector('.katex')).map(e => e.textContent.slice(0, 60)),
    wrong: [...document.querySelectorAll('.katex-error')].map(e => e.textContent.slice(0, 60)),
    broken: [...document.images].filter(e => !e.complete || !e.naturalWidth).map(e => e.src),
    unnamed: [...document.querySelectorAll('article img')].filter(e => ['plot', ''].includes(e.alt.trim())).map(e => e.src),
})'''
WIDE = '''() => { // the page hides what is too wide, so each box is measured; what scrolls by itself may be
    const scrolls = e => e && e.tagName !== 'ARTICLE' && (['auto', 'scroll'].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
    return [...document.querySelectorAll('article *')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.katex-mathml, .katex svg, .headerlink') && !scrolls(e))
        .slice(0, 3).map(e => e.tagName + '.' + e.className + ' ' + e.textContent.trim().slice(0, 40));
}'''
TEX = '''() => {
    const walk = document.createTreeWalker(document.querySelector('article') || document.body, NodeFilter.SHOW_TEXT), found = [];
    const set = 'pre, code, .math, script';
    while (walk.nextNode()) if (/\\$[^$]*\\\\[a-zA-Z]/.test(walk.currentNode.data) && !walk.currentNode.parentElement.closest(set))
        found.push(walk.currentNode.data.trim().slice(0, 60));
    return found;
}'''


def look(page: Page, path: Path) -> tuple[list[str], dict]:
    "What is wrong with a page by itself, and what is on it."
    wrong: list[str] = []
    heard = {'console': lambda m: m.type in ('error', 'warning') and wrong.append(f'console: {m.text}'), 'pageerror': lambda e: wrong.append(f'script: {e}'),
             'request': lambda r: r.url.startswith(('file:', 'data:')) or wrong.append(f'asks for {r.url}')}
    for event, what in heard.items(): page.on(event, what)
    page.emulate_media(color_scheme='light')
    page.set_viewport_size({'width': 360, 'height': 740})
    page.goto(path.as_uri(), wait_until='load')
    found = page.evaluate(LOOK)
    wrong += [f'formula not set: {text}' for text in found['raw']] + [f'formula not understood: {text}' for text in found['wrong']]
    wrong += [f'formula not set: {text}' for text in page.evaluate(TEX)]
    wrong += [f'picture not shown: {src}' for src in found['broken']] + [f'picture not described: {src}' for src in found['unnamed']]
    wrong += [f'wider than a phone: {what}' for what in page.evaluate(WIDE)]
    page.set_viewport_size({'width': 1280, 'height': 900})
    if path.name not in WHOLE: page.add_style_tag(content=SAME)
    for theme, rules in (('light', RULES), ('dark', ['color-contrast'])): # all else is the same in the dark
        if '_modules' in path.parts: continue # code alone
        page.emulate_media(color_scheme=theme)
        for violation in Axe().run(page, options={'resultTypes': ['violations'], 'runOnly': rules}).response['violations']:
            nodes = violation['nodes']
            wrong.append(f"{theme}: {violation['id']}, {len(nodes)} times: {nodes[0]['html'][:200]} {nodes[0]['failureSummary'][:300]!r}")
    for event, what in heard.items(): page.remove_listener(event, what)
    return wrong, found


def follow(paths: list[Path], found: dict[Path, dict]) -> list[tuple[Path, str]]:
    "Links that lead nowhere: no such file, or no such place on the page."
    wrong = []
    for path in paths:
        for link in dict.fromkeys(found[path]['links']):
            url, anchor = urldefrag(link)
            if not url.startswith('file:'): continue
            target = Path(unquote(url.removeprefix('file://').split('?')[0]))
            if not target.is_file(): wrong.append((path, f'leads nowhere: {link}'))
            elif anchor and target in found and unquote(anchor) not in found[target]['ids']: wrong.append((path, f'no such place: {link}'))
    return wrong


def search(page: Page) -> list[str]:
    "What a reader finds under `warp_loss`."
    page.goto((DOCS/'search.html').as_uri() + '?q=warp_loss')
    page.wait_for_selector('#search-results li a', timeout=20_000)
    links = page.eval_on_selector_all('#search-results li a', 'links => links.map(e => e.href)')
    return [] if any(link.endswith('losses.html#warp_loss.losses.warp_loss') for link in links) else [f'`warp_loss` finds only {links[:5]}']


if __name__ == '__main__':
    chromium = os.environ.get('CHROMIUM') or shutil.which('chromium') or shutil.which('google-chrome')
    if not chromium: sys.exit('no Chromium: `apt-get install chromium`, or name one in the environment variable CHROMIUM')
    everything = sorted(DOCS.rglob('*.html'))
    chosen = [Path(p).resolve() for p in sys.argv[1:]] or everything
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, args=['--no-sandbox', '--allow-file-access-from-files'])
        page = browser.new_page()
        wrong, found = [], {}
        for path in chosen:
            problems, found[path] = look(page, path)
            wrong += [(path, problem) for problem in problems]
        if chosen == everything: wrong += [(DOCS/'search.html', problem) for problem in search(page)]
        browser.close()
    wrong += follow(chosen, found)
    for path, problem in wrong: print(f'{path.relative_to(DOCS)}: {problem}')
    print(f"{len(chosen)} pages, {sum(len(f['links']) for f in found.values()):,} links: {len(wrong)} problems")
    sys.exit(bool(wrong))
