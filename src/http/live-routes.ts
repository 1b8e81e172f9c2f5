import { Router } from "express";
import { readStar, readStatus, type Star, type Status } from "../telemetry/status.ts";
import type { Api } from "./api-parts.ts";
import { actorOf, authorise } from "./authorise.ts";

const STAR_MAX_AGE_MS = 500;

/** How things stand: open, without names of people and without data. */
export function liveRoutes({ hub, access }: Api): Router {
  const router = Router();
  const status = shareReads(() => readStatus(hub), 0);
  const star = shareReads(() => readStar(hub), STAR_MAX_AGE_MS);
  router.get("/status", authorise(access), async (_request, response) => {
    const whole = await status();
    const shown = actorOf(response) ? whole : withoutHosts(whole);
    response.set("cache-control", "no-store").json(shown);
  });
  router.get("/star", authorise(access), async (_request, response) => {
    const whole = await star();
    const you = actorOf(response);
    const shown = you ? { ...whole, you } : withoutTexts(whole);
    response.set("cache-control", "no-store").json(shown);
  });
  return router;
}

/** An error text may quote an address or a record. */
function withoutTexts(star: Star): Star {
  return { ...star, systems: star.systems.map(({ lastError: _text, ...system }) => system) };
}

function withoutHosts(status: Status): Status {
  return { ...status, processes: status.processes.map(({ host: _host, id: _id, ...process }) => process) };
}

/** Many watchers, one read: who asks while one is under way gets its answer, and so does who asks within its age. */
function shareReads<T>(read: () => Promise<T>, maxAgeMs: number): () => Promise<T> {
  let last: { at: number; answer: Promise<T> } | undefined;
  return () => {
    if (last && Date.now() - last.at <= maxAgeMs) return last.answer;
    const answer = read();
    const mine = { at: maxAgeMs === 0 ? Number.POSITIVE_INFINITY : Date.now(), answer };
    last = mine;
    void answer.then(
      () => forget(mine, maxAgeMs === 0),
      () => forget(mine, true),
    );
    return answer;
  };

  function forget(one: typeof last, now: boolean): void {
    if (now && last === one) last = undefined;
  }
}
