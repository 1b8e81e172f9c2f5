import type { JsonObject, Limits } from "../adapter-kit/contract.ts";
import type { AlertsConfig } from "../alerts/rule.ts";

/** `nave.config.yaml` after interpolation and checking; durations in milliseconds, every default filled in. */
export type Config = {
  hub: HubConfig;
  systems: Record<string, SystemConfig>;
  entities: Record<string, EntityConfig>;
  notifications: NotificationsConfig;
  alerts: AlertsConfig;
  telemetry: TelemetryConfig;
  flows: FlowsConfig;
  /** Other hubs, to which flows can be promoted, by the name of what they serve: test, live. */
  environments: Record<string, EnvironmentConfig>;
};

export type TelemetryConfig = {
  /** Who may scrape `/metrics`. */
  metrics: {
    /** Without any login. */
    open: boolean;
    /** Lets its bearer read `/metrics`, and nothing else. */
    token?: string;
  };
  traces: TracesConfig;
};

/** OpenTelemetry traces, sent to a collector as OTLP over HTTP. */
export type TracesConfig = {
  on: boolean;
  /** Where spans are sent, path included. */
  url: string;
  /** Of every such request; absent: those of the environment, if any. */
  headers?: Record<string, string>;
  serviceName: string;
  sampler: SamplerConfig;
};

/** Which of the traces that begin here are recorded. `byParent`: of those begun elsewhere, the ones that are recorded there. */
export type SamplerConfig = { root: "all" | "none" | "share"; share: number; byParent: boolean };

/** Permissions by patterns of names of flows, `*` for anything. */
export type FlowsConfig = { permissions: Record<string, FlowRule> };
/** Roles and names of accounts; what is left out is as without a rule. */
export type FlowRule = { read?: string[]; edit?: string[]; deploy?: string[] };

/** A hub and where its token is found: in a variable of the environment, or in a file. */
export type EnvironmentConfig = { url: string } & (
  | { tokenEnv: string; tokenFile?: undefined }
  | { tokenFile: string; tokenEnv?: undefined }
);

/** Where flows may send mails and web hooks. */
export type NotificationsConfig = {
  /** What cannot be handed over for so long is given up, for a person. */
  giveUpAfterMs: number;
  /** Absent: no mail can be sent. */
  mail?: MailConfig;
  /** By the name that flows use. */
  hooks: Record<string, HookConfig>;
};
export type MailConfig = {
  host: string;
  port: number;
  /** `implicit`: TLS from the first byte. `required`: STARTTLS, or nothing is sent. `optional`: where the server offers it. */
  tls: "implicit" | "required" | "optional";
  user?: string;
  password?: string;
  /** `Nave <nave@example.com>` or the bare address. */
  from: string;
};
/** The secret signs every request. */
export type HookConfig = { url: string; secret: string };

export type HubConfig = {
  /** Port of the HTTP face; 0: any free one. */
  port: number;
  /** Address to listen on. */
  host: string;
  /**
   * Proxies in front whose `X-Forwarded-*` headers are believed: addresses, subnets, or `loopback`, `linklocal`,
   * `uniquelocal`; a number: so many of them, counted from the hub. None: the connecting address counts.
   */
  trustProxy: string[] | number;
  /** Folder of the embedded store, the editor's credentials and the one-time files. */
  dataDir: string;
  /** PostgreSQL; absent: the embedded store. */
  databaseUrl?: string;
  /** RabbitMQ; absent: channels in this process. */
  amqpUrl?: string;
  /** In front of every queue name, so that hubs can share a broker. */
  queuePrefix: string;
  flowsDir: string;
  adapterDirs: string[];
  retention: { settledMessagesDays: number; hopsDays: number };
  reconcileEveryMs: number;
  /** Compare all systems once everything has been quiet for this long after changes. */
  reconcileAfterQuietMs: number;
  /** Work that fails is tried this often before it is parked. */
  maxAttempts: number;
  /** Of which messages the way through their flows is kept: of all, or of those only that failed, were rejected or wait. */
  paths: "all" | "failed";
  /** A record written to one system this often within a minute is taken for a loop and parked. */
  loopAfterWrites: number;
  /** What was given to a channel this long ago, is not worked off and no longer in its queue, is given to it again. */
  republishAfterMs: number;
  /** An event loop that a flow does not let go of for so long ends the process; 0: never. */
  watchdogMs: number;
  /** Most records in one group of the delivery worker. */
  prefetch: number;
};

export type SystemConfig = {
  name: string;
  adapter: string;
  title: string;
  settings: JsonObject;
  /** Who corrects records there; shown with every dead letter. */
  owner: string;
  entities: Record<string, Direction>;
  /** Overrides of the manifest's limits, such as `pollEveryMs`. */
  limits: Partial<Limits>;
  /** In shadow mode from its first start on: looked at on request, neither read into the hub nor written. */
  shadowMode: boolean;
  /** How often entities whose deletes the system does not report are read in full; 0: never by itself. */
  fullScanEveryMs: number;
};

/** `take`: the hub reads it there. `give`: the hub writes it there. */
export type Direction = { take: boolean; give: boolean };

export type EntityConfig = {
  rules: FieldRule[];
  matching: MatchingConfig;
  deletes: DeleteConfig;
};

/** Who wins in the fields below these paths; the longest matching prefix decides, `*` covers all. */
export type FieldRule = { fields: string[] } & (
  | { rule: "owner"; owner: string }
  | { rule: "rank"; systems: string[] }
  | { rule: "newest" }
  | { rule: "most-complete" }
  | { rule: "ask" }
);

export type MatchingConfig = {
  /** Records of different systems that share one of these are compared at all. */
  keys: MatchKeyRule[];
  /** Points for agreement, negative for disagreement, of two compared records. */
  scores: MatchScoreRule[];
  /** From this score on: the same. */
  automatic: number;
  /** From this score on: a person decides; below: different. */
  review: number;
};
export type MatchKeyRule = { name: string; fields: string[]; normalise: Normaliser[] };
export type MatchScoreRule = {
  name: string;
  field: string;
  normalise: Normaliser[];
  equal: number;
  different: number;
  /** From this similarity (0 to 1) on, points in proportion. */
  similarFrom?: number;
};
export type Normaliser =
  | "lower"
  | "letters-and-digits"
  | "digits"
  | "company-name"
  | "first-line"
  | "unaccent";

export type DeleteConfig = {
  /** What a delete in one system means for the others. */
  onDelete: "archive" | "ignore" | "ask";
  /** One system deletes what another has edited since. */
  deleteAgainstEdit: "delete" | "edit";
  /** More than this share of a system's records gone at once: stop and ask. */
  brakeShare: number;
  /** The brake ignores fewer than this many. */
  brakeMinimum: number;
};
