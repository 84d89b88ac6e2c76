"""The parser: every form, what a new line means, precedence, spans, mistakes, depth, random texts."""

from __future__ import annotations

import dataclasses
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vlad_py import errors, resources, syntax, tables
from vlad_py.build import Build
from vlad_py.layout import Layout
from vlad_py.parse import parse
from vlad_py.source import Source
from vlad_py.syntax import Node


def program(text: str) -> syntax.Program:
    return parse(Source("test.adl", text))


def show(item: object) -> str:
    """A tree on one line, for small trees: operators in front, the rest by the name of the node."""
    match item:
        case syntax.Literal(value=float(number)):
            return f"{number:g}"
        case syntax.Literal(value=bool(truth)):
            return str(truth).lower()
        case syntax.Literal(value=value):
            return repr(value)
        case syntax.Name(id=name):
            return name
        case syntax.Wildcard():
            return "_"
        case syntax.Binary(op=op, left=left, right=right):
            return f"({op} {show(left)} {show(right)})"
        case syntax.Unary(op=op, operand=operand):
            return f"({op} {show(operand)})"
        case syntax.Field(name=name, value=value):
            return f"{name}:{show(value)}"
        case syntax.Program(statements=statements):
            return " ; ".join(map(show, statements))
        case tuple():
            return "[" + " ".join(map(show, item)) + "]"
        case Node():
            shown = [getattr(item, f.name) for f in dataclasses.fields(item) if "span" not in f.name]
            return "(" + " ".join([type(item).__name__.lower(), *map(show, shown)]) + ")"
        case None:
            return "-"
        case _:
            return str(item) or '""'


# what to read, what it is: many forms, and the rules that tell them apart
FORMS = """
# literals and names
3 | 3
2.5e10 | 2.5e+10
1e-3 | 0.001
1e999 | inf
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
[i ^ 2 for i in 1..3] | (comprehension (^ i 2) i (.. 1 3))
[x + y for (x, y) in ps] | (comprehension (+ x y) (tuple [x y]) ps)
# records and blocks
{} | (record [])
{w: 1, b: 2} | (record [w:1 b:2])
{m with b: 3} | (update m [b:3])
{{a: 1} with a: 2,} | (update (record [a:1]) [a:2])
{w} | (block [w])
{ let a = 1; a } | (block [(let a 1 "") a])
{ def f(x) = x; f } | (block [(def f x x "") f])
{ import } | error
# calls, indices, fields
f() | (call f (tuple []))
f(x) | (call f x)
f (x) | (call f x)
f(x, y) | (call f (tuple [x y]))
f((x, y)) | (call f (tuple [x y]))
f(x)(y) | (call (call f x) y)
a[i] | (index a [i])
a[i, j] | (index a [i j])
a[1:3] | (index a [(slice 1 3)])
a[:3, 1:, :] | (index a [(slice - 3) (slice 1 -) (slice - -)])
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
 | error
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


@pytest.mark.parametrize(("text", "tree"), [row for row in TABLE if row[1] != "error"])
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
    ("f\n{x}", "f ; (block [x])"),
    ("[\na\n,\nb\n]", "(array [a b])"),
    ("{\n\na\n\nb\n}", "(block [a b])"),
    ("{a: 1,\n b: 2\n}", "(record [a:1 b:2])"),
    ("{ ## remark\n a\n : 1\n , b: 2 +\n 3}", "(record [a:1 b:(+ 2 3)])"),
    ("{m\n with a: 1\n + 2,\n b\n : 3\n}", "(update m [a:(+ 1 2) b:3])"),
    ("{m with a: (1\n - 2), b: 1\n - 2}", "(update m [a:(- 1 2) b:(- 1 2)])"),
    ("f({\n a\n b\n})", "(call f (block [a b]))"),
    ("({ f\n(x) })", "(block [f x])"),
    ("match e {\n 1 => 2\n\n (a, b) => 3\n {w} => 4\n}", None),
    ("match e { 1 => 2,\n _ => 3 }", "(match e [(arm 1 2) (arm _ 3)])"),
    ("match e\n{\n _ =>\n 3\n}", None),
]


@pytest.mark.parametrize(("text", "tree"), [row for row in NEW_LINES if row[1] is not None])
def test_new_lines(text: str, tree: str) -> None:
    assert show(program(text)) == tree


def test_arms_on_lines() -> None:
    text = "match e {\n 1 => 2\n\n (a, b) => 3\n {w} => 4\n -1 => 5\n}"
    assert show(program(text)) == "(match e [(arm 1 2) (arm (tuple [a b]) 3) (arm (record [w:w]) 4) (arm -1 5)])"
