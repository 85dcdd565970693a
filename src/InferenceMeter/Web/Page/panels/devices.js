// The devices: what they are, how busy and how warm; and what is read off the meter as a whole.
import { byId, create, renderList, term } from "../core/dom.js";
import { bytes, count, milliseconds, percent } from "../core/format.js";

export function show(reading) {
  const groups = reading.engine.devices.map(device => [titleOf(device), factsOf(device)]);
  const overall = overallOf(reading);
  if (overall.length > 0) groups.push(["All devices", overall]);
  renderList(byId("devices"), groups, ([title, facts]) =>
    create("div", { className: "device" }, create("h3", { textContent: title }), create("dl", {}, ...facts.map(term))),
  );
}

const titleOf = device => (device.name ? `${device.device}: ${device.name}` : device.device);

function factsOf(device) {
  const facts = [
    ["Runs on", device.provider],
    ["Images", count(device.imagesOk)],
  ];
  if (device.utilizationRatio != null) facts.push(["In use", percent(device.utilizationRatio, 0)]);
  if (device.memoryUsedBytes != null) facts.push(["Memory", memoryOf(device)]);
  if (device.powerWatts != null) facts.push(["Power", `${device.powerWatts.toFixed(0)} W`]);
  if (device.temperatureCelsius != null) facts.push(["Temperature", `${device.temperatureCelsius.toFixed(0)} °C`]);
  if (device.smClockMegahertz != null) facts.push(["Clock", `${count(device.smClockMegahertz)} MHz`]);
  if (device.throttled != null) facts.push(["Throttled", throttlingOf(device)]);
  if (device.note) facts.push(["Note", device.note]);
  return facts;
}

function memoryOf(device) {
  const used = bytes(device.memoryUsedBytes);
  return device.memoryTotalBytes ? `${used} of ${bytes(device.memoryTotalBytes)}` : used;
}

const throttlingOf = device => (device.throttled ? (device.throttleReasons ?? ["yes"]).join(", ") : "no");

function overallOf({ bottleneck, latencySeconds, energy }) {
  const facts = [];
  if (bottleneck) facts.push(["Limited by", `${bottleneck.stage}, ${percent(bottleneck.busyShare, 0)} busy`]);
  if (latencySeconds) {
    facts.push(["Latency p50, p99", `${milliseconds(latencySeconds.p50)}, ${milliseconds(latencySeconds.p99)}`]);
  }
  if (energy) facts.push(["Energy per image", `${energy.joulesPerImage.toFixed(3)} J`]);
  return facts;
}
