import { existsSync } from "node:fs";

const USUAL_PATHS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
];

/** The browser of the tests; `CHROMIUM_PATH_TEST`, else where Linux packages put it. */
export function chromiumPath(): string {
  const path = findChromium();
  if (path === undefined) {
    throw new Error(
      "No Chromium found: install the package chromium, or set CHROMIUM_PATH_TEST to the program's path.",
    );
  }
  return path;
}

export function findChromium(): string | undefined {
  const named = process.env["CHROMIUM_PATH_TEST"];
  return (named === undefined ? USUAL_PATHS : [named]).find((path) => existsSync(path));
}
