const SHARE_OF_TIME = 0.05;

/**
 * The same answer for whoever asks within `freshMs`, and for longer where reading is slow: it takes a twentieth of the time at
 * most. A read that fails is not kept.
 */
export function readSparingly<T>(read: () => Promise<T>, freshMs: number): () => Promise<T> {
  let last: Promise<T> | undefined;
  let freshUntil = 0;
  const readAnew = async (): Promise<T> => {
    const startedAt = Date.now();
    try {
      return await read();
    } catch (error) {
      last = undefined;
      throw error;
    } finally {
      const took = Date.now() - startedAt;
      freshUntil = startedAt + Math.max(freshMs, took / SHARE_OF_TIME);
    }
  };
  return () => {
    if (last === undefined || Date.now() >= freshUntil) {
      freshUntil = Number.POSITIVE_INFINITY;
      last = readAnew();
    }
    return last;
  };
}
