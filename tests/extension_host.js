// A host for the VS Code extension: as much of `vscode` as it uses. Tests the program of a file, then changes it.
// usage: node extension_host.js EXTENSION VLAD FILE

const fs = require("node:fs");
const Module = require("node:module");

const [extension, vlad, file] = process.argv.slice(2);
const said = { messages: [], tasks: [], commands: {}, server: null };
const once = { dispose() {} };
const text = fs.readFileSync(file, "utf8").split("\n");
const document = {
  languageId: "adl",
  version: 1,
  isUntitled: false,
  uri: { fsPath: file },
  save: async () => true,
  lineAt: (line) => ({ range: { end: { line, character: text[line].length } } }),
};
let provider;
let change;
const problems = new Map();

const vscode = {
  tasks: { executeTask: async (task) => said.tasks.push(task) },
  EventEmitter: class {
    event = () => once;
    fire() {}
  },
  Diagnostic: class {
    constructor(range, message) {
      Object.assign(this, { line: range.end.line, message });
    }
  },
  DiagnosticSeverity: { Error: 0 },
  ProcessExecution: class {
    constructor(process, args, options) {
      Object.assign(this, { process, args, cwd: options.cwd });
    }
  },
  Task: class {
    constructor(definition, scope, name, source, execution) {
      Object.assign(this, { name, ...execution });
    }
  },
  TaskRevealKind: { Always: 1 },
  TaskScope: { Workspace: 2 },
  InlayHint: class {
    constructor(position, label) {
      Object.assign(this, { line: position.line, label });
    }
  },
  commands: { registerCommand: (name, run) => ((said.commands[name] = run), once) },
  languages: {
    createDiagnosticCollection: () => problems,
    registerInlayHintsProvider: (_, given) => ((provider = given), once),
  },
  window: {
    activeTextEditor: { document },
    showErrorMessage: (message) => said.messages.push(message),
    showWarningMessage: (message) => said.messages.push(message),
    setStatusBarMessage: (message) => said.messages.push(message),
  },
  workspace: {
    getConfiguration: () => ({ get: (name) => ({ command: vlad, server: "the server" })[name] }),
    onDidChangeTextDocument: (listener) => ((change = listener), once),
    onDidCloseTextDocument: () => once,
  },
};
class LanguageClient {
  constructor(id, name, options) {
    said.server = options.command;
  }
  async start() {
    if (!fs.existsSync(vlad)) throw new Error("the server is not there either");
  }
}

const load = Module._load;
Module._load = (name, ...rest) => {
  if (name === "vscode") return vscode;
  if (name === "vscode-languageclient/node") return { LanguageClient };
  return load(name, ...rest);
};

const all = { start: { line: 0 }, end: { line: text.length } };
const shown = () => provider.provideInlayHints(document, all).map(({ line, label }) => [line + 1, label]);

(async () => {
  await require(extension).activate({ subscriptions: [] });
  const before = shown();
  await said.commands["adl.test"]();
  const after = shown();
  const wrong = [...problems.values()].flat().map(({ line, message }) => [line + 1, message]);
  document.version += 1;
  change({ document });
  const changed = [shown(), problems.size];
  await said.commands["adl.run"]();
  const { tasks, messages, server } = said;
  const text = JSON.stringify({ before, after, wrong, changed, tasks, messages, server });
  process.stdout.write(text, () => process.exit()); // a time limit that nobody needs any more may be running
})();
