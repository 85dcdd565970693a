// The page: takes readings as they come and puts them where a person looks. Every figure is the API's.
import { ask, follow, json, key, Refusal, send } from "./connection.js";
import { sinceChart, timeChart } from "./charts.js";
import { bytes, count, duration, milliseconds, percent, rate, reference as referenceCost, usd } from "./format.js";

const $ = id => document.getElementById(id);
const spans = { "5m": 300, "1h": 3600, "6h": 21600, "24h": 86400 };
let span = "5m";
let reading = null;
let seen = 0;
let series = null;
let references = null;
let asked = false;

function put(id, text) {
  const at = typeof id === "string" ? $(id) : id;
  const value = text || "\u00a0";
  if (at.textContent !== value) at.textContent = value;
}

function make(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [property, value] of Object.entries(properties)) {
    if (property in made) made[property] = value; else made.setAttribute(property, value);
  }
  made.append(...children);
  return made;
}

const price = value => "$" + value.toFixed(6).replace(/0{1,4}$/, "");
const wall = window => reading?.costs.find(cost => cost.basis === "wall" && cost.window === window);

/** The figure of the longest window that has one, up to a minute: steady from the first seconds, calm after. */
function best() {
  for (const window of ["1m", "10s"]) {
    const cost = wall(window), measured = reading.windows.find(one => one.window === window);
    if (cost && measured?.imagesPerSecond) return { cost, measured };
  }
  return null;
}

function show() {
  const engine = reading.engine;
  put("machine", [engine.model, engine.precision, engine.provider, engine.deviceName ?? engine.device, `batch ${engine.batchSize}`, `${engine.instances} × ${engine.intraOpThreads} thread${engine.intraOpThreads === 1 ? "" : "s"}`].join(" · "));
  const figures = best(), broken = reading.broken;
  put("cost", figures ? usd(figures.cost.usdPerBillionImages) : "–");
  put("cost-interval", figures ? `${usd(figures.cost.low)} to ${figures.cost.high ? usd(figures.cost.high) : "unbounded"}, 95 %, last ${figures.cost.window}, ${figures.cost.scope} scope` : reading.state === "idle" ? "no images now" : "no steady figure yet");
  put("rate", figures ? rate(figures.measured.imagesPerSecond.estimate) : reading.recentImagesPerSecond ? rate(reading.recentImagesPerSecond) : "–");
  const interval = figures?.measured.imagesPerSecond;
  put("rate-interval", interval ? `± ${rate(((interval.high ?? interval.estimate) - interval.low) / 2)}, 95 %, last ${figures.measured.window}` : reading.recentImagesPerSecond ? "of late; not a result yet" : "");
  const state = broken ? "broken" : reading.state;
  $("state").dataset.state = state;
  put("state", state);
  put("state-reason", broken ?? reading.stateReason ?? (reading.steadySeconds ? `for ${duration(reading.steadySeconds)}` : ""));
  put("images", `${count(reading.images.ok)}${reading.images.failed ? `, ${count(reading.images.failed)} failed` : ""}${reading.images.rejected ? `, ${count(reading.images.rejected)} turned away` : ""}`);
  put("spent", usd(reading.spentUsd));
  put("accuracy", `${engine.weights} weights, ${engine.accuracyCheck}`);
  list($("marks"), [...reading.marks, ...reading.notes], text => make("li", { textContent: text }));
  money();
  prices();
  devices();
  put("build", `InferenceMeter ${engine.version}, ONNX Runtime ${engine.onnxRuntime}, ${engine.modelSha256 ? `model ${engine.modelSha256.slice(0, 12)}, ` : ""}up ${duration(reading.uptimeSeconds)}`);
  document.title = figures ? `${usd(figures.cost.usdPerBillionImages)} per billion images · InferenceMeter` : "InferenceMeter";
}

/** Builds a list anew only when what it says has changed: what a person has selected or focused stays. */
function list(host, items, create) {
  const said = JSON.stringify(items);
  if (host.dataset.said === said) return;
  host.dataset.said = said;
  host.replaceChildren(...items.map(create));
}

function row(name, share, text, kind = "") {
  const part = make("div", { className: "part" });
  part.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return make("div", { className: `row ${kind}` }, make("span", { textContent: name }), make("div", { className: "track", ariaHidden: "true" }, part), make("span", { className: "number", textContent: text }));
}

