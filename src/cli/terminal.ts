import { stripVTControlCharacters } from "node:util";
import type { Job } from "../http/jobs.ts";

const BAR_WIDTH = 30;
const LINE_EVERY_MS = 2000;

/** Lines of a table, columns aligned; numbers to the right. What comes from records cannot control the terminal. */
export function table(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => oneLine(String(cell))));
  const widths = heads.map((head, column) =>
    Math.max(widthOf(head), ...cells.map((row) => widthOf(row[column] ?? ""))),
  );
  const right = heads.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === "number"),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const padding = " ".repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell)));
        return right[column] ? padding + cell : cell + padding;
      })
      .join("  ")
      .trimEnd();
  return [line(heads), ...cells.map(line)];
}

/** Without line breaks and control sequences. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text).replace(/[\p{Cc}\u2028\u2029]+/gu, " ");
}

/** East Asian characters take two columns. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text)
    width += /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\uFF00-\uFF60]/u.test(
      character,
    )
      ? 2
      : 1;
  return width;
}

/** Shows how far a job is: a bar that moves on a terminal, now and then a line elsewhere; always on standard error. */
export function progressBar(title: string, stream: NodeJS.WriteStream = process.stderr) {
  let lastLineAt = Date.now();
  let last = "";
  return {
    show({ done, total, text }: Job["progress"]): void {
      const name = text === undefined ? title : `${title} ${text}`;
      const line = total ? `${name}  ${bar(done, total)}  ${done} of ${total}` : `${name}  ${done}`;
      if (line === last) return;
      last = line;
      if (stream.isTTY) stream.write(`\r\x1b[K${line}`);
      else if (Date.now() - lastLineAt >= LINE_EVERY_MS) {
        lastLineAt = Date.now();
        stream.write(`${line}\n`);
      }
    },
    end(): void {
      if (stream.isTTY && last !== "") stream.write("\r\x1b[K");
    },
  };
}

function bar(done: number, total: number): string {
  const full = Math.round((Math.min(done, total) / total) * BAR_WIDTH);
  return `[${"=".repeat(full)}${" ".repeat(BAR_WIDTH - full)}]`;
}
