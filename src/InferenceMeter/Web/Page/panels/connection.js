// Whether there is a connection: a banner when there is none, and figures that look as old as they are.
import { byId, setText } from "../core/dom.js";
import { askForKeyOnce } from "./key.js";

let lastSeen = null;

export function showConnected() {
  lastSeen = new Date();
  byId("connection").hidden = true;
  byId("figures").classList.remove("stale");
}

/** @param refusal why the meter does not send readings, or null when the connection broke */
export function showLost(refusal) {
  byId("figures").classList.add("stale");
  byId("connection").hidden = false;
  setText(byId("connection"), refusal ? refusal.message : reconnecting());
  if (refusal?.needsKey) askForKeyOnce();
}

function reconnecting() {
  if (!lastSeen) return "Reconnecting … there are no figures yet.";
  return `Reconnecting … the figures are those of ${lastSeen.toLocaleTimeString("en-GB")}.`;
}