function money() {
  list($("money"), reading.money ?? ["No steady reading yet."], part => part.stage ? row(part.stage, part.share, `${usd(part.usdPerBillionImages)} · ${percent(part.share)}`, part.stage) : part);
  const means = { wall: "wall: all time", busy: "busy: while it works", capacity: "capacity: the best here", slo: "slo: within the bound" };
  const window = best()?.cost.window ?? "1m";
  list($("bases").tBodies[0], reading.costs.filter(cost => cost.window === window || !["wall", "busy"].includes(cost.basis)).map(cost => [means[cost.basis] ?? cost.basis, cost.window, usd(cost.usdPerBillionImages)]), ([basis, window, cost]) =>
    make("tr", {}, make("td", { textContent: basis }), make("td", { textContent: window }), make("td", { className: "number", textContent: cost })));
}

/** The day of a price, or that of its exchange rate where that is what is old. */
function dated(now) {
  if (!now.stale) return now.asOf;
  const rate = now.oldestDate < now.asOf ? `, exchange rate of ${now.oldestDate}` : "";
  return `${now.source === "instance" && !rate ? `last known (${now.asOf})` : now.asOf}${rate}, STALE (${now.ageDays} days old)`;
}

function prices() {
  const now = reading.price;
  put("price", price(now.usdPerHour));
  const facts = [["From", [now.source, now.cloud, now.instance, now.region, now.purchase].filter(Boolean).join(" ")], ["As of", dated(now)]];
  if (now.buys) facts.push(["Buys", now.buys]);
  if (now.usdPerWorkingHour) facts.push(["Working hour", `${price(now.usdPerWorkingHour)}, which pays for the unused hours too`]);
  if (now.note) facts.push(["Note", now.note]);
  if (now.gpus) facts.push(["GPUs", count(now.gpus)]);
  if (now.exchangeRate) facts.push(["Exchange rate", Object.values(now.exchangeRate).join(" ")]);
  for (const [part, cost] of Object.entries(now.parts ?? {})) facts.push([part, `${price(cost)} an hour`]);
  if (now.sourceUrl) facts.push(["Source", now.sourceUrl]);
  list($("price-facts"), facts, ([term, text]) => make("div", {}, make("dt", { textContent: term }), make("dd", {}, /^https?:/.test(text) ? make("a", { href: text, textContent: new URL(text).host, rel: "noopener noreferrer" }) : text)));
}

function devices() {
  const shown = reading.engine.devices.map(device => {
    const facts = [["Runs on", device.provider], ["Images", count(device.imagesOk)]];
    if (device.utilizationRatio != null) facts.push(["In use", percent(device.utilizationRatio, 0)]);
    if (device.memoryUsedBytes != null) facts.push(["Memory", bytes(device.memoryUsedBytes) + (device.memoryTotalBytes ? ` of ${bytes(device.memoryTotalBytes)}` : "")]);
    if (device.powerWatts != null) facts.push(["Power", `${device.powerWatts.toFixed(0)} W`]);
    if (device.temperatureCelsius != null) facts.push(["Temperature", `${device.temperatureCelsius.toFixed(0)} °C`]);
    if (device.smClockMegahertz != null) facts.push(["Clock", `${count(device.smClockMegahertz)} MHz`]);
    if (device.throttled != null) facts.push(["Throttled", device.throttled ? (device.throttleReasons ?? ["yes"]).join(", ") : "no"]);
    if (device.note) facts.push(["Note", device.note]);
    return [`${device.device}${device.name ? `: ${device.name}` : ""}`, facts];
  });
  const extra = [];
  if (reading.bottleneck) extra.push(["Limited by", `${reading.bottleneck.stage}, ${percent(reading.bottleneck.busyShare, 0)} busy`]);
  if (reading.latencySeconds) extra.push(["Latency p50, p99", `${milliseconds(reading.latencySeconds.p50)}, ${milliseconds(reading.latencySeconds.p99)}`]);
  if (reading.energy) extra.push(["Energy", `${reading.energy.joulesPerImage.toFixed(3)} J an image`]);
  if (extra.length) shown.push(["The whole", extra]);
  list($("devices"), shown, ([name, facts]) => make("div", {}, make("p", { textContent: name }), make("dl", {}, ...facts.map(([term, text]) => make("div", {}, make("dt", { textContent: term }), make("dd", { textContent: text }))))));
}

