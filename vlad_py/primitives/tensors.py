"""Products of arrays over named dimensions: `einsum` and Kronecker's product."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count, islice
from math import prod
from typing import NamedTuple

from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.arithmetic import mul
from vlad_py.primitives.axes import array_of, check_dimensions
from vlad_py.primitives.declare import structural
from vlad_py.primitives.primitive import MANY
from vlad_py.primitives.products import matmul
from vlad_py.primitives.shapes import gather, permuted, reshape_to, total
from vlad_py.values.show import describe, describe_array, not_numbers
from vlad_py.values.values import Value, is_numeric, shape_of


def _kron(a: Value, b: Value) -> Value:
    left, right = array_of("kron", a), array_of("kron", b)
    dimensions = max(len(left), len(right))
    check_dimensions(2 * dimensions)
    left = (1,) * (dimensions - len(left)) + left
    right = (1,) * (dimensions - len(right)) + right
    products = mul(
        reshape_to(a, shape=tuple(size for own in left for size in (own, 1))),
        reshape_to(b, shape=tuple(size for own in right for size in (1, own))),
    )
    return reshape_to(products, shape=tuple(x * y for x, y in zip(left, right)))


structural(
    "kron",
    2,
    by_shape=True,
    doc="kron(a, b): Kronecker's product of two matrices, or of two vectors: the array of blocks "
    "a[i, j] * b.",
    example="kron([[1, 2]], [[1, 1], [0, 1]])",
    value=_kron,
)


class _Named(NamedTuple):
    """An array with a letter for each of its dimensions."""

    array: Value
    letters: str

    def sizes(self) -> dict[str, int]:
        return dict(zip(self.letters, shape_of(self.array)))

    def in_order(self, letters: str) -> Value:
        """The array with its dimensions in the order of these letters."""
        if self.letters == letters:
            return self.array
        return permuted(self.array, axes=tuple(self.letters.index(letter) for letter in letters))

    def summed(self, kept: set[str]) -> _Named:
        """The sums over all dimensions but those kept; of a letter that comes twice, its diagonal."""
        array, letters = self
        for letter in dict.fromkeys(letters):
            places = [i for i, other in enumerate(letters) if other == letter]
            if len(places) > 1:
                rest = [i for i in range(len(letters)) if i not in places]
                array = permuted(array, axes=(*places, *rest))
                count = np.arange(shape_of(array)[0])
                array = gather(array, index=(count,) * len(places))
                letters = letter + "".join(letters[i] for i in rest)
        for place in range(len(letters) - 1, -1, -1):
            if letters[place] not in kept:
                array = total(array, axis=place)
                letters = letters[:place] + letters[place + 1 :]
        return _Named(array, letters)


def _product(a: _Named, b: _Named, kept: set[str]) -> _Named:
    """The sum of the products of two arrays over the letters of both that are not kept: a matrix product."""
    a, b = a.summed(kept | set(b.letters)), b.summed(kept | set(a.letters))
    sizes = {**a.sizes(), **b.sizes()}
    shared = [letter for letter in a.letters if letter in b.letters]
    many = "".join(letter for letter in shared if letter in kept)
    inner = "".join(letter for letter in shared if letter not in kept)
    left = "".join(letter for letter in a.letters if letter not in shared)
    right = "".join(letter for letter in b.letters if letter not in shared)
    if not shape_of(a.array) or not shape_of(b.array):
        return _Named(mul(a.array, b.array), a.letters + b.letters)

    def size(letters: str) -> int:
        return prod(sizes[letter] for letter in letters)

    first = reshape_to(a.in_order(many + left + inner), shape=(size(many), size(left), size(inner)))
    second = reshape_to(b.in_order(many + inner + right), shape=(size(many), size(inner), size(right)))
    letters = many + left + right
    shape = tuple(sizes[letter] for letter in letters)
    return _Named(reshape_to(matmul(first, second), shape=shape), letters)


def _terms(pattern: str, size: int) -> tuple[list[str], str]:
    """The letters of each argument, and those of the result. RunError for a text that says neither."""
    left, arrow, result = pattern.replace(" ", "").partition("->")
    terms = left.split(",")
    letters = "".join(text.replace("...", "", 1) for text in (*terms, result))
    if not all(letter.isalpha() for letter in letters):
        message = f'`einsum` expects letters, as in "ij,jk->ik", got "{pattern}"'
        raise RunError(message, hint="each letter stands for one dimension, `...` for all others")
    if len(terms) != size:
        raise RunError(f'`einsum` with "{pattern}" expects {len(terms)} arrays, got {size}')
    if not arrow:
        alone = sorted(letter for letter in set(left) - {",", "."} if left.count(letter) == 1)
        result = "..." * ("..." in left) + "".join(alone)
    for letter in result.replace("...", ""):
        if letter not in left or result.count(letter) > 1:
            fault = "comes twice in" if letter in left else "is in no argument but in"
            raise RunError(f'`einsum`: the letter {letter} {fault} the result of "{pattern}"')
    return terms, result


def _spelt_out(
    pattern: str, terms: Sequence[str], result: str, arrays: Sequence[Value]
) -> tuple[list[str], str, list[Value]]:
    """The same with a letter for each dimension that `...` stands for; they broadcast from the last one on,
    so an array loses those of size 1 where another has more.
    """
    if not any("..." in text for text in (*terms, result)):
        return [*terms], result, [*arrays]
    own = [
        shape_of(x)[len(before) : len(shape_of(x)) - len(after)] if dots else ()
        for x, (before, dots, after) in zip(arrays, (term.partition("...") for term in terms))
    ]
    try:
        shape = np.broadcast_shapes(*own)
    except ValueError:
        found = " and ".join(describe_array(sizes) for sizes in own if sizes)
        raise RunError(f'`einsum` with "{pattern}": its `...` cannot combine {found}') from None
    if shape and "..." not in result:
        hint = "sum over them with `sum(…, {axis: i})`, or give them letters"
        raise RunError(f'`einsum` with "{pattern}" has no `...` in its result', hint=hint)
    others = (chr(code) for code in count(0x1D00) if chr(code) not in pattern)
    names = "".join(islice((letter for letter in others if letter.isalpha()), len(shape)))
    spelt, found_arrays = [], []
    for x, term, sizes in zip(arrays, terms, own):
        before, _, after = term.partition("...")
        if len(shape_of(x)) < len(before + after):
            return [term.replace("...", "") for term in terms], result.replace("...", ""), [*arrays]
        kept = [i for i, size in enumerate(sizes) if size != 1 or shape[i - len(sizes)] == 1]
        letters = "".join(names[i - len(sizes)] for i in kept)
        spelt.append(before + letters + after)
        if len(kept) < len(sizes):
            dropped = tuple(sizes[i] for i in kept)
            ends = shape_of(x)[: len(before)], shape_of(x)[len(shape_of(x)) - len(after) :]
            x = reshape_to(x, shape=(*ends[0], *dropped, *ends[1]))
        found_arrays.append(x)
    return spelt, result.replace("...", names), found_arrays


def _checked(pattern: str, terms: Sequence[str], arrays: Sequence[Value]) -> list[_Named]:
    """The arrays with their letters. RunError where shapes do not fit these, or one another."""
    sizes: dict[str, int] = {}
    found = []
    for array, letters in zip(arrays, terms):
        if not is_numeric(array) or len(shape_of(array)) != len(letters):
            got = f'"{letters}" for {describe(array)}'
            raise RunError(f'`einsum` with "{pattern}" expects a letter for each dimension, got {got}')
        for letter, size in zip(letters, shape_of(array)):
            if sizes.setdefault(letter, size) != size:
                clash = f"the letter {letter} stands for {sizes[letter]} and {size} elements"
                raise RunError(f'`einsum` with "{pattern}": {clash}')
        found.append(_Named(array, letters))
    return found


def _einsum(argument: Value) -> Value:
    if type(argument) is not tuple or len(argument) < 2 or type(argument[0]) is not str:
        got = describe(argument)
        raise RunError(f"`einsum` expects a text and arrays, got {got}", hint='`einsum("ij,jk->ik", a, b)`')
    pattern, *arrays = argument
    terms, result = _terms(pattern, len(arrays))
    if not all(map(is_numeric, arrays)):
        wrong = next(x for x in arrays if not is_numeric(x))
        raise not_numbers("`einsum` expects arrays after its text", wrong)
    terms, result, arrays = _spelt_out(pattern, terms, result, arrays)
    named = _checked(pattern, terms, arrays)
    found = named[0]
    for i, other in enumerate(named[1:], 2):
        found = _product(found, other, set(result).union(*terms[i:]))
    return found.summed(set(result)).in_order(result)


structural(
    "einsum",
    MANY,
    doc='einsum("ij,jk->ik", a, b): the sum of the products of arrays whose dimensions have these letters, '
    "over all letters that are not in the result; here the product of two matrices. Without an arrow the "
    "result has the letters that come once, in the order of the alphabet. A letter that comes twice in an "
    "argument takes its diagonal. `...` stands for all dimensions without a letter, which broadcast.",
    example='einsum("ij,jk->ik", [[1, 2]], [[3], [4]]), einsum("...i->...", [[1, 2], [3, 4]])',
    value=_einsum,
)
