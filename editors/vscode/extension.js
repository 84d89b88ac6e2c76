// Starts the language server, and has the commands that run programs; the server itself runs none.

const { spawn } = require("node:child_process");
const path = require("node:path");
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

const LIMIT = 60_000; // milliseconds that a test may take
const ADL = { language: "adl" };

let client;
let results; // of the last test of each file, by its path: the version of the text, and its lines
let changed; // tells the editor that there are other results
let differences; // what programs do not do, as the editor's problems

exports.activate = async (context) => {
  results = new Map();
  changed = new vscode.EventEmitter();
  differences = vscode.languages.createDiagnosticCollection("vlad test");
  context.subscriptions.push(
    differences,
    vscode.commands.registerCommand("adl.run", run),
    vscode.commands.registerCommand("adl.test", test),
    vscode.languages.registerInlayHintsProvider(ADL, {
      onDidChangeInlayHints: changed.event,
      provideInlayHints: hints,
    }),
    vscode.workspace.onDidChangeTextDocument(({ document }) => forget(document)),
    vscode.workspace.onDidCloseTextDocument(forget),
  );
  client = new LanguageClient("adl", "ADL", { command: setting("server") }, { documentSelector: [ADL] });
  await client.start().catch(() => vscode.window.showWarningMessage(absent("server")));
};

exports.deactivate = () => client?.stop();

const setting = (name) => vscode.workspace.getConfiguration("adl").get(name);

const absent = (name) =>
  `ADL: \`${setting(name)}\` does not start. Put its full path into the setting \`adl.${name}\`.`;

// The saved file of the program that the editor shows; undefined where it shows none.
async function saved() {
  const document = vscode.window.activeTextEditor?.document;
  if (document?.languageId !== "adl" || document.isUntitled) {
    vscode.window.showWarningMessage("ADL: open a file of a program first");
    return undefined;
  }
  await document.save();
  return document;
}

// Runs the program in a terminal, where it can be stopped. As a task: its terminal stays when it has ended.
async function run() {
  const document = await saved();
  if (document === undefined) return;
  const file = document.uri.fsPath;
  const execution = new vscode.ProcessExecution(setting("command"), [file], { cwd: path.dirname(file) });
  const name = path.basename(file);
  const task = new vscode.Task({ type: "adl" }, vscode.TaskScope.Workspace, name, "ADL", execution, []);
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
  await vscode.tasks.executeTask(task);
}

// Runs the program and shows beside its promises what it writes in their place.
async function test() {
  const document = await saved();
  if (document === undefined) return;
  const { version } = document;
  let programs;
  try {
    programs = await tested(document.uri.fsPath);
  } catch (error) {
    vscode.window.showErrorMessage(error.code === "ENOENT" ? absent("command") : `ADL: ${error.message}`);
    return;
  }
  if (document.version !== version) return; // it has been changed meanwhile
  const lines = programs.flatMap((program) => program.promises);
  const failed = programs.flatMap((program) => program.differences);
  results.set(document.uri.fsPath, { version, lines });
  differences.set(document.uri, failed.map((found) => problem(document, found)));
  changed.fire();
  const many = programs.length === 1 ? "1 program" : `${programs.length} programs`;
  vscode.window.setStatusBarMessage(failed.length ? `${many}: not as promised` : `${many} as promised`, 5000);
}

// What `vlad test --json` says of a file.
function tested(file) {
  return new Promise((resolve, reject) => {
    const child = spawn(setting("command"), ["test", "--json", file], { timeout: LIMIT });
    let out = "";
    let complaint = "";
    child.stdout.on("data", (text) => (out += text));
    child.stderr.on("data", (text) => (complaint += text));
    child.on("error", reject);
    child.on("close", (status, signal) => {
      if (signal !== null) reject(new Error(`stopped after ${LIMIT / 1000} s`));
      else if (out === "") reject(new Error(complaint.trim() || `vlad test ended with ${status}`));
      else if (out.trim() === "[]" && complaint !== "") reject(new Error(complaint.trim()));
      else resolve(JSON.parse(out));
    });
  });
}

function problem(document, { line, message }) {
  const { range } = document.lineAt(Math.max(line - 1, 0));
  const found = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Error);
  found.source = "vlad test";
  return found;
}

// The values that a test has found in place of the promised ones, until the text changes.
function hints(document, range) {
  const result = results.get(document.uri.fsPath);
  if (result?.version !== document.version) return [];
  return result.lines
    .filter(({ line, kept, written }) => !kept && written !== null && inside(range, line - 1))
    .map(({ line, written }) => {
      const hint = new vscode.InlayHint(document.lineAt(line - 1).range.end, written);
      hint.paddingLeft = true;
      return hint;
    });
}

const inside = (range, line) => range.start.line <= line && line <= range.end.line;

function forget(document) {
  if (results.delete(document.uri.fsPath)) {
    differences.delete(document.uri);
    changed.fire();
  }
}
