"Sphinx's settings. `build.py` says which pages there are."
import logging
import re
from pathlib import Path

from docutils import nodes
from fastcore.foundation import Config
from sphinx import addnodes
from sphinx.util.nodes import make_refnode
from sphinxcontrib.katex import katex_version

settings = Config(Path(__file__).parents[2], 'settings.ini')
project = html_title = settings.title
version = release = settings.version
author, copyright = settings.author, settings.copyright
language = 'en'

extensions = ['myst_nb', 'sphinx.ext.viewcode', 'sphinx.ext.githubpages', 'sphinx_copybutton', 'sphinxcontrib.katex', 'sphinxext.opengraph', 'sphinx_reredirects']
exclude_patterns = ['**/*.md'] # notes that lie beside notebooks are no pages

# notebooks: outputs are shown as they were committed
nb_execution_mode = 'off'
nb_merge_streams = True
nb_render_markdown_format = 'myst' # of outputs, as of cells
nb_code_prompt_show, nb_code_prompt_hide = 'Show the code', 'Hide the code'
nb_ipywidgets_js = {} # these would be fetched from elsewhere
myst_enable_extensions = ['amsmath', 'colon_fence', 'deflist', 'dollarmath', 'fieldlist']
myst_heading_anchors = 3
smartquotes_action = 'D' # dashes only: 'none' and 'sum' are strings

# names and signatures
add_module_names = False
toc_object_entries_show_parents = 'hide'
python_maximum_signature_line_length = 80
viewcode_line_numbers = True

# the look
html_theme = 'furo'
html_static_path, html_favicon = ['static'], 'static/logo.png'
html_css_files = ['custom.css']
html_copy_source = html_use_index = html_domain_indices = False
copybutton_selector = '.cell_input pre, div.highlight-python pre, div.highlight-bash pre, div.highlight-console pre'
copybutton_exclude = '.linenos, .gp, .go'

# elsewhere: what a link to a page shows, and addresses that readers may still have
ogp_site_url = html_baseurl = f"https://{settings.user}.github.io/{settings.repo}/"
ogp_social_cards = {'line_color': '#0072B2', 'image_mini': str(Path(__file__).parent/'static/logo.png')}
logging.getLogger('matplotlib.font_manager').setLevel(logging.ERROR) # the cards' font has one weight
redirects = {'warp_loss': 'losses.html', 'tutorials/index': 'quickstart.html'} # where the first `warp_loss` had its notebook; and what one types

# KaTeX comes with the site: its scripts from the extension, its style and fonts (WOFF2 only) from static/, which must be of the same version
assert katex_version == '0.16.22', f'static/katex is KaTeX 0.16.22, sphinxcontrib-katex brings {katex_version}: make them agree'
katex_css_path = 'katex/katex.min.css'


def link_names(app, doctree, page):
    "`warp_loss` in running text leads to its entry, and `fit` in the entry of `Recommender` to that class's own."
    entries = sorted(app.env.domains['py'].objects.items(), key=lambda entry: (entry[1].docname == page, entry[0])) # those of this page override
    names = {full.removeprefix(f'{settings.lib_name}.').removeprefix('lightfm.').split('.', 1)[-1]: (full, obj) for full, obj in entries}
    names |= {full.removeprefix(f'{settings.lib_name}.'): (full, obj) for full, obj in entries}
    for code in list(doctree.findall(nodes.literal)):
        name, parent = code.astext().removesuffix('()'), code.parent
        while not isinstance(parent, (addnodes.desc, nodes.document, nodes.reference, nodes.title)): parent = parent.parent
        if isinstance(parent, (nodes.reference, nodes.title)): continue # there is a link already
        owner = (parent[0]['class'] or parent[0]['fullname']) if isinstance(parent, addnodes.desc) else ''
        full, obj = names.get(f'{owner}.{name}') or names.get(name) or ('', None)
        if obj: code.replace_self(make_refnode(app.builder, page, obj.docname, obj.node_id, [code.deepcopy()], full))


def accessible(app, page, template, context, doctree):
    "What readers without a screen or a mouse miss: the parameters of a signature define nothing, captions have a level, and what scrolls can be reached by keyboard."
    def lines(params): return '<span class="sig-params">' + params[1].replace('<dd>', '<span>').replace('</dd>', '</span>') + '</span>'
    body = re.sub(r'<dl>\s*(<dd><em class="sig-param">.*?)</dl>', lines, context.get('body', ''), flags=re.DOTALL)
    context['body'] = body.replace('<pre>', '<pre tabindex="0">').replace('<div class="cell_output ', '<div tabindex="0" class="cell_output ')
    context['furo_navigation_tree'] = context.get('furo_navigation_tree', '').replace('role="heading"', 'role="heading" aria-level="2"')


def setup(app):
    app.connect('doctree-resolved', link_names)
    app.connect('html-page-context', accessible, priority=900) # after the theme has made its own
