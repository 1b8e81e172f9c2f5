/* global RED, $ */

/** A tab of the sidebar with the cases of the flow that is open: runs them on what is drawn, and says what became of them. */
(() => {
  const ICONS = { listed: "fa-circle-thin", passed: "fa-check", failed: "fa-times" };

  RED.plugins.registerPlugin("nave-cases", {
    onadd() {
      const translate = (key, values) => this._(key, values);
      const panel = buildPanel(translate);
      const list = () => void listCases(panel, translate);
      panel.button.addEventListener("click", () => void runCases(panel, translate));
      RED.events.on("workspace:change", list);
      RED.events.on("deploy", list);
      RED.sidebar.addTab({
        id: "nave-cases",
        label: translate("cases"),
        name: translate("cases"),
        iconClass: "fa fa-check-square-o",
        content: panel.content,
        toolbar: panel.toolbar,
        enableOnEdit: false,
        onchange: list,
      });
    },
  });

  function buildPanel(translate) {
    const content = make("div", "nave-cases");
    const words = make("p", "", "");
    const items = make("ul", "");
    content.append(words, items);
    const toolbar = make("div", "");
    const button = make("button", "red-ui-button red-ui-button-small", translate("run"));
    button.type = "button";
    toolbar.append(button);
    return { content, words, items, toolbar, button };
  }

  async function listCases(panel, translate) {
    const tab = RED.workspaces.active();
    // What is being run is shown when it is through.
    if (panel.running || !tab) return;
    const { cases } = await $.getJSON(`nave/cases/${encodeURIComponent(tab)}`).catch(() => ({ cases: [] }));
    if (panel.running || tab !== RED.workspaces.active()) return;
    panel.button.disabled = cases.length === 0;
    panel.words.textContent = translate(cases.length === 0 ? "none" : "not-run");
    panel.items.replaceChildren(...cases.map((one) => itemOf(one, "listed")));
  }

  async function runCases(panel, translate) {
    const tab = RED.workspaces.active();
    panel.running = true;
    panel.button.disabled = true;
    panel.words.textContent = translate("running");
    try {
      const { cases } = await $.ajax({
        method: "POST",
        url: `nave/cases/${encodeURIComponent(tab)}`,
        contentType: "application/json",
        data: JSON.stringify(RED.nodes.createCompleteNodeSet({ credentials: false })),
      });
      const failed = cases.filter((one) => !one.passed).length;
      const shown = { flow: RED.nodes.workspace(tab)?.label ?? tab, failed, passed: cases.length - failed };
      panel.words.textContent = translate("ran", shown);
      panel.items.replaceChildren(...cases.map((one) => itemOf(one, one.passed ? "passed" : "failed")));
    } catch (failure) {
      panel.words.textContent = failure.responseJSON?.detail ?? translate("unavailable");
    } finally {
      panel.running = false;
      panel.button.disabled = false;
    }
  }

  function itemOf({ title, file, lines = [] }, state) {
    const item = make("li", `nave-case-${state}`);
    item.title = file;
    item.append(make("i", `fa ${ICONS[state]}`), document.createTextNode(title));
    if (lines.length > 0) item.append(make("pre", "", lines.join("\n")));
    return item;
  }

  function make(tag, className, textContent) {
    return Object.assign(document.createElement(tag), { className, ...(textContent && { textContent }) });
  }
})();
