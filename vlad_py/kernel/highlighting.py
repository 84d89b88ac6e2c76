"""Highlighting of ADL in JupyterLab: an extension made from the table of tokens, which needs no building.

JupyterLab loads an extension as a container of modules that it shares its own with. This one has a single
module, which tells the editor of JupyterLab a language.
"""

from __future__ import annotations

import json
import re
from typing import Any

from vlad_py import __version__
from vlad_py.editors.tokens import Class, rules

NAME = "vlad-adl"
# the classes of tokens in the words of CodeMirror
STYLES = {
    "String.Doc": "docComment",
    "Comment.Single": "comment",
    "String.Double": "string",
    "Number": "number",
    "Keyword.Declaration": "definitionKeyword",
    "Keyword.Namespace": "keyword",
    "Keyword": "keyword",
    "Operator.Word": "operatorKeyword",
    "Keyword.Constant": "atom",
    "Operator": "operator",
    "Punctuation": "punctuation",
    "Name": "variableName",
    "Error": "invalid",
    "Name.Function": "variableName.definition",
    "Name.Namespace": "namespace",
    "Name.Attribute": "propertyName",
    "Name.Builtin": "variableName.standard",
}

ENTRY = """\
// Tells JupyterLab the language ADL; made by `vlad kernel install`.
(() => {
  const RULES = %s.map(([pattern, styles]) => [new RegExp(pattern, "uy"), styles]);
  let shared;
  const load = async (name) => {
    const versions = shared[name];
    return (await Object.values(versions)[0].get())();
  };
  const parser = {
    name: "adl",
    startState: () => ({ pending: [] }),
    copyState: ({ pending }) => ({ pending: [...pending] }),
    token(stream, state) {
      if (state.pending.length) {
        const [length, style] = state.pending.shift();
        stream.pos += length;
        return style;
      }
      for (const [pattern, styles] of RULES) {
        pattern.lastIndex = stream.pos;
        const found = pattern.exec(stream.string);
        if (!found || !found[0]) continue;
        const parts = styles.length > 1 ? found.slice(1) : found.slice(0, 1);
        const pieces = parts.map((part, i) => [part.length, styles[i]]).filter(([length]) => length);
        const [length, style] = pieces.shift();
        state.pending = pieces;
        stream.pos += length;
        return style;
      }
      stream.next();
      return null;
    },
    languageData: { commentTokens: { line: "#" }, closeBrackets: { brackets: ["(", "[", "{", '"'] } },
  };
  const plugin = async () => {
    const { IEditorLanguageRegistry } = await load("@jupyterlab/codemirror");
    const { StreamLanguage, LanguageSupport } = await load("@codemirror/language");
    return {
      id: "vlad-adl:language",
      autoStart: true,
      requires: [IEditorLanguageRegistry],
      activate(_, registry) {
        registry.addLanguage({
          name: "adl",
          displayName: "ADL",
          mime: "text/x-adl",
          extensions: ["adl"],
          load: async () => new LanguageSupport(StreamLanguage.define(parser)),
        });
      },
    };
  };
  (globalThis._JUPYTERLAB ??= {})["%s"] = {
    init: (scope) => void (shared = scope),
    get: async () => {
      const made = { __esModule: true, default: await plugin() };
      return () => made;
    },
  };
})();
"""


def files() -> dict[str, str]:
    """The extension's files, by their place in its folder."""
    about = {
        "name": NAME,
        "version": __version__,
        "description": "Highlighting of ADL",
        "license": "MIT",
        "jupyterlab": {
            "extension": True,
            "_build": {"load": "static/entry.js", "extension": "./extension"},
        },
    }
    return {
        "package.json": json.dumps(about, indent=2) + "\n",
        "static/entry.js": ENTRY % (json.dumps(table(), ensure_ascii=False), NAME),
    }


def table() -> list[Any]:
    """The rules as JavaScript reads them: a pattern, and a style for it or for each of its groups."""
    return [
        [_pattern(rule.pattern), [_style(kind) for kind in rule.groups or (rule.kind,)]] for rule in rules()
    ]


def _style(kind: Class) -> str | None:
    return STYLES.get(kind.pygments)


def _pattern(pattern: str) -> str:
    """A pattern in JavaScript's syntax: its `\\w` matches ASCII only, and it does not escape `-`."""
    pattern = pattern.replace(r"[^\W\d]", r"[\p{L}_]").replace(r"\-", "-")
    inside = re.sub(r"\[[^\]]*\]", lambda found: found[0].replace(r"\w", r"\p{L}\p{N}_"), pattern)
    return inside.replace(r"\w", r"[\p{L}\p{N}_]")
