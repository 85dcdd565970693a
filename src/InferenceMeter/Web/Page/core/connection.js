// The way to the meter: requests with the key where one is needed, and a stream of readings that reconnects by itself.

const storedKey = "inferencemeter-key";
// A meter that sends nothing for this long is as good as gone: networks do not always say so.
const longestSilenceMs = 5000;
const shortestWaitMs = 500;
const longestWaitMs = 10000;

/** The API key, kept until this tab is closed. */
export const key = {
  get: () => sessionStorage.getItem(storedKey) ?? "",
  set(value) {
    if (value) {
      sessionStorage.setItem(storedKey, value);
    } else {
      sessionStorage.removeItem(storedKey);
    }
  },
};

/** What went wrong with a request, in one line. The status is that of HTTP, or 0 where there was no answer. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }

  get needsKey() {
    return this.status === 401;
  }
}

/** Sends a request and returns the response; throws a Refusal unless it succeeded. */
export async function request(path, options = {}) {
  const headers = new Headers(options.headers);
  if (key.get()) headers.set("X-Api-Key", key.get());
  let response;
  try {
    response = await fetch(path, { ...options, headers, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, "the meter does not answer");
  }
  if (!response.ok) throw await refusalOf(response);
  return response;
}

/** Sends a request and returns the JSON of its response. */
export async function requestJson(path, options) {
  const response = await request(path, options);
  return response.json();
}

/** Sends a document as JSON and returns the JSON of the response. */
export const sendJson = (path, method, body) =>
  requestJson(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** The refusal that a response stands for: its problem details, if it has any. */
async function refusalOf(response) {
  const text = await response.text();
  try {
    const problem = JSON.parse(text);
    return new Refusal(response.status, describe(problem) ?? String(response.status));
  } catch {
    return new Refusal(response.status, `the meter answered ${response.status}`);
  }
}

function describe(problem) {
  if (!problem.errors) return problem.detail ?? problem.title;
  const lines = Object.entries(problem.errors).map(([name, reasons]) => `${name}: ${reasons.join(", ")}`);
  return lines.join("; ");
}

/**
 * Follows a stream of readings for as long as the page is open.
 * @param onReading is given each reading
 * @param onLost is given the Refusal that explains why there are no readings, or null when the connection broke
 */
export async function follow(path, onReading, onLost) {
  let wait = shortestWaitMs;
  for (;;) {
    const reason = await followOnce(path, reading => {
      wait = shortestWaitMs;
      onReading(reading);
    });
    onLost(reason);
    await new Promise(resolve => setTimeout(resolve, wait));
    wait = Math.min(longestWaitMs, wait * 2);
  }
}

/** Follows one connection until it ends; returns the Refusal that ended it, or null. */
async function followOnce(path, onReading) {
  const stop = new AbortController();
  const startWatchdog = () => setTimeout(() => stop.abort(), longestSilenceMs);
  let watchdog = startWatchdog();
  try {
    const response = await request(path, { signal: stop.signal, headers: { Accept: "text/event-stream" } });
    for await (const data of eventsOf(response)) {
      clearTimeout(watchdog);
      watchdog = startWatchdog();
      onReading(JSON.parse(data));
    }
    return null;
  } catch (error) {
    return error instanceof Refusal && error.status !== 0 ? error : null;
  } finally {
    clearTimeout(watchdog);
    stop.abort();
  }
}

/** The data of each server-sent event of a response. */
async function* eventsOf(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const events = text.split(/\r?\n\r?\n/);
    // The last one is still under way.
    text = events.pop();
    yield* events.map(dataOf).filter(Boolean);
  }
}

function dataOf(event) {
  const lines = event.split(/\r?\n/).filter(line => line.startsWith("data:"));
  return lines.map(line => line.slice("data:".length)).join("\n");
}
