"""Joins the results of two branches into one value."""

from __future__ import annotations

from vlad_py.ground.errors import NotNative
from vlad_py.ground.walk import Walk, run
from vlad_py.native.abstract import MOST_OPTIONS, TEXT, UNDEFINED, Switch
from vlad_py.native.builder import Builder
from vlad_py.native.ir import Name, Op, zero_of
from vlad_py.native.kinds import are_sequences, form, options_of, parts, which, with_parts
from vlad_py.native.leaf_types import is_a_boolean, is_a_number, type_of
from vlad_py.native.nouns import noun
from vlad_py.native.types import BOOLEAN
from vlad_py.native.unknown import Named, NamedList, boolean, name_of, real
from vlad_py.native.widening import item_of, listed
from vlad_py.values.values import Value


class Join:
    """The results of two branches as one value: what they share stays known, the rest are results."""

    def __init__(self, builder: Builder, written: list[list[Op]]) -> None:
        self.builder = builder
        self.written = written  # the operations of the branches
        self.inside = {name for ops in written for op in ops for name in op.results}
        self.results: list[Name] = []
        self.yes: list[Name] = []
        self.no: list[Name] = []
        self.known: dict[tuple[Name, Name], Name] = {}

    def __call__(self, a: Value, b: Value) -> Value:
        """The value that is a or b. NotNative if no kind includes both."""
        return run(self._walk(a, b))

    def _walk(self, a: Value, b: Value) -> Walk[Value]:
        if a is b:
            return a
        if a is UNDEFINED or b is UNDEFINED:
            return (yield self._one_sided(b if a is UNDEFINED else a, a is UNDEFINED))
        if is_a_number(a) and is_a_number(b) and type_of(a) == type_of(b):
            if is_same_real(a, b):
                return a
            return real(self.builder, self._result(name_of(a), name_of(b)))
        if is_a_boolean(a) and is_a_boolean(b):
            if type(a) is bool and a is b:
                return a
            return boolean(self.builder, self._result(name_of(a), name_of(b)))
        if type(a) is str and a == b:
            return a
        if isinstance(a, str) and isinstance(b, str) and (a is TEXT or b is TEXT):
            return TEXT
        if type(a) is NamedList and type(b) is NamedList and a.name is b.name:
            return a
        inner, other = parts(a), parts(b)
        if inner is None or other is None or type(a) is not type(b) or form(a) != form(b):
            if are_sequences(a, b):
                return self._sequences(a, b)
            return (yield self._switch(a, b))
        new = []
        for x, y in zip(inner, other, strict=True):
            new.append((yield self._walk(x, y)))
        return with_parts(a, tuple(new))

    def _sequences(self, a: Value, b: Value) -> Value:
        """The list or array of unknown length that is one of two; each branch puts its own into cells."""
        item = item_of(self.builder, (a, b))
        lists = []
        for ops, value in zip(self.written, (a, b), strict=True):
            with self.builder.into(ops):
                lists.append(listed(self.builder, item, value))
        yes, no = lists
        return yes.having(self._result(yes.name, no.name))

    def _switch(self, a: Value, b: Value) -> Walk[Value]:
        """A switch between values of different kinds."""
        numbering = self.builder.numbering
        yes, no = options_of(numbering, a), options_of(numbering, b)
        keys = tuple(sorted({*yes, *no}))
        if len(keys) > MOST_OPTIONS:
            raise NotNative(f"a choice between {noun(a)} and {noun(b)}")
        number = real(self.builder, self._result(which(numbering, a), which(numbering, b)))
        options = []
        for key in keys:
            if key in yes and key in no:
                options.append((yield self._walk(yes[key], no[key])))
            else:
                options.append((yield self._one_sided(yes[key] if key in yes else no[key], key not in yes)))
        return Switch(numbering, keys, number, options)

    def _one_sided(self, value: Value, is_no: bool) -> Walk[Value]:
        """A value that only one branch defines."""
        if is_a_number(value) or is_a_boolean(value) or type(value) is NamedList:
            name = name_of(value)
            if name not in self.inside:
                return value  # it is there whichever branch was taken
            filler = zero_of(name.type)
            joined = self._result(filler, name) if is_no else self._result(name, filler)
            if type(value) is NamedList:
                return value.having(joined)
            return (boolean if name.type == BOOLEAN else real)(self.builder, joined)
        inner = parts(value)
        if inner is None:
            return value
        new = []
        for part in inner:
            new.append((yield self._one_sided(part, is_no)))
        return with_parts(value, tuple(new))

    def _result(self, yes: Name, no: Name) -> Name:
        result = self.known.get((yes, no))
        if result is not None:
            return result
        result = self.known[yes, no] = Name(yes.type)
        self.results.append(result)
        self.yes.append(yes)
        self.no.append(no)
        return result


def is_same_real(a: Value, b: Value) -> bool:
    """Whether two reals are known to be the same, bit by bit."""
    if type(a) is float and type(b) is float:
        return a.hex() == b.hex()
    return type(a) is Named and type(b) is Named and a.name is b.name
