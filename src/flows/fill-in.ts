/** Replaces `{{payload.number}}` in a text by the value at that path; what is not there becomes `?`. */
export function fillIn(text: string, valueAt: (path: string) => unknown): string {
  return text.replace(/\{\{\s*([^{}\s]+)\s*\}\}/g, (_match, path: string) => {
    const value = found(valueAt, path);
    if (value === undefined || value === null) return "?";
    return typeof value === "string" ? value : JSON.stringify(value);
  });
}

/** Node-RED throws where what should hold the value is not there either. */
function found(valueAt: (path: string) => unknown, path: string): unknown {
  try {
    return valueAt(path);
  } catch {
    return undefined;
  }
}
