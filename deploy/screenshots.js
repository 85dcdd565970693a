// Photographs the page for screenshots.sh. Arguments: the folder of Playwright, Chromium, the address, the output
// folder.
const path = require("node:path");

const [playwright, executablePath, url, folder] = process.argv.slice(2);
const pictures = [
  { name: "page-dark-wall.png", colorScheme: "dark", viewport: { width: 1440, height: 1000 } },
  { name: "page-light-phone.png", colorScheme: "light", viewport: { width: 390, height: 844 } },
];
const longestWaitMs = 600_000;

async function take(browser, { name, colorScheme, viewport }) {
  const context = await browser.newContext({ colorScheme, viewport, reducedMotion: "reduce" });
  const page = await context.newPage();
  page.setDefaultTimeout(longestWaitMs);
  await page.goto(url);
  await page.waitForSelector("#state[data-state=steady]");
  await page.waitForSelector("#since-chart circle.here");
  await page.waitForSelector("#cost-chart path.curve");
  await page.screenshot({ path: path.join(folder, name), fullPage: true });
  await context.close();
}

async function main() {
  const { chromium } = require(playwright);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  for (const picture of pictures) await take(browser, picture);
  await browser.close();
}

main();
