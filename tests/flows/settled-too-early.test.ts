import { expect, test } from "vitest";
import { sendThroughEveryConstruct } from "./every-construct.ts";

test("of 1,000 messages through a flow with every construct, none is settled before its last effect", async () => {
  expect(await sendThroughEveryConstruct(1000)).toEqual([]);
});
