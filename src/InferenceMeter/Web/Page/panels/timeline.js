// Cost and throughput over the last minutes to a day.
import { timeChart } from "../charts/time-chart.js";
import { requestJson } from "../core/connection.js";
import { byId } from "../core/dom.js";
import { rate, usd } from "../core/format.js";

const spans = {
  "5m": { seconds: 300, refreshMs: 5000 },
  "1h": { seconds: 3600, refreshMs: 15000 },
  "6h": { seconds: 21600, refreshMs: 15000 },
  "24h": { seconds: 86400, refreshMs: 15000 },
};

let span = "5m";
let series = null;
let loadedAt = 0;

export function wire() {
  for (const button of byId("spans").children) button.addEventListener("click", () => choose(button));
  new ResizeObserver(draw).observe(byId("cost-chart"));
}

function choose(button) {
  span = button.dataset.span;
  for (const other of byId("spans").children) other.setAttribute("aria-pressed", String(other === button));
  load();
}

/** Loads the curves again when they are due: those of a longer span move more slowly. */
export function refresh() {
  // A little early is on time: the timer that calls this is not exact.
  if (performance.now() - loadedAt > spans[span].refreshMs - 500) load();
}

export async function load() {
  const asked = span;
  loadedAt = performance.now();
  try {
    const answer = await requestJson(`api/v1/series?seconds=${spans[asked].seconds}`);
    // Another span has been chosen meanwhile.
    if (asked !== span) return;
    series = answer;
  } catch {
    // The banner says that there is no connection; the curves stay as they were.
    return;
  }
  draw();
}

function draw() {
  if (!series) return;
  const time = { from: new Date(series.from), to: new Date(series.to) };
  timeChart(byId("cost-chart"), pointsOf("usdPerBillionImages"), {
    ...time,
    isMoney: true,
    label: `Cost of a billion images over the last ${span}; now ${lastOf("usdPerBillionImages", usd)}`,
  });
  timeChart(byId("rate-chart"), pointsOf("imagesPerSecond"), {
    ...time,
    isSecond: true,
    label: `Images per second over the last ${span}; now ${lastOf("imagesPerSecond", rate)}`,
  });
}

const pointsOf = name => series.points.map(point => ({ at: new Date(point.at), value: point[name] ?? null }));

function lastOf(name, format) {
  const measured = series.points.findLast(point => point[name] != null);
  return measured ? format(measured[name]) : "nothing measured";
}
