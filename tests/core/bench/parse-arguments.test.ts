import { expect, test } from "vitest";
import { ArgumentsRefused, parseArguments } from "../../../bench/parse-arguments.ts";

const known = { workloads: ["a", "b", "c"], peers: ["node-red"] };

test("without arguments every workload is measured, on servers, with its own number of records", () => {
  const args = parseArguments([], known);
  expect(args).toMatchObject({ only: ["a", "b", "c"], mode: "distributed", help: false, docs: false });
  expect(args.records).toBeUndefined();
});

test("workloads are chosen by letter, and the number of records is a number", () => {
  const args = parseArguments(["--only", "a, c", "--records", "500", "--json", "out.json"], known);
  expect(args).toMatchObject({ only: ["a", "c"], records: 500, json: "out.json" });
});

test.each([
  [["--only", "a,z"], /z.*accepted: a, b, c/],
  [["--records", "many"], /--records is "many"/],
  [["--records", "0"], /--records is "0"/],
  [["--mode", "cloud"], /accepted: distributed, embedded/],
  [["--fast"], /--fast/],
])("%j is refused with what would be accepted", (args, text) => {
  expect(() => parseArguments(args, known)).toThrow(ArgumentsRefused);
  expect(() => parseArguments(args, known)).toThrow(text);
});
