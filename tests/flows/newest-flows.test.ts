import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { noteIn } from "../../src/flows/versions/newest-flows.ts";

test("what lay in the folders is known again; a note that is missing or broken tells nothing, and stops no start", async () => {
  const folder = await mkdtemp(join(tmpdir(), "nave-note-"));
  const note = noteIn(folder);
  expect(await note.read()).toBeUndefined();
  await note.write({ epoch: 3, versions: { orders: "0123456789ab" } });
  expect(await note.read()).toEqual({ epoch: 3, versions: { orders: "0123456789ab" } });
  await writeFile(join(folder, "deployed-flows.json"), '{"epoch": 3, "ver');
  expect(await note.read()).toBeUndefined();
  await rm(folder, { recursive: true });
});
