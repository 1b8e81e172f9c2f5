import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, type ServedHub, serveHub } from "../core/http/served-hub.ts";
import { chromiumPath } from "../services/chromium.ts";
import { until } from "../services/until.ts";

let hub: ServedHub;
let browser: Browser;
let admin: Page;
const complaints: string[] = [];
const PASSWORD = "a password that is long";

beforeAll(async () => {
  hub = await serveHub({
    copiedFlows: ["customer-sync", "order-sync"],
    flows: { permissions: { "customer-*": { deploy: ["olga"] } } },
  });
  await ask(`${hub.url}/api/accounts`, {
    token: hub.token,
    json: { name: "olga", role: "operator", password: PASSWORD },
  });
  browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
  admin = await openEditor("admin", hub.running.firstPassword ?? "", "en-US");
});
afterAll(async () => {
  await browser?.close();
  await hub?.close();
});

describe("versions", () => {
  test("a deploy takes the comment beside the button, and the sidebar shows it with what is different", async () => {
    await rename(admin, "customer-sync.merge", "as one");
    await admin.fill("#nave-deploy-comment", 'why "so"');
    await deploy(admin);
    expect(await admin.inputValue("#nave-deploy-comment")).toBe("");
    await admin.evaluate("RED.actions.invoke('nave:show-versions')");
    await until("both versions are shown", async () => (await versions(admin)).length === 2);
    const [now, before] = await versions(admin);
    expect(now).toMatch(
      /admin ?in the editor ?[0-9a-f]{12}.*why "so".*changed: merge "as one".*name: "" → "as one"/,
    );
    expect(now).toContain("This is deployed now.");
    expect(before).toMatch(/nobody who logged in ?from files.*new, with 5 nodes.*Roll back to this/);
    expect(complaints).toEqual([]);
  });

  test("one click and a confirmation go back; the canvas shows what runs", async () => {
    await admin.click(".nave-version >> text=Roll back to this");
    const loaded = admin.waitForEvent("load");
    await admin.click(".red-ui-notification >> text=Roll back to this");
    await loaded;
    await isReady(admin);
    expect(await admin.evaluate("RED.nodes.node('customer-sync.merge').name")).toBe("");
    const { json } = await ask(`${hub.url}/api/flows/customer-sync/history`, { token: hub.token });
    expect(json["history"]).toMatchObject([{ origin: "rollback", author: "admin" }, {}, {}]);
  });

  test("what has been drawn and not deployed is not lost by it", async () => {
    await rename(admin, "customer-sync.merge", "mine");
    await admin.evaluate("RED.actions.invoke('nave:show-versions')");
    await admin.locator(".nave-version button").first().click();
    await admin.waitForSelector(".red-ui-notification >> text=Deploy your changes first");
    expect(await admin.evaluate("RED.nodes.node('customer-sync.merge').name")).toBe("mine");
    await admin.evaluate("RED.nodes.dirty(false)");
  });

  test("in Simplified Chinese every text is Chinese", async () => {
    const page = await openEditor("admin", hub.running.firstPassword ?? "", "zh-CN");
    await page.evaluate("RED.actions.invoke('nave:show-versions')");
    await until("versions are shown", async () => (await versions(page)).length === 3);
    expect((await versions(page)).join("\n")).toMatch(/编辑器.*修改：merge.*回滚到此版本/s);
    expect((await versions(page)).join("\n")).not.toMatch(/\b[a-z]+\.[a-z]+\b(?!-)/);
    expect(await page.getAttribute("#nave-deploy-comment", "placeholder")).toBe("此次部署的说明");
    await page.close();
  });
});

describe("two people at the editor", () => {
  let olga: Page;
  beforeAll(async () => {
    olga = await openEditor("olga", PASSWORD, "en-US");
  });

  test("each sees the other, the flow that is open there, and the node that is being edited", async () => {
    const button = admin.locator('.red-ui-multiplayer-user[data-username="olga"]');
    await button.waitFor({ state: "visible" });
    await olga.locator('.red-ui-multiplayer-user[data-username="admin"]').waitFor({ state: "visible" });
    await olga.evaluate("RED.workspaces.show('order-sync')");
    const onTab = admin.locator(
      "#red-ui-tab-order-sync .red-ui-multiplayer-user-location .red-ui-user-profile",
    );
    await onTab.first().waitFor({ state: "visible" });
    await olga.evaluate("RED.workspaces.show('customer-sync')");
    await olga.evaluate("RED.editor.edit(RED.nodes.node('customer-sync.merge'))");
    await admin.evaluate("RED.workspaces.show('customer-sync')");
    const mark = admin.locator('[id="customer-sync.merge"] .red-ui-multiplayer-annotation').first();
    await mark.waitFor({ state: "visible" });
    await olga.click("#node-dialog-cancel");
    await mark.waitFor({ state: "hidden" });
  });

  test("what somebody may not change is locked for them, and theirs can be deployed", async () => {
    const locked = (id: string) =>
      olga.evaluate(`RED.nodes.workspace(${JSON.stringify(id)}).locked === true`);
    expect([await locked("order-sync"), await locked("customer-sync")]).toEqual([true, false]);
    await rename(olga, "customer-sync.merge", "by olga");
    await deploy(olga);
    const { json } = await ask(`${hub.url}/api/flows/customer-sync/history?limit=1`, { token: hub.token });
    expect(json["history"]).toMatchObject([{ author: "olga", origin: "editor" }]);
  });

  test("what they change nevertheless is refused with its name, and stays on their canvas", async () => {
    await olga.evaluate("RED.nodes.workspace('order-sync').locked = false");
    await rename(olga, "order-sync.merge", "not hers");
    await olga.click("#red-ui-header-button-deploy");
    await olga.waitForSelector(".red-ui-notification >> text=olga may not deploy order-sync");
    expect(await olga.evaluate("RED.nodes.node('order-sync.merge').name")).toBe("not hers");
    await olga.close();
  });
});

async function openEditor(name: string, password: string, locale: string): Promise<Page> {
  const context = await browser.newContext({ locale, viewport: { width: 1400, height: 800 } });
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(`${hub.url}/editor/`);
  await page.fill("#node-dialog-login-username", name);
  await page.fill("#node-dialog-login-password", password);
  await page.click("#node-dialog-login-submit");
  await isReady(page);
  return page;
}

async function isReady(page: Page): Promise<void> {
  await page.waitForSelector("#red-ui-palette-container");
  await page.waitForFunction("RED.nodes.getWorkspaceOrder().length > 0");
  await page.waitForSelector("#red-ui-loading-progress", { state: "hidden" });
  await page.evaluate("RED.workspaces.show('customer-sync')");
}

/** As the node's form does it. */
async function rename(page: Page, id: string, name: string): Promise<void> {
  await page.evaluate(`(() => {
    const node = RED.nodes.node(${JSON.stringify(id)});
    node.name = ${JSON.stringify(name)};
    node.changed = true;
    node.dirty = true;
    RED.nodes.dirty(true);
    RED.view.redraw(true);
  })()`);
}

async function deploy(page: Page): Promise<void> {
  await page.click("#red-ui-header-button-deploy:not(.disabled)");
  await page.waitForSelector("#red-ui-header-button-deploy.disabled");
  await page.waitForSelector(".red-ui-notification-success");
}

async function versions(page: Page): Promise<string[]> {
  const shown = await page.locator(".nave-version").allTextContents();
  return shown.map((text) => text.replace(/\s+/g, " "));
}
