import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { askPeople } from "../core/http/asked.ts";
import { ask, type ServedHub, serveHub } from "../core/http/served-hub.ts";
import { chromiumPath } from "../services/chromium.ts";
import { until } from "../services/until.ts";

const PASSWORD = "a long password";
const FORM = {
  properties: {
    limit: { type: "number" as const, title: "New credit limit", minimum: 0, description: "In euros" },
    until: { type: "string" as const, format: "date" as const, title: "Valid until" },
    tier: { type: "string" as const, enum: ["A", "B"], title: "Tier" },
    insured: { type: "boolean" as const, title: "Insured" },
  },
  required: ["limit"],
};

let hub: ServedHub;
let browser: Browser;
let complaints: string[];

beforeAll(async () => {
  hub = await serveHub();
  for (const name of ["kim", "lee"])
    await ask(`${hub.url}/api/accounts`, {
      json: { name, role: "operator", password: PASSWORD },
      token: hub.token,
    });
  browser = await chromium.launch({ executablePath: chromiumPath(), args: ["--no-sandbox"] });
});
afterAll(async () => {
  await browser?.close();
  await hub?.close();
});
beforeEach(() => {
  complaints = [];
});

async function open(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await browser.newContext({ locale: "en-GB", ...options })).newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(hub.url);
  await page.waitForSelector("#star svg");
  return page;
}

async function login(page: Page, name: string): Promise<void> {
  await page.fill("#login-name", name);
  await page.fill("#login-password", PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#decisions .you");
}
const stored = async (id: string) => (await ask(`${hub.url}/api/approvals/${id}`, { token: hub.token })).json;
const cardOf = (page: Page, id: string) => page.locator(`[data-approval="${id}"]`);

test("who has not logged in sees how many questions there are, and no more; who has sees those for them", async () => {
  const mine = await askPeople(hub.running.hub, { candidates: ["kim"], question: "Deliver 4711?" });
  const other = await askPeople(hub.running.hub, { candidates: ["lee"], question: "Deliver 4712?" });
  const page = await open();
  await until("the section is shown", () => page.isVisible("#decisions"));
  expect(await page.textContent("#decisions")).toContain("Questions of flows that wait for a decision: 2.");
  expect(await page.textContent("#decisions")).not.toContain("4711");
  await login(page, "kim");
  await cardOf(page, mine).waitFor();
  expect(await cardOf(page, other).count()).toBe(0);
  await page.click("#decisions .you button");
  await page.waitForSelector("#login-name");
  expect(await cardOf(page, mine).count()).toBe(0);
  expect(complaints).toEqual([]);
  for (const id of [mine, other])
    await ask(`${hub.url}/api/approvals/${id}/decision`, {
      json: { decision: "rejected" },
      token: hub.token,
    });
  await page.context().close();
});

test("a wrong password is told as such", async () => {
  const id = await askPeople(hub.running.hub);
  const page = await open();
  await page.waitForSelector("#login-name");
  await page.fill("#login-name", "kim");
  await page.fill("#login-password", "guessed");
  await page.keyboard.press("Enter");
  await until("the page says so", async () =>
    String(await page.textContent("#decisions .said")).includes("the name or the password is wrong"),
  );
  await ask(`${hub.url}/api/approvals/${id}/decision`, { json: { decision: "rejected" }, token: hub.token });
  await page.context().close();
});

test("a question is approved with what its form asks for; what is missing keeps it open", async () => {
  const id = await askPeople(hub.running.hub, { form: FORM, question: "Raise the limit of Blauer See?" });
  const page = await open();
  await login(page, "kim");
  const card = cardOf(page, id);
  await card.getByText("Approve").click();
  expect(await stored(id)).toMatchObject({ state: "open" });
  await card.getByLabel("New credit limit").fill("500");
  await card.getByLabel("Valid until").fill("2026-12-31");
  await card.getByLabel("Tier").selectOption("B");
  await card.getByLabel("Insured").check();
  await card.getByLabel("Comment").fill("good payer");
  await card.getByText("Approve").click();
  await card.waitFor({ state: "detached" });
  expect(await page.textContent("#decisions .said")).toBe("Approved: Raise the limit of Blauer See?");
  expect(await stored(id)).toMatchObject({
    state: "approved",
    decisions: [
      {
        by: "kim",
        values: { limit: 500, until: "2026-12-31", tier: "B", insured: true },
        comment: "good payer",
      },
    ],
  });
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("a question is rejected without filling anything in", async () => {
  const id = await askPeople(hub.running.hub, { form: FORM });
  const page = await open();
  await login(page, "lee");
  await cardOf(page, id).getByText("Reject").click();
  await cardOf(page, id).waitFor({ state: "detached" });
  expect(await stored(id)).toMatchObject({ state: "rejected", decisions: [{ by: "lee" }] });
  await page.context().close();
});

test("what somebody is filling in stays while the page renews itself, and a second answer is told who was first", async () => {
  const id = await askPeople(hub.running.hub, { form: FORM });
  const page = await open();
  await login(page, "lee");
  await cardOf(page, id).getByLabel("New credit limit").fill("77");
  const another = await askPeople(hub.running.hub, { question: "Another?" });
  await cardOf(page, another).waitFor();
  expect(await cardOf(page, id).getByLabel("New credit limit").inputValue()).toBe("77");
  await page.route("**/api/approvals", (route) => route.abort());
  for (const one of [id, another])
    await ask(`${hub.url}/api/approvals/${one}/decision`, {
      json: { decision: "rejected" },
      token: hub.token,
    });
  await cardOf(page, id).getByText("Approve").click();
  await until("the page says so", async () =>
    String(await page.textContent("#decisions .said")).includes("is rejected: rejected by token"),
  );
  await page.context().close();
});

test.each([
  ["en-GB", { width: 1280, height: 900 }, "light", "Approve"],
  ["zh-CN", { width: 360, height: 740 }, "dark", "批准"],
] as const)(
  "in %s at %j, %s, the form fits and can be read",
  async (locale, viewport, colorScheme, approve) => {
    const id = await askPeople(hub.running.hub, {
      form: FORM,
      mode: "all",
      candidates: ["kim", "role:operator"],
      due: { afterMs: 86_400_000 },
      question: "Deliver order 4711 of Blauer See over 12,300 EUR?\nTheir limit is 10,000 EUR.",
    });
    await ask(`${hub.url}/api/approvals/${id}/decision`, {
      headers: { authorization: `Basic ${Buffer.from(`lee:${PASSWORD}`).toString("base64")}` },
      json: { decision: "approved", values: { limit: 1 } },
    });
    const page = await open({ locale, viewport, colorScheme });
    await login(page, "kim");
    const card = cardOf(page, id);
    await card.getByText(approve, { exact: true }).waitFor();
    const labels = await card.locator("label").allTextContents();
    expect(labels.slice(0, 4)).toEqual(["New credit limit *", "Valid until", "Tier", "Insured"]);
    expect(await card.textContent()).not.toMatch(/undefined|\[object/);
    expect(
      await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"),
    ).toBe(0);
    const shots = process.env["NAVE_SHOTS"];
    if (shots) await page.screenshot({ path: `${shots}/decisions-${locale}.png`, fullPage: true });
    await ask(`${hub.url}/api/approvals/${id}/decision`, {
      json: { decision: "rejected" },
      token: hub.token,
    });
    await page.context().close();
  },
);
