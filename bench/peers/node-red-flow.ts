export type FlowEnds = { databaseUrl: string; amqpUrl: string; queue: string; erpUrl: string };

const STATEMENT = `insert into customer (number, body) values ($number, $body)
  on conflict (number) do update set body = excluded.body`;

const KEEP = `const { record } = msg.payload;
msg.record = record;
msg.payload = ${JSON.stringify(STATEMENT)};
msg.queryParameters = { number: record.customerNumber, body: JSON.stringify(record) };
return msg;`;

const TRANSLATE = `const record = msg.record;
const valueOf = (type) => record.channels.find((one) => one.type === type)?.value;
msg.payload = { operations: [{ key: record.id, fields: {
  Name1: record.displayName, CustKind: "F", LegalName: record.companyName, Lang: record.language.toUpperCase(),
  Addresses: record.addresses.map((one) => ({ AddrType: one.role === "BILL" ? "RE" : "LI", Name: one.recipient,
    Street: one.street, Zip: one.zip, City: one.town, Country: one.countryCode })),
  Email: valueOf("EMAIL"), Phone: valueOf("PHONE"), CustNo: record.customerNumber, TaxId: record.vatNumber,
  Memo: record.notes } }] };
return msg;`;

/** Queue, table, target, as one would draw it with the palettes' own nodes. */
export function customerFlow({ databaseUrl, amqpUrl, queue, erpUrl }: FlowEnds): object[] {
  const database = new URL(databaseUrl);
  const broker = new URL(amqpUrl);
  const at = { z: "flow", x: 100, y: 100 };
  return [
    { id: "flow", type: "tab", label: "customers" },
    { id: "broker", type: "amqp-server", host: broker.hostname, port: broker.port || "5672" },
    {
      id: "database",
      type: "postgresdb",
      hostname: database.hostname,
      port: database.port || "5432",
      db: database.pathname.slice(1),
    },
    { ...at, id: "in", type: "amqp in", server: "broker", iotype: "4", ioname: queue, wires: [["keep"]] },
    { ...at, id: "keep", type: "function", func: KEEP, outputs: 1, wires: [["store"]] },
    {
      ...at,
      id: "store",
      type: "postgres",
      postgresdb: "database",
      output: true,
      perrow: false,
      wires: [["translate"]],
    },
    { ...at, id: "translate", type: "function", func: TRANSLATE, outputs: 1, wires: [["write"]] },
    { ...at, id: "write", type: "http request", method: "POST", ret: "obj", url: erpUrl, wires: [[]] },
  ];
}

export function customerCredentials({ databaseUrl, amqpUrl }: FlowEnds): Record<string, object> {
  const login = (address: string) => {
    const { username, password } = new URL(address);
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  };
  return { broker: login(amqpUrl), database: login(databaseUrl) };
}
