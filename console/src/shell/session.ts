// Signing in: the link that `npm start` prints carries a token that works once; a cookie stands for it from then on.

import { type Api, ApiError, BASE } from "../api/client.ts";
import type { Session } from "../api/types.ts";

export type SessionState =
  | { kind: "unknown" }
  | { kind: "signed-in"; session: Session }
  | { kind: "signed-out"; reason: "no-link" | "used-link" | "ended" | "left" }
  | { kind: "unreachable" };

/** Takes the token out of the address before anything else can see it, and returns it. */
export function takeToken(): string | undefined {
  const token = new URLSearchParams(location.hash.replace(/^#/, "")).get("token");
  if (token === null) return undefined;
  history.replaceState(null, "", `${location.pathname}${location.search}`);
  return token === "" ? undefined : token;
}

/** Exchanges the token when there is one, and asks who is signed in. */
export async function signIn(api: Api, token: string | undefined): Promise<SessionState> {
  try {
    const isTaken = token === undefined || (await exchange(api, token));
    // An old link does no harm to somebody who is signed in already.
    return await current(api, isTaken ? "no-link" : "used-link");
  } catch {
    return { kind: "unreachable" };
  }
}

async function exchange(api: Api, token: string): Promise<boolean> {
  try {
    await api.send("POST", `${BASE}/session`, { token });
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

async function current(api: Api, reason: "no-link" | "used-link"): Promise<SessionState> {
  try {
    return { kind: "signed-in", session: await api.get<Session>(`${BASE}/session`) };
  } catch (error) {
    if (error instanceof ApiError) return { kind: "signed-out", reason };
    throw error;
  }
}
