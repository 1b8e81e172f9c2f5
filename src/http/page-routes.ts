import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import express, { type Request, Router } from "express";
import { isStorable } from "../receive/storable.ts";

const CONSOLE_FOLDER = fileURLToPath(new URL("../../console/", import.meta.url));
const LANGUAGES = ["en", "zh-CN"] as const;

/** The page at `/`: what `/api/status` and `/api/star` say, for people. */
export function pageRoutes(): Router {
  const router = Router();
  const template = readFileSync(join(CONSOLE_FOLDER, "index.html"), "utf8");
  router.get("/", (request, response) => {
    response.set({ "cache-control": "no-cache", vary: "accept-language" }).type("html");
    response.send(template.replace('lang="en"', `lang="${languageOf(request)}"`));
  });
  router.use(
    "/console",
    express.static(CONSOLE_FOLDER, {
      index: false,
      redirect: false,
      dotfiles: "ignore",
      cacheControl: false,
    }),
  );
  return router;
}

/** `?lang=` if given, else what the browser prefers; any Chinese gets Simplified Chinese, everyone else English. */
function languageOf(request: Request): (typeof LANGUAGES)[number] {
  const asked = request.query["lang"];
  const chosen = typeof asked === "string" && isStorable(asked) ? asked : "";
  const [preferred = "en"] = chosen === "" ? request.acceptsLanguages() : [chosen];
  return preferred.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}
