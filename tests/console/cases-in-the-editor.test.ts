import { readdir, readFile } from "node:fs/promises";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, type ServedHub, serveHub } from "../core/http/served-hub.ts";
import { chromiumPath } from "../services/chromium.ts";
import { until } from "../services/until.ts";
import { DrawingHand } from "./drawing-hand.ts";

const PASSWORD = "a password that is long";
const FLOW_FILE = "flows/customer-sync/flow.json";

let hub: ServedHub;
let browser: Browser;
beforeAll(async () => {
  // Olga may change a flow, and so gets as far as the others are refused to her.
  const permissions = { "order-sync": { read: ["operator"] }, "customer-*": { edit: ["olga"] } };
  hub = await serveHub({ flows: { permissions } });
  browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
});
afterAll(async () => {
  await browser?.close();
  await hub?.close();
});

async function editorToken(username: string, password: string): Promise<string> {
  const login = { client_id: "node-red-editor", grant_type: "password", scope: "", username, password };
  const { json } = await ask(`${hub.url}/editor/auth/token`, { json: login });
  return String(json["access_token"]);
}

async function openCases(locale: string): Promise<DrawingHand> {
  const page = await browser.newPage({ locale, viewport: { width: 1400, height: 800 } });
  const hand = new DrawingHand(page);
  await hand.logIn(hub.url, hub.running.firstPassword ?? "");
  await page.getByText("customer-sync").first().click();
  await page.evaluate('RED.sidebar.show("nave-cases")');
  await page.waitForSelector(".nave-case-listed");
  return hand;
}

test("the cases of the open flow are listed, and run on what is drawn, deployed or not", async () => {
  const { page } = await openCases("en-US");
  const deployed = await readFile(FLOW_FILE, "utf8");
  const words = page.locator(".nave-cases p");
  const number = (await readdir("flows/customer-sync/cases")).length;
  await expect.poll(() => page.locator(".nave-case-listed").count()).toBe(number);

  await page.getByText("Run on what is drawn").click();
  await expect.poll(() => words.textContent(), { timeout: 90_000 }).toContain(`${number} passed, 0 failed`);

  await page.locator(".red-ui-flow-node-group", { hasText: "routed system" }).click();
  await page.keyboard.press("Delete");
  await page.getByText("Run on what is drawn").click();
  await until("some have failed", async () => (await page.locator(".nave-case-failed").count()) > 0);
  expect(await page.locator(".nave-case-failed pre").first().textContent()).toContain(
    "a wish was expected, and there is none",
  );
  expect(await readFile(FLOW_FILE, "utf8")).toBe(deployed);
  await page.close();
});

test("in Chinese too", async () => {
  const { page } = await openCases("zh-CN");
  expect(await page.locator(".nave-cases p").textContent()).toContain("用例针对当前绘制的流程运行");
  await page.close();
});

test("who may not deploy a flow cannot run cases, and what is no flow is refused in words", async () => {
  const address = `${hub.url}/editor/nave/cases/customer-sync`;
  expect((await ask(address, { json: [] })).status).toBe(401);
  const token = await editorToken("admin", hub.running.firstPassword ?? "");
  const answer = await ask(address, { json: [{ id: "customer-sync" }], token });
  expect(answer.status).toBe(422);
  expect(answer.json["detail"]).toContain("no such flow");
});

test("cases are listed for those who may read their flow, and run for those who may edit it", async () => {
  const [address, json] = [`${hub.url}/editor/nave/cases/order-sync`, [{ id: "order-sync", type: "tab" }]];
  for (const name of ["olga", "vera"])
    await ask(`${hub.url}/api/accounts`, {
      token: hub.token,
      json: { name, role: name === "olga" ? "operator" : "viewer", password: PASSWORD },
    });
  const [olga, vera] = [await editorToken("olga", PASSWORD), await editorToken("vera", PASSWORD)];
  expect((await ask(address, { token: olga })).json["cases"]).not.toEqual([]);
  expect(await ask(address, { token: vera })).toMatchObject({ status: 200, json: { cases: [] } });
  expect(await ask(address, { json, token: olga })).toMatchObject({
    status: 403,
    json: { detail: "olga may not edit order-sync, and run its cases" },
  });
});
