"""The parser: every form, what a new line means, precedence, spans, depth."""

from __future__ import annotations

import threading
import tracemalloc
from contextlib import suppress

import pytest
from trees import preorder, program, show

from vlad_py.ground import errors
from vlad_py.ground.errors import Error
from vlad_py.ground.source import Source
from vlad_py.session.session import Session
from vlad_py.syntax import tree as syntax
from vlad_py.syntax.parse import parse

# what to read, what it is: many forms, and the rules that tell them apart
FORMS = """
# literals and names
3 | 3
2.5e10 | 2.5e+10
1e-3 | 0.001
1e308 | 1e+308
true | true
nil | (nil)
"" | ''
"a\\n\\t\\r\\0\\"\\\\" | 'a\\n\\t\\r\\x00"\\\\'
"\\u00e9\\u{1F600}" | 'é😀'
f' | f'
_x1 | _x1
größe | größe
iff | iff
# tuples and parentheses
() | (tuple [])
(1) | 1
(1, 2) | (tuple [1 2])
(1, 2,) | (tuple [1 2])
((1, 2), 3) | (tuple [(tuple [1 2]) 3])
# operators as functions
(+) | (operator +)
(-) | (operator -)
(::) | (operator ::)
(..) | (operator ..)
(not) | (operator not)
fold((*), 1, xs) | (call fold (tuple [(operator *) 1 xs]))
# arrays
[] | (array [])
[1, 2] | (array [1 2])
[[1], [2],] | (array [(array [1]) (array [2])])
[i ^ 2 for i in 1..3] | (comprehension (^ i 2) [(clause i (.. 1 3))])
[x + y for (x, y) in ps] | (comprehension (+ x y) [(clause (tuple [x y]) ps)])
[x for xs in m for x in xs] | (comprehension x [(clause xs m) (clause x xs)])
# records and blocks
{} | (record [])
{w: 1, b: 2} | (record [w:1 b:2])
{m with b: 3} | (update m [b:3])
{{a: 1} with a: 2,} | (update (record [a:1]) [a:2])
{w, b} | (record [w:w b:b])
{w,} | (record [w:w])
{w: 1, b} | (record [w:1 b:b])
{m with b} | (update m [b:b])
{(w)} | (block [w])
{ let a = 1; a } | (block [(let a 1 "") a])
{ def f(x) = x; f } | (block [(def f x x "") f])
# calls, indices, fields
f() | (call f (tuple []))
f(x) | (call f x)
f (x) | (call f x)
f(x, y) | (call f (tuple [x y]))
f((x, y)) | (call f (tuple [x y]))
f(x)(y) | (call (call f x) y)
a[i] | (index a [i])
a[i, j] | (index a [i j])
a[1:3] | (index a [(slice 1 3 -)])
a[:3, 1:, :] | (index a [(slice - 3 -) (slice 1 - -) (slice - - -)])
a[0][1].w | (select (index (index a [0]) [1]) w)
m.w(x) | (call (select m w) x)
{1}(x) | (call (block [1]) x)
# forms that extend to the right
fn x => x + 1 | (fn x (+ x 1))
fn (x, y) => x | (fn (tuple [x y]) x)
fn () => 1 | (fn (tuple []) 1)
fn x => fn y => x + y | (fn x (fn y (+ x y)))
1 + fn x => x + 2 | (+ 1 (fn x (+ x 2)))
x |> fn y => y | (call (fn y y) x)
x |> fn y => y |> f | (call (fn y (call f y)) x)
if c then a else b | (if c a b)
1 + if c then a else b + 2 | (+ 1 (if c a (+ b 2)))
if a then if b then 1 else 2 else 3 | (if a (if b 1 2) 3)
if a then 1 else if b then 2 else 3 | (if a 1 (if b 2 3))
not if a then b else c | (not (if a b c))
loop x = 1 while x < 3 do x + 1 | (while x 1 (< x 3) (+ x 1))
loop (v, k) = (1, 0) for i in 1..3 do (v, i) | (for (tuple [v k]) (tuple [1 0]) i (.. 1 3) (tuple [v i]))
match x { 1 => 2 } | (match x [(arm 1 2)])
match x { 1 => 2, _ => 3; } | (match x [(arm 1 2) (arm _ 3)])
match x { 1 => 2, _ => 3, } | (match x [(arm 1 2) (arm _ 3)])
match x { _ => 3 } + 1 | (+ (match x [(arm _ 3)]) 1)
match f(x) { (a, b) => a } | (match (call f x) [(arm (tuple [a b]) a)])
match {a: 1} { {a} => a } | (match (record [a:1]) [(arm (record [a:a]) a)])
# patterns
let x = 1 | (let x 1 "")
let _ = 1 | (let _ 1 "")
let (a, (b, _)) = p | (let (tuple [a (tuple [b _])]) p "")
let {w, b: (x, y)} = m | (let (record [w:w b:(tuple [x y])]) m "")
let {w: x, b} = m | (let (record [w:x b:b]) m "")
let {w} = m | (let (record [w:w]) m "")
let {} = m | (let (record []) m "")
let h :: t :: nil = xs | (let (:: h (:: t (nil))) xs "")
let (h :: t) = xs | (let (:: h t) xs "")
fn {w} => w | (fn (record [w:w]) w)
fn [x, [_, 0]] => x | (fn (array [x (array [_ 0])]) x)
let [] = e | (let (array []) e "")
match x { -1 => 0; "a" => 1; true => 2; nil => 3; () => 4 } | \
(match x [(arm -1 0) (arm 'a' 1) (arm true 2) (arm (nil) 3) (arm (tuple []) 4)])
# definitions and imports
def f() = 1 | (def f (tuple []) 1 "")
def f(x) = 1 | (def f x 1 "")
def f(x, y) = 1 | (def f (tuple [x y]) 1 "")
def f((a, b), {c}) = 1 | (def f (tuple [(tuple [a b]) (record [c:c])]) 1 "")
import optimize | (import optimize False -)
import "a/b.adl" as u | (import a/b.adl True u)
# separators
1; 2;; 3; | 1 ; 2 ; 3
; 1 | 1
# precedence, from the loosest
a |> f |> g | (call g (call f a))
a or b |> f | (call f (or a b))
a or b and c or d | (or (or a (and b c)) d)
a and not b == c | (and a (not (== b c)))
not not a | (not (not a))
not a and b | (and (not a) b)
a :: b == c :: d | (== (:: a b) (:: c d))
1 :: 2 :: nil | (:: 1 (:: 2 (nil)))
1 .. 2 :: xs | (:: (.. 1 2) xs)
1..n + 1 | (.. 1 (+ n 1))
a - b + c | (+ (- a b) c)
a - b * c / d @ e | (- a (@ (/ (* b c) d) e))
-a * b | (* (- a) b)
a * -b + c | (+ (* a (- b)) c)
- - a | (- (- a))
a - -b | (- a (- b))
-2 ^ 2 | (- (^ 2 2))
2 ^ -1 | (^ 2 (- 1))
2 ^ -1 * 3 | (* (^ 2 (- 1)) 3)
2 ^ -a ^ b | (^ 2 (- (^ a b)))
2 ^ 3 ^ 4 | (^ 2 (^ 3 4))
-f(x)[0] ^ 2 | (- (^ (index (call f x) [0]) 2))
(a < b) < c | (< (< a b) c)
(a + b) * c | (* (+ a b) c)
1<-1 | (< 1 (- 1))
"""
TABLE = [line.rsplit(" | ", 1) for line in FORMS.strip().splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(("text", "tree"), TABLE)
def test_forms(text: str, tree: str) -> None:
    assert show(program(text)) == tree


# what new lines mean: `\n` within a text is one
NEW_LINES = [
    ("", ""),
    ("\n# nothing\n\n", ""),
    ("a\nb", "a ; b"),
    ("\n\na\r\n\n\n b\n", "a ; b"),
    ("a # remark\n# remark\nb", "a ; b"),
    ("let x =\n 1 +\n\n 2", '(let x (+ 1 2) "")'),
    ("def f(x) =\n x", '(def f x x "")'),
    ("fn x =>\n x", "(fn x x)"),
    ("f(a,\n b\n)", "(call f (tuple [a b]))"),
    ("if c\nthen a\nelse b", "(if c a b)"),
    ("if c then\n a\nelse\n b", "(if c a b)"),
    ("loop x = 1\nwhile c\ndo\n x", "(while x 1 c x)"),
    ("loop x = 1\nfor i in\n s do x", "(for x 1 i s x)"),
    *((f"a\n{op} b", f"({op} a b)") for op in "or and == != < <= > >= :: .. + * / @ ^".split()),
    ("a\n|> f\n|> g", "(call g (call f a))"),
    ("m\n.w", "(select m w)"),
    ("a\n- b", "a ; (- b)"),
    ("(a\n- b)", "(- a b)"),
    ("a\nnot b", "a ; (not b)"),
    ("f\n(x)", "f ; x"),
    ("f\n[x]", "f ; (array [x])"),
    ("f\n{x + 1}", "f ; (block [(+ x 1)])"),
    ("[\na\n,\nb\n]", "(array [a b])"),
    ("{\n\na\n\nb\n}", "(block [a b])"),
    ("{a: 1,\n b: 2\n}", "(record [a:1 b:2])"),
    ("{ ## remark\n a\n : 1\n , b: 2 +\n 3}", "(record [a:1 b:(+ 2 3)])"),
    ("{m\n with a: 1\n + 2,\n b\n : 3\n}", "(update m [a:(+ 1 2) b:3])"),
    ("{m with a: (1\n - 2), b: 1\n - 2}", "(update m [a:(- 1 2) b:(- 1 2)])"),
    ("f({\n a\n b\n})", "(call f (block [a b]))"),
    ("({ f\n(x) })", "(block [f x])"),
    ("match e { 1 => 2,\n _ => 3 }", "(match e [(arm 1 2) (arm _ 3)])"),
    (
        "match e {\n 1 =>\n 2\n\n (a, b) => 3\n {w} => 4\n -1 => 5\n}",
        "(match e [(arm 1 2) (arm (tuple [a b]) 3) (arm (record [w:w]) 4) (arm -1 5)])",
    ),
]


@pytest.mark.parametrize(("text", "tree"), NEW_LINES)
def test_new_lines(text: str, tree: str) -> None:
    assert show(program(text)) == tree


def test_documentation() -> None:
    text = """## not this

## The first line.
##   The second,
##
## and the last.
def f(x) = x

## Far away.

let a = 1  ## no remark
let b = 1
#### no remark
## Near.
let c = {
  ## Inside.
  def g(x) = x
  g
}
## Of no definition.
c
"""
    f, a, b, c, _ = program(text).statements
    assert isinstance(f, syntax.Def) and f.doc == "The first line.\n  The second,\n\nand the last."
    assert isinstance(a, syntax.Let) and a.doc == ""
    assert isinstance(b, syntax.Let) and b.doc == ""
    assert isinstance(c, syntax.Let) and c.doc == "Near."
    assert isinstance(c.value, syntax.Block)
    g = c.value.statements[0]
    assert isinstance(g, syntax.Def) and g.doc == "Inside." and g.span.text == "def g(x) = x"


# ── spans ────────────────────────────────────────────────────────────────────────────────────

SPANS = """ # remark
def f(x, y) = (1 + x) * -y
let {a, b: _} = {m with a: "t", b: nil}
xs |> fn x => x[1:, :].w()
[i for i in 1..3] ; if true then {} else loop (p) = () while c do match e { 1 => 2 }
"""
SPAN_TEXTS = """def f(x, y) = (1 + x) * -y|(x, y)|x|y|(1 + x) * -y|(1 + x)|1|x|-y|y
let {a, b: _} = {m with a: "t", b: nil}|{a, b: _}|a|a|b: _|_|{m with a: "t", b: nil}|m|a: "t"|"t"|b: nil|nil
xs |> fn x => x[1:, :].w()|fn x => x[1:, :].w()|x|x[1:, :].w()|x[1:, :].w|x[1:, :]|x|1:|1|:|()|xs
[i for i in 1..3]|i|i in 1..3|i|1..3|1|3
if true then {} else loop (p) = () while c do match e { 1 => 2 }|true|{}\
|loop (p) = () while c do match e { 1 => 2 }|(p)|()|c|match e { 1 => 2 }|e|1 => 2|1|2"""


def test_spans() -> None:
    tree = program(SPANS)
    assert tree.span.text == SPANS
    shown = ["|".join(node.span.text for node in preorder(statement)) for statement in tree.statements]
    assert "\n".join(shown) == SPAN_TEXTS


def test_spans_of_parts() -> None:
    f, call = program("def name(x) = x\n1 <= m.field").statements
    assert isinstance(f, syntax.Def) and f.name_span.text == "name"
    assert isinstance(call, syntax.Binary) and call.op_span.text == "<="
    assert isinstance(call.right, syntax.Select) and call.right.field_span.text == "field"


# ── depth and threads ────────────────────────────────────────────────────────────────────────

MANY = 100_000
DEEP = {
    "parentheses": "(" * MANY + "1" + ")" * MANY,
    "a sum": " + ".join(["x"] * MANY),
    "a list": "1 :: " * MANY + "nil",
    "a list pattern": "fn " + "x :: " * MANY + "nil => 1",
    "powers": "2 ^ -" * MANY + "1",
    "signs": "- " * MANY + "1",
    "blocks": "{\n" * MANY + "1" + "\n}" * MANY,
    "functions": "fn x => " * MANY + "x",
    "conditions": "if c then 1 else " * MANY + "0",
    "calls": "f(" * MANY + ")" * MANY,
    "calls of calls": "f" + "(1)" * MANY,
    "patterns": "fn " + "(" * MANY + "x" + ")" * MANY + " => x",
    "statements": "let x = 1\n" * MANY,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DEEP)
def test_depth_costs_no_stack(name: str) -> None:
    program(DEEP[name])


@pytest.mark.parametrize(
    "text", ["(" * 20_000, "1 :: " * 20_000 + ")", "fn x => " * 20_000, "{\n" * 20_000 + "]"]
)
def test_mistakes_deep_inside(text: str) -> None:
    with pytest.raises(errors.SyntaxError):
        program(text)


def test_threads_parse_their_own_sources() -> None:
    sources = [Source(f"{i}.adl", f"let x{i} = [{i}, {i}]\n" * 200) for i in range(8)]
    found: list[syntax.Program] = []
    threads = [threading.Thread(target=lambda s: found.append(parse(s)), args=(s,)) for s in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(sources)
    for tree in found:
        assert {node.span.source for node in preorder(tree)} == {tree.span.source}


# ── long texts ───────────────────────────────────────────────────────────────────────────────

LONG = {
    "plain": '"{}"'.format("a" * 200_000),
    "escapes": '"{}"'.format("\\n" * 100_000),
    "without its end": '"{}'.format("a" * 200_000),
    "escapes without an end": '"{}'.format("\\n" * 100_000),
}


@pytest.mark.parametrize("language", ["adl", "vlad"])
@pytest.mark.parametrize("kind", LONG)
def test_a_long_string_takes_memory_in_proportion(kind: str, language: str) -> None:
    """Reading it keeps no ways back, which no limit of memory would see."""
    session = Session(language=language)
    tracemalloc.start()
    try:
        with suppress(Error):
            session.parse(LONG[kind], "long")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60 * len(LONG[kind])