function drawTime() {
  if (!series) return;
  const [from, to] = [new Date(series.from), new Date(series.to)];
  const last = (name, form) => { const known = series.points.filter(point => point[name] != null); return known.length ? form(known.at(-1)[name]) : "nothing measured"; };
  const of = name => series.points.map(point => ({ at: new Date(point.at), value: point[name] ?? null }));
  timeChart($("cost-chart"), of("usdPerBillionImages"), { from, to, money: true, label: `Cost of a billion images over the last ${span}; now ${last("usdPerBillionImages", usd)}` });
  timeChart($("rate-chart"), of("imagesPerSecond"), { from, to, second: true, label: `Images per second over the last ${span}; now ${last("imagesPerSecond", rate)}` });
}

async function loadSeries() {
  try {
    series = await json(`api/v1/series?seconds=${spans[span]}`);
    drawTime();
  } catch {
    // The banner says that there is no connection; the curve stays as it was.
  }
}

function drawSince() {
  if (!references) return;
  const now = references.usdPerBillionImages, alone = references.modelUsdPerBillionImages;
  const year = new Date().getFullYear() + new Date().getMonth() / 12;
  const here = now ? { usd: now, year, text: `here: ${usd(now)} (${references.scope})`, alone: references.scope === "model" ? null : alone } : null;
  const known = references.references.filter(reference => reference.usdPerBillionImages != null);
  const label = `Cost of a billion images since 2017 on a logarithmic axis: ${known.length} dated references${now ? `, and this machine at ${usd(now)}, scope ${references.scope}` : ""}`;
  sinceChart($("since-chart"), known, references.trends, references.anchor, here, label);
  const first = known.find(reference => reference.id === references.anchor), claimed = known.find(reference => !reference.reproduced);
  const parts = [];
  if (references.note) parts.push(`Nothing is compared: ${references.note}.`);
  const work = references.scope === "model" ? "The model here" : "The model alone here (hollow)";
  if (alone && first?.comparable) parts.push(`${work} costs ${usd(alone)}, ${standing(first)} ${first.timesBelow > 1 ? "than" : "as"} ${first.label}.`);
  if (now && references.scope !== "model") parts.push("The references are of the model alone; what is measured here has decoding in it.");
  if (claimed) parts.push(`${usd(claimed.usdPerBillionImages)} is claimed and not reproduced${claimed.imagesPerSecondNeeded ? `: at this price it needs ${count(claimed.imagesPerSecondNeeded)} images/s` : ""}.`);
  put("since-note", parts.join(" "));
}

const number = text => make("td", { className: "number", textContent: text });
const cell = text => make("td", { textContent: text });
const noted = (label, ...notes) => notes.some(Boolean) ? `${label} (${notes.filter(Boolean).join("; ")})` : label;

/** How this machine stands to a reference; only what is of the same model and scope is held against each other. */
function standing(reference) {
  if (!reference.comparable || reference.timesBelow == null) return "";
  return reference.timesBelow > 1 ? `${rate(reference.timesBelow)} times less` : `${rate(reference.timesAbove)} times as much`;
}

/** The record as tables: all references, training, and how fast costs are said to fall. */
function story() {
  if (!references) return;
  list($("references").tBodies[0], references.references, one => make("tr", {},
    cell(`${one.label} (${Math.floor(one.costYear)})`),
    cell(`${one.model}, scope ${one.scope}, batch ${one.batch}, ${one.precision}`),
    number(one.usdPerBillionImages == null ? "no price on file" : referenceCost(one)),
    number(one.imagesPerSecond ? rate(one.imagesPerSecond) : ""),
    number(standing(one)),
    cell(`${one.source}${one.status ? `. ${one.status}` : ""}`)));
  const training = references.training;
  const reported = training.reported.map(one => [String(Math.floor(one.year)), noted(one.label, one.kind === "record" ? "" : one.kind, one.status), usd(one.usd)]);
  const implied = training.impliedUsd == null ? [] : [["here", "ResNet-50, 90 epochs, at this machine's cost (an estimate)", usd(training.impliedUsd)]];
  list($("training").tBodies[0], [...implied, ...reported], row => make("tr", {}, cell(row[0]), cell(row[1]), number(row[2])));
  put("training-note", training.impliedUsd == null ? "" : `An estimate: ${training.how}.`);
  const rates = references.trends.map(one => [one.axis, noted(one.label, one.date, one.status), one.halvingMonths.toFixed(2)]);
  const measured = references.measured;
  const own = measured?.halvingMonths ? [["here", noted("VALID runs of this machine", measured.certain ? "" : "no more than their scatter"), measured.halvingMonths.toFixed(2)]] : [];
  list($("rates").tBodies[0], [...own, ...rates], row => make("tr", {}, cell(row[0]), cell(row[1]), number(row[2])));
  const first = references.references.find(one => one.id === references.anchor);
  const best = references.references.filter(one => one.kind === "record" && one.sinceAnchor && one.model === first.model).at(-1);
  put("rates-note", best ? `From ${first.label} to ${best.label}: ${rate(best.sinceAnchor.timesCheaper)} times cheaper, which is ${rate(best.sinceAnchor.efficiency)} times by efficiency and ${rate(best.sinceAnchor.price)} times by price. At a constant price it would be ${usd(best.sinceAnchor.usdPerBillionAtConstantPrice)}.` : "");
}

