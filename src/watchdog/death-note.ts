import { rmSync, writeFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { AtWork } from "../flows/tracking/completion-tracker.ts";

/**
 * What a process was at when it died, for its next life. `stood-still`: the node did not let go of the event loop, whoever
 * ended the process then. `exited`: the node ended the process itself.
 */
export type DeathNote = AtWork & { how: "stood-still" | "exited"; at: string };

/** A file, for it is written when neither the event loop nor the embedded store answers any more. */
export function deathNoteFile(dataDir: string): string {
  return join(dataDir, "died-at.json");
}

/** Written by a process that may not get to its next line. */
export function writeDeathNote(file: string, atWork: AtWork, how: DeathNote["how"]): void {
  const note: DeathNote = { ...atWork, how, at: new Date().toISOString() };
  writeFileSync(file, `${JSON.stringify(note)}\n`);
}

/** The process lives on. */
export function withdrawDeathNote(file: string): void {
  rmSync(file, { force: true });
}

/** @returns undefined when there is none, or when the process died before it was complete: then nothing is known. */
export async function readDeathNote(file: string): Promise<DeathNote | undefined> {
  try {
    const note = JSON.parse(await readFile(file, "utf8")) as Partial<DeathNote>;
    const complete = typeof note.messageId === "string" && typeof note.at === "string";
    return complete ? (note as DeathNote) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export async function deleteDeathNote(file: string): Promise<void> {
  await rm(file, { force: true });
}
