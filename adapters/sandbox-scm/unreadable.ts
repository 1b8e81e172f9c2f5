/** A file that is no document we can take: its text completes "the file ... cannot be taken: ". */
export class UnreadableError extends Error {
  constructor(text: string) {
    super(text);
    this.name = "UnreadableError";
  }
}
