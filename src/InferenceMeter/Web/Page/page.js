// The entry: hands what the meter answers to the panels. Every figure on the page is one of the API's.
import { follow, requestJson } from "./core/connection.js";
import * as classify from "./panels/classify.js";
import * as connection from "./panels/connection.js";
import * as devices from "./panels/devices.js";
import * as figures from "./panels/figures.js";
import * as keyDialog from "./panels/key.js";
import * as money from "./panels/money.js";
import * as price from "./panels/price.js";
import * as rates from "./panels/rates.js";
import * as record from "./panels/record.js";
import * as runs from "./panels/runs.js";
import * as theme from "./panels/theme.js";
import * as timeline from "./panels/timeline.js";
import * as training from "./panels/training.js";

const seriesMs = 5000;
const referencesMs = 15000;
const runsMs = 3000;

function showReading(reading) {
  connection.showConnected();
  showOn([figures, money, price, devices], reading);
}

async function loadReferences() {
  let references;
  try {
    references = await requestJson("api/v1/references");
  } catch {
    // The banner says that there is no connection; the panels stay as they were.
    return;
  }
  showOn([record, training, rates], references);
}

/** One panel that fails does not silence the others, and does not pass for a lost connection. */
function showOn(panels, document) {
  for (const panel of panels) {
    try {
      panel.show(document);
    } catch (error) {
      reportError(error);
    }
  }
}

function loadAll() {
  timeline.load();
  loadReferences();
  runs.load();
}

/** Repeats work for as long as somebody can see the page. */
function every(milliseconds, work) {
  setInterval(() => {
    if (!document.hidden) work();
  }, milliseconds);
}

theme.wire();
keyDialog.wire(loadAll);
timeline.wire();
record.wire();
price.wire();
runs.wire();
classify.wire();

loadAll();
every(seriesMs, timeline.refresh);
every(referencesMs, loadReferences);
every(runsMs, runs.load);
follow("api/v1/meter/stream", showReading, connection.showLost);
