"""`vlad completion`: prints a script for a shell, so that Tab completes commands, options and files.

The script lists the commands. It reads the options from `vlad COMMAND --help` when you press Tab.
"""

from __future__ import annotations

import argparse

from vlad_py.command.menu import COMMANDS
from vlad_py.laboratory.menu import COMMANDS as LABORATORY
from vlad_py.session.option_parser import OptionParser

BASH = """\
_vlad() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} command= words=
  if [[ $COMP_CWORD -gt 1 && " {names} " == *" ${{COMP_WORDS[1]}} "* ]]; then command=${{COMP_WORDS[1]}}; fi
  if [[ $word == -* ]]; then
    words=$("${{COMP_WORDS[0]}}" $command --help | grep -oE -- '(^|[ ,[])--?[A-Za-z][a-z-]*' | tr -d ' ,[')
  elif [[ $COMP_CWORD -eq 1 || $command == help ]]; then
    words="{names}"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if [[ $word != -* ]]; then COMPREPLY+=($(compgen -f -- "$word")); fi
}}
complete -o filenames -F _vlad vlad
"""
ZSH = "autoload -U +X bashcompinit && bashcompinit\n" + BASH
FISH = """\
complete -c vlad -n __fish_use_subcommand -a '{names}'
complete -c vlad -n 'string match -q -- "-*" (commandline -ct)' -a '(
  set -l words (commandline -opc)
  set -l command (string match -r "^(?:{either})\\$" -- $words[2])
  vlad $command --help | string match -ar -- "(?<=[ ,[])--?[A-Za-z][a-z-]*"
)'
"""
SHELLS = {"bash": BASH, "zsh": ZSH, "fish": FISH}

EXAMPLES = """\
examples:
  source <(vlad completion bash)          in ~/.bashrc
  source <(vlad completion zsh)           in ~/.zshrc, after compinit
  vlad completion fish | source           in ~/.config/fish/config.fish"""


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    parser = OptionParser(
        prog="vlad completion",
        description="Print what a shell evaluates so that Tab completes the commands and options of vlad.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("shell", choices=tuple(SHELLS))
    names = sorted((*COMMANDS, *LABORATORY))
    print(SHELLS[parser.parse_args(argv).shell].format(names=" ".join(names), either="|".join(names)), end="")
    return 0
