/** Everything the page says, by language. */
const TEXTS = {
  en: {
    title: "Nave: how things stand",
    skip: "Skip to the counts",
    tools: "Tools",
    language: "Language",
    editor: "Flow editor",
    loading: "Loading …",
    star: "The star",
    persons: "Waits for a person",
    counts: "Records per system",
    inSync: "In sync",
    catchingUp: (pending) => `Catching up: ${pending} under way`,
    comparing: "Nothing under way; not compared since the last change",
    differing: "Nothing under way, but the last comparison found differences",
    systemsDown: (names) => `${names} cannot be reached`,
    compared: (ago, time) => `All systems last compared ${ago}, at ${time}`,
    neverCompared: "Not all systems have been compared yet",
    offline: "The hub does not answer. Trying again …",
    rate: (messages) => `${messages} messages settled in the last 10 seconds`,
    hub: "hub",
    entity: "Entity",
    records: (count) => `${count} records`,
    pending: (count) => `${count} pending`,
    parked: (count) => `${count} parked`,
    notHere: "not connected",
    nothing: "Nothing. All questions are answered.",
    copy: "Copy",
    copied: "Copied",
    retry: (time) => `next attempt ${time}`,
    starSummary: (systems) => `The hub and its systems: ${systems}`,
    states: {
      ok: "running",
      down: "not reachable",
      paused: "paused",
      recovery: "recovering",
      shadow: "shadow mode",
      "read-only": "read only",
    },
    roles: { "front-office": "front office", "back-office": "back office", "supply-chain": "supply chain" },
    waiting: {
      deadLetters: "dead letters: work that failed and says why",
      inDoubt: "writes whose fate is unknown",
      conflicts: "conflicts: two systems changed the same field",
      reviews: "doubtful matches: the same, or two?",
      deleteHolds: "mass deletes that were stopped",
      notifications: "notifications: what flows have to say",
      approvals: "approvals: questions of flows",
    },
    decisions: "To decide",
    askLogin: (count) => `Questions of flows that wait for a decision: ${count}. Log in to see yours.`,
    noDecisions: "Nothing waits for your decision.",
    loggedIn: (name) => `Logged in as ${name}.`,
    name: "Name",
    password: "Password",
    login: "Log in",
    logout: "Log out",
    asked: (names, all) => (all ? `all of: ${names}` : `asked: ${names}`),
    anyOf: { "role:viewer": "a viewer", "role:operator": "an operator", "role:admin": "an admin" },
    since: (time) => `since ${time}`,
    until: (time) => `until ${time}`,
    approve: "Approve",
    reject: "Reject",
    comment: "Comment",
    choose: "choose …",
    taken: { approved: "Approved", rejected: "Rejected" },
    decided: {
      approved: (by, time) => `approved by ${by}, ${time}`,
      rejected: (by, time) => `rejected by ${by}, ${time}`,
    },
    entities: {
      customer: "Customers",
      product: "Products",
      order: "Orders",
      shipment: "Shipments",
      invoice: "Invoices",
      payment: "Payments",
      "stock-level": "Stock levels",
      "purchase-order": "Purchase orders",
      supplier: "Suppliers",
      quote: "Quotes",
      return: "Returns",
      promotion: "Promotions",
      forecast: "Forecasts",
      employee: "Employees",
      interaction: "Interactions",
      opportunity: "Opportunities",
      "service-case": "Service cases",
      "organisation-unit": "Organisation units",
      "price-list": "Price lists",
      "production-status": "Production",
      receivable: "Receivables",
    },
  },
  "zh-CN": {
    title: "Nave：运行状况",
    skip: "跳到记录数",
    tools: "工具",
    language: "语言",
    editor: "流程编辑器",
    loading: "正在加载……",
    star: "星形连接",
    persons: "等待人工处理",
    counts: "各系统的记录数",
    inSync: "已同步",
    catchingUp: (pending) => `正在同步：${pending} 项处理中`,
    comparing: "没有处理中的工作；上次变更后尚未比对",
    differing: "没有处理中的工作，但上次比对发现差异",
    systemsDown: (names) => `无法连接 ${names}`,
    compared: (ago, time) => `所有系统最近一次比对：${ago}（${time}）`,
    neverCompared: "尚未完成对所有系统的比对",
    offline: "集线器没有响应，正在重试……",
    rate: (messages) => `最近 10 秒处理了 ${messages} 条消息`,
    hub: "集线器",
    entity: "实体",
    records: (count) => `${count} 条记录`,
    pending: (count) => `${count} 待处理`,
    parked: (count) => `${count} 已搁置`,
    notHere: "未连接",
    nothing: "没有待处理事项。",
    copy: "复制",
    copied: "已复制",
    retry: (time) => `下次尝试 ${time}`,
    starSummary: (systems) => `集线器及其系统：${systems}`,
    states: {
      ok: "运行中",
      down: "无法连接",
      paused: "已暂停",
      recovery: "恢复中",
      shadow: "影子模式",
      "read-only": "只读",
    },
    roles: { "front-office": "前台", "back-office": "后台", "supply-chain": "供应链" },
    waiting: {
      deadLetters: "死信：处理失败并附有原因的工作",
      inDoubt: "结果不明的写入",
      conflicts: "冲突：两个系统修改了同一字段",
      reviews: "存疑匹配：是同一个，还是两个？",
      deleteHolds: "被拦下的批量删除",
      notifications: "通知：流程发来的消息",
      approvals: "审批：流程提出的问题",
    },
    decisions: "待您决定",
    askLogin: (count) => `流程提出的待决问题：${count} 个。登录后可查看与您有关的问题。`,
    noDecisions: "没有等待您决定的事项。",
    loggedIn: (name) => `已登录：${name}`,
    name: "名称",
    password: "密码",
    login: "登录",
    logout: "退出登录",
    anyOf: { "role:viewer": "一名查看者", "role:operator": "一名操作员", "role:admin": "一名管理员" },
    asked: (names, all) => (all ? `需全部同意：${names}` : `询问：${names}`),
    since: (time) => `提出于 ${time}`,
    until: (time) => `截止 ${time}`,
    approve: "批准",
    reject: "拒绝",
    comment: "备注",
    choose: "请选择……",
    taken: { approved: "已批准", rejected: "已拒绝" },
    decided: {
      approved: (by, time) => `${by} 已批准，${time}`,
      rejected: (by, time) => `${by} 已拒绝，${time}`,
    },
    entities: {
      customer: "客户",
      product: "产品",
      order: "订单",
      shipment: "发货",
      invoice: "发票",
      payment: "付款",
      "stock-level": "库存",
      "purchase-order": "采购订单",
      supplier: "供应商",
      quote: "报价",
      return: "退货",
      promotion: "促销",
      forecast: "预测",
      employee: "员工",
      interaction: "客户互动",
      opportunity: "商机",
      "service-case": "服务工单",
      "organisation-unit": "组织单位",
      "price-list": "价格表",
      "production-status": "生产状态",
      receivable: "应收账款",
    },
  },
};

