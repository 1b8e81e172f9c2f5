import { NaveError } from "../../errors.ts";
import type { NodeConfig } from "../node-red.ts";
import { DURATION_ACCEPTS, parseDuration } from "./duration.ts";
import { readExpression } from "./expression.ts";
import { nextDue, readCron } from "./schedule-plan.ts";
import { textSetting } from "./setting.ts";

/** What completes a collection, whichever comes first, and how much may come before that. Plain data. */
export type CollectRules = {
  count?: number;
  bytes?: number;
  /** JSONata over `{items, count, bytes}`. */
  expression?: string;
  sinceFirstMs?: number;
  sinceLastMs?: number;
  schedule?: { cron: string; zone: string };
  /** Reached without being complete, it goes on as incomplete. */
  most: number;
};

/** What is collected under one key so far. Instants in milliseconds. */
export type Window = { count: number; bytes: number; firstAt: number; lastAt: number };

/** `maximum`: incomplete. */
export type EndedBy = "count" | "bytes" | "expression" | "maximum" | "window" | "schedule";

/** All that is collected under one key is one message in the end, and that has to be kept. */
const MOST_BYTES = 16_000_000;
const MOST_ITEMS = 10_000;
const USUAL_MOST = 1000;

/** A further item has come to the window; null: it is the first. */
export function growWindow(window: Window | null, bytes: number, at: Date): Window {
  const now = at.getTime();
  if (window === null) return { count: 1, bytes, firstAt: now, lastAt: now };
  return { ...window, count: window.count + 1, bytes: window.bytes + bytes, lastAt: now };
}

/** Whether what has come completes the window. `holds`: what the rules' expression says of it. */
export function endOfWindow(window: Window, rules: CollectRules, holds: boolean): EndedBy | undefined {
  if (rules.count !== undefined && window.count >= rules.count) return "count";
  if (rules.bytes !== undefined && window.bytes >= rules.bytes) return "bytes";
  if (holds) return "expression";
  return window.count >= rules.most || window.bytes >= MOST_BYTES ? "maximum" : undefined;
}

/** When time completes the window; undefined: never. */
export function dueOfWindow(
  window: Window,
  rules: CollectRules,
): { at: Date; endedBy: "window" | "schedule" } | undefined {
  const { sinceFirstMs, sinceLastMs, schedule } = rules;
  const windows = [
    ...(sinceFirstMs === undefined ? [] : [window.firstAt + sinceFirstMs]),
    ...(sinceLastMs === undefined ? [] : [window.lastAt + sinceLastMs]),
  ].map((at) => ({ at: new Date(at), endedBy: "window" as const }));
  const scheduled = schedule && nextDue(schedule, new Date(window.firstAt));
  const dues = scheduled ? [...windows, { at: scheduled, endedBy: "schedule" as const }] : windows;
  return dues.sort((a, b) => a.at.getTime() - b.at.getTime())[0];
}

/** What a collect node is set to. @throws NAVE_CONFIG_INVALID naming the setting. */
export function readCollectRules(config: NodeConfig): CollectRules {
  const count = readCount(config, "count");
  const bytes = readCount(config, "bytes");
  const expression = readExpression(config, "expression")?.text;
  const sinceFirstMs = readDuration(config, "first");
  const sinceLastMs = readDuration(config, "last");
  const schedule = textSetting(config, "cron") === "" ? undefined : readCron(config);
  const conditions = {
    ...(count === undefined ? {} : { count }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(expression === undefined ? {} : { expression }),
    ...(sinceFirstMs === undefined ? {} : { sinceFirstMs }),
    ...(sinceLastMs === undefined ? {} : { sinceLastMs }),
    ...(schedule === undefined ? {} : { schedule }),
  };
  if (Object.keys(conditions).length === 0) {
    throw new NaveError("NAVE_CONFIG_INVALID", "would collect for ever: nothing completes it", {
      accepts: "a count, a size, a time, a schedule or an expression",
    });
  }
  return { ...conditions, most: readMost(config, count) };
}

function readMost(config: NodeConfig, count: number | undefined): number {
  const most = readCount(config, "most") ?? Math.max(USUAL_MOST, count ?? 0);
  if (most <= MOST_ITEMS && most >= (count ?? 0)) return most;
  throw new NaveError("NAVE_CONFIG_INVALID", `has ${most} as the most that it may collect`, {
    accepts: `a number up to ${MOST_ITEMS}, not below the count that completes it`,
  });
}

function readCount(config: NodeConfig, setting: string): number | undefined {
  const value = textSetting(config, setting);
  if (value === "") return undefined;
  const count = Number(value);
  if (Number.isInteger(count) && count > 0) return count;
  throw new NaveError("NAVE_CONFIG_INVALID", `has "${value}" as ${setting}`, {
    accepts: "a whole number from 1",
  });
}

function readDuration(config: NodeConfig, setting: string): number | undefined {
  const value = textSetting(config, setting);
  if (value === "") return undefined;
  const milliseconds = parseDuration(value);
  if (milliseconds !== undefined && milliseconds > 0) return milliseconds;
  throw new NaveError("NAVE_CONFIG_INVALID", `has "${value}" as time since the ${setting} has come`, {
    accepts: DURATION_ACCEPTS,
  });
}
