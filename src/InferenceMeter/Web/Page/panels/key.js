// The dialog in which a person enters the API key.
import { key } from "../core/connection.js";
import { byId } from "../core/dom.js";

let hasAsked = false;

/** @param onClosed is called when the dialog closes, with the key or without */
export function wire(onClosed) {
  const dialog = byId("key-dialog");
  byId("key").addEventListener("click", askForKey);
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "ok") key.set(byId("key-value").value.trim());
    byId("key-value").value = "";
    onClosed();
  });
}

export function askForKey() {
  hasAsked = true;
  if (byId("key-dialog").open) return;
  byId("key-value").value = key.get();
  byId("key-dialog").showModal();
}

/** Asks unless that has happened before: whoever closed the dialog has said no. */
export function askForKeyOnce() {
  if (!hasAsked) askForKey();
}
