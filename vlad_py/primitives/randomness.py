"""Random numbers for the library: keys, and the samples drawn with a key (see stdlib/random.adl)."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from vlad_py.ground import generator
from vlad_py.ground.asking import ask_elements, ask_memory, ask_work
from vlad_py.ground.errors import RunError
from vlad_py.ground.late_numpy import np
from vlad_py.primitives.axes import as_shape, too_large
from vlad_py.primitives.declare import internal
from vlad_py.primitives.shapes import broadcast_to, gather
from vlad_py.values.show import describe, describe_array, not_numbers, show
from vlad_py.values.values import (
    GREATEST_SEED,
    UNIT,
    Array,
    Cons,
    Key,
    Nil,
    Value,
    is_array,
    is_numeric,
    is_real,
    list_items,
    make_list,
    plain,
    shape_of,
)

MOST_KEYS = 10_000_000  # of one split: a list of more is a mistake
WORD = 2**32
A_KEY = 200  # bytes of a key in a list
WORK_OF_A_KEY = 5_000  # operations

MAKES_KEY = "`random.key(1)` makes a key from a whole number, `random.split(key)` two keys from one"


def _whole(name: str, what: str, value: Value, below: int) -> int:
    """A whole number from 0. RunError for anything else, in the name of a function."""
    number = plain(value)
    if type(number) is float and number.is_integer() and 0 <= number < below:
        return int(number)
    got = show(number) if type(number) is float else describe(value)
    raise RunError(f"`random.{name}` expects {what}, got {got}")


def _key(name: str, value: Value) -> Key:
    if type(value) is Key:
        return value
    raise RunError(f"`random.{name}` expects a key, got {describe(value)}", hint=MAKES_KEY)


def _sizes(name: str, sizes: Value) -> tuple[int, ...]:
    shape = as_shape(f"random.{name}", sizes)
    if any(size < 0 for size in shape):
        raise RunError(f"`random.{name}` expects sizes, whole numbers from 0, got {min(shape)}")
    return shape


def _split_off(name: str, arguments: Value, count: int, form: str) -> tuple[Key, tuple[Value, ...], Value]:
    """The key, so many parameters, and what stands for the shape: None, in place of it, where there is none.

    RunError where the arguments are too few or too many; `form` is how the function is called.
    """
    given = arguments if type(arguments) is tuple and arguments != UNIT else (arguments,)
    key = _key(name, given[0])
    if count + 1 <= len(given) <= count + 2:
        return key, given[1 : count + 1], given[count + 1] if len(given) > count + 1 else None
    raise RunError(f"`random.{name}` takes {count + 1} or {count + 2} arguments, got {len(given)}", hint=form)


def _made(shape: tuple[int, ...], numbers: Callable[[int], Any]) -> Value:
    """An array of a shape from a function of the number of its elements, or a real."""
    ask_memory(8 * prod(shape))
    ask_work(20 * prod(shape))
    try:
        found = numbers(prod(shape))
    except (ValueError, MemoryError):
        raise too_large(tuple(map(float, shape))) from None
    return Array(found.reshape(shape)) if shape else float(found[0])


# ── keys ─────────────────────────────────────────────────────────────────────────────────────


def key_of_seed(seed: Value) -> Key:
    """The key of a whole number, or of two words. RunError for anything else."""
    if type(seed) is tuple and len(seed) == 2:
        high, low = (_whole("key", "words, whole numbers below 2^32", word, WORD) for word in seed)
        return Key(high, low)
    number = _whole("key", "a seed, a whole number from 0 to 2^53", seed, GREATEST_SEED + 1)
    return Key(number >> 32, number & generator.MASK)


def _split(arguments: Value) -> Value:
    key, _, count = _split_off("split", arguments, 0, "write `random.split(key)` or `random.split(key, n)`")
    number = 2 if count is None else _whole("split", "how many keys to make", count, MOST_KEYS)
    ask_memory(A_KEY * number)
    ask_work(WORK_OF_A_KEY * number)
    keys = [Key(*generator.key_of(key.words, generator.SPLITS, i)) for i in range(number)]
    return tuple(keys) if count is None else make_list(keys)


def _folded(key: Value, number: Value) -> Value:
    words = _key("fold_in", key).words
    i = _whole("fold_in", "a whole number from 0", number, GREATEST_SEED + 1)
    return Key(*generator.key_of(words, generator.FOLDS, i))


internal("random_key", 1, "random_key(seed): the key of a whole number, or of a pair of words.", key_of_seed)
internal("random_split", 1, "random_split(key), random_split(key, n): two keys, or a list of n.", _split)
internal("random_folded", 2, "random_folded(key, n): the n-th key of a key.", _folded)


# ── distributions without parameters ─────────────────────────────────────────────────────────


def _distribution(name: str, numbers: Callable[[generator.Words, int], Any]) -> None:
    form = f"write `random.{name}(key)`, or `random.{name}(key, shape)` for an array"

    def value(arguments: Value) -> Value:
        key, _, sizes = _split_off(name, arguments, 0, form)
        shape = () if sizes is None else _sizes(name, sizes)
        return _made(shape, lambda count: numbers(key.words, count))

    text = f"random_{name}(key), random_{name}(key, shape): a random real, or an array."
    internal(f"random_{name}", 1, text, value, computes=True)


_distribution("uniform", generator.uniforms)
_distribution("normal", generator.normals)
_distribution("exponential", generator.exponentials)


# ── distributions with parameters ────────────────────────────────────────────────────────────


def _parameters(name: str, count: float, arguments: Value) -> Value:
    """The key and the parameters of a distribution, all of the shape of the result."""
    parameters = ("", "a", "a, b")[int(count)]
    form = f"write `random.{name}(key, {parameters})`, or `random.{name}(key, {parameters}, shape)`"
    key, given, sizes = _split_off(name, arguments, int(count), form)
    for parameter in given:
        data = plain(parameter)
        if not is_numeric(parameter) or type(data) not in (float, Array):
            raise not_numbers(
                f"`random.{name}` expects reals or arrays as its parameters", parameter, hint=form
            )
        values = np.asarray(data.data if type(data) is Array else data)
        if not ((values > 0.0) & (values < np.inf)).all():
            hint = "its parameters must be positive: `exp(x)` and `softplus(x)` always are"
            wrong = float(values[~((values > 0.0) & (values < np.inf))].flat[0])
            if wrong > 0.0:
                raise RunError(f"`random.{name}` expects finite parameters, got {show(wrong)}")
            raise RunError(f"`random.{name}` expects parameters above 0, got {show(wrong)}", hint=hint)
    shapes = [shape_of(parameter) for parameter in given]
    try:
        shape = np.broadcast_shapes(*shapes)
        if sizes is not None:
            wanted = _sizes(str(name), sizes)
            if np.broadcast_shapes(shape, wanted) != wanted:
                raise ValueError
            shape = wanted
    except ValueError:
        got = " and ".join(describe_array(s) if s else "a real" for s in shapes)
        target = f" of shape {show(sizes)}" if sizes is not None else ""
        raise RunError(f"`random.{name}` cannot make an array{target} from parameters of {got}") from None
    return (key, *(broadcast_to(parameter, shape) for parameter in given))


def _floats(x: Value) -> tuple[tuple[int, ...], Any]:
    """The shape and the elements of plain numbers."""
    return shape_of(x), np.asarray(x.data if type(x) is Array else x, np.float64).ravel()


def _log_gamma(key: Key, a: Value) -> Value:
    shape, values = _floats(a)
    return _made(shape, lambda _: generator.gammas(key.words, values)[1])


def _gamma(key: Key, a: Value) -> Value:
    shape, values = _floats(a)
    return _made(shape, lambda _: generator.gammas(key.words, values)[0])


def _beta(first: Value, second: Value) -> Value:
    """X / (X + Y) from the logarithms of X and Y."""
    shape, x = _floats(first)
    _, y = _floats(second)
    ratio = generator.exp(-np.abs(x - y))  # of the smaller one to the larger
    return _made(shape, lambda _: np.where(x >= y, 1.0, ratio) / (1.0 + ratio))


internal(
    "random_parameters",
    3,
    "random_parameters(name, n, (key, a, …)): the key and n parameters, all of one shape.",
    _parameters,
)
internal("random_gamma", 2, "random_gamma(key, a): numbers of the gamma distribution.", _gamma, computes=True)
internal(
    "random_log_gamma",
    2,
    "random_log_gamma(key, a): the logarithms of `random_gamma(key, a)`.",
    _log_gamma,
    computes=True,
)
internal(
    "random_beta",
    2,
    "random_beta(x, y): e^x/(e^x + e^y), the same on every machine.",
    _beta,
    computes=True,
)


# ── choices ──────────────────────────────────────────────────────────────────────────────────


def _categorical(arguments: Value) -> Value:
    form = "write `random.categorical(key, logits)` or `random.categorical(key, logits, shape)`"
    key, (logits,), sizes = _split_off("categorical", arguments, 1, form)
    data = plain(logits)
    if type(data) is not Array or data.data.shape[-1] == 0:
        raise not_numbers("`random.categorical` expects an array of logits", logits, hint=form)
    greatest = data.data.max(axis=-1)
    if not np.isfinite(greatest).all():
        hint = "the probabilities are in proportion to `exp(logits)`, which has to be positive somewhere"
        message = f"`random.categorical` has no probabilities: the greatest logit is {greatest.min()}"
        raise RunError(message, hint=hint)
    rows = data.data.shape[:-1]
    if sizes is not None and rows:
        hint = "without a shape there is one number for each row; repeat a vector of logits by a shape"
        raise RunError(f"`random.categorical` takes no shape beside {describe(logits)}", hint=hint)
    shape = rows if sizes is None else _sizes("categorical", sizes)
    count = 1 if sizes is None else prod(shape)
    return _made(shape, lambda _: generator.categories(key.words, data.data, count).ravel())


def _things(name: str, things: Value) -> int:
    """How many things there are to choose from; a real stands for the indices below it."""
    if is_real(things):
        return _whole(name, "an array, a list, or a whole number from 0", things, GREATEST_SEED)
    if is_array(things):
        return shape_of(things)[0]
    if isinstance(things, (Cons, Nil)):
        return sum(1 for _ in list_items(things))
    raise not_numbers(f"`random.{name}` expects an array, a list, or a whole number", things)


def _picked(things: Value, places: Any) -> Value:
    """The things at places, of any shape; of a list at places in a row."""
    if is_array(things):
        return gather(things, index=places)
    if isinstance(things, (Cons, Nil)):
        items = list(list_items(things))
        return make_list([items[i] for i in places])
    return Array(places.astype(np.float64))


def _permutation(key: Value, things: Value) -> Value:
    words, count = _key("permutation", key).words, _things("permutation", things)
    ask_elements(4.0 * count)
    return _picked(things, generator.order(words, count))


def _choice(arguments: Value) -> Value:
    form = "write `random.choice(key, xs)` or `random.choice(key, xs, shape)`"
    key, (things,), sizes = _split_off("choice", arguments, 1, form)
    count = _things("choice", things)
    shape = () if sizes is None else _sizes("choice", sizes)
    is_list = isinstance(things, (Cons, Nil))
    if count == 0 and 0 not in shape:
        raise RunError("`random.choice` has nothing to choose from")
    if is_list and len(shape) > 1:
        raise RunError("`random.choice` makes a list from a list, so it takes one size, not a shape")
    ask_elements(4.0 * prod(shape))
    places = np.floor(generator.uniforms(key.words, prod(shape)) * count).astype(np.intp)
    if shape:
        return _picked(things, places.reshape(shape))
    place = int(places[0])
    if is_array(things):
        return gather(things, index=place)
    return list(list_items(things))[place] if is_list else float(place)


internal(
    "random_categorical",
    1,
    "random_categorical(key, logits), random_categorical(key, logits, shape): random indices.",
    _categorical,
    computes=True,
)
internal(
    "random_permutation",
    2,
    "random_permutation(key, xs): an array or a list in a random order, or the indices below a number.",
    _permutation,
)
internal(
    "random_choice",
    1,
    "random_choice(key, xs), random_choice(key, xs, shape): random elements of an array or a list.",
    _choice,
)
