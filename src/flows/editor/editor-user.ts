import type { Request } from "express";
import type { Deployer } from "../storage/storage.ts";

/** Who asks one of the editor's addresses, without what else Node-RED knows of them. */
export function editorUser(request: Request): Deployer {
  const { username, role } = (request as Request & { user?: Deployer }).user ?? {};
  return { ...(username === undefined ? {} : { username }), ...(role === undefined ? {} : { role }) };
}