const KEPT_UNDER = "nave-language";

/** The language the reader chose, else the one the server made of the browser's preferences. */
export function currentLanguage() {
  const asked = new URLSearchParams(location.search).get("lang");
  const chosen = asked ?? localStorage.getItem(KEPT_UNDER) ?? document.documentElement.lang;
  return chosen.startsWith("zh") ? "zh-CN" : "en";
}

export function keepLanguage(language) {
  localStorage.setItem(KEPT_UNDER, language);
  const address = new URL(location.href);
  address.searchParams.delete("lang");
  history.replaceState(null, "", address);
}

/** The texts of a language, with its way of writing numbers and times. */
export function speak(language) {
  const numbers = new Intl.NumberFormat(language);
  const times = new Intl.DateTimeFormat(language, { timeStyle: "medium" });
  const moments = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  return {
    ...TEXTS[language],
    number: (value) => numbers.format(value),
    time: (instant) => times.format(new Date(instant)),
    moment: (instant) => moments.format(new Date(instant)),
    ago: (instant) => ago(relative, (new Date(instant).getTime() - Date.now()) / 1000),
    list: (items) => new Intl.ListFormat(language, { type: "conjunction" }).format(items),
    entityName: (entity) => TEXTS[language].entities[entity] ?? entity,
  };
}

function ago(relative, seconds) {
  const steps = [
    ["second", 1, 60],
    ["minute", 60, 60],
    ["hour", 3600, 24],
    ["day", 86_400, Number.POSITIVE_INFINITY],
  ];
  const [unit, size] = steps.find(([, one, many]) => Math.abs(seconds) / one < many) ?? steps[3];
  return relative.format(Math.min(0, Math.round(seconds / size)), unit);
}
