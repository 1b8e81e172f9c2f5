import { Router } from "express";
import { afterEach, expect, test } from "vitest";
import { addressOf } from "../../../src/http/authorise.ts";
import { type HttpFace, type HttpFaceOptions, openHttpFace } from "../../../src/http/face.ts";
import { sameOriginOnly } from "../../../src/http/security.ts";
import { keptLog } from "../../services/kept-log.ts";
import { ask } from "./served-hub.ts";

let face: HttpFace | undefined;
afterEach(() => face?.close());

const open = (options: Partial<HttpFaceOptions>) =>
  openHttpFace({ host: "127.0.0.1", port: 0, log: keptLog().log, ...options });

/** Answers whom the hub takes the request to be from. */
async function served(options: Partial<HttpFaceOptions>): Promise<string> {
  face = await open(options);
  const routes = Router();
  routes.use(sameOriginOnly, (request, response) => {
    response.json({ address: addressOf(request), secure: request.secure });
  });
  face.serve(routes);
  return face.url;
}

const FORWARDED = {
  "x-forwarded-for": "203.0.113.7",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "hub.example",
  origin: "https://hub.example",
};

test("what a request says about proxies is not believed, unless the proxy is trusted", async () => {
  const url = await served({});
  const answer = await ask(url, { headers: FORWARDED });
  expect(answer.json).toEqual({ address: "127.0.0.1", secure: false });
  expect((await ask(url, { method: "POST", headers: FORWARDED })).status).toBe(403);
});

test.each([{ trustProxy: ["loopback"] }, { trustProxy: ["127.0.0.0/8", "::1"] }, { trustProxy: 1 }])(
  "%j: the browser's address counts, its connection is secure, its site is the hub's",
  async (options) => {
    const url = await served(options);
    const answer = await ask(url, { method: "POST", headers: FORWARDED });
    expect(answer).toMatchObject({ status: 200, json: { address: "203.0.113.7", secure: true } });
  },
);

test("a proxy elsewhere is not trusted for being named", async () => {
  const url = await served({ trustProxy: ["10.0.0.0/8"] });
  expect((await ask(url, { headers: FORWARDED })).json).toEqual({ address: "127.0.0.1", secure: false });
});

test.each([
  [{ trustProxy: ["the proxy"] }, "hub.trustProxy"],
  [{ host: "192.0.2.1" }, "hub.host"],
])("%j is refused naming the key and what it accepts", async (options, field) => {
  await expect(open(options)).rejects.toMatchObject({
    code: "NAVE_CONFIG_INVALID",
    detail: { field, accepts: expect.any(String) },
  });
});
