import { expect, test } from "vitest";
import { sendThroughEveryConstruct } from "../flows/every-construct.ts";

test("of 10,000 messages through a flow with every construct, none is settled before its last effect", async () => {
  expect(await sendThroughEveryConstruct(10_000)).toEqual([]);
});
