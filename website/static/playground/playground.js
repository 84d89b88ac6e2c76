// The page of the playground: a program at the left; its value, trace and graph at the right.

import { Runner, isThere, packed, unpacked } from "./runner.js";

const at = (id) => document.getElementById(id);
const runner = new Runner();
const BEGINNING = `# A derivative is a function of a function.
def f(x1, x2) = ln(x1) + x1 * x2 - sin(x2)

print("value", f(2, 5))
print("gradient", gradient(f)(2, 5))
`;

function say(text) {
  at("status").textContent = text;
}

function choose(name) {
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const panel = tab.getAttribute("aria-controls");
    tab.setAttribute("aria-selected", panel === name);
    at(panel).hidden = panel !== name;
  }
  at("observed").hidden = name === "value";
}

async function run() {
  const value = at("value");
  value.classList.remove("error");
  at("trace").textContent = at("graph").textContent = "";
  at("run").disabled = true;
  at("stop").disabled = false;
  say("running …");
  const tell = (name) => say(name ? `loading ${name} …` : "running …");
  const wanted = { call: at("call").value.trim(), mode: at("mode").value, tell };
  const found = await runner
    .run(at("program").value, wanted, (out) => (value.textContent = out === "" ? "" : value.textContent + out))
    .catch((error) => ({ error: { text: `Python could not be loaded: ${error.message}`, start: null } }));
  at("run").disabled = false;
  at("stop").disabled = true;
  show(found);
}

function show(found) {
  const value = at("value");
  if (found.value) value.textContent += found.value + "\n";
  if (found.error) {
    value.classList.add("error");
    value.textContent += found.error.text + "\n";
    if (found.error.start !== null) {
      at("program").focus();
      at("program").setSelectionRange(found.error.start, found.error.start);
    }
    choose("value");
  }
  if (found.plot) value.insertAdjacentHTML("beforeend", found.plot); // made by our own code, with escapes
  say(found.error ? "failed" : "done");
  if (found.call) at("call").placeholder = found.call;
  const remark = found.error ? "The program has no value." : found.remark;
  for (const name of ["trace", "graph"]) {
    if (found[name]) at(name).innerHTML = found[name]; // made by our own code, with escapes
    else at(name).append(Object.assign(document.createElement("pre"), { textContent: remark ?? "" }));
  }
}

async function share() {
  const address = new URL(location.href);
  address.hash = `code=${await packed(at("program").value)}`;
  history.replaceState(null, "", address);
  try {
    await navigator.clipboard.writeText(address.href);
    say("the address is copied");
  } catch {
    say("copy the address from above");
  }
}

async function shared() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (!code) return null;
  try {
    return await unpacked(code);
  } catch {
    say("the address holds no program");
    return null;
  }
}

at("run").addEventListener("click", run);
at("stop").addEventListener("click", () => runner.stop());
at("share").addEventListener("click", share);
for (const tab of document.querySelectorAll("[role=tab]")) {
  tab.addEventListener("click", () => choose(tab.getAttribute("aria-controls")));
}
for (const id of ["call", "mode"]) at(id).addEventListener("change", run);
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    run();
  }
});
addEventListener("hashchange", async () => {
  const text = await shared();
  if (text !== null && text !== at("program").value) at("program").value = text;
});

choose("value");
at("program").value = (await shared()) ?? BEGINNING;
if (await isThere()) {
  const manifest = await (await fetch(new URL("manifest.json", import.meta.url))).json();
  for (const [name, text] of Object.entries(manifest.examples)) {
    at("examples").append(Object.assign(document.createElement("option"), { textContent: name, value: text }));
  }
  at("examples").addEventListener("change", () => {
    if (!at("examples").value) return;
    at("program").value = at("examples").value;
    at("call").value = "";
    run();
  });
  runner.start().then(
    () => say("ready"),
    (error) => say(`Python could not be loaded: ${error.message}`),
  );
} else {
  say("this copy of the site was made without the playground, or was not opened through a server");
  at("run").disabled = true;
}
