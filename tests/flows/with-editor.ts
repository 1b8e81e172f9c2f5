import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import type { FlowOptions } from "../../src/flows/flow-engine.ts";
import type { NodeConfig } from "../../src/flows/node-red.ts";
import { type FlowRuntime, startFlows } from "../../src/flows/runtime.ts";

export type Answer = { status: number; text: string };

/** Flows that run, with the editor that people deploy them from. */
export type WithEditor = {
  flows: FlowRuntime;
  url: string;
  token: string;
  logIn(name: string, password: string): Promise<string>;
  /** What the editor is shown. */
  drawn(): Promise<{ flows: NodeConfig[]; rev: string }>;
  /** As the Deploy button does it, whose default is "full". `rev`: of what it was drawn from; absent: unchecked. */
  deploy(
    change: (nodes: NodeConfig[]) => NodeConfig[],
    more?: { rev?: string; token?: string },
  ): Promise<Answer>;
  stop(): Promise<void>;
};

/** People who may log in, with this password. */
const PEOPLE = new Set(["admin", "bob"]);
export const PASSWORD = "secret";

export async function startWithEditor(options: Omit<FlowOptions, "http">): Promise<WithEditor> {
  const app = express();
  const server = createServer(app);
  const userOf = (username: string) => (PEOPLE.has(username) ? { username, permissions: "*" } : null);
  const flows = await startFlows({
    ...options,
    http: {
      app,
      server,
      adminRoot: "/editor",
      auth: {
        authenticate: async (username, password) => (password === PASSWORD ? userOf(username) : null),
        user: async (username) => userOf(username),
      },
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/editor`;
  const token = await logInAt(url, "admin", PASSWORD);
  const headers = { "node-red-api-version": "v2", "content-type": "application/json" };
  const drawn = async () => {
    const answer = await fetch(`${url}/flows`, { headers: { ...headers, authorization: `Bearer ${token}` } });
    return (await answer.json()) as { flows: NodeConfig[]; rev: string };
  };
  return {
    flows,
    url,
    token,
    logIn: (name, password) => logInAt(url, name, password),
    drawn,
    deploy: async (change, more = {}) => {
      const { rev } = more;
      const answer = await fetch(`${url}/flows`, {
        method: "POST",
        headers: {
          ...headers,
          authorization: `Bearer ${more.token ?? token}`,
          "node-red-deployment-type": "full",
        },
        body: JSON.stringify({ flows: change((await drawn()).flows), ...(rev === undefined ? {} : { rev }) }),
      });
      return { status: answer.status, text: await answer.text() };
    },
    stop: async () => {
      await flows.stop();
      server.closeAllConnections();
      server.close();
    },
  };
}

async function logInAt(url: string, username: string, password: string): Promise<string> {
  const answer = await fetch(`${url}/auth/token`, {
    method: "POST",
    body: new URLSearchParams({
      client_id: "node-red-editor",
      grant_type: "password",
      scope: "*",
      username,
      password,
    }),
  });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return ((await answer.json()) as { access_token: string }).access_token;
}

export const edit =
  (id: string, change: Partial<NodeConfig>) =>
  (nodes: NodeConfig[]): NodeConfig[] =>
    nodes.map((node) => (node.id === id ? { ...node, ...change } : node));