async function loadReferences() {
  try {
    references = await json("api/v1/references");
    drawSince();
    story();
  } catch {
    // As above.
  }
}

async function loadRuns() {
  let answer;
  try {
    answer = await json("api/v1/runs?limit=20");
  } catch {
    return;
  }
  const running = answer.runs.find(run => run.status === "running");
  $("cancel").hidden = !running;
  $("cancel").dataset.run = running?.id ?? "";
  const chosen = new Set([...document.querySelectorAll("#runs input:checked")].map(box => box.value));
  list($("runs").tBodies[0], answer.runs.length ? answer.runs.map(run => ({ ...run, result: undefined })) : [null], run => {
    if (!run) return make("tr", {}, make("td", { colSpan: 6, textContent: "No run yet." }));
    const started = new Date(run.startedAt).toLocaleString("sv-SE");
    const box = make("input", { type: "checkbox", value: run.id, ariaLabel: `compare the run of ${started}`, checked: chosen.has(run.id) });
    const verdict = run.status === "running" ? (run.measuredSeconds == null ? "warming up" : `${run.measuredSeconds.toFixed(0)} of ${run.seconds} s`) : run.status === "cancelled" ? "cancelled" : run.verdict;
    return make("tr", {},
      make("td", {}, run.status === "running" ? "" : box), make("td", { textContent: started }), make("td", { textContent: [run.model, run.precision].filter(Boolean).join(" ") }),
      make("td", { className: `verdict-${run.verdict ?? ""}`, textContent: verdict }), make("td", { className: "number", textContent: run.imagesPerSecond ? rate(run.imagesPerSecond) : "–" }), make("td", { className: "number", textContent: run.usdPerBillionImages ? usd(run.usdPerBillionImages) : "–" }));
  });
  chooseRuns();
}

const chosenRuns = () => [...document.querySelectorAll("#runs input:checked")].map(box => box.value);

function chooseRuns() {
  $("compare").disabled = chosenRuns().length < 2;
}

/** Runs a change, and says beside the form what became of it. */
async function change(form, work) {
  const answer = form.querySelector(".answer");
  try {
    answer.classList.remove("wrong");
    put(answer, await work());
  } catch (e) {
    answer.classList.add("wrong");
    put(answer, e.message);
    if (e instanceof Refusal && e.status === 401) askKey();
  }
}

function askKey() {
  asked = true;
  if (!$("key-dialog").open) {
    $("key-value").value = key.get();
    $("key-dialog").showModal();
  }
}

