import type { NodeConfig } from "../../src/flows/node-red.ts";

/** Node-RED's own nodes, configured as its editor does it. */
export const delay = (timeout: string, wire: string[]) => ({
  type: "delay",
  pauseType: "delay",
  timeout,
  timeoutUnits: "milliseconds",
  rate: "1",
  nbRateUnits: "1",
  rateUnits: "second",
  randomFirst: "1",
  randomLast: "5",
  randomUnits: "seconds",
  drop: false,
  allowrate: false,
  outputs: 1,
  wire,
});
export const rate = (wire: string[]) => ({
  ...delay("0", wire),
  pauseType: "rate",
  rate: "50",
  nbRateUnits: "1",
  rateUnits: "second",
});
export const split = (wire: string[]) => ({
  type: "split",
  splt: "\\n",
  spltType: "str",
  arraySplt: 1,
  arraySpltType: "len",
  stream: false,
  addname: "",
  property: "payload.lines",
  wire,
});
export const join = (wire: string[]) => ({
  type: "join",
  mode: "auto",
  build: "object",
  property: "payload",
  propertyType: "msg",
  key: "topic",
  joiner: "\\n",
  joinerType: "str",
  accumulate: "false",
  timeout: "",
  count: "",
  reduceRight: false,
  wire,
});
export const joinTwo = (wire: string[]) => ({
  ...join(wire),
  mode: "custom",
  build: "array",
  count: "2",
  useparts: false,
});
export const httpRequest = (url: string, wire: string[]) => ({
  type: "http request",
  method: "GET",
  ret: "obj",
  paytoqs: "ignore",
  url,
  tls: "",
  persist: false,
  proxy: "",
  insecureHTTPParser: false,
  authType: "",
  senderr: true,
  headers: [],
  wire,
});

/** A subflow of two nodes, `subflow:sub`: the name in capitals, 20 ms later. */
export const upperLater: NodeConfig[] = [
  {
    id: "sub",
    type: "subflow",
    name: "upper",
    info: "",
    in: [{ x: 50, y: 30, wires: [{ id: "sub.up" }] }],
    out: [{ x: 300, y: 30, wires: [{ id: "sub.late", port: 0 }] }],
  },
  {
    id: "sub.up",
    type: "function",
    z: "sub",
    name: "up",
    func: "msg.payload.name = msg.payload.name.toUpperCase(); return msg;",
    outputs: 1,
    libs: [],
    x: 100,
    y: 30,
    wires: [["sub.late"]],
  },
  {
    ...delay("20", []),
    wire: undefined,
    id: "sub.late",
    z: "sub",
    name: "late",
    x: 200,
    y: 30,
    wires: [[]],
  },
];

/** As it is saved, with a password of its own. */
export function askingWithPassword(tab: string): NodeConfig {
  return {
    id: `${tab}.ask`,
    type: "http request",
    z: tab,
    name: "ask",
    method: "GET",
    ret: "txt",
    url: "http://127.0.0.1:1/",
    authType: "basic",
    x: 10,
    y: 10,
    wires: [[]],
    credentials: { user: "bob", password: "hunter2" },
  };
}
