// Measured runs: starting, cancelling, and comparing them.
import { request, requestJson, sendJson } from "../core/connection.js";
import { byId, create, numberCell, renderList, textCell } from "../core/dom.js";
import { rate, usd } from "../core/format.js";
import { submit } from "./change.js";

const columns = 6;

export function wire() {
  const form = byId("run-form");
  form.addEventListener("submit", event => {
    event.preventDefault();
    submit(form, () => start(form.seconds.valueAsNumber));
  });
  byId("cancel").addEventListener("click", () => submit(form, () => cancel(byId("cancel").dataset.run)));
  byId("compare").addEventListener("click", () => submit(form, () => compare(chosenRuns())));
  byId("runs").addEventListener("change", enableCompare);
}

async function start(seconds) {
  const run = await sendJson("api/v1/runs", "POST", { seconds });
  await load();
  return `Run ${run.id} is under way.`;
}

async function cancel(id) {
  await requestJson(`api/v1/runs/${id}`, { method: "DELETE" });
  await load();
  return "The run is cancelled; what it measured is kept.";
}

async function compare(ids) {
  const query = ids.map(id => `run=${encodeURIComponent(id)}`).join("&");
  const response = await request(`api/v1/comparison?${query}&format=text`);
  byId("comparison-text").textContent = await response.text();
  byId("comparison-report").href = `api/v1/comparison?${query}&format=html`;
  byId("comparison").showModal();
  return "";
}

export async function load() {
  let runs;
  try {
    ({ runs } = await requestJson("api/v1/runs?limit=20"));
  } catch {
    // The banner says that there is no connection; the table stays as it was.
    return;
  }
  show(runs);
}

function show(runs) {
  const running = runs.find(run => run.status === "running");
  byId("cancel").hidden = !running;
  byId("cancel").dataset.run = running?.id ?? "";
  const chosen = new Set(chosenRuns());
  // The whole result of a run is not shown, and too long to compare at each load.
  const rows = runs.map(run => ({ ...run, result: undefined }));
  renderList(byId("runs").tBodies[0], rows.length > 0 ? rows : [null], run =>
    run ? createRun(run, chosen.has(run.id)) : createEmptyRow(),
  );
  enableCompare();
}

const createEmptyRow = () => create("tr", {}, create("td", { colSpan: columns, textContent: "No run yet." }));

function createRun(run, isChosen) {
  // Sweden writes 2026-11-25 13:07:10.
  const started = new Date(run.startedAt).toLocaleString("sv-SE");
  const box = create("input", {
    type: "checkbox",
    value: run.id,
    ariaLabel: `compare the run of ${started}`,
    checked: isChosen,
  });
  return create(
    "tr",
    {},
    create("td", {}, run.status === "running" ? "" : box),
    textCell(started),
    textCell([run.model, run.precision].filter(Boolean).join(" ")),
    create("td", { className: `verdict-${run.verdict ?? ""}`, textContent: outcomeOf(run) }),
    numberCell(run.imagesPerSecond ? rate(run.imagesPerSecond) : "–"),
    numberCell(run.usdPerBillionImages ? usd(run.usdPerBillionImages) : "–"),
  );
}

function outcomeOf(run) {
  if (run.status === "cancelled") return "cancelled";
  if (run.status !== "running") return run.verdict;
  if (run.measuredSeconds == null) return "warming up";
  return `${run.measuredSeconds.toFixed(0)} of ${run.seconds} s`;
}

const chosenRuns = () => [...byId("runs").querySelectorAll("input:checked")].map(box => box.value);

function enableCompare() {
  byId("compare").disabled = chosenRuns().length < 2;
}
