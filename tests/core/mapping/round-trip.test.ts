import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadModel } from "../../../src/canonical/model.ts";
import { compileMapping } from "../../../src/mapping/compile.ts";
import { nativeArbitrary } from "./native-arbitrary.ts";
import { checkRoundTrip } from "./round-trip.ts";

const model = loadModel();

describe("round trip", () => {
  it.each(globSync("tests/core/mapping/cases/*.yaml").concat("bench/mapping/customer.yaml"))(
    "loses and changes nothing with %s",
    (file) => {
      const source = readFileSync(file, "utf8");
      const type = model.entity(/^entity: (\S+)/m.exec(source)?.[1] ?? "");
      const mapping = compileMapping(source, { system: "erp", type, file });
      checkRoundTrip(mapping, type, nativeArbitrary(source));
    },
  );

  it("notices a mapping that loses a field on the way back", () => {
    const source = "entity: customer\nnative: x\nfields:\n  name: { native: name, out: $uppercase(name) }\n";
    const type = model.entity("customer");
    const mapping = compileMapping(source, { system: "erp", type, file: "lossy.yaml" });
    expect(() => checkRoundTrip(mapping, type, nativeArbitrary(source))).toThrow(/name/);
  });
});
