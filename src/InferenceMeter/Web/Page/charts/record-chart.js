// Cost against time since 2017, on a logarithmic axis, with where this machine is.
import { referenceCost, tick } from "../core/format.js";
import { Labels } from "./labels.js";
import { Drawing, linearScale, svgElement } from "./svg.js";

const narrowBelow = 620;
const firstYear = 2017;
const lastYear = 2026;
const markRadius = 6;

/**
 * Draws the record.
 * @param record references: those that have a cost; trends: rates of decline that start at the reference whose id is
 * anchor; here: { usd, year, text, modelUsd: what the model alone costs, where that is another figure }, or null;
 * label: what a screen reader says
 */
export function recordChart(host, record) {
  const isNarrow = host.getBoundingClientRect().width < narrowBelow;
  const drawing = new Drawing(host, record.label, { left: 66, right: isNarrow ? 14 : 150, top: 12, bottom: 26 });
  const axes = axesOf(record, drawing);
  const labels = new Labels(drawing);
  drawAxes(drawing, axes, isNarrow);
  reserveMarks(labels, record, axes);
  const start = record.references.find(reference => reference.id === record.anchor);
  if (start) {
    for (const trend of record.trends) drawTrend(drawing, axes, labels, start, trend, isNarrow);
  }
  for (const reference of record.references) drawReference(drawing, axes, labels, reference, isNarrow);
  if (record.here) drawHere(drawing, axes, record.here);
  drawing.show();
}

function axesOf({ references, here }, drawing) {
  const costs = references
    .flatMap(reference => [reference.usdPerBillionImages, reference.low, reference.high])
    .concat(here?.usd, here?.modelUsd)
    .filter(cost => cost != null);
  const lowPower = Math.floor(Math.log10(Math.min(...costs)) - 0.15);
  const highPower = Math.ceil(Math.log10(Math.max(...costs)) + 0.1);
  const last = Math.max(lastYear, here?.year ?? 0, ...references.map(reference => reference.costYear)) + 0.4;
  const power = linearScale([lowPower, highPower], [drawing.bottom, drawing.top]);
  return {
    lowPower,
    highPower,
    last,
    x: linearScale([firstYear - 0.2, last], [drawing.left, drawing.right]),
    y: cost => power(Math.log10(cost)),
  };
}

function drawAxes(drawing, { lowPower, highPower, last, x, y }, isNarrow) {
  for (let power = lowPower; power <= highPower; power++) {
    drawing.valueTick(y(10 ** power), tick(10 ** power, true));
  }
  for (let year = firstYear; year <= last; year += isNarrow ? 3 : 1) drawing.timeTick(x(year), String(year));
}

function reserveMarks(labels, { references, here }, { x, y }) {
  for (const reference of references) {
    const at = x(reference.costYear);
    const on = y(reference.usdPerBillionImages);
    labels.reserve(at - markRadius, on - markRadius, at + markRadius, on + markRadius);
    if (reference.low != null) labels.reserve(at - 2, y(reference.high), at + 2, y(reference.low));
  }
  if (here) {
    const textWidth = here.text.length * 7.8;
    labels.reserve(x(here.year) - 14 - textWidth, y(here.usd) - 12, x(here.year) + 9, y(here.usd) + 9);
  }
}

/** A dashed line from the anchor to the right edge of the plot, or to its bottom where it gets there first. */
function drawTrend(drawing, axes, labels, start, trend, isNarrow) {
  const { x, y, last } = axes;
  const floor = 10 ** axes.lowPower;
  const months = (last - start.costYear) * 12;
  const endCost = start.usdPerBillionImages * 0.5 ** (months / trend.halvingMonths);
  const monthsToFloor = Math.log2(start.usdPerBillionImages / floor) * trend.halvingMonths;
  const endsAtBottom = endCost < floor;
  const endYear = endsAtBottom ? start.costYear + monthsToFloor / 12 : last;
  const endY = y(Math.max(endCost, floor));
  drawing.line(x(start.costYear), y(start.usdPerBillionImages), x(endYear), endY, "trend");

  // On a phone there is no margin to the right of the plot.
  if (isNarrow && !endsAtBottom) return;
  const text = shortName(trend);
  const textX = (endsAtBottom ? x(endYear) : drawing.right) + 6;
  const line = labels.place(textX, endsAtBottom ? endY - 12 : endY, text);
  if (line !== null) drawing.text(textX, line, text);
}

const shortName = trend => trend.label.replace(/ \(.*\)$/, "").replace(/^ARK: training cost falls/, "ARK: training,");

function drawReference(drawing, { x, y }, labels, reference, isNarrow) {
  const at = x(reference.costYear);
  const on = y(reference.usdPerBillionImages);
  // A phone has room for the name of the claim only.
  if (!isNarrow || !reference.reproduced) drawName(drawing, labels, reference, at, on);
  if (reference.low != null) drawing.line(at, y(reference.low), at, y(reference.high), "range");
  const mark = drawing.add("path", { d: diamond(at, on), class: reference.reproduced ? "known" : "claimed" });
  mark.append(svgElement("title", {}, titleOf(reference)));
}

/** The name beside its mark; where it found room further away only, a thin line leads to it. */
function drawName(drawing, labels, reference, at, on) {
  const text = reference.reproduced ? reference.id : `${reference.id}: claimed, not reproduced`;
  const textX = at + 9;
  const line = labels.place(textX, on, text);
  if (line === null) return;
  const middle = line - 4;
  if (Math.abs(middle - on) > 2 * markRadius) drawing.line(at, on, textX - 1, middle, "leader");
  drawing.text(textX, line, text, reference.reproduced ? {} : { class: "claimed" });
}

function diamond(x, y) {
  const corners = [
    [x, y - markRadius],
    [x + markRadius, y],
    [x, y + markRadius],
    [x - markRadius, y],
  ];
  return `M${corners.map(corner => corner.join(",")).join("L")}Z`;
}

function titleOf(reference) {
  const { label, model, scope, source, status } = reference;
  const title = `${label}: ${referenceCost(reference)} per billion, ${model}, scope ${scope}. ${source}`;
  return status ? `${title}. ${status}` : title;
}

function drawHere(drawing, { x, y }, here) {
  const at = x(here.year);
  const on = y(here.usd);
  if (here.modelUsd) drawing.add("circle", { cx: at, cy: y(here.modelUsd), r: 6, class: "alone" });
  drawing.add("circle", { cx: at, cy: on, r: 8, class: "here" });
  drawing.text(at - 14, on + 5, here.text, { class: "here", "text-anchor": "end" });
}
