/** Asks one question and answers `data`; throws for HTTP errors, GraphQL errors and refusals inside the answer alike. */
export type Ask = <Data>(query: string, variables?: Record<string, unknown>) => Promise<Data>;

/** A GraphQL session of its own: keeps the token that Vendure hands out with the first answer. */
export function connectTo(api: string): Ask {
  let token: string | undefined;
  return async <Data>(query: string, variables: Record<string, unknown> = {}) => {
    const response = await fetch(api, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query, variables }),
    });
    token = response.headers.get("vendure-auth-token") ?? token;
    const answer = (await response.json()) as { data?: Record<string, unknown>; errors?: unknown };
    if (answer.errors !== undefined)
      throw new Error(`${query}: ${JSON.stringify(answer.errors).slice(0, 2000)}`);
    for (const value of Object.values(answer.data ?? {})) refuse(value);
    return answer.data as Data;
  };
}

/** Vendure reports what it refuses as a member of a union type, with HTTP 200. */
function refuse(value: unknown): void {
  if (value !== null && typeof value === "object" && "errorCode" in value) {
    throw new Error(`Vendure refuses: ${JSON.stringify(value)}`);
  }
}
