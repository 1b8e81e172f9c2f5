// A very small CRM with a REST interface, to try the adapter of `nave adapter new` with: node docs/examples/small-crm.mjs
// Customers live in memory, the token is "secret", the port 8090. See docs/first-integration.md.
import { createServer } from "node:http";

const customers = new Map();
for (let n = 1; n <= 5; n += 1) {
  const address = { street: `Station Road ${n}`, postalCode: `2045${n}`, city: "Hamburg", country: "DE" };
  // Four of them are known to the Sandbox CRM's demonstration data by their e-mail address, the fifth is not.
  const email = n < 5 ? `info@kunde${n}.example` : "office@new.example";
  save({ id: `${n}`, name: `Customer ${n} Ltd`, language: "en", email, address });
}

createServer(async (request, response) => {
  const answer = (status, body) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (request.headers.authorization !== "Bearer secret") return answer(401, {});
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  if (pathname === "/status") return answer(200, { version: "1", now: new Date().toISOString() });
  const [, collection, id] = pathname.split("/");
  if (collection !== "customers") return answer(404, { message: "there are customers only" });
  if (request.method === "GET") return answer(200, { data: find(searchParams) });
  const body = JSON.parse(await read(request));
  if (request.method === "POST") return answer(201, save({ ...body, id: `${customers.size + 1}` }));
  const held = customers.get(id);
  return held ? answer(200, save({ ...held, ...body, id })) : answer(404, { message: `no customer ${id}` });
}).listen(8090, "127.0.0.1", () => console.log("small CRM at http://127.0.0.1:8090"));

function save(customer) {
  const saved = { ...customer, updatedAt: new Date().toISOString() };
  customers.set(saved.id, saved);
  return saved;
}

/** By id, by the hub's key, or by what has changed; without any of these, all. */
function find(query) {
  const named = (name, customer) => !query.has(name) || query.get(name).split(",").includes(customer[name]);
  return [...customers.values()].filter(
    (one) =>
      named("id", one) && named("externalId", one) && one.updatedAt >= (query.get("updatedSince") ?? ""),
  );
}

async function read(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
