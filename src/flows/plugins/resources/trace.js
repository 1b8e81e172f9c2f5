/* global RED, $, d3 */

/**
 * Shows the way that one message took, on the canvas: the address `#trace/<message id>` opens the flow where the message
 * ended, with the nodes and wires that it passed, in their order, and says what became of it.
 */
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const ADDRESS = /^#trace\/([0-9a-f-]{36})$/;

  /** What is shown: the nodes of the path by id, and the ids of those on it, junctions included. */
  let shown;
  let notice;

  RED.plugins.registerPlugin("nave-trace", {
    onadd() {
      const translate = (key, values) => this._(key, values);
      // The editor puts the tab that it opens into the address.
      const asked = ADDRESS.exec(window.location.hash)?.[1];
      const open = (messageId) => void openTrace(messageId, translate);
      if (asked !== undefined) onceFlowsAreThere(() => open(asked));
      window.addEventListener("hashchange", () => {
        const messageId = ADDRESS.exec(window.location.hash)?.[1];
        if (messageId !== undefined) open(messageId);
      });
      RED.hooks.add("viewRedrawNode.nave-trace", markSoon);
      RED.events.on("workspace:change", markSoon);
    },
  });

  function onceFlowsAreThere(act) {
    const looking = setInterval(() => {
      if (RED.workspaces.active() === 0 || $("#red-ui-loading-progress").is(":visible")) return;
      clearInterval(looking);
      act();
    }, 100);
  }

  async function openTrace(messageId, translate) {
    close();
    let found;
    try {
      found = await $.getJSON(`nave/trace/${messageId}`);
    } catch (failure) {
      const key = failure.status === 404 ? "unknown" : "unavailable";
      RED.notify(translate(key, { id: messageId }), "warning");
      return;
    }
    const { path } = found;
    const steps = path === undefined ? [] : stepsOf(path);
    if (steps.length === 0) {
      RED.notify(translate(path === undefined ? "under-way" : "not-drawn", { id: messageId }), "warning");
      return;
    }
    shown = { steps, onPath: withJunctions(steps) };
    const end = steps.find((step) => step.failed) ?? steps.at(-1);
    RED.workspaces.show(end.node.z);
    RED.view.reveal(end.node.id, false);
    // The address stays that of the trace, to be passed on or loaded again; replaced so, nothing is opened anew.
    window.history.replaceState(null, "", `#trace/${messageId}`);
    notice = noticeOf(words(found, steps, translate), path.outcome === "failed", translate);
    document.querySelector("#red-ui-workspace").append(notice);
    markSoon();
  }

  function close() {
    notice?.remove();
    notice = undefined;
    shown = undefined;
    markSoon();
  }

  /**
   * The nodes that are drawn now, in the order in which the message came to them. A subflow's instance stands for what it
   * holds, which is shown in the subflow too.
   */
  function stepsOf({ nodes, copies, failedAt, waitsAt }) {
    const steps = new Map();
    for (const [index, address] of nodes.entries()) {
      const stations = address.split("/");
      for (const [depth, id] of stations.entries()) {
        const node = RED.nodes.node(id);
        if (!node) continue;
        const step = steps.get(id) ?? {
          node,
          number: steps.size + 1,
          copies: 0,
          failed: false,
          waits: false,
        };
        steps.set(id, step);
        if (depth === stations.length - 1) step.copies += copies[index];
        step.failed ||= address === failedAt;
        step.waits ||= waitsAt.includes(address);
      }
    }
    return [...steps.values()];
  }

  function isJunction(node) {
    return node.type === "junction";
  }

  function label({ node }) {
    return RED.utils.getNodeLabel(node, node.id);
  }

  /** Junctions are drawn only: a message passed those that lie between two nodes that it passed. */
  function withJunctions(steps) {
    const onPath = new Set(steps.map(({ node }) => node.id));
    const before = new Set(onPath);
    const behind = new Set(onPath);
    for (let size = -1; size !== before.size + behind.size; ) {
      size = before.size + behind.size;
      RED.nodes.eachLink(({ source, target }) => {
        if (isJunction(target) && behind.has(source.id)) behind.add(target.id);
        if (isJunction(source) && before.has(target.id)) before.add(source.id);
      });
    }
    for (const id of behind) if (before.has(id)) onPath.add(id);
    return onPath;
  }

  function words({ messageId, entity, state, code, path }, steps, translate) {
    const at = steps.find((step) => step.failed);
    const waiting = steps
      .filter((step) => step.waits)
      .map(label)
      .join(", ");
    const outcome =
      path.outcome === "failed" && at
        ? translate("failed-at", { node: label(at), code: code ?? "" })
        : translate(path.outcome, { code: code ?? "" });
    const lines = [
      translate("message", { entity: entity ?? "", id: messageId }),
      outcome,
      waiting === "" ? "" : translate("waits-at", { node: waiting }),
      translate("now", {
        state: translate(`state.${state}`),
        at: new Date(path.at).toLocaleString(RED.i18n.lang()),
      }),
    ];
    return lines.filter((line) => line !== "");
  }

  /** Below the canvas, where it hides nothing of the flow. */
  function noticeOf(lines, isFailure, translate) {
    const bar = Object.assign(document.createElement("div"), { className: "nave-trace-notice" });
    bar.classList.toggle("nave-trace-failure", isFailure);
    const [title, ...rest] = lines;
    const heading = Object.assign(document.createElement("strong"), { textContent: title });
    const text = Object.assign(document.createElement("span"), { textContent: rest.join(" ") });
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      className: "red-ui-button red-ui-button-small",
      textContent: translate("close"),
      onclick: close,
    });
    bar.append(heading, text, button);
    return bar;
  }

  let isMarkPlanned = false;
  function markSoon() {
    if (isMarkPlanned) return;
    isMarkPlanned = true;
    requestAnimationFrame(() => {
      isMarkPlanned = false;
      mark();
    });
  }

  function mark() {
    const chart = document.querySelector("#red-ui-workspace-chart");
    chart?.classList.toggle("nave-tracing", shown !== undefined);
    for (const old of document.querySelectorAll(".nave-step")) old.remove();
    for (const one of document.querySelectorAll(".nave-on-path"))
      one.classList.remove("nave-on-path", "nave-failed", "nave-waits");
    if (shown === undefined) return;
    for (const line of document.querySelectorAll(".red-ui-flow-link > .red-ui-flow-link-line")) {
      const { source, target } = d3.select(line).datum();
      if (shown.onPath.has(source.id) && shown.onPath.has(target.id)) {
        line.parentElement.classList.add("nave-on-path");
      }
    }
    for (const step of shown.steps) {
      const element = document.getElementById(step.node.id);
      if (element === null) continue;
      element.classList.add("nave-on-path");
      element.classList.toggle("nave-failed", step.failed);
      element.classList.toggle("nave-waits", step.waits);
      element.append(numberAt(step));
    }
  }

  /** In which order the message came to the node; in how many copies, where it was not one. */
  function numberAt({ node, number, copies }) {
    const group = document.createElementNS(SVG, "g");
    group.setAttribute("class", "nave-step");
    group.setAttribute("transform", `translate(${node.w ?? 0}, ${node.h ?? 0})`);
    const circle = document.createElementNS(SVG, "circle");
    circle.setAttribute("r", "8");
    const text = document.createElementNS(SVG, "text");
    text.setAttribute("y", "3.5");
    text.textContent = number;
    const title = document.createElementNS(SVG, "title");
    title.textContent = `${number} (× ${copies})`;
    group.append(title, circle, text);
    return group;
  }
})();
