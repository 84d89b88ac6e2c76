"""Writes the declarations of an exported function: a C header, a Rust module and a Fortran module."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vlad_py.ground.errors import RunError

# of C++, which has those of C, and of Rust; Fortran has none
KEYWORDS = frozenset(
    """
    abstract alignas alignof and and_eq as asm async auto await become bitand bitor bool box break case catch
    char class compl concept const const_cast consteval constexpr constinit continue co_await co_return
    co_yield crate decltype default delete do double dyn dynamic_cast else enum explicit export extern false
    final float fn for friend gen goto if impl in inline int let long loop macro match mod move mut mutable
    namespace new noexcept not not_eq nullptr operator or or_eq override priv private protected pub public ref
    register reinterpret_cast requires restrict return self Self short signed sizeof static static_assert
    static_cast struct super switch template this thread_local throw trait true try type typedef typeid
    typename typeof union unsafe unsized unsigned use using virtual void volatile wchar_t where while xor
    xor_eq yield
    """.split()
)


def function_name(library: str) -> str:
    """The name of the function in a library, from the library's own: `libwave-2d` has `wave_2d`.

    Raises errors.RunError if the other languages cannot have it as a name.
    """
    name = re.sub(r"[^A-Za-z0-9_]", "_", library.removeprefix("lib"))
    hint = "the name of the library is the name of its function: choose another after `-o`"
    if not name[:1].isascii() or not name[:1].isalpha():
        raise RunError(f"a function in C, Rust and Fortran cannot have the name `{name}`", hint=hint)
    if name in KEYWORDS:
        raise RunError(f"`{name}` is a keyword in C, C++ or Rust", hint=hint)
    return name


@dataclass(frozen=True, slots=True)
class Exports:
    """The contents of a declaration: the function's name, how many reals go in and come out, whether it also
    exists by value, and what each status means.
    """

    name: str
    arguments: int
    results: int
    by_value: bool
    statuses: Sequence[str]

    def words(self, mark: str) -> list[str]:
        """The description, in lines of comment."""
        lines = [
            f"{self.name}: made by `vlad build`.",
            "",
            f"in: {self.arguments} doubles, the reals of the argument in order.",
            f"out: {self.results} doubles, those of the result. Booleans are 0 and 1.",
            "The status:",
            *(f"  {status}" for status in self.statuses),
        ]
        return [f"{mark} {line}".rstrip() for line in lines]


def header(what: Exports) -> str:
    """The header for C and C++."""
    guard = f"VLAD_{what.name.upper()}_H"
    first, *rest = what.words(" *")
    lines = [
        f"/*{first.removeprefix(' *')}",
        *rest,
        " */",
        f"#ifndef {guard}",
        f"#define {guard}",
        "#ifdef __cplusplus",
        'extern "C" {',
        "#endif",
        "",
        f"int {what.name}(const double *in, double *out);",
    ]
    if what.by_value:
        parameters = ", ".join(f"double x{i}" for i in range(what.arguments))
        lines += ["", "/* The same by value; nan where the status is not 0. */"]
        lines.append(f"double {what.name}_real({parameters or 'void'});")
    return "\n".join([*lines, "", "#ifdef __cplusplus", "}", "#endif", "#endif", ""])


def rust(what: Exports) -> str:
    """A Rust module: the functions as C has them, and a safe one that takes and returns arrays."""
    name = what.name
    lines = [
        *what.words("//!"),
        "#![allow(dead_code, non_snake_case)]",
        "",
        f'#[link(name = "{name}")]',
        'unsafe extern "C" {',
        f'    #[link_name = "{name}"]',
        f"    fn {name}_c(input: *const f64, output: *mut f64) -> core::ffi::c_int;",
    ]
    if what.by_value:
        parameters = ", ".join(f"x{i}: f64" for i in range(what.arguments))
        lines += [
            "    /// The same by value; nan where the status is not 0.",
            f"    pub safe fn {name}_real({parameters}) -> f64;",
        ]
    lines += [
        "}",
        "",
        "/// The results, or the status that says why there are none.",
        f"pub fn {name}(input: &[f64; {what.arguments}]) -> Result<[f64; {what.results}], i32> {{",
        f"    let mut output = [0.0; {what.results}];",
        "    // it reads and writes as many doubles as the arrays have",
        f"    let status = unsafe {{ {name}_c(input.as_ptr(), output.as_mut_ptr()) }};",
        "    if status == 0 { Ok(output) } else { Err(status) }",
        "}",
    ]
    return "\n".join([*lines, ""])


def fortran(what: Exports) -> str:
    """A Fortran 2003 module with the interfaces of the functions."""
    name = what.name
    lines = [
        *what.words("!"),
        f"module vlad_{name}",
        "  use, intrinsic :: iso_c_binding, only: c_double, c_int",
        "  implicit none",
        "  interface",
        f'    integer(c_int) function {name}(in, out) bind(c, name="{name}")',
        "      import :: c_double, c_int",
        f"      real(c_double), intent(in) :: in({what.arguments})",
        f"      real(c_double), intent(out) :: out({what.results})",
        f"    end function {name}",
    ]
    if what.by_value:
        names = [f"x{i}" for i in range(what.arguments)]
        lines += [
            "    ! the same by value; nan where the status is not 0",
            f"    real(c_double) function {name}_real( &",
            *(f"        {part}{'' if part is names[-1] else ','} &" for part in names),
            f'        ) bind(c, name="{name}_real")',
            "      import :: c_double",
            *(f"      real(c_double), value :: {part}" for part in names),
            f"    end function {name}_real",
        ]
    return "\n".join([*lines, "  end interface", f"end module vlad_{name}", ""])


WRITERS: dict[str, Callable[[Exports], str]] = {".h": header, ".rs": rust, ".f90": fortran}
"""The writer of each declaration, by the ending of its file."""
