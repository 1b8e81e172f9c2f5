/** Replaces `{{payload.number}}` in a text by the value at that path; what is not there becomes `?`. */
export function fillIn(text: string, valueAt: (path: string) => unknown): string {
  return text.replace(/\{\{\s*([^{}\s]+)\s*\}\}/g, (_match, path: string) => {
    const value = valueAt(path);
    if (value === undefined || value === null) return "?";
    return typeof value === "string" ? value : JSON.stringify(value);
  });
}
