// A curve over time; where there is no value it has a gap.
import { tick } from "../core/format.js";
import { Drawing, linearScale } from "./svg.js";

const margins = { left: 62, right: 8, top: 10, bottom: 24 };
const mostSteps = 4;
// The axis spans at least this part of the figure, so that a quiet curve looks quiet.
const leastSpan = 0.2;
const pixelsPerTime = 150;
const secondsShownUpTo = 600_000;

/**
 * Draws a curve.
 * @param points of { at: Date, value: number or null }, oldest first
 * @param options from and to: the time that the axis spans; isMoney: figures are dollars; isSecond: the second colour;
 * label: what a screen reader says
 */
export function timeChart(host, points, { from, to, isMoney = false, isSecond = false, label }) {
  const drawing = new Drawing(host, label, margins);
  const values = points.map(point => point.value).filter(value => value !== null);
  if (values.length === 0) {
    const middle = { class: "empty", "text-anchor": "middle" };
    drawing.text(drawing.width / 2, drawing.height / 2, "nothing measured in this time", middle);
    drawing.show();
    return;
  }
  const { low, high, step } = axisOf(values);
  const x = linearScale([from, to], [drawing.left, drawing.right]);
  const y = linearScale([low, high], [drawing.bottom, drawing.top]);
  for (let value = low; value <= high + step / 2; value += step) {
    drawing.valueTick(y(value), tick(Number(value.toPrecision(6)), isMoney));
  }
  drawTimes(drawing, from, to, x);
  drawCurve(drawing, unbrokenParts(points), x, y, isSecond);
  drawing.show();
}

/** Round ends around the values, and the step between two lines. */
function axisOf(values) {
  let low = Math.min(...values);
  let high = Math.max(...values);
  const middle = (low + high) / 2;
  const least = middle * leastSpan || 1;
  if (high - low < least) {
    low = Math.max(0, middle - least / 2);
    high = middle + least / 2;
  }
  const step = roundStep(high - low);
  return { low: Math.floor(low / step) * step, high: Math.ceil(high / step) * step, step };
}

/** 1, 2 or 5 times a power of ten, so that there are a few steps. */
function roundStep(span) {
  const rough = span / mostSteps;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].find(factor => factor * power >= rough) * power;
}

function drawTimes(drawing, from, to, x) {
  const intervals = Math.floor((drawing.right - drawing.left) / pixelsPerTime);
  const count = Math.max(2, Math.min(6, intervals));
  const withSeconds = to - from <= secondsShownUpTo;
  for (let i = 0; i <= count; i++) {
    const at = new Date(from.getTime() + ((to - from) * i) / count);
    drawing.timeTick(x(at), clock(at, withSeconds), anchorOf(i, count));
  }
}

function clock(at, withSeconds) {
  const format = { hour: "2-digit", minute: "2-digit" };
  if (withSeconds) format.second = "2-digit";
  return at.toLocaleTimeString("en-GB", format);
}

/** The first label starts at the axis and the last one ends there: neither sticks out. */
function anchorOf(index, count) {
  if (index === 0) return "start";
  return index === count ? "end" : "middle";
}

/** The points between two gaps. */
function unbrokenParts(points) {
  const parts = [[]];
  for (const point of points) {
    if (point.value === null) {
      parts.push([]);
    } else {
      parts.at(-1).push(point);
    }
  }
  return parts.filter(part => part.length > 0);
}

function drawCurve(drawing, parts, x, y, isSecond) {
  let curve = "";
  let area = "";
  for (const part of parts) {
    const corners = part.map(point => `${x(point.at).toFixed(1)},${y(point.value).toFixed(1)}`).join("L");
    const start = x(part[0].at).toFixed(1);
    const end = x(part.at(-1).at).toFixed(1);
    curve += `M${corners}`;
    area += `M${start},${drawing.bottom}L${corners}L${end},${drawing.bottom}Z`;
  }
  drawing.add("path", { d: area, class: isSecond ? "area second" : "area" });
  drawing.add("path", { d: curve, class: isSecond ? "curve second" : "curve" });
}
