// Starts the language server, which answers for diagnostics, hover, definitions and completion.

const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = async () => {
  const command = workspace.getConfiguration("adl").get("server");
  client = new LanguageClient("adl", "ADL", { command }, { documentSelector: [{ language: "adl" }] });
  await client.start();
};

exports.deactivate = () => client?.stop();
