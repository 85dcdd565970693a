// The way to the meter: the key where one is needed, and a stream of readings that comes back by itself.

const stored = "inferencemeter-key";
const silence = 5000;
const longest = 10000;

export const key = {
  get: () => sessionStorage.getItem(stored) ?? "",
  set: value => value ? sessionStorage.setItem(stored, value) : sessionStorage.removeItem(stored),
};

/** A request that says, in a line, what went wrong. */
export class Refusal extends Error {
  constructor(status, message) { super(message); this.status = status; }
}

async function refusal(answer) {
  const text = await answer.text();
  try {
    const problem = JSON.parse(text);
    const errors = problem.errors ? Object.entries(problem.errors).map(([name, why]) => `${name}: ${why.join(", ")}`).join("; ") : null;
    return new Refusal(answer.status, errors ?? problem.detail ?? problem.title ?? `${answer.status}`);
  } catch {
    return new Refusal(answer.status, `the meter answered ${answer.status}`);
  }
}

export async function ask(path, options = {}) {
  const headers = new Headers(options.headers);
  if (key.get()) headers.set("X-Api-Key", key.get());
  let answer;
  try {
    answer = await fetch(path, { ...options, headers, cache: "no-store" });
  } catch (e) {
    if (e.name === "AbortError") throw e;
    throw new Refusal(0, "the meter does not answer");
  }
  if (!answer.ok) throw await refusal(answer);
  return answer;
}

export const json = async (path, options) => (await ask(path, options)).json();

export const send = (path, method, body) => json(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/**
 * Readings as they come, for ever.
 * @param take told each reading
 * @param lost told why there is none now: a Refusal, or null when the connection broke
 */
export async function follow(path, take, lost) {
  for (let wait = 500; ; wait = Math.min(longest, wait * 2)) {
    const stop = new AbortController();
    let watchdog = setTimeout(() => stop.abort(), silence);
    try {
      const answer = await ask(path, { signal: stop.signal, headers: { Accept: "text/event-stream" } });
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        text += value;
        for (let end; (end = text.search(/\r?\n\r?\n/)) >= 0;) {
          const data = text.slice(0, end).split(/\r?\n/).filter(line => line.startsWith("data:")).map(line => line.slice(5)).join("\n");
          text = text.slice(end).replace(/^\r?\n\r?\n/, "");
          if (!data) continue;
          // A meter that says nothing for some seconds is as good as gone: networks do not always tell.
          clearTimeout(watchdog);
          watchdog = setTimeout(() => stop.abort(), silence);
          wait = 500;
          take(JSON.parse(data));
        }
      }
      lost(null);
    } catch (e) {
      lost(e instanceof Refusal && e.status !== 0 ? e : null);
    } finally {
      clearTimeout(watchdog);
      stop.abort();
    }
    await new Promise(done => setTimeout(done, wait));
  }
}
