// Looks at a page as people do, and prints what it saw as JSON: node page.mjs PAGE FOLDER
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { launch } from "./browser.mjs";

const [page, folder] = process.argv.slice(2);
const url = pathToFileURL(page).href;
const seen = { errors: [], requests: [] };
const browser = await launch();

async function opened(options, after = "") {
  const context = await browser.newContext(options);
  const tab = await context.newPage();
  tab.on("console", (message) => message.type() === "error" && seen.errors.push(message.text()));
  tab.on("pageerror", (error) => seen.errors.push(error.message));
  tab.on("request", (request) => request.url().startsWith("file:") || seen.requests.push(request.url()));
  await tab.goto(url + after);
  return tab;
}

const steps = "details.step";
const visible = (tab) => tab.locator(`${steps}:visible`).count();
const focused = (tab) => tab.evaluate(() => document.activeElement.closest("details.step")?.id ?? document.activeElement.id);

{
  const tab = await opened({ viewport: { width: 1200, height: 900 }, colorScheme: "light" });
  seen.title = await tab.title();
  seen.steps = await tab.locator(steps).evaluateAll((all) =>
    all.map((step) => ({ action: step.dataset.action, address: step.querySelector("b").textContent, text: step.textContent })));
  seen.shown = await tab.locator("#shown").textContent();
  seen.nodes = await tab.locator("svg rect").count();
  seen.edges = await tab.locator("svg path").count();
  seen.overlaps = await tab.evaluate(() => {
    const boxes = [...document.querySelectorAll("svg")].map((svg) => [...svg.querySelectorAll("rect")].map((rect) => rect.getBBox()));
    const apart = (a, b) => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
    return boxes.flatMap((all) => all.flatMap((a, at) => all.slice(at + 1).filter((b) => !apart(a, b)))).length;
  });
  // Text of a node that is drawn wider than its box.
  seen.spilled = await tab.evaluate(() => [...document.querySelectorAll("svg g, svg a")]
    .filter((node) => node.querySelector("text").getBBox().width > node.querySelector("rect").getBBox().width).length);
  seen.injected = await tab.evaluate(() => globalThis.injected ?? null);

  await tab.keyboard.press("/");
  seen.slash = await focused(tab);
  await tab.keyboard.type(process.env.FILTER ?? "");
  seen.filtered = await visible(tab);
  await tab.keyboard.press("Escape");
  seen.unfiltered = await visible(tab);
  const button = tab.locator("button[data-action]").first();
  await button.click();
  seen.pressed = { action: await button.getAttribute("data-action"), visible: await visible(tab) };
  await button.click();

  await tab.evaluate(() => document.activeElement.blur());
  await tab.keyboard.press("j");
  const first = await focused(tab);
  await tab.keyboard.press("j");
  await tab.keyboard.press("k");
  seen.moved = { first, back: await focused(tab) };
  await tab.keyboard.press("Enter");
  seen.entered = await tab.locator(`${steps}[open]`).count();
  await tab.keyboard.press("e");
  seen.all = await tab.locator(`${steps}[open]`).count();
  await tab.screenshot({ path: join(folder, "light.png"), fullPage: true });
  await tab.keyboard.press("c");
  seen.none = await tab.locator(`${steps}[open]`).count();

  const link = tab.locator("svg a").first();
  await link.focus();
  await tab.keyboard.press("Enter");
  await tab.waitForFunction(() => document.querySelector("details.step[open]"));
  seen.linked = { to: (await link.getAttribute("href")).slice(1), open: await focused(tab) };
}
{
  const tab = await opened({ viewport: { width: 1200, height: 900 }, colorScheme: "dark" });
  seen.dark = await tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await tab.screenshot({ path: join(folder, "dark.png"), fullPage: true });
}
{
  const tab = await opened({ viewport: { width: 360, height: 740 } });
  seen.narrow = await tab.evaluate(() => document.documentElement.scrollWidth);
  await tab.screenshot({ path: join(folder, "narrow.png"), fullPage: true });
}
{
  const tab = await opened({ javaScriptEnabled: false });
  seen.plain = { steps: await visible(tab), tools: await tab.locator(".tools:visible").count() };
  await tab.locator(`${steps} summary`).first().click();
  seen.plain.open = await tab.locator(`${steps}[open]`).count();
}
await browser.close();
console.log(JSON.stringify(seen));
