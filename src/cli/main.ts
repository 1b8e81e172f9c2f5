import { EXIT } from "./exit-codes.ts";
import { run } from "./run.ts";

// Whoever reads the answer may stop reading (`nave trace ... | head`): the end, and nothing to report.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(EXIT.done);
});

process.exitCode = await run(process.argv);
