// The public record since 2017 with this machine in it: a drawing, a sentence, and a table of all references.
import { recordChart } from "../charts/record-chart.js";
import { byId, create, numberCell, renderList, setText, textCell } from "../core/dom.js";
import { count, rate, referenceCost, usd } from "../core/format.js";

let shown = null;

export function wire() {
  new ResizeObserver(draw).observe(byId("since-chart"));
}

export function show(references) {
  shown = references;
  draw();
  setText(byId("since-note"), noteOf(references));
  renderList(byId("references").tBodies[0], references.references, createReference);
}

function draw() {
  if (!shown) return;
  recordChart(byId("since-chart"), {
    references: priced(shown),
    trends: shown.trends.filter(trend => trend.axis === "inference"),
    anchor: shown.anchor,
    here: hereOf(shown),
    label: labelOf(shown),
  });
}

const priced = document => document.references.filter(reference => reference.usdPerBillionImages != null);

/** This machine's mark: its cost, and what the model alone costs where that is another figure. */
function hereOf(document) {
  const cost = document.usdPerBillionImages;
  if (!cost) return null;
  const today = new Date();
  return {
    usd: cost,
    year: today.getFullYear() + today.getMonth() / 12,
    text: `here: ${usd(cost)} (${document.scope})`,
    modelUsd: document.scope === "model" ? null : document.modelUsdPerBillionImages,
  };
}

function labelOf(document) {
  const cost = document.usdPerBillionImages;
  const here = cost ? `, and this machine at ${usd(cost)}, scope ${document.scope}` : "";
  const known = `${priced(document).length} dated references`;
  return `Cost of a billion images since 2017 on a logarithmic axis: ${known}${here}`;
}

function noteOf(document) {
  const { note, scope, modelUsdPerBillionImages: modelUsd } = document;
  const anchor = document.references.find(reference => reference.id === document.anchor);
  const claim = priced(document).find(reference => !reference.reproduced);
  const sentences = [];
  if (note) sentences.push(`Nothing is compared: ${note}.`);
  if (modelUsd && anchor?.comparable) {
    const subject = scope === "model" ? "The model here" : "The model alone here (hollow)";
    const comparison = anchor.timesBelow > 1 ? "than" : "as";
    sentences.push(`${subject} costs ${usd(modelUsd)}, ${standingTo(anchor)} ${comparison} ${anchor.label}.`);
  }
  if (document.usdPerBillionImages && scope !== "model") {
    sentences.push("The references are of the model alone; what is measured here includes decoding.");
  }
  if (claim) sentences.push(claimOf(claim));
  return sentences.join(" ");
}

function claimOf(claim) {
  const needed = claim.imagesPerSecondNeeded;
  const atThisPrice = needed ? `: at this price it needs ${count(needed)} images/s` : "";
  return `${usd(claim.usdPerBillionImages)} is claimed and not reproduced${atThisPrice}.`;
}

/** How this machine stands to a reference; only the same model and scope are held against each other. */
function standingTo(reference) {
  if (!reference.comparable || reference.timesBelow == null) return "";
  if (reference.timesBelow > 1) return `${rate(reference.timesBelow)} times less`;
  return `${rate(reference.timesAbove)} times as much`;
}

function createReference(reference) {
  const { label, costYear, model, scope, batch, precision, source, status } = reference;
  const isPriced = reference.usdPerBillionImages != null;
  return create(
    "tr",
    {},
    textCell(`${label} (${Math.floor(costYear)})`),
    textCell(`${model}, scope ${scope}, batch ${batch}, ${precision}`),
    numberCell(isPriced ? referenceCost(reference) : "no price on file"),
    numberCell(reference.imagesPerSecond ? rate(reference.imagesPerSecond) : ""),
    numberCell(standingTo(reference)),
    textCell(status ? `${source}. ${status}` : source),
  );
}
