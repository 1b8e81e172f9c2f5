/** Answers what was read a moment ago for another reader, else reads. */
export type SharedReading<Reading> = (reader: string, read: () => Promise<Reading>) => Promise<Reading>;

/**
 * One reading for several readers that come one right after the other. A reader that comes back gets a new one, so that
 * nobody waits for news longer than until its own next turn.
 */
export function sharedReading<Reading>(maxAgeMs: number): SharedReading<Reading> {
  let held: { at: number; readers: Set<string>; reading: Promise<Reading> } | undefined;
  return (reader, read) => {
    const isShared =
      held !== undefined && !held.readers.has(reader) && performance.now() - held.at < maxAgeMs;
    const current = held !== undefined && isShared ? held : renew(read());
    current.readers.add(reader);
    return current.reading;
  };

  function renew(reading: Promise<Reading>) {
    const next = { at: performance.now(), readers: new Set<string>(), reading };
    held = next;
    // a failed one is tried again by the next reader
    reading.catch(() => {
      if (held === next) held = undefined;
    });
    return next;
  }
}
