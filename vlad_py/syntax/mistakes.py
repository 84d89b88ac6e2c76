"""The mistakes in texts that do not parse: a table of what stands where, and what to write instead."""

from __future__ import annotations

from dataclasses import dataclass

OPERATORS = "OR AND NOT COMPARE CONS RANGE PLUS MINUS TIMES POWER"
KEYWORDS = "_AS _THEN _ELSE _WHILE _FOR _IN _DO _WITH LET DEF FN IF MATCH LOOP IMPORT"
KEYWORDS += " OR AND NOT TRUE FALSE NIL"
RESULTS = "PAREN_END BRACKET_END"
VALUES = f"NAME NUMBER STRING TRUE FALSE NIL {RESULTS} BRACE_END"
ATOMS = "NAME NUMBER STRING TRUE FALSE NIL"
COMPOUNDS = "PAREN BRACKET BRACE RECORD FN IF LOOP MATCH NOT"
STARTS = f"{ATOMS} {COMPOUNDS}"
ENDS = f"NONE _SEPARATOR _COMMA {RESULTS} BRACE_END"  # of an expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A row of the table: the hint is right where all its conditions hold.

    Tokens are named by type (upper case) or by text; NONE means that there is no token. `$before` and
    `$token` in a hint stand for the texts of these tokens, and `$result` for the call or the index that ends
    with the token before. A row about a character that the language does not use must name it as `token`.
    """

    hint: str
    earlier: str = ""  # the token before `before`
    before: str = ""  # the token before the one that does not fit
    token: str = ""  # the one that does not fit
    after: str = ""  # the one after it
    statement: str = ""  # the first one of the statement
    inside: str = ""  # the innermost open bracket; PARAMETERS is that of a function's definition
    into: str = ""  # the name of the function whose call that bracket opens
    wanted: str = ""  # one of these was possible there; see `_wanted`
    called: str = ""  # the name of the function whose call ends with the token before
    gap: str = " "  # between `before` and `token`: "" is nothing, "\n" a new line, " " anything
    word: bool = False  # whether the word before is the mistake, and is underlined
    instead: str = ""  # what in place of the mistake alone follows the hint


IF = "an `if` is written `if c then a else b`"
LOOP = "a loop carries a state: `loop x = 1 while c do next` or `loop x = 1 for i in 1..n do next`"
LET = "put a `let` or `def` on its own line in a file or a block: `{ let x = 1; x + 1 }`"
FN = "a function is written `fn x => …` or `fn (x, y) => …`"
DEF = "define a function with `def f(x) = …`"
BIND_BY = "bind a name with `let x = …`"
BIND = f"{BIND_BY}; it never changes; to compare, write `==`"
NO_DEFAULT = "parameters have no default values; a second function gives one: `def g(x) = f(x, 2)`"
MANY = "a function has a fixed number of parameters; one of them may be a list: `f(list(a, b))`"
NO_TYPE = "parameters have no types: write `$before` alone"
PLACE = "pass arguments by position"
AXIS = "an axis is a field: `sum(a, {axis: 0})`, and `{axis: 0, keepdims: true}` keeps it with the size 1"
RECORD = "a record is written `{a: 1, b: 2}`"
MATCH = "a match is written `match e { pattern => value … }`, one arm per line"
NUMBER = "numbers are written like `12`, `0.5` and `1e-3`"
JOIN = '`join("x = ", x)` makes one string of several values, `print("x =", x)` writes them'
FORMAT = '`print("x =", x)` writes text and values; a call is written `$before("…")`'
QUOTES = 'put the path of a file in quotes: `import "parts/file.adl"`'
IS_MEMBER = "`any(fn y => y == x, xs)` says whether `x` is in `xs`"
BODY_FIRST = "a comprehension begins with its element: `[f(i) for i in 0..n]`"
CHOSEN = "a comprehension has no `$token`: write `[e for x in filter(fn x => c, xs)]`"
EFFECT = f"to do something for each, write `loop _ = () for x in xs do print(x)`; {LOOP}"
CHANGES = "names never change: carry a changing value in a loop, `loop x = 1 …`"
CONCAT = "`concat(a, b)` joins two arrays or two lists, `join(a, b)` two strings"
JOINED = "join lists with `concat(xs, ys)`; names never change, so write `x + 1`"
NO_IMPORT = "built-in functions such as `sin` need no import"
TOOLS = "math numpy scipy jax torch matplotlib"  # that people import
MODULE = "write `import $token`, then `$token.name`"
FROM = "write `import $before`, then `$before.name`"
OBJECT = "a record holds values and functions: `{a: 1, f: fn x => x}`"
BRACES = "put a body of several statements in braces:"
TWO = "put two statements on two lines; a product is written `a * b`"
STATEMENTS = "put each statement on a line of its own, or `;` between them: `let y = 3; print(y)`"
UPDATE = "a record never changes; `{m with $before: 2}` is a new one"
MANY_STATES = "a state of several values is a tuple: `loop (a, b) = (0, 1) while c do (b, a + b)`"
FACTORIAL = "the factorial of n is `prod(1..n)`; `gamma(n + 1)` takes all reals"
TRANSPOSE = "the transpose of a matrix is `transpose(a)`; a string is written in double quotes"
MATRIX = "separate components with commas; a matrix has rows: `[[1, 2], [3, 4]]`"
PARAMETERS = "put commas between parameters: `($before, $token)`"
DECORATOR = "functions have no decorators; `vlad --native FILE` runs machine code"
FAIL = 'ADL has no exceptions; `error("text")` ends the program'
ELSE = "an `if` always has an `else`: `if c then a else b`"
SEVERAL = f"{ELSE}; braces make several statements one: `if c then {{ a; b }} else {{ d; e }}`"
CALL = "a call is written `$before($token)`"
CALL_OF_MORE = "a call needs parentheses: `$before(…)`"
CALL_OF_RESULT = "a call is written `$result($token)`, a product `$result * $token`"
COMMAND = (
    "a line that begins with `:` is a command of the REPL, which `vlad` alone starts; "
    "Python has `vlad.trace`, `vlad.count` and `vlad.compare`"
)
RANGED = "a range is written `first..last`, as in `1..10`"
COMPLEX = "there are no complex numbers: a pair holds the real and the imaginary part, as for `fft(x, y)`"
NOTHING = Mistake(hint="")
COMMA = "separate components with commas"
OPERAND = "write a function of one operand as `fn x => x $before …`"
COMMENT = "a comment begins with `#`"
DOCUMENTED = "lines that begin with `##`, above a `def`, are its documentation"
DEFINED = "a function is written `def $before($token) = …`, a value `let $token = …`"
UPDATED = "update a record with `{m with b: 3}`"
ABSOLUTE = "the absolute value is `abs(x)`"
BLOCK = "write a block in braces: `{ let x = 1; x + 1 }`"
COMPOSED = "two functions are composed by `fn x => f(g(x))`"
ARM = "a pattern has no `or`: write an arm for each, as `1 => a` and `2 => a`"
GUARD = "an arm has no condition: put an `if` into its value, `x => if c then a else b`"
APART = "write a tuple in parentheses: `(x, y)`; put each statement on a line of its own"
SOLVED = f"`solve(a, b)` is the x with a @ x == b; {FN}"
ARGUMENT = "differentiate a function of that argument alone: `gradient(fn x => f(x, y))(x)`"
EACH = "write `[e for x in xs]`"
PAIRS = f"{EACH}; several values are a tuple: `[(x, y) for x in xs]`"
SECOND = "a second sequence has a `for` of its own: `[e for x in xs for y in ys]`"
NAMED = "the program names the fields of a record; `[(x, y) for x in xs]` is a list of pairs"
NEXT = "after `do` stands the next state alone, without `$before =`"
SPREAD = "a tuple is the arguments of a call: `f(t)` calls `def f(x, y)` with the components of t"
SPREAD_RECORD = "pass a record as it is, to a function such as `fn {a, b} => …`"
CURRIED = "a function that returns one is `def f(x) = fn y => …`, one of two arguments `def f(x, y) = …`"
CALLS = (CALL, CALL_OF_MORE, DEFINED)

# the first row that holds counts, so special rows come before general ones
MISTAKES = (
    # words of other languages
    Mistake(
        before="function func fun define defn", token="NAME", after="CALL", hint=DEF, word=True, instead="def"
    ),
    Mistake(before="rec", token="NAME", statement="LET", hint=f"{DEF}, which may call itself", word=True),
    Mistake(before="mut", token="NAME", statement="LET", hint=CHANGES, word=True),
    Mistake(token="TIMES **", wanted="PATTERN", inside="PARAMETERS", hint=MANY),
    Mistake(
        token="TIMES RANGE",
        wanted="PATTERN",
        hint="the rest of a list is `a :: rest` in a pattern; that of a tuple or an array is `t[1:]`",
    ),
    Mistake(before="f F", token="STRING", gap="", hint=FORMAT),
    Mistake(before="lambda λ function func fun", token=STARTS, hint=FN, word=True),
    Mistake(before="lambda", token="COLON", hint="a function is written `fn () => …`", word=True),
    Mistake(before="return", token=STARTS, hint="a block's value is its last expression", word=True),
    Mistake(before="var val const global local", token="NAME", hint=BIND_BY, word=True, instead="let"),
    Mistake(before="from", token=TOOLS, hint=NO_IMPORT, word=True),
    Mistake(before="from", token="NAME STRING", hint=MODULE, word=True),
    Mistake(before="using open require include", token="NAME STRING", hint=MODULE, word=True),
    Mistake(before="class struct type", token="NAME", hint=OBJECT, word=True),
    Mistake(before="case switch", token=STARTS, hint=MATCH, word=True),
    Mistake(before="elif elsif elseif", token=STARTS, hint="write `else if`", word=True, instead="else if"),
    Mistake(before="try", token=f"{STARTS} COLON", hint="ADL has no exceptions", word=True),
    Mistake(before="raise throw", token=STARTS, hint=FAIL, word=True),
    Mistake(token="print error", before=VALUES, wanted="_SEPARATOR", hint=STATEMENTS),
    Mistake(token="BRACE", statement="function func fun", hint=DEF),
    Mistake(token=STARTS, before="PAREN_END", called="function func fun lambda", hint=FN),
    Mistake(token="COLON", statement="lambda", hint=FN),
    Mistake(token="elif elsif elseif", hint="write `else if`", instead="else if"),
    Mistake(token="_SEPARATOR", after="elif elsif elseif", hint="write `else if`"),
    Mistake(before="dx dy dt", token=STARTS, hint="a derivative is written `derivative(f)(x)`"),
    Mistake(token="LET DEF", before="begin", hint=BLOCK, word=True),
    Mistake(token="IF when where", wanted="_ARROW", inside="BRACE", hint=GUARD),
    Mistake(token="mod rem", before=VALUES, hint="write `mod(a, b)`"),
    Mistake(token="div", before=VALUES, hint="write `floor(a / b)`"),
    Mistake(token="is", before=VALUES, hint="write `==`", instead="=="),
    Mistake(token="where when", before=VALUES, inside="BRACKET", hint=CHOSEN),
    Mistake(token="where", before=VALUES, after="NAME", hint="bind the names above, with `let x = …`"),
    Mistake(token="NOT", before=VALUES, after="_IN", hint=IS_MEMBER),
    # operators of other languages
    Mistake(token="** RANGE", before="BRACE", hint=UPDATED),
    Mistake(token="@", before="NONE _SEPARATOR _BIND", hint=DECORATOR),
    Mistake(token="**", before="CALL _COMMA", wanted="EXPRESSION", inside="CALL", hint=SPREAD_RECORD),
    Mistake(
        token="TIMES",
        before="CALL _COMMA",
        after="NAME PAREN RECORD BRACKET",
        wanted="EXPRESSION",
        inside="CALL",
        hint=SPREAD,
    ),
    Mistake(token="**", hint="a power is written `x ^ y`", instead="^"),
    Mistake(token="//", hint=f"write `floor(a / b)`; {COMMENT}"),
    Mistake(token="%", before="STRING", hint=JOIN),
    Mistake(token="%", before="NONE", hint=COMMENT),
    Mistake(token="%", gap="\n", hint=COMMENT),
    Mistake(token="%", hint="write `mod(a, b)`"),
    Mistake(token="!", before="NAME", after="CALL PAREN", gap="", hint=f"write `$before(…)`; {FACTORIAL}"),
    Mistake(token="!", before="NAME NUMBER PAREN_END", gap="", hint=FACTORIAL),
    Mistake(token="!", hint="write `not x`", instead="not "),
    Mistake(token="&& &", hint="write `and`", instead="and"),
    Mistake(token="|", inside="BRACKET", hint=EACH),
    Mistake(token="|", before="BRACE _SEPARATOR", inside="BRACE", hint=MATCH),
    Mistake(token="|", inside="BRACE", wanted="_ARROW", hint=ARM),
    Mistake(token="|", inside="BRACE", earlier="BRACE", before="NAME", hint=f"{UPDATED}; or write `or`"),
    Mistake(token="|", wanted="EXPRESSION", before="_BIND CALL", hint=f"{ABSOLUTE}; {FN}"),
    Mistake(token="|", wanted="EXPRESSION", hint=ABSOLUTE),
    Mistake(token="|", inside="NONE", gap="\n", hint=ABSOLUTE),
    Mistake(token="|", hint=f"write `or`; {ABSOLUTE}", instead="or"),
    Mistake(token="||", hint="write `or`", instead="or"),
    Mistake(token="<>", before="STRING", after="STRING", hint=JOIN),
    Mistake(token="<>", hint="write `!=`", instead="!="),
    Mistake(token="->", statement="DEF", hint=DEF),
    Mistake(token="->", earlier="CONS", hint="ADL has no type declarations"),
    Mistake(token="->", wanted="_ARROW", hint="write `=>`", instead="=>"),
    Mistake(token="->", hint=FN),
    Mistake(token=":=", statement="DEF", wanted="_BIND", hint=DEF, instead="="),
    Mistake(token=":=", hint=BIND_BY),
    Mistake(token="/=", inside="CALL PAREN", hint="write `!=`", instead="!="),
    Mistake(token="/=", wanted="_THEN _DO", hint="write `!=`", instead="!="),
    Mistake(token="+= -= *= /=", hint=CHANGES),
    Mistake(token="+", before="+", earlier="STRING", gap="", hint=JOIN),
    Mistake(token="+", before="+", after="STRING", gap="", hint=JOIN),
    Mistake(token="+", before="+", after=f"{STARTS} CALL", inside="CALL PAREN BRACKET", gap="", hint=CONCAT),
    Mistake(token="+", before="+", earlier=RESULTS, after=f"{STARTS} CALL", gap="", hint=CONCAT),
    Mistake(token="+", before="+", gap="", hint=JOINED),
    Mistake(token="COMPARE", before=">", gap="", hint=COMPOSED),
    Mistake(token="\\", before=VALUES, hint=SOLVED),
    Mistake(token="`", before=VALUES, hint="a function of two arguments is called as in `mod(a, b)`"),
    Mistake(token="$", before=VALUES, hint="a call is written `f(x)`"),
    Mistake(token="CALL PAREN", before=".", hint="functions of reals take whole arrays: `f(xs)`"),
    Mistake(token=".", before="RANGE", hint=RANGED),
    Mistake(token="RANGE", inside="INDEX", before="INDEX", hint="`:` takes a whole dimension: `a[:, 0]`"),
    Mistake(token=OPERATORS, before=".", hint="operators need no dot: `a $token b`"),
    Mistake(token="TIMES", after="TIMES", wanted="EXPRESSION", hint=COMMENT),
    Mistake(token="BRACE_END", before="MINUS", hint=COMMENT),
    Mistake(token="NAME", earlier="PAREN", before="TIMES", after="NAME TIMES", hint=f"{OPERAND}; {COMMENT}"),
    Mistake(
        token=STARTS,
        earlier="MINUS",
        before="NAME",
        statement="MINUS",
        hint=f"a call is written `$before(…)`; {COMMENT}",
    ),
    Mistake(token="STRING", before="STRING", gap="", hint=DOCUMENTED),
    Mistake(token="FOREIGN", before=RESULTS, gap="", hint=TRANSPOSE),
    Mistake(token="FOREIGN", hint='write a string in double quotes: `"text"`'),
    # numbers
    Mistake(
        token="ODD_NUMBER",
        before="NAME PAREN_END",
        gap="",
        hint="put the index of a component in brackets: `t[0]`",
    ),
    Mistake(token="ODD_NUMBER", hint=NUMBER),
    Mistake(token="f0", before="NUMBER", gap="", hint=NUMBER),
    Mistake(token="j im", before="NUMBER", gap="", hint=COMPLEX),
    Mistake(token="NAME", before="NUMBER", gap="", wanted="_BIND", hint="a name begins with a letter"),
    Mistake(token="NAME PAREN", before="NUMBER", gap="", hint="a product is written `$before * $token`"),
    # binding
    Mistake(token="_BIND", wanted="_ARROW", hint="write `=>`, as in `fn x => x`", instead="=>"),
    Mistake(token="_BIND", statement="DEF", wanted="PARAMETERS", hint="bind a value with `let $before = …`"),
    Mistake(token="_BIND", statement="NAME", before="PAREN_END", hint=DEF),
    Mistake(token="_BIND", inside="PARAMETERS", before="NAME", hint=NO_DEFAULT),
    Mistake(token="COLON", inside="PARAMETERS", before="NAME", hint=NO_TYPE),
    Mistake(token="_BIND", wanted="_THEN _DO", hint="to compare, write `==`", instead="=="),
    Mistake(token="_BIND COLON", inside="CALL BRACE", before="axis axes dim keepdims keepdim", hint=AXIS),
    Mistake(token="_BIND", inside="CALL", before="argnums argnum", hint=ARGUMENT),
    Mistake(token="_BIND", inside="CALL", into="_replace replace", before="NAME", hint=UPDATE),
    Mistake(
        token="_BIND", inside="CALL", before="NAME", hint=f"{PLACE}, without names; to compare, write `==`"
    ),
    Mistake(token="_BIND", inside="CALL", hint="to compare, write `==`", instead="=="),
    Mistake(token="COLON", wanted="_THEN _ELSE", hint=IF),
    Mistake(token="COLON", before="_THEN _ELSE", hint=IF),
    Mistake(token="COLON", before="NUMBER", inside="CALL PAREN BRACKET", hint=RANGED),
    Mistake(token="COLON", before="NUMBER", inside="NONE", wanted="_SEPARATOR", gap="", hint=RANGED),
    Mistake(token="COLON", before="NAME", inside="BRACKET", hint=RANGED),
    Mistake(token="COLON", inside="CALL", hint=f"{PLACE}, without names or types"),
    Mistake(token="_BIND", earlier=".", statement="NAME", inside="NONE BRACE", hint=UPDATE),
    Mistake(token="_BIND", earlier="_WITH", hint=UPDATED, instead=":"),
    Mistake(token="_BIND", inside="RECORD", hint=RECORD, instead=":"),
    Mistake(
        token="_BIND",
        statement="NAME",
        before="BRACKET_END",
        hint="values never change; `[if i == 0 then x else a[i] for i in 0..length(a) - 1]` is a new array",
    ),
    Mistake(token="_BIND", inside="BRACE", statement="NAME", before="NAME", hint=f"{BIND}; {RECORD}"),
    Mistake(token="_BIND", earlier="_DO", before="NAME", hint=NEXT),
    Mistake(token="_BIND", hint=BIND),
    Mistake(token="==", wanted="_BIND", hint="write `=`; `==` compares", instead="="),
    Mistake(token="CALL NAME", statement="LET", wanted="_BIND", hint=DEF),
    Mistake(token="CALL", before="PAREN_END", statement="DEF", wanted="_BIND", hint=CURRIED),
    Mistake(token="_COMMA", wanted="_BIND _ARROW _IN", hint="write several names as a tuple: `(x, y)`"),
    Mistake(statement="DEF", wanted="_BIND PARAMETERS", hint=DEF),
    Mistake(token="COLON", wanted="_BIND", hint="ADL has no type declarations: write `let x = …`"),
    Mistake(token="_FOR _WHILE", before="LOOP", hint=LOOP),
    Mistake(token=KEYWORDS, wanted="NAME PATTERN", hint="`$token` is a keyword; choose another name"),
    Mistake(token="_IN", statement="LET", hint=LET),
    Mistake(token="_IN", before=VALUES, inside="CALL PAREN BRACKET", wanted="_COMMA", hint=IS_MEMBER),
    Mistake(
        token="_IN", before=VALUES, statement="NAME NUMBER STRING", wanted="_SEPARATOR _THEN", hint=IS_MEMBER
    ),
    Mistake(token="_IN", wanted="_THEN", hint=IS_MEMBER),
    Mistake(token="IF", inside="BRACKET", before=VALUES, hint=CHOSEN),
    Mistake(token="_FOR", inside="RECORD", before=VALUES, hint=NAMED),
    Mistake(token="_FOR", inside="BRACKET", before=VALUES, wanted="_COMMA", hint=PAIRS),
    Mistake(token="_FOR", inside="PAREN", before=VALUES, wanted="_COMMA", hint=EACH),
    Mistake(token="_COMMA", inside="BRACKET", wanted="BRACKET_END", hint=SECOND),
    Mistake(token="_FOR", inside="BRACE", before=VALUES, hint=EACH),
    Mistake(
        token="_FOR",
        inside="CALL",
        wanted="_COMMA EXPRESSION",
        hint="write `[e for x in xs]`, or `map(fn x => e, xs)`",
    ),
    Mistake(statement="IMPORT", token="TIMES MINUS", before="NAME", hint=QUOTES),
    Mistake(statement="IMPORT", token=".", after="adl", hint=QUOTES),
    Mistake(statement="IMPORT", token=".", before=TOOLS, hint=NO_IMPORT),
    Mistake(statement="IMPORT", token=".", hint=FROM),
    Mistake(
        statement="IMPORT",
        token="CALL PAREN BRACE RECORD COLON NAME",
        before="NAME",
        hint=FROM,
    ),
    Mistake(statement="IMPORT", token="_COMMA", hint="write a separate `import` for every module"),
    Mistake(wanted="STRING", hint='write `import name` or `import "file.adl"`'),
    # forms
    Mistake(token="RECORD", after="NAME", wanted="BRACE", hint=f"{MATCH}; a list is `x :: rest` there"),
    Mistake(token="RECORD", wanted="BRACE", hint="a match has at least one arm"),
    Mistake(wanted="BRACE", hint=MATCH),
    Mistake(wanted="_THEN", hint=IF),
    Mistake(wanted="_ELSE", token="_SEPARATOR", before="PAREN_END", hint=SEVERAL),
    Mistake(wanted="_ELSE", hint=ELSE),
    Mistake(token="_THEN _ELSE", hint=IF),
    Mistake(token="IF", before=VALUES, hint=IF),
    Mistake(wanted="_IN", inside="BRACKET", hint=EACH),
    Mistake(wanted="_WHILE", token="_COMMA", hint=MANY_STATES),
    Mistake(token="_FOR", before="BRACKET", hint=BODY_FIRST),
    Mistake(wanted="_DO _WHILE _IN", hint=LOOP),
    Mistake(token="_FOR", statement="NONE", hint=EFFECT),
    Mistake(token="_FOR _WHILE _DO _IN", hint=LOOP),
    Mistake(wanted="_ARROW", token="CALL", before="NAME", hint=f"{DEF}; {FN}"),
    Mistake(token="COLON", wanted="_ARROW", statement="FN", hint=f"{FN}; parameters have no types"),
    Mistake(wanted="_ARROW", statement="FN", hint=FN),
    Mistake(wanted="_ARROW", inside="BRACE", hint=MATCH),
    Mistake(wanted="_ARROW", hint=FN),
    Mistake(token="_ARROW", hint=FN),
    Mistake(token="LET DEF IMPORT", before=OPERATORS, gap="\n", hint="nothing follows the `$before` above"),
    Mistake(token="LET DEF", before="_BIND", statement="DEF", hint=f"{BRACES} `def f(x) = {{ … }}`"),
    Mistake(token="LET DEF", before="_BIND", statement="LET", hint=f"{BRACES} `let x = {{ … }}`"),
    Mistake(token="LET DEF", before="_ARROW", hint=f"{BRACES} `fn x => {{ … }}`"),
    Mistake(token="LET DEF", hint=LET),
    Mistake(token="IMPORT", hint="put an import on its own line of a file, outside all braces"),
    Mistake(token="_WITH", hint=UPDATED),
    Mistake(token="UNDERSCORE", hint="`_` is not a name; choose another"),
    Mistake(token="COLON", after="NAME", inside="NONE", statement="NONE", hint=COMMAND),
    Mistake(token="COLON", after="NAME", inside="NONE", gap="\n", hint=COMMAND),
    # brackets and what separates
    Mistake(token="_COMMA PAREN_END", before=OPERATORS, hint="an operator as a function is `($before)`"),
    Mistake(token="NONE", before=OPERATORS, hint="a value is missing after `$before`"),
    Mistake(token=STARTS, before=OPERATORS, hint=OPERAND),
    Mistake(token=OPERATORS, after="_COMMA PAREN_END", hint="an operator as a function is `($token)`"),
    Mistake(token="PAREN_END", before="_COMMA", inside="PAREN", hint="ADL has no tuples of one component"),
    Mistake(token="COLON", inside="INDEX", hint="a slice is `a[start:stop]` or `a[start:stop:step]`"),
    Mistake(token="_COMMA", statement="LET DEF", wanted="_SEPARATOR", hint=APART),
    Mistake(token="_COMMA COLON", inside="BRACE", hint=RECORD),
    Mistake(token="COLON", hint=RECORD),
    Mistake(token="_COMMA", wanted="_SEPARATOR", hint="write a tuple in parentheses: `(x, y)`"),
    Mistake(token="_SEPARATOR", inside="RECORD", hint=RECORD),
    Mistake(token="_SEPARATOR", inside="BRACKET", hint=MATRIX),
    # a value after a value
    Mistake(token="PAREN", before=VALUES, hint="put the `(` of a call on the same line as its function"),
    Mistake(token="BRACKET", before=VALUES, hint="put the `[` of an index on the same line as its array"),
    Mistake(token=STARTS, before=VALUES, wanted="_COMMA", gap="\n", hint=COMMA),
    Mistake(token="NAME", before="NAME", inside="PARAMETERS", hint=PARAMETERS),
    Mistake(token="NAME", before="NAME", statement="NAME", after="_BIND", inside="NONE BRACE", hint=DEFINED),
    Mistake(token=ATOMS, before="NAME", after=ENDS, hint=CALL),
    Mistake(token=STARTS, before="NAME", hint=CALL_OF_MORE),
    Mistake(token=ATOMS, before=RESULTS, wanted="_COMMA", hint=f"{CALL_OF_RESULT}; {COMMA}"),
    Mistake(token=STARTS, before=VALUES, wanted="_COMMA", hint=COMMA),
    Mistake(token="NAME", before="NUMBER", hint="a product is written `$before * $token`"),
    Mistake(token=STARTS, after="CALL", before=VALUES, wanted="_SEPARATOR", hint=TWO),
    Mistake(token=ATOMS, before=RESULTS, wanted="_SEPARATOR", hint=CALL_OF_RESULT),
    Mistake(token=STARTS, before=VALUES, wanted="_SEPARATOR", hint=TWO),
)
