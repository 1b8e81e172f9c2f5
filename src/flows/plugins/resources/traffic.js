/* global RED, $ */

/**
 * Shows on each node of the canvas how many messages have passed it since it was started, how many a second, how many
 * failed there and how many wait. Asks once a second, and only while somebody looks.
 */
(() => {
  const EVERY_MS = 1000;
  /** Answers that the rate is taken from: of the last five seconds. */
  const ANSWERS = 6;
  const SVG = "http://www.w3.org/2000/svg";
  const ICONS = { failures: "\uf00d", waiting: "\uf252" };

  const answers = [];

  RED.plugins.registerPlugin("nave-traffic", {
    onadd() {
      const translate = (key, values) => this._(key, values);
      const numbers = numbersOf(RED.i18n.lang());
      const draw = (node, element) => drawCounts(element, stateOf(node.id), numbers, translate);
      RED.hooks.add("viewAddNode.nave-traffic", ({ node, el }) => draw(node, el));
      const askAndDraw = async () => {
        try {
          if (document.visibilityState === "visible" && (await ask())) {
            for (const node of RED.view.getActiveNodes()) draw(node, document.getElementById(node.id));
          }
        } finally {
          setTimeout(askAndDraw, EVERY_MS);
        }
      };
      void askAndDraw();
    },
  });

  /** Whether there is something new to show. */
  async function ask() {
    try {
      answers.push(await $.getJSON("nave/traffic"));
      if (answers.length > ANSWERS) answers.shift();
      return true;
    } catch {
      // The hub is being restarted, or the session has ended: what is shown stays, and the next time is soon.
      return false;
    }
  }

  function stateOf(id) {
    const last = answers.at(-1);
    const counts = last?.nodes[id];
    return counts && { ...counts, rate: rateOf(id, last, counts) };
  }

  /** Messages a second; a node that was started anew counts from there. */
  function rateOf(id, last, { messages }) {
    const before = answers.findLast((answer) => countIn(answer, id) > messages);
    const first = answers[answers.indexOf(before) + 1];
    const seconds = (last.at - first.at) / 1000;
    return seconds > 0 ? (messages - countIn(first, id)) / seconds : 0;
  }

  function countIn(answer, id) {
    return answer.nodes[id]?.messages ?? 0;
  }

  function numbersOf(language) {
    const whole = new Intl.NumberFormat(language);
    const short = new Intl.NumberFormat(language, { notation: "compact", maximumSignificantDigits: 3 });
    return {
      whole: (value) => whole.format(value),
      short: (value) => (value < 10_000 ? whole.format(value) : short.format(value)),
      rate: (value) => short.format(value < 10 ? Number(value.toFixed(1)) : Math.round(value)),
    };
  }

  function drawCounts(element, state, numbers, translate) {
    if (element === null) return;
    element.querySelector(":scope > .nave-traffic")?.remove();
    if (state === undefined) return;
    const group = document.createElementNS(SVG, "g");
    group.setAttribute("class", "nave-traffic");
    const title = document.createElementNS(SVG, "title");
    title.textContent = inWords(state, numbers, translate);
    const text = document.createElementNS(SVG, "text");
    text.setAttribute("x", "1");
    text.setAttribute("y", "-5");
    text.append(part("messages", numbers.short(state.messages)));
    const rate = part("rate", ` ${translate("perSecond", { rate: numbers.rate(state.rate) })}`);
    if (state.rate >= 0.05) text.append(rate);
    for (const kind of ["failures", "waiting"]) {
      if (state[kind] > 0) text.append(icon(ICONS[kind], kind), part(kind, numbers.short(state[kind])));
    }
    group.append(title, text);
    element.append(group);
    // The words that open with the pointer have it all; what is drawn must not reach into the next node.
    const width = element.querySelector(".red-ui-flow-node")?.getBBox().width ?? 0;
    if (text.getComputedTextLength() > width + MAY_STAND_OUT) rate.remove();
  }

  const MAY_STAND_OUT = 12;

  function part(kind, content) {
    const span = document.createElementNS(SVG, "tspan");
    span.setAttribute("class", `nave-traffic-${kind}`);
    if (kind === "rate") span.setAttribute("dx", "3");
    span.textContent = content;
    return span;
  }

  function icon(glyph, kind) {
    const span = part(kind, ` ${glyph}\u2009`);
    span.classList.add("nave-traffic-icon");
    span.setAttribute("dx", "3");
    return span;
  }

  function inWords({ messages, rate, failures, waiting }, numbers, translate) {
    const lines = [translate("messages", { shown: numbers.whole(messages) })];
    if (rate >= 0.05) lines.push(translate("rate", { shown: numbers.rate(rate) }));
    if (failures > 0) lines.push(translate("failures", { shown: numbers.whole(failures) }));
    if (waiting > 0) lines.push(translate("waiting", { shown: numbers.whole(waiting) }));
    return lines.join("\n");
  }
})();
