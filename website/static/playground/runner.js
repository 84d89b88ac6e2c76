// Runs programs in a worker, one at a time. A run that is stopped ends the worker; a new one starts at once.

export const SECONDS = 60; // that a run may take
const PATIENCE = 60; // seconds for what a run loads before it begins anew

export class Runner {
  #worker = null;
  #ready = null;
  #end = null; // ends the present run
  #count = 0;

  // Resolves when programs can run; rejects where Python cannot be loaded.
  start() {
    if (this.#worker) return this.#ready;
    const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.#worker = worker;
    this.#ready = new Promise((resolve, reject) => {
      worker.addEventListener("message", ({ data }) => {
        if (data.ready) resolve();
        if (data.broken) reject(new Error(data.broken));
      });
      worker.addEventListener("error", (event) => reject(new Error(event.message ?? "no worker")));
    });
    return this.#ready;
  }

  // Runs a program. `write` gets what it prints, "" first; `tell`, what it loads, "" when that is there. The
  // promise is for what it found.
  async run(text, { call = "", mode = "", seconds = SECONDS, tell = () => {} }, write) {
    this.stop();
    const id = ++this.#count;
    let timer;
    const limit = (most, reason) => {
      clearTimeout(timer);
      timer = setTimeout(() => this.stop(reason), 1000 * most);
    };
    const run = () => limit(seconds, `stopped after ${seconds} seconds`);
    const stopped = new Promise((resolve) => (this.#end = resolve));
    const finished = (async () => {
      await this.start();
      if (id !== this.#count) return { stopped: true };
      write("");
      const found = new Promise((resolve) => {
        this.#worker.addEventListener("message", ({ data }) => {
          if (data.id !== id || id !== this.#count) return;
          if (data.loads) {
            tell(data.loads);
            limit(PATIENCE, `${data.loads} could not be loaded within ${PATIENCE} seconds`);
          }
          if (data.again) {
            tell("");
            write("");
            run();
          }
          if (data.out !== undefined) write(data.out);
          if (data.found) resolve(data.found);
        });
      });
      this.#worker.postMessage({ id, text, call, mode });
      run();
      return found;
    })();
    try {
      return await Promise.race([finished, stopped]);
    } finally {
      clearTimeout(timer);
      if (id === this.#count) this.#end = null;
    }
  }

  // Ends the present run, if there is one.
  stop(reason = "stopped") {
    if (!this.#end) return;
    const end = this.#end;
    this.#end = null;
    this.#count++;
    this.#worker?.terminate();
    this.#worker = null;
    end({ error: { text: reason, start: null } });
    this.start().catch(() => {});
  }
}

// Whether this site has been made with a playground.
export async function isThere() {
  try {
    return (await fetch(new URL("manifest.json", import.meta.url), { method: "HEAD" })).ok;
  } catch {
    return false; // a file that is opened without a server
  }
}

// A program in the part of an address behind `#`, and back.
export async function packed(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const letters = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return letters.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export async function unpacked(letters) {
  const text = atob(letters.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).text();
}
