import { findChromium } from "./chromium.ts";
import { installPackages, isRoot, run, ServiceMissing } from "./service-search.ts";

/** Also sees to a font with Chinese, Japanese and Korean glyphs: without one, screenshots of such names are boxes. */
export async function ensureBrowser(): Promise<string> {
  const wasThere = findChromium() !== undefined;
  const hadFont = await hasCjkFont();
  if (!wasThere || !hadFont) await install(wasThere ? [] : ["chromium"], hadFont ? [] : ["fonts-noto-cjk"]);
  const path = findChromium();
  if (path === undefined)
    throw new ServiceMissing("the package chromium was installed and no program was found");
  return `${path}, ${wasThere ? "already there" : "from the Debian package"}; ${hadFont ? "CJK font there" : "CJK font installed"}`;
}

async function install(...packages: string[][]): Promise<void> {
  const names = packages.flat();
  const advice = `install ${names.join(" and ")}`;
  if (process.env["CHROMIUM_PATH_TEST"] !== undefined && names.includes("chromium")) {
    throw new ServiceMissing("CHROMIUM_PATH_TEST names no file");
  }
  if (!isRoot())
    throw new ServiceMissing(`not root, so nothing was installed; ${advice}, or set CHROMIUM_PATH_TEST`);
  try {
    await installPackages(...names);
  } catch (error) {
    throw new ServiceMissing(
      `the Debian packages could not be installed (${(error as Error).message}); ${advice}`,
    );
  }
}

/** Where fontconfig is missing (macOS, Windows) the system brings such fonts itself. */
async function hasCjkFont(): Promise<boolean> {
  if (process.platform !== "linux") return true;
  const fonts = await run("fc-list", ":lang=zh").catch(() => "");
  return fonts !== "";
}
