// What training costs: as reported and on record, and what a ResNet-50 would cost on this machine.
import { byId, create, numberCell, renderList, setText, textCell } from "../core/dom.js";
import { usd, withNotes } from "../core/format.js";

export function show({ training }) {
  const reported = training.reported.map(one => [
    String(Math.floor(one.year)),
    withNotes(one.label, one.kind === "record" ? "" : one.kind, one.status),
    usd(one.usd),
  ]);
  const rows = training.impliedUsd == null ? reported : [impliedOf(training), ...reported];
  renderList(byId("training").tBodies[0], rows, ([year, what, cost]) =>
    create("tr", {}, textCell(year), textCell(what), numberCell(cost)),
  );
  setText(byId("training-note"), training.impliedUsd == null ? "" : `An estimate: ${training.how}.`);
}

const impliedOf = training => [
  "here",
  "ResNet-50, 90 epochs, at this machine's cost (an estimate)",
  usd(training.impliedUsd),
];
