// The worker that runs programs: Python in WebAssembly, with the wheel of vlad_py as it is.

import { loadPyodide } from "./pyodide/pyodide.mjs";

const here = new URL(".", import.meta.url);
const file = async (name) => {
  const answer = await fetch(new URL(name, here));
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return answer;
};

let python, play, numpy, packages;

async function start() {
  const manifest = await (await file("manifest.json")).json();
  const settings = { indexURL: new URL("pyodide/", here).href };
  packages = manifest.packages;
  if (packages) settings.packageBaseUrl = packages;
  python = await loadPyodide(settings);
  for (const name of manifest.wheels) {
    python.unpackArchive(await (await file(name)).arrayBuffer(), "wheel");
  }
  python.FS.writeFile("/home/pyodide/play.py", await (await file("play.py")).text());
  play = python.pyimport("play").play;
}

// Whether numpy is there; it is loaded when a program asks for it first.
async function hasNumpy() {
  numpy ??= load();
  return numpy;
}

async function load() {
  try {
    await python.loadPackage("numpy", { messageCallback: () => {}, errorCallback: () => {} });
    python.pyimport("numpy"); // what was not found is not an error of loadPackage
    return true;
  } catch {
    numpy = undefined; // the next run tries once more
    return false;
  }
}

const unavailable = () =>
  "This program uses arrays. They need numpy, which could not be loaded from\n" +
  `${packages ?? "this site"}\n` +
  "Are you offline? Programs of reals, tuples, records and lists run without it.";

async function run({ id, text, call, mode }) {
  const write = (out) => postMessage({ id, out });
  let found = JSON.parse(play(text, call, mode, write));
  if (found.needs_numpy) {
    postMessage({ id, loads: "numpy" });
    const has = await hasNumpy();
    postMessage({ id, again: true });
    if (has) found = JSON.parse(play(text, call, mode, write));
    else found = { error: { text: unavailable(), start: null } };
  }
  postMessage({ id, found });
}

const ready = start();
ready.then(
  () => postMessage({ ready: true }),
  (error) => postMessage({ broken: String(error) }),
);
onmessage = async ({ data }) => {
  await ready;
  try {
    await run(data);
  } catch (error) {
    postMessage({ id: data.id, found: { error: { text: String(error), start: null } } });
  }
};
