"""What a call reaches, as a fingerprint: the functions and the values that its native code may depend on.

The Core of a function follows from the whole text of its file, its place in it, and what its top-level names
stand for. So these are hashed, for every function that can be reached, with all values that are known.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from hashlib import sha256

from vlad_py.core.traversal import atoms_of
from vlad_py.core.tree import Global, Lambda, Let, MakeClosure, Sibling
from vlad_py.differentiation.table import PRIMITIVES
from vlad_py.ground.errors import NotNative
from vlad_py.native.closures import Linked, core_of, linked
from vlad_py.native.exits import Parts
from vlad_py.native.kinds import form, parts
from vlad_py.primitives.primitive import Primitive
from vlad_py.values.values import NIL, Array, Closure, Value

Use = tuple[Linked, Global, Value]


MOST_HASHED = 200_000  # parts of what a call reaches


class Unhashed(Exception):
    """Something is reached that has no fingerprint."""


class Reached:
    """What a call with some kind of environment and argument reaches.

    `uses` are the top-level names with their values, and `texts` those of the functions, in the order in
    which they are met. Raises Unhashed.
    """

    def __init__(self, function: Closure, argument: Value) -> None:
        self.uses: list[Use] = []
        self.texts: list[Linked] = []
        self._hash = sha256()
        self._digests: dict[int, str] = {}  # of texts
        self._met: dict[object, int] = {}  # functions, by their code
        self._value((function, argument), is_known=False)

    @property
    def fingerprint(self) -> str:
        """The same for two calls only if their native code is the same."""
        return self._hash.hexdigest()

    def _add(self, *facts: Hashable) -> None:
        self._hash.update(repr(facts).encode())

    def _value(self, value: Value, *, is_known: bool) -> None:
        """A value, all of which the code may know; where not `is_known`, all but its reals."""
        todo: list[tuple[Value, bool]] = [(value, is_known)]
        count = Parts(MOST_HASHED)
        while todo:
            count.follow()
            item, known = todo.pop()
            inner = parts(item)
            if type(item) is Closure:
                self._add("closure", len(item.env), known)
                todo += [(use, True) for use in self._function(item)]
            elif type(item) is float:
                self._add(item.hex() if known else "real")
            elif item is NIL:
                self._add("nil")
            elif type(item) in (bool, str) or (type(item) is tuple and not item):
                self._add(repr(item))
            elif type(item) is Array:
                self._add(item.data.shape, item.data.tobytes() if known else "array")
            elif isinstance(item, Primitive) and PRIMITIVES.get(item.name) is item:
                self._add("primitive", item.name, item.arity)
            elif inner is not None:
                self._add(form(item))
            else:
                raise Unhashed
            todo += [(part, known) for part in (inner or ())[::-1]]

    def _function(self, function: Closure) -> Iterator[Value]:
        """Hashes a function's text; gives the values of the top-level names in it."""
        place = self._met.get(function.code)
        if place is not None:
            self._add("again", place)
            return
        self._met[function.code] = len(self._met)
        span = function.code.span
        source = span.source
        if id(source) not in self._digests:
            whole = f"{source.name}\0{source.library}\0{source.text}"
            self._digests[id(source)] = sha256(whole.encode(errors="surrogatepass")).hexdigest()
        try:
            core, text = core_of(function), linked(function.enter)
        except NotNative:
            raise Unhashed from None
        if text not in self.texts:
            self.texts.append(text)
        at = self.texts.index(text)
        self._add(self._digests[id(source)], span.start, span.end, function.code.id, at)
        for name in _globals(core):
            try:
                value = text.value(name)
            except NotNative:
                self._add("no value", name.module, name.name)
                continue
            self._add(name.module, name.name)
            self.uses.append((text, name, value))
            yield value


def _globals(function: Lambda) -> list[Global]:
    """The top-level names in a function and in those that it makes, in order."""
    found: dict[str, Global] = {}
    seen = {function}
    blocks = [function.body]

    def enter(inner: Lambda) -> None:
        if inner not in seen:
            seen.add(inner)
            blocks.append(inner.body)

    while blocks:
        block = blocks.pop()
        atoms = [*block.results]
        for statement in block.statements:
            atoms += atoms_of(statement)
            if isinstance(statement, Let) and isinstance(statement.operation, MakeClosure):
                enter(statement.operation.lambda_)
            blocks += statement.blocks
        for atom in atoms:
            if isinstance(atom, Global):
                found[repr(atom)] = atom
            elif isinstance(atom, Sibling):
                enter(atom.lambda_)
    return list(found.values())
