import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Role } from "../../access/accounts.ts";

/** Who may use the editor; the access module knows the users. */
export type EditorAuth = {
  /** `null`: wrong name or password. Permissions are Node-RED's: `*`, `read`, `flows.write`, ... */
  authenticate(username: string, password: string): Promise<EditorUser | null>;
  user(username: string): Promise<EditorUser | null>;
};
export type EditorUser = { username: string; permissions: string | string[]; role?: Role };

/** Where the editor is served. `app` is an Express application or anything else with its `use`. */
export type EditorHttp = {
  app: {
    use(
      path: string,
      handler: (request: IncomingMessage, response: ServerResponse, next: () => void) => void,
    ): unknown;
  };
  server: Server;
  adminRoot: "/editor";
  auth: EditorAuth;
};

/** Core nodes that reach beyond the flow: programs, files, watched folders. Listed by their files in Node-RED. */
export const DANGEROUS_CORE_FILES = ["90-exec.js", "10-file.js", "23-watch.js"];

export type SettingsOptions = {
  userDir: string;
  credentialSecret: string;
  storageModule: Record<string, unknown>;
  http: EditorHttp | undefined;
  allowDangerousNodes: boolean;
  services: unknown;
  onLog: (entry: LogEntry) => void;
};
export type LogEntry = { level: number; id?: string; type?: string; name?: string; msg: unknown };

/**
 * What Node-RED warns of though nothing is wrong, or though whoever has to know has been told: nobody has entered credentials
 * yet; a deploy was refused, with its stack, and the editor shows why.
 */
const EXPECTED_WARNINGS = [
  /^Encrypted credentials not found$/,
  /^Error saving flows: /,
  /^\w*Error: .*\n\s+at /s,
];

export function isExpectedWarning(text: string): boolean {
  return EXPECTED_WARNINGS.some((expected) => expected.test(text));
}

/** Node-RED's settings: nothing is fetched, installed or reported anywhere. */
export function nodeRedSettings(options: SettingsOptions): Record<string, unknown> {
  return {
    userDir: options.userDir,
    storageModule: options.storageModule,
    credentialSecret: options.credentialSecret,
    nave: options.services,
    flowFile: "flows",
    // Of its log lines, whatever the machine speaks; the editor speaks its reader's.
    lang: "en-US",
    httpNodeRoot: false,
    ...editorSettings(options.http),
    nodesExcludes: options.allowDangerousNodes ? [] : DANGEROUS_CORE_FILES,
    functionExternalModules: false,
    functionTimeout: 0,
    externalModules: {
      autoInstall: false,
      palette: { allowInstall: false, allowUpdate: false, allowUpload: false },
      modules: { allowInstall: false },
    },
    telemetry: { enabled: false, updateNotification: false },
    diagnostics: { enabled: false },
    runtimeState: { enabled: false, ui: false },
    contextStorage: { default: { module: "memory" } },
    logging: {
      console: { level: "off" },
      nave: { level: "info", metrics: false, audit: false, handler: () => options.onLog },
    },
  };
}

function editorSettings(http: EditorHttp | undefined): Record<string, unknown> {
  if (http === undefined) return { httpAdminRoot: false, disableEditor: true };
  return {
    httpAdminRoot: http.adminRoot,
    adminAuth: {
      type: "credentials",
      users: (username: string) => http.auth.user(username),
      authenticate: (username: string, password: string) => http.auth.authenticate(username, password),
      default: () => Promise.resolve(null),
    },
    httpAdminMiddleware: deployOnlyWhatChanged,
    editorTheme: {
      page: { title: "Nave flows" },
      header: { title: "Nave flows", image: null },
      palette: {
        categories: ["nave", "subflows", "common", "function", "network", "sequence", "parser"],
      },
      projects: { enabled: false },
      multiplayer: { enabled: true },
      tours: false,
      userMenu: true,
      menu: {
        "menu-item-import-library": false,
        "menu-item-export-library": false,
        "menu-item-help": { label: "Node-RED", url: "https://nodered.org/docs" },
      },
      codeEditor: { lib: "monaco" },
    },
  };
}

/**
 * The editor's default is to restart every flow with each deploy. Here what has not changed keeps running, whatever type
 * the editor asks for.
 */
function deployOnlyWhatChanged(request: IncomingMessage, _response: ServerResponse, next: () => void): void {
  const type = request.headers["node-red-deployment-type"];
  if (type === undefined || type === "full") request.headers["node-red-deployment-type"] = "flows";
  next();
}
