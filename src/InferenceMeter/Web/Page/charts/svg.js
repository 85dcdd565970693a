// What the drawings share. They take their colours from the style sheet, so both themes are one drawing, and carry a
// sentence for screen readers.

const namespace = "http://www.w3.org/2000/svg";
const leastWidth = 200;

export function svgElement(name, attributes, text) {
  const element = document.createElementNS(namespace, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

/**
 * A drawing as large as its host: a plot area within margins, and functions that add to it.
 * @param label what a screen reader says of it
 */
export class Drawing {
  constructor(host, label, margins) {
    const bounds = host.getBoundingClientRect();
    this.host = host;
    this.width = Math.max(leastWidth, Math.round(bounds.width));
    this.height = Math.round(bounds.height);
    this.left = margins.left;
    this.right = this.width - margins.right;
    this.top = margins.top;
    this.bottom = this.height - margins.bottom;
    const viewBox = `0 0 ${this.width} ${this.height}`;
    this.svg = svgElement("svg", { viewBox, role: "img", "aria-label": label });
  }

  add(name, attributes, text) {
    const element = svgElement(name, attributes, text);
    this.svg.append(element);
    return element;
  }

  line(x1, y1, x2, y2, kind) {
    return this.add("line", { x1, y1, x2, y2, class: kind });
  }

  text(x, y, text, attributes = {}) {
    return this.add("text", { x, y, ...attributes }, text);
  }

  /** A line across the plot with its figure on the left. */
  valueTick(y, text) {
    this.line(this.left, y, this.right, y, "grid");
    this.text(this.left - 8, y + 4, text, { "text-anchor": "end" });
  }

  /** A label of the time axis, below the plot. */
  timeTick(x, text, anchor = "middle") {
    this.text(x, this.height - 6, text, { "text-anchor": anchor });
  }

  /** Replaces what the host showed. */
  show() {
    this.host.replaceChildren(this.svg);
  }
}

/** A linear scale from a domain to a range of pixels. */
export function linearScale([from, to], [start, end]) {
  return value => start + ((value - from) / (to - from)) * (end - start);
}
