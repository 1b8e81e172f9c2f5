/** Sends JSON to the hub. */
export function send(path, body) {
  return fetch(path, {
    method: "POST",
    headers: { accept: "application/json", "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
}

/** Why the hub refuses, and what it would take. */
export async function problemOf(response) {
  const { detail, accepts } = await response.json();
  return accepts === undefined ? detail : `${detail} (${accepts})`;
}
