import type { Plot, Series } from "../workloads/workload.ts";
import { showNumber } from "./show-number.ts";

const WIDTH = 640;
const PANEL = { height: 200, left: 80, right: 20, top: 30, bottom: 30 };
const TICKS = 4;

/** A plot with one panel for each series, the same scale along x in all; along x by decades where it spans more than two. */
export function svgPlot({ title, xTitle, series }: Plot): string {
  const panels = series.filter(({ points }) => points.length > 0);
  const height = 30 + panels.length * PANEL.height + 20;
  const along = scaleOf(
    panels.flatMap(({ points }) => points.map(([x]) => x)),
    [PANEL.left, WIDTH - PANEL.right],
    true,
  );
  const drawn = panels.map((one, index) => panelOf(one, 30 + index * PANEL.height, along));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    `<text x="${WIDTH / 2}" y="20" text-anchor="middle" font-size="14">${escaped(title)}</text>`,
    ...drawn,
    `<text x="${WIDTH / 2}" y="${height - 8}" text-anchor="middle">${escaped(xTitle)}</text>`,
    "</svg>\n",
  ].join("\n");
}

type Scale = { at: (value: number) => number; ticks: number[] };

function panelOf({ name, unit, points }: Series, top: number, along: Scale): string {
  const [upper, lower] = [top + PANEL.top, top + PANEL.height - PANEL.bottom];
  const up = scaleOf([0, ...points.map(([, y]) => y)], [lower, upper], false);
  const line = points.map(([x, y]) => `${round(along.at(x))},${round(up.at(y))}`).join(" ");
  const right = WIDTH - PANEL.right;
  return [
    `<text x="${PANEL.left}" y="${top + 18}">${escaped(`${name}, ${unit}`)}</text>`,
    ...up.ticks.flatMap((y) => [
      `<line x1="${PANEL.left}" x2="${right}" y1="${round(up.at(y))}" y2="${round(up.at(y))}" stroke="#ddd"/>`,
      `<text x="${PANEL.left - 6}" y="${round(up.at(y) + 4)}" text-anchor="end">${showTick(y)}</text>`,
    ]),
    ...along.ticks.map(
      (x) => `<text x="${round(along.at(x))}" y="${lower + 16}" text-anchor="middle">${showTick(x)}</text>`,
    ),
    `<polyline points="${line}" fill="none" stroke="#1565c0" stroke-width="2"/>`,
  ].join("\n");
}

function scaleOf(values: readonly number[], [from, to]: readonly [number, number], maySpan: boolean): Scale {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (maySpan && least > 0 && most / least > 100) return decades(least, most, from, to);
  const span = most - least || 1;
  return {
    at: (value) => from + ((value - least) / span) * (to - from),
    ticks: Array.from({ length: TICKS + 1 }, (_, index) => least + (index * span) / TICKS),
  };
}

function decades(least: number, most: number, from: number, to: number): Scale {
  const [low, high] = [Math.log10(least), Math.log10(most)];
  const first = Math.ceil(low);
  return {
    at: (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from),
    ticks: Array.from({ length: Math.floor(high) - first + 1 }, (_, index) => 10 ** (first + index)),
  };
}

function showTick(value: number): string {
  return value === 0 ? "0" : value >= 1000 ? Math.round(value).toLocaleString("en") : showNumber(value);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
