import { svg } from "./elements.js";

const NODE = { width: 198, height: 78 };
const HUB_RADIUS = 52;
const MARGIN = 14;
/** Below this width of the page's part the systems stand in a column beside the hub, or their names could not be read. */
const NARROW_PX = 560;

/** Where systems of a role stand, in degrees clockwise from the right; further ones beside them. */
const ANGLES = { "front-office": 180, "back-office": 0, "supply-chain": 90 };
const STEP = 44;

/**
 * Draws the hub with its systems around it. The drawing is made once per set of systems and then brought up to date, so
 * that what moves keeps moving.
 */
export function starIn(container) {
  let drawn = "";
  let parts = new Map();
  return {
    show(systems, texts, language) {
      const narrow = container.clientWidth < NARROW_PX;
      const wanted = `${language} ${narrow} ${systems.map((system) => `${system.name}/${system.role}`).join(" ")}`;
      if (wanted !== drawn) {
        drawn = wanted;
        parts = new Map();
        container.replaceChildren(
          draw(systems, texts, parts, narrow ? columnLayout(systems) : starLayout(systems)),
        );
      }
      for (const system of systems) update(parts.get(system.name), system, texts);
      const summary = systems.map((system) => `${system.title} ${texts.states[system.state]}`);
      container.firstElementChild.setAttribute("aria-label", texts.starSummary(texts.list(summary)));
    },
  };
}

function draw(systems, texts, parts, { box, centre, places }) {
  const spokes = svg("g");
  const nodes = svg("g");
  for (const system of systems) {
    const { spoke, node, part } = drawSystem(system, centre, places.get(system.name), texts);
    spokes.append(spoke);
    nodes.append(node);
    parts.set(system.name, part);
  }
  return svg("svg", { viewBox: box.join(" "), role: "img" }, spokes, drawHub(centre, texts), nodes);
}

/** Front office left, back office right, supply chain below; as high as that takes. */
function starLayout(systems) {
  const centre = { x: 380, y: 0 };
  const reach = { x: 272, y: 190 };
  const places = new Map();
  for (const [role, angle] of Object.entries(ANGLES)) {
    const group = systems.filter((system) => system.role === role);
    group.forEach((system, index) => {
      const turn = ((angle + (index - (group.length - 1) / 2) * STEP) * Math.PI) / 180;
      places.set(system.name, {
        x: centre.x + Math.cos(turn) * reach.x,
        y: centre.y + Math.sin(turn) * reach.y,
      });
    });
  }
  const edge = NODE.height / 2 + MARGIN;
  const heights = [...places.values()].map((place) => place.y);
  const top = Math.min(-HUB_RADIUS - MARGIN, ...heights.map((y) => y - edge));
  const bottom = Math.max(HUB_RADIUS + MARGIN, ...heights.map((y) => y + edge));
  return { box: [0, top, 760, bottom - top], centre, places };
}

/** One below the other, the hub beside them. */
function columnLayout(systems) {
  const row = NODE.height + 22;
  const height = Math.max(systems.length * row, 2 * HUB_RADIUS + 8);
  const top = (height - (systems.length - 1) * row) / 2;
  const places = new Map(systems.map((system, index) => [system.name, { x: 250, y: top + index * row }]));
  return { box: [0, 0, 352, height], centre: { x: 56, y: height / 2 }, places };
}

/** Two lanes, one each way; they move while something is under way. */
function drawSystem(system, centre, place, texts) {
  const line = { x1: centre.x, y1: centre.y, x2: place.x, y2: place.y };
  const back = { x1: place.x, y1: place.y, x2: centre.x, y2: centre.y };
  const spoke = svg(
    "g",
    { class: "spoke", "data-system": system.name },
    svg("line", { ...line, class: "rail" }),
    svg("line", { ...line, class: "lane out" }),
    svg("line", { ...back, class: "lane in" }),
  );
  const title = svg("text", { class: "title", y: -14 }, shorten(system.title));
  const role = svg("text", { class: "role", y: 5 }, texts.roles[system.role] ?? system.role);
  const state = svg("tspan", { class: "state" });
  const records = svg("tspan", { class: "records", dx: 8 });
  const node = svg(
    "g",
    { class: "node", transform: `translate(${place.x} ${place.y})`, "data-system": system.name },
    svg("rect", { x: -NODE.width / 2, y: -NODE.height / 2, width: NODE.width, height: NODE.height, rx: 12 }),
    svg("rect", {
      class: "edge",
      x: -NODE.width / 2,
      y: -NODE.height / 2 + 14,
      width: 5,
      height: NODE.height - 28,
      rx: 2.5,
    }),
    title,
    role,
    svg("text", { class: "figures", y: 26 }, state, records),
  );
  return { spoke, node, part: { spoke, node, state, records } };
}

function drawHub(centre, texts) {
  const rim = Array.from({ length: 8 }, (_, index) => {
    const turn = (index * Math.PI) / 4;
    const at = (radius) => [centre.x + Math.cos(turn) * radius, centre.y + Math.sin(turn) * radius];
    const [x1, y1] = at(20);
    const [x2, y2] = at(HUB_RADIUS - 6);
    return svg("line", { x1, y1, x2, y2, class: "rib" });
  });
  return svg(
    "g",
    { class: "hub" },
    svg("circle", { cx: centre.x, cy: centre.y, r: HUB_RADIUS, class: "disc" }),
    svg("g", { class: "ribs" }, ...rim),
    svg("circle", { cx: centre.x, cy: centre.y, r: HUB_RADIUS - 4, class: "rim" }),
    svg("circle", { cx: centre.x, cy: centre.y, r: 24, class: "core" }),
    svg("text", { x: centre.x, y: centre.y + 4, class: "hub-name" }, texts.hub),
  );
}

function update({ spoke, node, state, records }, system, texts) {
  for (const element of [spoke, node]) {
    element.dataset.state = system.state;
    element.dataset.flowing = String(system.flowing);
  }
  const total = Object.values(system.entities).reduce((sum, entity) => sum + entity.records, 0);
  state.textContent = texts.states[system.state] ?? system.state;
  records.textContent = texts.records(texts.number(total));
}

function shorten(title) {
  return title.length > 20 ? `${title.slice(0, 19)}…` : title;
}
