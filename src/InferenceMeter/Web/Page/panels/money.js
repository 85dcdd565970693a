// Where the money goes: the cost by stage, and by what time is paid for.
import { bar, byId, create, numberCell, renderList, textCell } from "../core/dom.js";
import { large, percent, usd } from "../core/format.js";
import { headline } from "../core/reading.js";

const bases = {
  wall: "wall: all time",
  busy: "busy: working time only",
  capacity: "capacity: at the best rate here",
  slo: "slo: within the latency bound",
};

export function show(reading) {
  renderList(byId("money"), reading.money ?? ["No steady reading yet."], createStage);
  renderList(byId("fetched"), (reading.fetch ?? []).filter(isKnown), createFetched);
  renderList(byId("bases").tBodies[0], costsOf(reading), createCost);
}

function createStage(part) {
  if (!part.stage) return part;
  const text = `${usd(part.usdPerBillionImages)} · ${percent(part.share)}`;
  return bar({ name: part.stage, share: part.share, text, kind: part.stage });
}

const isKnown = fetched => fetched.requestsPerBillionImages != null;

/** What a store bills for a billion images, beside the machine. */
function createFetched(fetched) {
  const requests = large(fetched.requestsPerBillionImages);
  const terabytes = Number((fetched.bytesPerBillionImages / 1e12).toFixed(2));
  const textContent = `${fetched.source}: ${requests} requests and ${terabytes} TB for a billion images`;
  return create("li", { textContent });
}

/** The costs of the window that is shown at the top, and those that have no such window. */
function costsOf(reading) {
  const window = headline(reading)?.window ?? "1m";
  const hasWindows = cost => cost.basis === "wall" || cost.basis === "busy";
  return reading.costs
    .filter(cost => cost.window === window || !hasWindows(cost))
    .map(cost => [bases[cost.basis] ?? cost.basis, cost.window, usd(cost.usdPerBillionImages)]);
}

const createCost = ([basis, window, cost]) => create("tr", {}, textCell(basis), textCell(window), numberCell(cost));
