// The three figures at the top with what they stand on, the warnings below them, the header, the footer and the title.
import { byId, create, renderList, setText } from "../core/dom.js";
import { count, duration, rate, usd } from "../core/format.js";
import { headline } from "../core/reading.js";

export function show(reading) {
  const figures = headline(reading);
  setText(byId("machine"), machineOf(reading.engine));
  showCost(reading, figures);
  showThroughput(reading, figures);
  showState(reading);
  setText(byId("images"), imagesOf(reading.images));
  setText(byId("spent"), usd(reading.spentUsd));
  setText(byId("accuracy"), `${reading.engine.weights} weights, ${reading.engine.accuracyCheck}`);
  renderList(byId("marks"), [...reading.marks, ...reading.notes], text => create("li", { textContent: text }));
  setText(byId("build"), buildOf(reading));
  document.title = titleOf(figures);
}

function machineOf(engine) {
  return [
    engine.model,
    engine.precision,
    engine.provider,
    engine.deviceName ?? engine.device,
    `batch ${engine.batchSize}`,
    `${counted(engine.instances, "instance")} × ${counted(engine.intraOpThreads, "thread")}`,
  ].join(" · ");
}

const counted = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

function showCost(reading, figures) {
  if (!figures) {
    setText(byId("cost"), "–");
    setText(byId("cost-interval"), reading.state === "idle" ? "no images now" : "no steady figure yet");
    return;
  }
  const { usdPerBillionImages, low, high, scope } = figures.cost;
  const interval = `${usd(low)} to ${high ? usd(high) : "unbounded"}`;
  setText(byId("cost"), usd(usdPerBillionImages));
  setText(byId("cost-interval"), `${interval}, 95 %, last ${figures.window}, ${scope} scope`);
}

function showThroughput(reading, figures) {
  if (figures) {
    const { estimate, low, high } = figures.throughput;
    const halfWidth = ((high ?? estimate) - low) / 2;
    setText(byId("rate"), rate(estimate));
    setText(byId("rate-interval"), `± ${rate(halfWidth)}, 95 %, last ${figures.window}`);
  } else if (reading.recentImagesPerSecond) {
    setText(byId("rate"), rate(reading.recentImagesPerSecond));
    setText(byId("rate-interval"), "recent average; not a result yet");
  } else {
    setText(byId("rate"), "–");
    setText(byId("rate-interval"), "");
  }
}

function showState(reading) {
  const state = reading.broken ? "broken" : reading.state;
  byId("state").dataset.state = state;
  setText(byId("state"), state);
  setText(byId("state-reason"), reading.broken ?? reading.stateReason ?? steadyFor(reading));
}

const steadyFor = reading => (reading.steadySeconds ? `for ${duration(reading.steadySeconds)}` : "");

function imagesOf(images) {
  const parts = [count(images.ok)];
  if (images.failed) parts.push(`${count(images.failed)} failed`);
  if (images.rejected) parts.push(`${count(images.rejected)} turned away`);
  return parts.join(", ");
}

function buildOf({ engine, uptimeSeconds }) {
  const parts = [`InferenceMeter ${engine.version}`, `ONNX Runtime ${engine.onnxRuntime}`];
  if (engine.modelSha256) parts.push(`model ${engine.modelSha256.slice(0, 12)}`);
  parts.push(`up ${duration(uptimeSeconds)}`);
  return parts.join(", ");
}

const titleOf = figures =>
  figures ? `${usd(figures.cost.usdPerBillionImages)} per billion images · InferenceMeter` : "InferenceMeter";
