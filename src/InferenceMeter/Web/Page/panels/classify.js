// One image of a person's own: dropped or chosen, shown, and classified.
import { requestJson } from "../core/connection.js";
import { bar, byId, create } from "../core/dom.js";
import { milliseconds, percent, usd } from "../core/format.js";
import { askWhereNeeded } from "./change.js";

export function wire() {
  const drop = byId("drop");
  markWhile(drop, ["dragenter", "dragover"], true);
  markWhile(drop, ["dragleave", "drop"], false);
  drop.addEventListener("drop", event => take(event.dataTransfer.files));
  byId("image").addEventListener("change", event => take(event.target.files));
}

/** Marks the target of a drop. Without preventDefault the browser would open the image instead. */
function markWhile(drop, kinds, isOver) {
  for (const kind of kinds) {
    drop.addEventListener(kind, event => {
      event.preventDefault();
      drop.classList.toggle("over", isOver);
    });
  }
}

function take([file]) {
  if (!file) return;
  preview(file);
  classify(file);
}

function preview(file) {
  const image = byId("preview");
  if (image.src) URL.revokeObjectURL(image.src);
  image.src = URL.createObjectURL(file);
  image.alt = file.name;
  image.hidden = false;
}

async function classify(file) {
  const host = byId("classes");
  host.replaceChildren(create("p", { textContent: "classifying …" }));
  try {
    const answer = await requestJson("api/v1/classify", {
      method: "POST",
      body: file,
      headers: { "Content-Type": "application/octet-stream" },
    });
    host.replaceChildren(...resultOf(answer));
  } catch (error) {
    host.replaceChildren(create("p", { className: "answer wrong", textContent: error.message }));
    askWhereNeeded(error);
  }
}

function resultOf(answer) {
  const [image] = answer.images;
  const bars = image.classes.map(one =>
    bar({ name: one.name ?? `class ${one.index}`, share: one.probability, text: percent(one.probability) }),
  );
  return [
    create("div", { className: "bars" }, ...bars),
    create("p", { className: "note", textContent: noteOf(image, answer.weights) }),
  ];
}

function noteOf(image, weights) {
  const { total, decode, infer } = image.seconds;
  const time = `${milliseconds(total)} (decode ${milliseconds(decode)}, infer ${milliseconds(infer)})`;
  const cost = `${usd(image.usd * 1e9)} per billion at this pace`;
  if (weights !== "synthetic") return `${time}, ${cost}.`;
  return (
    `${time}, ${cost}. The weights are synthetic, so the classes mean nothing; ` +
    "start the meter with --model resnet50 for real ones."
  );
}
