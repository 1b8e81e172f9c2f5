/* global RED, $ */

/**
 * The versions of the flow that is open: who deployed each, when, why, and what is different in it; with a button to go back
 * to it. Beside the Deploy button, what the next deploy is for can be written down.
 */
(() => {
  const LONGEST_VALUE = 60;
  const LONGEST_COMMENT = 500;

  let translate;
  let content;

  RED.plugins.registerPlugin("nave-versions", {
    onadd() {
      translate = (key, values) => this._(key, values);
      content = $('<div class="nave-versions"></div>');
      RED.sidebar.addTab({
        id: "nave-versions",
        label: translate("label"),
        name: translate("title"),
        iconClass: "fa fa-history",
        content,
        enableOnEdit: true,
        onchange: showSoon,
      });
      RED.actions.add("nave:show-versions", () => RED.sidebar.show("nave-versions"));
      RED.events.on("workspace:change", showSoon);
      RED.events.on("deploy", showSoon);
      addComment();
    },
  });

  let soon;
  function showSoon() {
    clearTimeout(soon);
    soon = setTimeout(() => {
      if (content.is(":visible")) void show();
    }, 50);
  }

  async function show() {
    const tab = RED.workspaces.active();
    let known;
    try {
      known = await $.getJSON(`nave/versions/${encodeURIComponent(tab)}`);
    } catch (refused) {
      known = undefined;
      if (refused.status !== 404) return showText(translate("away"));
    }
    if (tab !== RED.workspaces.active()) return;
    if (known === undefined) return showText(translate("none"));
    const versions = known.history.map((row) => drawVersion(tab, row, known));
    content.empty().append($("<h4></h4>").text(known.flow), versions);
  }

  function showText(text) {
    content.empty().append($("<p></p>").text(text));
  }

  function drawVersion(tab, row, { version: current, mayRollBack, flow, history }) {
    const at = new Date(row.at);
    const head = $('<div class="nave-version-head"></div>').append(
      $("<time></time>")
        .attr("datetime", row.at)
        .text(at.toLocaleString(RED.i18n.lang(), { dateStyle: "medium", timeStyle: "short" })),
      $("<span></span>").text(row.author ?? translate("nobody")),
      $('<span class="nave-version-origin"></span>').text(translate(`origin.${row.origin}`)),
      $("<code></code>").text(row.version ?? translate("removed")),
    );
    const drawn = $('<div class="nave-version"></div>').append(head);
    if (row.comment !== null) drawn.append($('<div class="nave-version-comment"></div>').text(row.comment));
    if (row.difference !== null) drawn.append(drawDifference(row.difference));
    if (row === history[0]) drawn.append($("<em></em>").text(translate("current")));
    else if (mayRollBack && row.version !== null && row.version !== current)
      drawn.append(rollBackButton(tab, flow, row, at));
    return drawn;
  }

  function drawDifference({ added, removed, changed, wired, unwired, redrawn, behaves }) {
    const nodes = added.filter(({ type }) => type !== "tab");
    const isNew = nodes.length < added.length && changed.length === 0;
    if (isNew) return list([$("<li></li>").text(translate("new", { nodes: nodes.length }))]);
    const wires = wired.length + unwired.length;
    return list([
      ...added.map((node) => line("added", node)),
      ...removed.map((node) => line("gone", node)),
      ...changed.map((node) => line("changed", node).append(list(node.properties.map(drawProperty)))),
      ...(wires === 0 ? [] : [$("<li></li>").text(translate("wires", { wires }))]),
      ...(behaves || redrawn.length === 0 ? [] : [$("<li></li>").text(translate("redrawn"))]),
    ]);
  }

  function list(items) {
    return $("<ul></ul>").append(items);
  }

  function line(what, { type, name }) {
    return $("<li></li>").text(translate(what, { node: name === undefined ? type : `${type} "${name}"` }));
  }

  function drawProperty({ path, before, after }) {
    const values = [before, after].map(inShort);
    const text = values.includes(undefined) ? path : `${path}: ${values.join(" → ")}`;
    return $("<li></li>").text(text);
  }

  /** Undefined: too long to be shown. */
  function inShort(value) {
    const text = value === undefined ? translate("nothing") : JSON.stringify(value);
    return text.length > LONGEST_VALUE ? undefined : text;
  }

  function rollBackButton(tab, flow, row, at) {
    return $('<button type="button" class="red-ui-button red-ui-button-small"></button>')
      .text(translate("back"))
      .on("click", () => ask(tab, flow, row.version, at));
  }

  function ask(tab, flow, version, at) {
    if (RED.nodes.dirty()) return RED.notify(translate("dirty"), "warning");
    const when = at.toLocaleString(RED.i18n.lang(), { dateStyle: "medium", timeStyle: "short" });
    const question = RED.notify($("<p></p>").text(translate("sure", { flow, version, when })), {
      modal: true,
      fixed: true,
      buttons: [
        { text: translate("cancel"), click: () => question.close() },
        {
          text: translate("back"),
          class: "primary",
          click() {
            question.close();
            void rollBack(tab, version);
          },
        },
      ],
    });
  }

  async function rollBack(tab, version) {
    try {
      await $.ajax({
        url: `nave/versions/${encodeURIComponent(tab)}`,
        type: "POST",
        contentType: "application/json",
        data: JSON.stringify({ version }),
      });
      // What is drawn is the version before.
      window.location.reload();
    } catch (refused) {
      const { text, accepts } = refused.responseJSON ?? {};
      const told = [text ?? translate("away"), accepts].filter(Boolean).join(". ");
      RED.notify($("<p></p>").text(told), { type: "error", timeout: 15_000 });
    }
  }

  function addComment() {
    const input = $('<input id="nave-deploy-comment" type="text">').attr({
      maxlength: LONGEST_COMMENT,
      placeholder: translate("comment"),
      "aria-label": translate("comment"),
    });
    const place = $("<li></li>").append(input);
    $("#red-ui-header-button-deploy").closest("li").before(place);
    const showToWriters = () => place.toggle(RED.user.hasPermission("flows.write"));
    showToWriters();
    RED.events.on("login", showToWriters);
    RED.events.on("deploy", () => input.val(""));
    $.ajaxPrefilter((request) => {
      const comment = input.val().trim();
      const isDeploy = request.type === "POST" && request.url === "flows" && typeof request.data === "string";
      if (isDeploy && comment !== "" && request.data.startsWith("{"))
        request.data = `{"comment":${JSON.stringify(comment)},${request.data.slice(1)}`;
    });
  }
})();
