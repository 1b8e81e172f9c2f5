import type { JsonObject } from "../../../src/adapter-kit/contract.ts";
import type { DemoOrder } from "./demo-orders.ts";
import type { Random } from "./random.ts";

/** A service case about an order that is still a position in its list. */
export type DemoCase = { order: number; native: JsonObject };

type Story = { kind: string; subject: string; description: string; serial?: true };

const STORIES: readonly Story[] = [
  {
    kind: "COMPLAINT",
    subject: "Parcel was damaged",
    description: "The box was torn on one side when the carrier brought it.",
  },
  {
    kind: "COMPLAINT",
    subject: "Charged twice",
    description: "The invoice shows the frame twice, and the discount is missing.",
  },
  {
    kind: "COMPLAINT",
    subject: "Light came broken, and late",
    description: "Delivered a week late; the front light is cracked.",
  },
  { kind: "COMPLAINT", subject: "Nobody calls back", description: "Left three messages last week." },
  { kind: "REPAIR", subject: "Gears slip", description: "Third gear slips under load.", serial: true },
  { kind: "REQUEST", subject: "Colour chart", description: "Wants to see this year's colours." },
  { kind: "CALLBACK", subject: "Question about leasing", description: "Please call after four." },
];

/** A case that was opened within the last hours before `now`. */
export function demoCase(random: Random, n: number, orders: readonly DemoOrder[], now: Date): DemoCase {
  const { serial, ...story } = STORIES[n % STORIES.length] ?? STORIES[0] ?? { kind: "REQUEST" };
  const openedAt = new Date(now.getTime() - (1 + random.below(240)) * 60_000);
  return {
    order: random.below(orders.length),
    native: {
      caseNumber: `SC-${1000 + n}`,
      ...story,
      ...(serial && { serialNumber: `F-${random.digits("######")}` }),
      channel: random.pick(["PHONE", "EMAIL", "WEB"]),
      priority: random.pick(["LOW", "NORMAL", "NORMAL", "HIGH", "URGENT"]),
      status: "OPEN",
      openedAt: `${openedAt.toISOString().slice(0, 19)}Z`,
    },
  };
}
