import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type ServedHub, serveHub } from "../core/http/served-hub.ts";
import { chromiumPath } from "../services/chromium.ts";

const TYPES = [
  "record in",
  "merge",
  "route",
  "record out",
  "derive",
  "amend",
  "lookup",
  "call",
  "notify",
  "reject",
  "approve",
  "compensate",
];

let hub: ServedHub;
let browser: Browser;
beforeAll(async () => {
  hub = await serveHub();
  browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
});
afterAll(async () => {
  await browser?.close();
  await hub?.close();
});

describe.each(["en-US", "zh-CN"])("the editor in %s", (locale) => {
  let page: Page;
  const complaints: string[] = [];
  beforeAll(async () => {
    page = await (await browser.newContext({ locale })).newPage();
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`${hub.url}/editor/`);
    await page.fill("#node-dialog-login-username", "admin");
    await page.fill("#node-dialog-login-password", hub.running.firstPassword ?? "");
    await page.click("#node-dialog-login-submit");
    await page.waitForSelector("#red-ui-palette-container");
    await page.waitForFunction(
      "RED.nodes.registry.getNodeTypes().length > 30 && RED.nodes.getWorkspaceOrder().length > 0",
    );
  });
  beforeEach(() => {
    complaints.length = 0;
  });

  test.each(TYPES)("%s opens its form with every text in this language, and has its help", async (type) => {
    const shown = await page.evaluate<Form>(`(${OPEN_FORM})(${JSON.stringify(type)})`);
    expect(complaints).toEqual([]);
    expect(shown.fields).toContain("node-input-name");
    // A text that is missing shows as its key.
    expect(shown.texts.filter((text) => text === "" || /^[a-z]+(\.[\w-]+)+$/i.test(text))).toEqual([]);
    expect(shown.help.length).toBeGreaterThan(80);
    const hasChinese = /\p{Script=Han}/u.test(shown.texts.join("") + shown.help);
    expect(hasChinese).toBe(locale === "zh-CN");
    await page.click("#node-dialog-cancel");
    await page.waitForSelector(".red-ui-tray", { state: "detached" });
  });
});

type Form = { texts: string[]; fields: string[]; help: string };

/** Runs in the page: puts a node of the type on the first tab and opens it, as a double click does. */
const OPEN_FORM = `async (type) => {
  const id = RED.nodes.id();
  const z = RED.nodes.getWorkspaceOrder()[0];
  RED.view.importNodes([{ id, type, z, x: 100, y: 100, wires: [] }], { touchImport: true, generateIds: false, addFlow: false, notify: false });
  const node = RED.nodes.node(id) ?? RED.nodes.filterNodes({ type }).at(-1);
  RED.editor.edit(node);
  await new Promise((resolve) => setTimeout(resolve, 0));
  while (document.querySelector("#node-input-name") === null) await new Promise((resolve) => setTimeout(resolve, 20));
  const form = document.querySelector("#dialog-form");
  const texts = [...form.querySelectorAll("[data-i18n]")].map((one) => one.textContent.trim() || one.placeholder || "");
  const fields = [...form.querySelectorAll("[id^=node-input-]")].map((one) => one.id);
  const help = RED.nodes.getNodeHelp(type) ?? "";
  return { texts, fields, help };
}`;
