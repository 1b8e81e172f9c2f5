import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ask, type ServedHub, serveHub } from "../core/http/served-hub.ts";
import { chromiumPath } from "../services/chromium.ts";
import { until } from "../services/until.ts";

let hub: ServedHub;
let browser: Browser;
let complaints: string[];

beforeAll(async () => {
  hub = await serveHub();
  await hub.crm.insert("customer", { displayName: "Blauer See", customerNumber: "BLAUS", type: "COMPANY" });
  await hub.crm.insert("customer", {
    displayName: "Broken",
    customerNumber: "BROKEN-1",
    language: "Klingon, mostly",
  });
  browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: ["--no-sandbox", "--disable-background-networking"],
  });
});
afterAll(async () => {
  await browser?.close();
  await hub?.close();
});
beforeEach(() => {
  complaints = [];
});

const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 360, height: 740 };
const ENGLISH = {
  title: "The star",
  persons: "Waits for a person",
  customers: "Customers",
  running: "running",
};
const CHINESE = { title: "星形连接", persons: "等待人工处理", customers: "客户", running: "运行中" };

/** The page as a browser with these preferences shows it, once the star is drawn. Whatever the browser complains about is kept. */
async function open(options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(hub.url);
  await page.waitForSelector("#star svg");
  return page;
}

/** Customers in the CRM, as the table has it. */
const firstCount = (page: Page) => page.textContent("#table tbody td .records");
const overflow = (page: Page) =>
  page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");

test.each([
  ["en-GB", WIDE, "light", "en", ENGLISH],
  ["en-GB", NARROW, "dark", "en", ENGLISH],
  ["zh-CN", WIDE, "dark", "zh-CN", CHINESE],
  ["zh-CN", NARROW, "light", "zh-CN", CHINESE],
  ["fr-FR", NARROW, "light", "en", ENGLISH],
] as const)(
  "for a browser in %s at %j, %s: the star, the counts, what waits",
  async (locale, viewport, colorScheme, language, texts) => {
    const page = await open({ locale, viewport, colorScheme });
    expect(await page.getAttribute("html", "lang")).toBe(language);
    await until("the customers are counted", async () => (await firstCount(page)) === "1");
    expect(await page.textContent("#star-title")).toBe(texts.title);
    expect(await page.textContent("#persons-title")).toBe(texts.persons);
    expect(await page.textContent("#table tbody th")).toBe(texts.customers);
    expect(await page.textContent("#star .node .state")).toBe(texts.running);
    expect(await page.getAttribute("#star svg", "aria-label")).toContain("CRM (sandbox)");
    expect(await page.textContent("#persons")).toContain("nave dead list");
    expect(await overflow(page)).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  },
);

test("texts are large enough to read and stand out from their ground, wide and narrow, light and dark", async () => {
  for (const viewport of [WIDE, NARROW]) {
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await open({ viewport, colorScheme });
      const found = await page.evaluate<{ size: number; contrast: number }>(LEAST_READABLE);
      expect(found.size).toBeGreaterThanOrEqual(10.5);
      expect(found.contrast).toBeGreaterThanOrEqual(4.5);
      await page.context().close();
    }
  }
});

test("the language is switched by keyboard, and remembered", async () => {
  const page = await open({ locale: "en-GB", viewport: WIDE });
  for (
    let presses = 0;
    (await page.evaluate("document.activeElement.dataset.language")) !== "zh-CN";
    presses += 1
  ) {
    expect(presses).toBeLessThan(10);
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  expect(await page.textContent("#star-title")).toBe(CHINESE.title);
  expect(await page.getAttribute('[data-language="zh-CN"]', "aria-pressed")).toBe("true");
  await page.reload();
  await page.waitForSelector("#star svg");
  expect(await page.textContent("#star-title")).toBe(CHINESE.title);
  await page.context().close();
});

test("a new record, a system that is down, and a hub that is gone show without a reload", async () => {
  const page = await open({ locale: "en-GB", viewport: WIDE });
  const headline = () => page.textContent("#headline");
  await hub.crm.insert("customer", { displayName: "Another", customerNumber: "ANOTHER", type: "COMPANY" });
  await until("the new customer is counted", async () => (await firstCount(page)) === "2");
  await hub.crm.misbehave({ down: true });
  await until("the page says so", async () => (await headline()) === "CRM (sandbox) cannot be reached");
  expect(await page.getAttribute("#star .node", "data-state")).toBe("down");
  expect(await page.textContent("#star .node .state")).toBe("not reachable");
  await hub.crm.misbehave({ down: false });
  await until(
    "the page says it is back",
    async () => (await page.getAttribute("#star .node", "data-state")) === "ok",
  );
  await page.context().setOffline(true);
  await until("the page says that the hub is silent", () => page.isVisible("#offline"));
  await page.context().setOffline(false);
  await until("and forgets it", async () => !(await page.isVisible("#offline")));
  await page.context().close();
});

test("a read-only system is shown as what it is, in the reader's language", async () => {
  const turn = (action: string) =>
    ask(`${hub.url}/api/systems/crm/${action}`, { json: {}, token: hub.token });
  await turn("read-only");
  const page = await open({ viewport: WIDE, locale: "zh-CN" });
  await until("the page shows it", async () => (await page.textContent("#star .node .state")) === "只读");
  await turn("read-write");
  await until("it is over", async () => (await page.textContent("#star .node .state")) === "运行中");
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("the page shows neither names nor data of records", async () => {
  const page = await open({ viewport: WIDE });
  const text = await page.evaluate("document.documentElement.outerHTML");
  for (const secret of ["Blauer See", "BLAUS", "Klingon"]) expect(text).not.toContain(secret);
  await page.context().close();
});

test("the editor opens behind the hub's login", async () => {
  const page = await open({ locale: "en-GB", viewport: WIDE });
  await page.click('a[href="/editor/"]');
  await page.waitForSelector("#node-dialog-login-username");
  await page.fill("#node-dialog-login-username", "admin");
  await page.fill("#node-dialog-login-password", hub.running.firstPassword ?? "");
  await page.click("#node-dialog-login-submit");
  await page.waitForSelector("text=customer-sync", { timeout: 60_000 });
  await page.context().close();
});

/** Smallest rendered text and worst contrast (WCAG 2) among all texts of the page; SVG texts by their rendered height. */
const LEAST_READABLE = `(() => {
  const parse = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const groundOf = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0.99) return color;
    }
    return [255, 255, 255];
  };
  let size = Infinity;
  let contrast = Infinity;
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "");
    const box = element.getBoundingClientRect();
    if (!own || box.width === 0 || box.right < 0 || ["SCRIPT", "NOSCRIPT"].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    const owner = element.ownerSVGElement;
    const scale = owner ? owner.getBoundingClientRect().width / owner.viewBox.baseVal.width : 1;
    size = Math.min(size, Number.parseFloat(style.fontSize) * scale);
    if (element.classList.contains("hub-name")) continue;
    const [a, b] = [light(parse(owner ? style.fill : style.color)), light(groundOf(element))].sort((x, y) => y - x);
    contrast = Math.min(contrast, (a + 0.05) / (b + 0.05));
  }
  return { size, contrast };
})()`;
