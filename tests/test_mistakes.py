"""Texts that do not parse: what is said, exactly where, and whether further lines could complete them."""

from __future__ import annotations

import pytest

from vlad_py.ground import errors
from vlad_py.ground.source import Source
from vlad_py.syntax.parse import parse


def mistake(text: str) -> errors.SyntaxError:
    with pytest.raises(errors.SyntaxError) as caught:
        parse(Source("test.adl", text))
    return caught.value


# the text, the offending part of it between « and »; a part of the message; a part of the hint;
# ⏎ is a new line, ⍽ a space that must not break
MISTAKES = r"""
«lambda» x: x ~ `lambda` is not a keyword ~ `fn x => …`
lambda(x, y)«:» x ~ expected a new line, got `:` ~ `fn (x, y) => …`
let f = «lambda»: 3 ~ `lambda` is not a keyword ~ `fn () => …`
function(x) «{» return x } ~ got `{` ~ `def f(x) = …`
{ «return» x } ~ `return` is not a keyword ~ its last expression
«var» x = 3 ~ `var` is not a keyword ~ `let x = …`
let «mut» x = 3 ~ `mut` is not a keyword ~ names never change
«class» A(x) { x } ~ `class` is not a keyword ~ `{a: 1, f: fn x => x}`
«case» x of 1 ~ `case` is not a keyword ~ `match e { pattern => value … }`
«raise» x ~ `raise` is not a keyword ~ `error("text")` ends the program
«throw» "x" ~ `throw` is not a keyword ~ `error("text")` ends the program
«try»: x ~ `try` is not a keyword ~ no exceptions
«using» parts ~ `using` is not a keyword ~ `import parts`, then `parts.name`
«lett» x = 3 ~ `lett` is not a keyword ~ did you mean `let`?
«dfe» f(x) = x ~ `dfe` is not a keyword ~ did you mean `def`?
«mtach» x { 1 => 2 } ~ `mtach` is not a keyword ~ did you mean `match`?
«improt» optimize ~ `improt` is not a keyword ~ did you mean `import`?
«:»trace f(2) ~ expected an expression, got `:` ~ a command of the REPL
let a = 1⏎⏎«:»trace f(a) ~ expected a statement, got `:` ~ Python has `vlad.trace`
x «**» 2 ~ `**` is not an operator ~ `x ^ y`
x «//» 2 ~ `//` is not an operator ~ `floor(a / b)`
x «mod» 2 ~ got `mod` ~ `mod(a, b)`
x «div» 2 ~ got `div` ~ `floor(a / b)`
x «is» 2 ~ got `is` ~ write `==`
x «in» xs ~ got `in` ~ `any(fn y => y == x, xs)`
if x «in» xs then 1 else 2 ~ got `in` ~ `any(fn y => y == x, xs)`
x «not» in xs ~ got `not` ~ `any(fn y => y == x, xs)`
f(x) «where» x = 3 ~ got `where` ~ bind the names above
x+«+» ~ got `+` ~ names never change, so write `x + 1`
xs +«+» ys ~ got `+` ~ `concat(xs, ys)`
x .«^» 2 ~ expected a name, got `^` ~ operators need no dot
[«for» i in 0..3 do i] ~ got `for` ~ `[f(i) for i in 0..n]`
let a = [«for» x in xs: x] ~ got `for` ~ `[f(i) for i in 0..n]`
«/»* remark */ ~ expected an expression ~ a comment begins with `#`
5«!» ~ `!` is not an operator ~ `prod(1..n)`
«|»x| ~ `|` is not an operator ~ `abs(x)`
let x = 1; «|»x| ~ `|` is not an operator ~ `abs(x)`
2 «|»x| ~ `|` is not an operator ~ `abs(x)`
let y = 3 «print»(y) ~ got `print` ~ `let y = 3; print(y)`
let y = x «print»(y) ~ got `print` ~ `let y = 3; print(y)`
m.a «=» 2 ~ got `=` ~ `{m with a: 2}`
{ m.a.b «=» 2; m } ~ got `=` ~ `{m with b: 2}`
if c then⏎ print(1)«»⏎ print(2)⏎else print(3) ~ expected `else` ~ `if c then { a; b } else { d; e }`
[[1, 2], [3, 4]]«'» ~ got `'` ~ `transpose(a)`
def f(a «b») = a ~ got `b` ~ put commas between parameters: `(a, b)`
fn (x, a «b») => a ~ got `b` ~ put commas between parameters: `(a, b)`
{«..».m, a: 3} ~ got `..` ~ `{m with b: 3}`
{«**»m, a: 3} ~ `**` is not an operator ~ `{m with b: 3}`
[1«;» 2] ~ got `;` ~ a matrix has rows: `[[1, 2], [3, 4]]`
«@»jit⏎def f(x) = x ~ got `@` ~ no decorators
loop a = 0«,» b = 1 while c do a ~ got `,` ~ `loop (a, b) = (0, 1) while c do (b, a + b)`
x «%» 2 ~ `%` is not an operator ~ `mod(a, b)`
«!»x ~ `!` is not an operator ~ `not x`
a «&&» b ~ `&&` is not an operator ~ `and`
a «||» b ~ `||` is not an operator ~ `or`
a «<>» b ~ `<>` is not an operator ~ `!=`
x «:=» 3 ~ `:=` is not an operator ~ `let x = …`
x «+=» 3 ~ `+=` is not an operator ~ names never change
x «=» 3 ~ expected a new line, got `=` ~ `let x = …`
if x «=» 1 then 2 else 3 ~ expected `then`, got `=` ~ `==`
let x «==» 3 ~ expected `=`, got `==` ~ write `=`
let x = 1 «in» x ~ got `in` ~ `{ let x = 1; x + 1 }`
let f«(»x) = 3 ~ expected `=` ~ `def f(x) = …`
let x«,» y = 3 ~ expected `=` ~ `(x, y)`
let x«:» real = 3 ~ expected `=` ~ type declarations
let «if» = 1 ~ expected a pattern, got `if` ~ `if` is a keyword
def «in»(x) = x ~ expected a name, got `in` ~ `in` is a keyword
let 3«x» = 1 ~ expected `=`, got `x` ~ begins with a letter
f(x) «=» 3 ~ got `=` ~ `def f(x) = …`
f(x «=» 3) ~ expected `,` or `)` ~ without names; to compare, write `==`
print(1 «=» 1) ~ expected `,` or `)`, got `=` ~ to compare, write `==`
let «rec» f(x) = x ~ `rec` is not a keyword ~ `def f(x) = …`, which may call itself
print(f«"{x}"») ~ expected `,` or `)` ~ `print("x =", x)`
«fun» f(x) = x ~ `fun` is not a keyword ~ define a function with `def f(x) = …`
«function» f(x) { x } ~ `function` is not a keyword ~ define a function with `def f(x) = …`
fn f«(»x) = x ~ expected `=>`, got `(` ~ define a function with `def f(x) = …`
def f(x) =⏎ «let» y = x⏎ y ~ expected an expression, got `let` ~ `def f(x) = { … }`
let z =⏎ «let» y = 1⏎ y ~ expected an expression, got `let` ~ `let x = { … }`
fn x => «let» y = x ~ expected an expression, got `let` ~ `fn x => { … }`
def x «=» 3 ~ expected `(`, got `=` ~ `let x = …`
def f «x» = 3 ~ expected `(`, got `x` ~ `def f(x) = …`
def f(x)«:» x ~ expected `=`, got `:` ~ `def f(x) = …`
def f(x) «{» x } ~ expected `=`, got `{` ~ `def f(x) = …`
f «x» ~ got `x` ~ `f(x)`
print «"hello"» ~ got `"hello"` ~ `print("hello")`
2«x» ~ got `x` ~ `2 * x`
sin(x) «cos»(x) ~ expected a new line, got `cos` ~ a product is written `a * b`
x «->» x ^ 2 ~ `->` is not an operator ~ a function is written `fn x => …`
match x { 1 «->» x } ~ `->` is not an operator ~ write `=>`
fn x «->» x ~ `->` is not an operator ~ write `=>`
fn x«:» x ~ expected `=>` ~ `fn x => …`
fn x«,» y => x ~ expected `=>` ~ `(x, y)`
fn x «y» => x ~ expected `=>` ~ `fn (x, y) => …`
map(x «=>» x, xs) ~ got `=>` ~ `fn x => …`
if a then 1 «elif» b then 2 else 3 ~ expected `else` ~ `else if`
if a then 1«»⏎elif b then 2 else 3 ~ expected `else`, got the end of the line ~ `else if`
if (c) «{» 1 } else { 2 } ~ expected `then`, got `{` ~ `if c then a else b`
if c«:» 1 ~ expected `then` ~ `if c then a else b`
if c then 1«»⏎print(x) ~ expected `else`, got the end of the line ~ always has an `else`
a «if» c else b ~ got `if` ~ `if c then a else b`
loop x = 1 while c «x» ~ expected `do` ~ `loop x = 1 while c do next`
loop x = 1 «do» x ~ expected `while` or `for` ~ `loop x = 1
«while» c do x ~ expected an expression, got `while` ~ `loop x = 1
let y = 1⏎«for» i in 1..3 do i ~ expected a statement, got `for` ~ `loop x = 1
[x for x in xs «if» x > 1] ~ expected `]` ~ `[e for x in filter(fn x => c, xs)]`
sum(x «for» x in xs) ~ got `for` ~ `[e for x in xs]`, or `map(fn x => e, xs)`
[x for x«]» ~ expected `in` ~ `[e for x in xs]`
match x «with»⏎ | 1 => 2 ~ expected `{` ~ `match e { pattern => value … }`
match x«»⏎{ 1 => 2 } ~ expected `{`, got the end of the line ~ one arm per line
match x { «|» 1 => 2 } ~ `|` is not an operator ~ one arm per line
match x { 1«:» 2 } ~ expected `=>` ~ one arm per line
match x «{»} ~ expected `{`, got a record ~ at least one arm
1 + «let» x = 2 ~ expected an expression ~ `{ let x = 1; x + 1 }`
{ «import» a } ~ expected an expression ~ outside all braces
import parts«/»x.adl ~ got `/` ~ in quotes: `import "parts/file.adl"`
import x«.»adl ~ got `.` ~ in quotes
import optimize«.»minimize ~ got `.` ~ `optimize.name`
import a«,» b ~ got `,` ~ a separate `import`
import «3» ~ expected a name or a string ~ `import name`
{ «let a = 1» } ~ a block ends with an expression ~ `a`
r[«"w"»] ~ an index must be a real, got a string ~ `r.w`
f(x)[«"w"»] ~ an index must be a real, got a string ~ `….w`
a[«"a b"»] ~ an index must be a real, got a string ~
m.«_» ~ expected a name ~ `_` is not a name
«'text'» ~ expected an expression ~ `"text"`
«“»text” ~ unexpected character `“` ~ straight double quotes
a «−» 1 ~ unexpected character `−` ~ the minus sign is `-`
«$»a ~ unexpected character `$` ~
f «$» 1 ~ unexpected character `$` ~ a call is written `f(x)`
a «⍽»b ~ unexpected character U+00A0 ~ space
«0x10» ~ `0x10` is not a number ~ `12`
«1_000» ~ `1_000` is not a number ~ `12`
«.5» ~ `.5` is not a number ~ `0.5`
1 + «5.» + 2 ~ `5.` is not a number ~ `0.5`
t«.0» ~ got `.0` ~ `t[0]`
«5.sin» ~ a number has no fields ~
a < b «<» c ~ comparisons do not chain ~ `a < b and b < c`
a == b «<» c ~ comparisons do not chain ~ `a == b and b < c`
1 == 1 «==» 1 ~ comparisons do not chain ~ `a == b and b == c`
a..b«..»c ~ ranges do not chain ~ `first..last`
1 + «not» a ~ `not` binds more loosely than `+` ~ `(not …)`
fold(«+», 0, xs) ~ expected an expression, got `+` ~ `(+)`
fold(-«,» 0, xs) ~ expected an expression, got `,` ~ `(-)`
map((+ «1»), xs) ~ expected `)`, got `1` ~ `fn x => x + …`
f(x«:» 3) ~ expected `,` or `)` ~ without names
a[1:2:3«:»4] ~ expected `,` or `]` ~ a[start:stop:step]
a[1::2«:»:3] ~ expected `,` or `]` ~ a[start:stop:step]
[x «|» x] ~ `|` is not an operator ~ `[e for x in xs]`
c «?» a : b ~ unexpected character `?` ~ `if c then a else b`
«from» a import b ~ `from` is not a keyword ~ `import a`, then `a.name`
(1,«)» ~ expected an expression ~ one component
let f = function(x) «{» return x } ~ got `{` ~ `fn x => …`
map(function(x) «x», xs) ~ got `x` ~ `fn x => …`
map(lambda(x) «x», xs) ~ got `x` ~ `fn x => …`
f «x» = x + 1 ~ got `x` ~ `def f(x) = …`, a value `let x = …`
float «x» = 1 ~ got `x` ~ a value `let x = …`
g :: real «->» real ~ `->` is not an operator ~ no type declarations
"x = %d" «%» 3 ~ `%` is not an operator ~ `join("x = ", x)`
«%» a remark ~ `%` is not an operator ~ a comment begins with `#`
let x = 1⏎«%» a remark ~ `%` is not an operator ~ a comment begins with `#`
"a" +«+» b ~ got `+` ~ `join("x = ", x)`
a +«+» "b" ~ got `+` ~ `join("x = ", x)`
println«!»("x") ~ `!` is not an operator ~ write `println(…)`
let x = 1⏎«|»x| ~ `|` is not an operator ~ the absolute value is `abs(x)`
map(«|»x| x, xs) ~ `|` is not an operator ~ `fn x => …`
let f = «|»x| x ~ `|` is not an operator ~ `fn x => …`
{m «|» a = 2} ~ `|` is not an operator ~ `{m with b: 3}`
{m with a «=» 2} ~ got `=` ~ `{m with b: 3}`
match x { 1 «|» 2 => 3 } ~ `|` is not an operator ~ an arm for each
match x { y «if» y > 1 => 3 } ~ expected `=>`, got `if` ~ an arm has no condition
match x { y «when» y > 1 => 3 } ~ expected `=>`, got `when` ~ an arm has no condition
match xs «{» x:rest => x } ~ expected `{`, got a record ~ `x :: rest`
let (a, «*»b) = t ~ expected a pattern, got `*` ~ `a :: rest`
let [a, «..».b] = t ~ expected a pattern, got `..` ~ `a :: rest`
let x = 1«,» y = 2 ~ got `,` ~ each statement on a line of its own
{ let x = 1«,»⏎ x } ~ got `,` ~ each statement on a line of its own
let f = fn x => (⏎ «let» y = x⏎ y⏎) ~ expected an expression, got `let` ~ write a block in braces
«begin» let x = 1; x end ~ `begin` is not a keyword ~ write a block in braces
loop «for» i in 1..3 do i ~ expected a pattern, got `for` ~ `loop x = 1 while c do next`
a «\» b ~ unexpected character `\` ~ `solve(a, b)`
a «`»mod` b ~ unexpected character ~ `mod(a, b)`
f >«>» g ~ got `>` ~ `fn x => f(g(x))`
let f = «@»jit fn x => x ~ got `@` ~ no decorators
1.0«f0» ~ got `f0` ~ `0.5`
import jax«.»numpy ~ got `.` ~ need no import
""«" text "»"" ~ got `" text "` ~ begin with `##`
(* «a» remark *) ~ expected `)`, got `a` ~ a comment begins with `#`
(* «x» y) ~ expected `)`, got `x` ~ `fn x => x * …`
-- a «remark» ~ got `remark` ~ a comment begins with `#`
{- remark -«}» ~ expected an expression, got `}` ~ a comment begins with `#`
{x + 1«,» y} ~ got `,` ~ `{a: 1, b: 2}`
«{x}» ~ `{x}` is neither a block nor a record ~ write `x` without braces, or `{x,}`
«9007199254740993» ~ `9007199254740993` is not a double; the nearest one is `9007199254740992` ~ a fraction
fn «123456789012345678901234567890» => 1 ~ `123456789012345678901234567890` is not a double ~ 16 digits
{"a"«:» 1} ~ got `:` ~ `{a: 1, b: 2}`
{a: 1«;» b: 2} ~ got `;` ~ `{a: 1, b: 2}`
{a: 1⏎ «b»: 2} ~ expected `,` or `}` ~ commas
let x = {a: 1, «a»: 2} ~ `a` is given twice ~
(f⏎«(»x)) ~ expected `,` or `)` ~ on the same line as its function
[1, 2«)» ~ expected `]`, got `)` ~ the `[` at line 1, column 1 is not closed
print(sin(3)⏎«print»(4) ~ expected `,` or `)`, got `print` ~ the `(` at line 1, column 6 is not closed; or
let a = [1, 2⏎«print»(a) ~ expected `,` or `]`, got `print` ~ the `[` at line 1, column 9 is not closed; or
{⏎ (1, 2«}» ~ expected `,` or `)`, got `}` ~ the `(` at line 2, column 2 is not closed
1«)» ~ `)` closes nothing ~ no bracket is open
def f(x) = x +⏎⏎«def» g(x) = 2 ~ expected an expression, got `def` ~ nothing follows the `+` above
x *⏎«let» y = 1 ~ expected an expression, got `let` ~ nothing follows the `*` above
let x = «;» y ~ expected an expression, got `;` ~
«"abc»⏎d" ~ this string has no end ~ on the same line
"a«\q»b" ~ `\q` is not an escape ~ the escapes are
"«\u{110000}»" ~ not an escape ~ the escapes are
"«\ud800»" ~ not an escape ~ the escapes are
"""


