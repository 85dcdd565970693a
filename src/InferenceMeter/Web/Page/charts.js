// Drawings in SVG: they take their colours from the style sheet, so both themes are one drawing, and a screen reader gets a sentence.
import { reference as figure, tick } from "./format.js";

const namespace = "http://www.w3.org/2000/svg";

function element(name, attributes, text) {
  const made = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function drawing(host, label) {
  const { width, height } = host.getBoundingClientRect();
  const svg = element("svg", { viewBox: `0 0 ${Math.max(200, Math.round(width))} ${Math.round(height)}`, role: "img", "aria-label": label });
  return { svg, width: Math.max(200, Math.round(width)), height: Math.round(height) };
}

/** 1, 2 or 5 times a power of ten, so that there are a few steps. */
function step(span, most) {
  const rough = span / most, power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].find(factor => factor * power >= rough) * power;
}

const clock = (at, seconds) => at.toLocaleTimeString("en-GB", seconds > 600 ? { hour: "2-digit", minute: "2-digit" } : { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/**
 * A curve over time; where there is no value it has a gap.
 * @param points of { at: Date, value: number | null }, oldest first
 */
export function timeChart(host, points, { from, to, money, second, label }) {
  const { svg, width, height } = drawing(host, label);
  const left = 62, right = width - 8, top = 10, bottom = height - 24;
  const values = points.map(point => point.value).filter(value => value !== null);
  if (values.length === 0) {
    svg.append(element("text", { x: width / 2, y: height / 2, "text-anchor": "middle", class: "empty" }, "nothing measured in this time"));
    host.replaceChildren(svg);
    return;
  }
  let low = Math.min(...values), high = Math.max(...values);
  // A quiet curve stays quiet: the axis spans at least a fifth of the figure.
  const middle = (low + high) / 2, least = middle * 0.2 || 1;
  if (high - low < least) { low = Math.max(0, middle - least / 2); high = middle + least / 2; }
  const by = step(high - low, 4);
  low = Math.floor(low / by) * by; high = Math.ceil(high / by) * by;
  const x = at => left + (at - from) / (to - from) * (right - left);
  const y = value => bottom - (value - low) / (high - low) * (bottom - top);
  for (let value = low; value <= high + by / 2; value += by) {
    svg.append(element("line", { x1: left, x2: right, y1: y(value), y2: y(value), class: "grid" }));
    svg.append(element("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, tick(Number(value.toPrecision(6)), money)));
  }
  const labels = Math.max(2, Math.min(6, Math.floor((right - left) / 150)));
  for (let i = 0; i <= labels; i++) {
    const at = new Date(+from + (to - from) * i / labels);
    svg.append(element("text", { x: x(at), y: height - 6, "text-anchor": i === 0 ? "start" : i === labels ? "end" : "middle" }, clock(at, (to - from) / 1000)));
  }
  let path = "", area = "", begun = null, last = null;
  const close = () => { if (begun !== null) area += `M${begun},${bottom}${path.slice(path.lastIndexOf("M")).replace("M", "L")}L${last},${bottom}Z`; begun = null; };
  for (const point of points) {
    if (point.value === null) { close(); continue; }
    const at = x(point.at).toFixed(1), on = y(point.value).toFixed(1);
    path += (begun === null ? "M" : "L") + `${at},${on}`;
    begun ??= at; last = at;
  }
  close();
  svg.append(element("path", { d: area, class: "area" }), element("path", { d: path, class: second ? "curve second" : "curve" }));
  host.replaceChildren(svg);
}

/**
 * Cost against time since 2017, on a logarithmic axis, with where this machine is.
 * @param references those that have a cost
 * @param here of { usd, year, text, alone: what the model alone costs, where that is another figure }, or null
 */
export function sinceChart(host, references, trends, anchor, here, label) {
  const { svg, width, height } = drawing(host, label);
  const narrow = width < 620;
  const left = 66, right = width - (narrow ? 14 : 150), top = 12, bottom = height - 26;
  const all = references.flatMap(reference => [reference.usdPerBillionImages, reference.low, reference.high]).concat(here ? [here.usd, here.alone] : []).filter(value => value != null);
  const low = Math.floor(Math.log10(Math.min(...all)) - 0.15), high = Math.ceil(Math.log10(Math.max(...all)) + 0.1);
  const first = 2016.8, last = Math.max(2026, here ? here.year : 0, ...references.map(reference => reference.costYear)) + 0.4;
  const x = year => left + (year - first) / (last - first) * (right - left);
  const y = value => bottom - (Math.log10(value) - low) / (high - low) * (bottom - top);
  for (let power = low; power <= high; power++) {
    svg.append(element("line", { x1: left, x2: right, y1: y(10 ** power), y2: y(10 ** power), class: "grid" }));
    svg.append(element("text", { x: left - 8, y: y(10 ** power) + 4, "text-anchor": "end" }, tick(10 ** power, true)));
  }
  for (let year = 2017; year <= last; year += narrow ? 3 : 1) svg.append(element("text", { x: x(year), y: height - 6, "text-anchor": "middle" }, String(year)));
  const start = references.find(reference => reference.id === anchor);
  // A text never covers another: it moves down a line at a time, or up when there is no room below.
  const taken = [];
  const place = (at, on, text, size = 6.4) => {
    const box = (shift) => ({ l: at, r: at + text.length * size, t: on + shift - 11, b: on + shift + 3 });
    for (const shift of [4, 17, -9, 30, -22, 43, -35, 56, -48]) {
      const b = box(shift);
      if (b.b > bottom + 4 || b.t < top - 8 || b.r > width) continue;
      if (!taken.some(other => b.l < other.r && b.r > other.l && b.t < other.b && b.b > other.t)) { taken.push(b); return on + shift; }
    }
    return null;
  };
  for (const reference of references) taken.push({ l: x(reference.costYear) - 6, r: x(reference.costYear) + 6, t: y(reference.usdPerBillionImages) - 6, b: y(reference.usdPerBillionImages) + 6 });
  if (here) {
    const at = x(here.year), on = y(here.usd), text = here.text, width14 = text.length * 7.8;
    taken.push({ l: at - 14 - width14, r: at + 9, t: on - 12, b: on + 9 });
  }
  for (const trend of start ? trends.filter(trend => trend.axis === "inference") : []) {
    const months = (last - start.costYear) * 12, end = start.usdPerBillionImages * 0.5 ** (months / trend.halvingMonths);
    const floor = 10 ** low, year = end >= floor ? last : start.costYear + Math.log2(start.usdPerBillionImages / floor) * trend.halvingMonths / 12;
    const value = Math.max(end, floor);
    svg.append(element("line", { x1: x(start.costYear), y1: y(start.usdPerBillionImages), x2: x(year), y2: y(value), class: "trend" }));
    const at = year < last ? x(year) + 6 : right + 6, text = trend.label.replace(/ \(.*\)$/, "").replace(/^ARK: training cost falls/, "ARK: training,");
    const line = narrow && year >= last ? null : place(at, y(value) - (year < last ? 12 : 0), text);
    if (line !== null) svg.append(element("text", { x: at, y: line }, text));
  }
  for (const reference of references) {
    const at = x(reference.costYear), on = y(reference.usdPerBillionImages);
    const mark = element("path", { d: `M${at},${on - 6}L${at + 6},${on}L${at},${on + 6}L${at - 6},${on}Z`, class: reference.reproduced ? "known" : "claimed" });
    mark.append(element("title", {}, `${reference.label}: ${figure(reference)} per billion, ${reference.model}, scope ${reference.scope}. ${reference.source}${reference.status ? `. ${reference.status}` : ""}`));
    if (reference.low != null) svg.append(element("line", { x1: at, x2: at, y1: y(reference.low), y2: y(reference.high), class: "range" }));
    svg.append(mark);
    const text = reference.reproduced ? reference.id : `${reference.id}: claimed, not reproduced`;
    const line = narrow && reference.reproduced ? null : place(at + 9, on, text);
    if (line !== null) svg.append(element("text", { x: at + 9, y: line, class: reference.reproduced ? "" : "claimed" }, text));
  }
  if (here) {
    const at = x(here.year), on = y(here.usd);
    if (here.alone) svg.append(element("circle", { cx: at, cy: y(here.alone), r: 6, class: "alone" }));
    svg.append(element("circle", { cx: at, cy: on, r: 8, class: "here" }), element("text", { x: at - 14, y: on + 5, "text-anchor": "end", class: "here" }, here.text));
  }
  host.replaceChildren(svg);
}
