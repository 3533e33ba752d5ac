"""API entries: what nbdev's `show_doc` shows, as directives of Sphinx's Python domain. So names link, the search finds them, and each leads to its source.

All of it is read from the source text: a signature says `Tensor | None` and `weight=log_floor` as its author did, not what these evaluate to.
"""
import ast
import inspect
import re
from textwrap import dedent

from fastcore.docments import docments

FUNCTIONS = ast.FunctionDef, ast.AsyncFunctionDef


class SphinxRenderer:
    "For the `renderer` of `show_doc`: a function, or a class with its public methods except those shown `elsewhere`, as MyST markdown."
    def __init__(self, sym, name: str|None = None, title_level: int = 3, elsewhere=()): self.sym, self.name, self.elsewhere = sym, name, elsewhere
    def _repr_markdown_(self) -> str: return entry(self.sym, self.name, self.elsewhere)


def entry(sym, name: str|None = None, elsewhere=(), depth: int = 0) -> str:
    "The directive for `sym`, inside `depth` others; empty for a method that says nothing of itself, such as `extra_repr`."
    for wrapper in ('fget', 'func', '__func__'): sym = getattr(sym, wrapper, sym) # properties, class and static methods
    sym = inspect.unwrap(sym)
    name = name or sym.__qualname__
    source = dedent(inspect.getsource(sym))
    node = ast.parse(source).body[0]
    for n in ast.walk(node):
        for key in ('annotation', 'returns'):
            match getattr(n, key, None):
                case ast.Constant(value=str(text)): setattr(n, key, ast.parse(text, mode='eval').body) # in quotes for want of its class
                case ast.Subscript(value=ast.Name('Annotated'), slice=ast.Tuple([kind, *_])): setattr(n, key, kind) # the rest is for the command line
    if isinstance(node, ast.ClassDef): kind, signature, options, body = _class(sym, node, source)
    else: kind, signature, options, body = _function(sym, node, name)
    body = [_text(node), body]
    for n in getattr(node, 'body', ()) if kind in ('class', 'exception') else ():
        if isinstance(n, FUNCTIONS) and not n.name.startswith('_') and f'{name}.{n.name}' not in elsewhere:
            body.append(entry(inspect.getattr_static(sym, n.name), f'{name}.{n.name}', depth=depth + 1))
    body = '\n\n'.join(filter(None, body))
    if depth and not body: return ''
    fence, options = ':' * (5 - depth), {'module': sym.__module__, **options}
    return '\n'.join([f'{fence}{{py:{kind}}} {name}{signature}', *(f':{key}: {value}'.rstrip() for key, value in options.items()), '', body, fence])


def _text(node) -> str:
    "The docstring, with what follows a backspace, which is how click knows lines that it must not wrap, as code."
    return re.sub(r'^\x08\n((?:.+\n?)+)', lambda m: f'```sh\n{m[1].rstrip()}\n```\n', ast.get_docstring(node) or '', flags=re.MULTILINE)


def _class(sym, node, source):
    inits = [n for n in node.body if isinstance(n, FUNCTIONS) and n.name == '__init__']
    fields = [n for n in node.body if isinstance(n, ast.AnnAssign)]
    if inits: signature, body = f'({_arguments(inits[0])})', _list(_parameters(inits[0]), docments(sym))
    elif fields: # a dataclass or a named tuple
        lines = source.splitlines()
        comments = {n.target.id: found[1] for n in fields if (found := re.search(r'\s# (.+)$', lines[n.end_lineno - 1]))}
        signature, body = f"({', '.join(map(ast.unparse, fields))})", _list([(n.target.id, n.annotation) for n in fields], comments)
    else: signature, body = '', ''
    return 'exception' if issubclass(sym, BaseException) else 'class', signature, {}, body


def _function(sym, node, name):
    marks = {ast.unparse(d) for d in node.decorator_list}
    returns, comments = ast.unparse(node.returns) if node.returns else '', docments(sym, args_kwargs=True)
    if marks & {'property', 'cached_property'}: return 'property', '', {'type': returns} if returns else {}, comments['return']
    options = {mark: '' for mark in ('staticmethod', 'classmethod') if mark in marks} | ({'async': ''} if isinstance(node, ast.AsyncFunctionDef) else {})
    body = _list(_parameters(node), comments) + (f"\n:returns: {comments['return']}" if comments.get('return') else '') # its type is in the signature
    return 'method' if '.' in name else 'function', f'({_arguments(node)})' + (f' -> {returns}' if returns else ''), options, body.strip()


def _arguments(node) -> str: return re.sub(r'^(self|cls)(: \w+)?(, (/, )?|$)', '', ast.unparse(node.args))


def _parameters(node) -> list[tuple[str, ast.expr|None]]:
    a = node.args
    args = [*a.posonlyargs, *a.args, *filter(None, [a.vararg]), *a.kwonlyargs, *filter(None, [a.kwarg])]
    return [(arg.arg, arg.annotation) for arg in args if arg.arg not in ('self', 'cls')]


def _list(parameters, comments) -> str:
    "Parameters with what their comments say; nothing if nobody commented any, since the types are in the signature."
    if not any(comments.get(name) for name, _ in parameters): return ''
    return '\n'.join(f":param {name}: {' '.join((comments.get(name) or '').split())}".rstrip() + (f'\n:type {name}: {ast.unparse(anno)}' if anno else '')
                     for name, anno in parameters)
