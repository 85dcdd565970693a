// How panels put text and elements on the page. Nothing here parses HTML: what a meter says is text, whatever is in it.

export const byId = id => document.getElementById(id);

/**
 * Sets the text of an element. An empty text keeps its line, so that nothing around it moves; one that is there already
 * is left alone, so that a selection in it stays.
 */
export function setText(element, text) {
  const value = text || "\u00a0";
  if (element.textContent !== value) element.textContent = value;
}

/** Creates an element with properties, or attributes where it has no such property, and children. */
export function create(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [property, value] of Object.entries(properties)) {
    if (property in element) {
      element[property] = value;
    } else {
      element.setAttribute(property, value);
    }
  }
  element.append(...children);
  return element;
}

/** Builds a list anew only when its items have changed: what a person has selected or focused in it stays. */
export function renderList(host, items, createItem) {
  const shown = JSON.stringify(items);
  if (host.dataset.shown === shown) return;
  host.dataset.shown = shown;
  host.replaceChildren(...items.map(createItem));
}

export const textCell = text => create("td", { textContent: text });

export const numberCell = text => create("td", { className: "number", textContent: text });

/** A term with its description, for a <dl>. */
export const term = ([name, description]) =>
  create("div", {}, create("dt", { textContent: name }), create("dd", {}, description));

/** A bar with its name and its value. */
export function bar({ name, share, text, kind = "" }) {
  const filled = create("div", { className: "filled" });
  filled.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return create(
    "div",
    { className: `row ${kind}` },
    create("span", { textContent: name }),
    create("div", { className: "track", ariaHidden: "true" }, filled),
    create("span", { className: "number", textContent: text }),
  );
}
