const SAY_EVERY_MS = 2000;

/** Tells on standard error how a workload gets on: on a terminal in place, otherwise a line now and then. */
export function progressOf(title: string): { say: (text: string) => void; end: () => void } {
  const { stderr } = process;
  let saidAt = 0;
  return {
    say(text) {
      if (stderr.isTTY) stderr.write(`\r\u001b[K${title}: ${text}`);
      else if (Date.now() - saidAt > SAY_EVERY_MS) {
        saidAt = Date.now();
        stderr.write(`${title}: ${text}\n`);
      }
    },
    end() {
      if (stderr.isTTY) stderr.write("\r\u001b[K");
    },
  };
}
