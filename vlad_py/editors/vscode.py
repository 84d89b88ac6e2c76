"""The files of the VS Code extension that follow from the table of tokens: `scripts/editors` writes them.

The grammar is a TextMate grammar, which other editors read as well.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from vlad_py import __version__
from vlad_py.editors.tokens import ESCAPED, ESCAPES, STRING, Class, TokenRule, rules

SCOPE = "adl"  # ends the name of every scope
NAME = r"[\p{L}_][\p{L}\p{N}_']*"  # as in the grammar, in the words of JavaScript
BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))

Json = dict[str, Any]


def files() -> dict[str, str]:
    """The text of every generated file, by its place in the extension's folder."""
    made = {
        "package.json": package(),
        "language-configuration.json": configuration(),
        "syntaxes/adl.tmLanguage.json": grammar(),
    }
    return {name: json.dumps(content, indent=2, ensure_ascii=False) + "\n" for name, content in made.items()}


def grammar() -> Json:
    """The TextMate grammar: the rules of the table, tried in their order at every place."""
    return {
        "name": "ADL",
        "scopeName": f"source.{SCOPE}",
        "fileTypes": ["adl"],
        "patterns": [_pattern(rule) for rule in rules()],
    }


def _pattern(rule: TokenRule) -> Json:
    if rule.kind is STRING:
        escapes = {"match": ESCAPES, "name": _scope(ESCAPED)}
        return {"match": rule.pattern, "name": _scope(STRING), "captures": {"0": {"patterns": [escapes]}}}
    if rule.groups:
        scopes = {str(i): {"name": _scope(kind)} for i, kind in enumerate(rule.groups, 1) if kind.textmate}
        return {"match": rule.pattern, "captures": scopes}
    name = {"name": _scope(rule.kind)} if rule.kind.textmate else {}
    return {"match": rule.pattern, **name}


def _scope(kind: Class) -> str:
    return f"{kind.textmate}.{SCOPE}"


def configuration() -> Json:
    """The editor's own settings: comments, brackets, words, indentation."""
    pairs = [list(pair) for pair in BRACKETS]
    return {
        "comments": {"lineComment": "#"},
        "brackets": pairs,
        "autoClosingPairs": [*pairs, {"open": '"', "close": '"', "notIn": ["string", "comment"]}],
        "surroundingPairs": [*pairs, ['"', '"']],
        "wordPattern": {"pattern": NAME, "flags": "u"},
        "indentationRules": {
            "increaseIndentPattern": r"^[^#]*(?:[\(\[\{=]|=>|\b(?:then|else|do))\s*(?:#.*)?$",
            "decreaseIndentPattern": r"^\s*[\)\]\}]",
        },
        "onEnterRules": [{"beforeText": r"^\s*##", "action": {"indent": "none", "appendText": "## "}}],
    }


def package() -> Json:
    """The extension's manifest."""
    return {
        "name": "adl",
        "displayName": "ADL",
        "description": "ADL, a small functional language with differentiation built in",
        "version": __version__,
        "publisher": "vlad-py",
        "license": "MIT",
        "engines": {"vscode": "^1.82.0"},
        "categories": ["Programming Languages"],
        "icon": "icon.png",
        "main": "./dist/extension.js",
        "scripts": {
            "bundle": "esbuild extension.js --bundle --minify --platform=node --target=node18"
            " --external:vscode --outfile=dist/extension.js",
            "vscode:prepublish": "npm run bundle",
            "package": "vsce package --allow-missing-repository --no-dependencies",
        },
        "devDependencies": {
            "@vscode/vsce": "^3.0.0",
            "esbuild": "^0.25.0",
            "vscode-languageclient": "^9.0.1",
        },
        "capabilities": {
            "untrustedWorkspaces": {
                "supported": False,
                "description": "The settings name the commands that run, and a workspace may change them.",
            }
        },
        "contributes": {
            "commands": [
                {"command": "adl.run", "title": "Run this program", "category": "ADL", "icon": "$(play)"},
                {"command": "adl.test", "title": "Test this program", "category": "ADL", "icon": "$(beaker)"},
            ],
            "menus": {
                "editor/title/run": [
                    {"command": command, "when": f"resourceLangId == {SCOPE}"}
                    for command in ("adl.run", "adl.test")
                ]
            },
            "languages": [
                {
                    "id": SCOPE,
                    "aliases": ["ADL"],
                    "extensions": [".adl"],
                    "configuration": "./language-configuration.json",
                    "icon": {"light": "./icon.png", "dark": "./icon.png"},
                }
            ],
            "grammars": [
                {
                    "language": SCOPE,
                    "scopeName": f"source.{SCOPE}",
                    "path": "./syntaxes/adl.tmLanguage.json",
                }
            ],
            "configurationDefaults": {f"[{SCOPE}]": {"editor.insertSpaces": True, "editor.tabSize": 2}},
            "configuration": {
                "title": "ADL",
                "properties": {
                    "adl.command": {
                        "type": "string",
                        "default": "vlad",
                        "description": "The command that runs and tests programs.",
                    },
                    "adl.server": {
                        "type": "string",
                        "default": "vlad-lsp",
                        "description": "The command that starts the language server.",
                    },
                },
            },
        },
    }


def main() -> int:
    """Writes the files into the folder that the command names."""
    folder = Path(sys.argv[1])
    for name, text in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
