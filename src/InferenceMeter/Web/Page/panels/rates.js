// How fast costs are said to fall, and how fast this machine's own has.
import { byId, create, numberCell, renderList, setText, textCell } from "../core/dom.js";
import { rate, usd, withNotes } from "../core/format.js";

export function show(document) {
  const published = document.trends.map(trend => [
    trend.axis,
    withNotes(trend.label, trend.date, trend.status),
    trend.halvingMonths.toFixed(2),
  ]);
  const rows = document.measured?.halvingMonths ? [ownOf(document.measured), ...published] : published;
  renderList(byId("rates").tBodies[0], rows, ([axis, source, months]) =>
    create("tr", {}, textCell(axis), textCell(source), numberCell(months)),
  );
  setText(byId("rates-note"), declineOf(document));
}

function ownOf(measured) {
  const doubt = measured.certain ? "" : "no more than their scatter";
  return ["here", withNotes("VALID runs of this machine", doubt), measured.halvingMonths.toFixed(2)];
}

/** The decline from the anchor to the latest record of its model, split into efficiency and price. */
function declineOf({ references, anchor }) {
  const first = references.find(one => one.id === anchor);
  const latest = references.findLast(one => one.kind === "record" && one.sinceAnchor && one.model === first.model);
  if (!latest) return "";
  const { timesCheaper, efficiency, price, usdPerBillionAtConstantPrice } = latest.sinceAnchor;
  return (
    `From ${first.label} to ${latest.label}: ${rate(timesCheaper)} times cheaper, ` +
    `which is ${rate(efficiency)} times by efficiency and ${rate(price)} times by price. ` +
    `At a constant price it would be ${usd(usdPerBillionAtConstantPrice)}.`
  );
}
