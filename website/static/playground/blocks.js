// Gives every block of ADL on a page its buttons: run it, edit it, open it in the playground.

import { Runner, isThere, packed } from "./runner.js";

const runner = new Runner();
const page = new URL("../../playground.html", import.meta.url);

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

function equip(block) {
  const shown = block.querySelector("pre");
  const bar = document.createElement("div");
  bar.className = "adl-bar";
  const result = document.createElement("pre");
  result.className = "adl-result";
  result.hidden = true;
  result.setAttribute("aria-live", "polite");
  let area = null;
  const text = () => (area ? area.value : shown.textContent);

  const run = button("Run", async () => {
    result.hidden = false;
    result.classList.remove("adl-error");
    result.textContent = "loading Python …";
    stop.hidden = false;
    const tell = (name) => name && (result.textContent = `loading ${name} …`);
    const found = await runner
      .run(text(), { tell }, (out) => (result.textContent = out === "" ? "" : result.textContent + out))
      .catch((error) => ({ error: { text: `Python could not be loaded: ${error.message}` } }));
    stop.hidden = true;
    if (found.value) result.textContent += found.value + "\n";
    if (found.error) {
      result.classList.add("adl-error");
      result.textContent += found.error.text + "\n";
    }
    if (found.plot) result.insertAdjacentHTML("beforeend", found.plot); // made by our own code, with escapes
    if (!result.textContent) result.textContent = "(it writes nothing)";
  });
  const stop = button("Stop", () => runner.stop());
  stop.hidden = true;
  const edit = button("Edit", () => {
    area = document.createElement("textarea");
    area.className = "adl-edit";
    area.spellcheck = false;
    area.setAttribute("aria-label", "program");
    area.value = shown.textContent.trimEnd();
    area.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "Enter") run.click();
    });
    area.rows = area.value.split("\n").length + 1;
    block.hidden = true;
    block.before(area);
    area.setSelectionRange(0, 0);
    area.focus();
    edit.remove();
  });
  const open = button("Open in the playground", async () => {
    location.href = `${page}#code=${await packed(text().trimEnd() + "\n")}`;
  });
  bar.append(run, stop, edit, open);
  block.after(bar, result);
}

if (await isThere()) {
  document.querySelectorAll(".highlight-adl").forEach(equip);
  document.querySelectorAll(".adl-playground").forEach((link) => (link.hidden = false));
}