async function classify(file) {
  const host = $("classes"), preview = $("preview");
  if (preview.src) URL.revokeObjectURL(preview.src);
  preview.src = URL.createObjectURL(file);
  preview.alt = file.name;
  preview.hidden = false;
  host.replaceChildren(make("p", { textContent: "classifying …" }));
  try {
    const answer = await json("api/v1/classify", { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" } });
    const image = answer.images[0];
    host.replaceChildren(
      make("div", { className: "bars" }, ...image.classes.map(one => row(one.name ?? `class ${one.index}`, one.probability, percent(one.probability)))),
      make("p", { className: "note", textContent: `${milliseconds(image.seconds.total)} (decode ${milliseconds(image.seconds.decode)}, infer ${milliseconds(image.seconds.infer)}), ${usd(image.usd * 1e9)} per billion at this pace${answer.weights === "synthetic" ? "; the weights are synthetic: the classes mean nothing; start the meter with --model resnet50 for real ones" : ""}` }));
  } catch (e) {
    host.replaceChildren(make("p", { className: "answer wrong", textContent: e.message }));
    if (e instanceof Refusal && e.status === 401) askKey();
  }
}

function theme(name) {
  document.documentElement.dataset.theme = name;
  $("theme").setAttribute("aria-pressed", String(name === "dark"));
}

function wire() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  theme(localStorage.getItem("inferencemeter-theme") ?? (dark.matches ? "dark" : "light"));
  dark.addEventListener("change", () => { if (!localStorage.getItem("inferencemeter-theme")) theme(dark.matches ? "dark" : "light"); });
  $("theme").addEventListener("click", () => {
    const name = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    localStorage.setItem("inferencemeter-theme", name);
    theme(name);
  });
  $("key").addEventListener("click", askKey);
  $("key-dialog").addEventListener("close", () => {
    if ($("key-dialog").returnValue === "ok") key.set($("key-value").value.trim());
    $("key-value").value = "";
    loadAll();
  });
  for (const button of $("spans").children) {
    button.addEventListener("click", () => {
      span = button.dataset.span;
      for (const other of $("spans").children) other.setAttribute("aria-pressed", String(other === button));
      loadSeries();
    });
  }
  $("price-form").addEventListener("submit", e => {
    e.preventDefault();
    const form = e.target;
    change(form, async () => {
      const set = await send("api/v1/price", "PUT", { usdPerHour: form.usdPerHour.valueAsNumber, note: form.note.value || null });
      return `The price is ${price(set.usdPerHour)} an hour from now on.`;
    });
  });
  $("run-form").addEventListener("submit", e => {
    e.preventDefault();
    change(e.target, async () => {
      const run = await send("api/v1/runs", "POST", { seconds: e.target.seconds.valueAsNumber });
      await loadRuns();
      return `Run ${run.id} is under way.`;
    });
  });
  $("cancel").addEventListener("click", () => change($("run-form"), async () => {
    await json(`api/v1/runs/${$("cancel").dataset.run}`, { method: "DELETE" });
    await loadRuns();
    return "The run is cancelled; what it measured is kept.";
  }));
  $("runs").addEventListener("change", chooseRuns);
  $("compare").addEventListener("click", () => change($("run-form"), async () => {
    const query = chosenRuns().map(id => `run=${encodeURIComponent(id)}`).join("&");
    $("comparison-text").textContent = await (await ask(`api/v1/comparison?${query}&format=text`)).text();
    $("comparison-report").href = `api/v1/comparison?${query}&format=html`;
    $("comparison").showModal();
    return "";
  }));
  const drop = $("drop");
  for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, e => { e.preventDefault(); drop.classList.add("over"); });
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, e => { e.preventDefault(); drop.classList.remove("over"); });
  drop.addEventListener("drop", e => { if (e.dataTransfer.files[0]) classify(e.dataTransfer.files[0]); });
  $("classify").image.addEventListener("change", e => { if (e.target.files[0]) classify(e.target.files[0]); });
  new ResizeObserver(() => { drawTime(); drawSince(); }).observe(document.querySelector("main"));
}

const loadAll = () => Promise.all([loadSeries(), loadReferences(), loadRuns()]);

function connected(taken) {
  reading = taken;
  seen = Date.now();
  $("connection").hidden = true;
  $("figures").classList.remove("stale");
  show();
}

function lost(refused) {
  $("figures").classList.add("stale");
  $("connection").hidden = false;
  put("connection", refused ? refused.message : `Reconnecting … the figures are ${seen ? `those of ${new Date(seen).toLocaleTimeString("en-GB")}` : "still to come"}.`);
  // Once: who closes the dialog has said no.
  if (refused?.status === 401 && !asked) askKey();
}

wire();
loadAll();
setInterval(() => { if (!document.hidden && span === "5m") loadSeries(); }, 5000);
setInterval(() => { if (!document.hidden) { if (span !== "5m") loadSeries(); loadReferences(); } }, 15000);
setInterval(() => { if (!document.hidden) loadRuns(); }, 3000);
follow("api/v1/meter/stream", connected, lost);
