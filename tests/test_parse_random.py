"""The parser on random texts: what is written reads back, and whatever is wrong has a diagnostic."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from trees import preorder, program, show

from vlad_py.ground import errors

RANKS = {"or": 1, "and": 2, "not": 3, "==": 4, "<": 4, "::": 5, "..": 6, "+": 7, "-": 7, "*": 8, "@": 8}
RANKS |= {"^": 10}
SIGN = 9  # the rank of `-x`
RIGHT = ("::", "^")
UNCHAINED = ("==", "<", "..")

Tree = str | tuple["Tree", ...]


def trees() -> st.SearchStrategy[Tree]:
    """Random expressions: leaves, signs and binary operators."""
    return st.recursive(
        st.sampled_from(["a", "b", "3", "f(x)", "t[0]", "()"]),
        lambda inner: st.one_of(
            st.tuples(st.sampled_from(["-", "not"]), inner),
            st.tuples(st.sampled_from([op for op in RANKS if op != "not"]), inner, inner),
        ),
        max_leaves=12,
    )


def written(tree: Tree, rank: int = 0, sign_fits: bool = True) -> str:
    """The text of a tree, with parentheses only where the ranks demand them."""
    if isinstance(tree, str):
        return tree
    op = str(tree[0])
    if len(tree) == 2:
        own = SIGN if op == "-" else RANKS["not"]
        text = f"{op} {written(tree[1], own)}"
        return text if own >= rank or (op == "-" and sign_fits) else f"({text})"
    own = RANKS[op]
    left = own + (op in RIGHT or op in UNCHAINED)
    right = own + (op not in RIGHT)
    text = f"{written(tree[1], left, False)} {op} {written(tree[2], right)}"
    return text if own >= rank else f"({text})"


def prefixed(tree: Tree) -> str:
    """A tree as `show` shows it."""
    if isinstance(tree, str):
        return show(program(tree))
    return "(" + " ".join([str(tree[0]), *map(prefixed, tree[1:])]) + ")"


@given(trees())
def test_written_expressions_read_back(tree: Tree) -> None:
    assert show(program(written(tree))) == prefixed(tree)


SOUP = """let def import as fn if then else match loop while for in do with and or not true false nil _
x y f' 1 0.5 "s" ( ) [ ] { } , : = => . .. :: |> == < + - * ^ @ ; ## # \n""".split(" ")


def check(text: str) -> None:
    """A text parses, or there is a proper diagnostic for it."""
    try:
        tree = program(text)
    except errors.SyntaxError as error:
        assert error.span is not None
        assert 0 <= error.span.start <= error.span.end <= len(text)
        assert error.message.strip() and str(error)
    else:
        assert all(0 <= node.span.start <= node.span.end <= len(text) for node in preorder(tree))


@given(st.lists(st.sampled_from(SOUP), max_size=30).map(" ".join))
@settings(max_examples=500)
def test_any_tokens(text: str) -> None:
    check(text)


@given(st.text())
@settings(max_examples=500)
def test_any_text(text: str) -> None:
    check(text)
