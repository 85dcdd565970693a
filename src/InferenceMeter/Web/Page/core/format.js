// Numbers as the program's own screens and reports write them.

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** A count, such as 12,345. */
export const count = value => whole.format(value);

/** US dollars: whole from 1,000 on, two digits after the point below, two significant ones under 10 cents. */
export function usd(value) {
  if (value >= 1000) return "$" + whole.format(value);
  if (value >= 0.1) return "$" + value.toFixed(2);
  if (value === 0) return "$0";
  return "$" + (value < 0.000001 ? value.toPrecision(2) : value.toFixed(6).replace(/0{1,2}$/, ""));
}

/** A price: all its digits up to the sixth after the point, at least two. */
export const price = value => "$" + value.toFixed(6).replace(/0{1,4}$/, "");

/** Images per second, to three significant digits. */
export function rate(value) {
  if (value >= 100) return whole.format(value);
  return value.toFixed(value >= 10 ? 1 : 2);
}

/** The cost of a reference, or the range of its prices. */
export function referenceCost(reference) {
  if (reference.usdPerBillionImages == null) return `${rate(reference.imagesPerSecond)} images/s, no price`;
  const cost = usd(reference.usdPerBillionImages);
  if (reference.low == null) return cost;
  const range = `${usd(reference.low)} to ${usd(reference.high)}`;
  return reference.usdPerHour == null ? range : `${cost} (${range} on file)`;
}

/** A share of a whole, such as 12.3 %. */
export const percent = (share, digits = 1) => (share * 100).toFixed(digits) + " %";

/** A span of time, such as 45 s, 12 min, 3.2 h. */
export function duration(seconds) {
  if (seconds < 90) return seconds.toFixed(seconds < 10 ? 1 : 0) + " s";
  if (seconds < 5400) return (seconds / 60).toFixed(0) + " min";
  return (seconds / 3600).toFixed(1) + " h";
}

/** A latency, such as 12.3 ms. */
export const milliseconds = seconds => (seconds * 1e3).toFixed(seconds < 0.1 ? 1 : 0) + " ms";

/** A size, such as 396 MB. */
export const bytes = value => (value >= 1e9 ? (value / 1e9).toFixed(1) + " GB" : (value / 1e6).toFixed(0) + " MB");

/** A large number in words, such as 1.02 billion. */
export function large(value) {
  if (value >= 1e9) return `${Number((value / 1e9).toFixed(2))} billion`;
  if (value >= 1e6) return `${Number((value / 1e6).toFixed(2))} million`;
  return whole.format(value);
}

/** A label, and in brackets what has to be known about it. */
export function withNotes(label, ...notes) {
  const known = notes.filter(Boolean);
  return known.length > 0 ? `${label} (${known.join("; ")})` : label;
}

/** A short figure on an axis. */
export function tick(value, isMoney) {
  const sign = isMoney ? "$" : "";
  if (value >= 1000) return sign + whole.format(value);
  if (value >= 1) return sign + String(Math.round(value * 100) / 100);
  return sign + String(Number(value.toPrecision(2)));
}
