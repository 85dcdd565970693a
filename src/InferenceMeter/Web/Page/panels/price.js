// The price of this machine: where it is from, how old it is, and a form that sets another.
import { sendJson } from "../core/connection.js";
import { byId, create, renderList, setText, term } from "../core/dom.js";
import { count, price } from "../core/format.js";
import { submit } from "./change.js";

export function wire() {
  const form = byId("price-form");
  form.addEventListener("submit", event => {
    event.preventDefault();
    submit(form, () => setPrice(form));
  });
}

async function setPrice(form) {
  const set = await sendJson("api/v1/price", "PUT", {
    usdPerHour: form.usdPerHour.valueAsNumber,
    note: form.note.value || null,
  });
  return `The price is ${price(set.usdPerHour)} an hour from now on.`;
}

export function show(reading) {
  setText(byId("price"), price(reading.price.usdPerHour));
  renderList(byId("price-facts"), factsOf(reading.price), ([name, text]) => term([name, linked(text)]));
}

function factsOf(now) {
  const from = [now.source, now.cloud, now.instance, now.region, now.purchase].filter(Boolean).join(" ");
  const facts = [
    ["From", from],
    ["As of", dated(now)],
  ];
  if (now.buys) facts.push(["Buys", now.buys]);
  if (now.usdPerWorkingHour) {
    facts.push(["Working hour", `${price(now.usdPerWorkingHour)}, which pays for the unused hours too`]);
  }
  if (now.note) facts.push(["Note", now.note]);
  if (now.gpus) facts.push(["GPUs", count(now.gpus)]);
  if (now.exchangeRate) facts.push(["Exchange rate", Object.values(now.exchangeRate).join(" ")]);
  for (const [part, cost] of Object.entries(now.parts ?? {})) facts.push([part, `${price(cost)} an hour`]);
  if (now.sourceUrl) facts.push(["Source", now.sourceUrl]);
  return facts;
}

/** The day of a price, or that of its exchange rate where that is what is old. */
function dated(now) {
  if (!now.stale) return now.asOf;
  const age = `STALE (${now.ageDays} days old)`;
  if (now.oldestDate < now.asOf) return `${now.asOf}, exchange rate of ${now.oldestDate}, ${age}`;
  // An instance's price is looked up again and again: an old one is the last answer there was.
  return now.source === "instance" ? `last known (${now.asOf}), ${age}` : `${now.asOf}, ${age}`;
}

/** A link where a fact is an address, else its text. */
function linked(text) {
  if (!/^https?:/.test(text)) return text;
  return create("a", { href: text, textContent: new URL(text).host, rel: "noopener noreferrer" });
}