@pytest.mark.parametrize("row", MISTAKES.strip().splitlines())
def test_mistakes(row: str) -> None:
    text, message, hint = (part.strip() for part in row.split("~"))
    text = text.replace("⏎", "\n").replace("⍽", "\u00a0")
    start, end = text.index("«"), text.index("»") - 1
    error = mistake(text.replace("«", "").replace("»", ""))
    assert error.span is not None
    assert (error.span.start, error.span.end) == (start, end)
    assert message in error.message
    assert hint in error.hint and bool(hint) == bool(error.hint)
    assert not error.incomplete


INCOMPLETE = r"""
1 +
a -
not
x |>
f(
f(x,
(1, 2
[1,⏎
[x for
{
{ let a = 1
{⏎ a⏎
{a: 1,
{m with
let
let x
let x =
def f(x) =⏎
fn x =>
if c
if c then 1
if c then 1⏎else
loop x = 1
loop x = 1 while c do
match e
match e {
match e { 1 =>⏎
import
m.
"""


@pytest.mark.parametrize("text", INCOMPLETE.strip().splitlines())
def test_incomplete(text: str) -> None:
    text = text.replace("⏎", "\n")
    error = mistake(text)
    assert error.incomplete
    assert error.span is not None and error.span.end == len(text.rstrip())


@pytest.mark.parametrize(
    "text",
    [
        "1 2",
        "f(]",
        "(1]",
        ")",
        '"text',
        'f("text',
        '"text\\',
        '"text\n',
        "{ let a = 1 }",
        "let x = ;",
        "5.",
        "(a b",
    ],
)
def test_beyond_completion(text: str) -> None:
    assert not mistake(text).incomplete


def test_unclosed_brackets_are_named() -> None:
    assert mistake("f(1) + (2 *\n [3").hint == "the `[` at line 2, column 2 is not closed"
    assert mistake("f(1) + (2 *\n [3]").hint == "the `(` at line 1, column 8 is not closed"


def test_end_of_text_is_where_its_last_token_ends() -> None:
    error = mistake("let x = 1 +  # and?\n\n")
    assert error.span is not None and (error.span.start, error.span.end) == (11, 11)
    assert error.message == "expected an expression, got the end of the text"
