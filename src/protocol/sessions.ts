// Signing in to the console on the wire (host-surfaces.md §7.1, `session`).

import Type, { type Static } from "./type.ts";

/** The cookie that holds a console session. */
export const SESSION_COOKIE = "parley_session";

export const SignIn = Type.Object(
  { token: Type.String({ minLength: 1, maxLength: 128 }) },
  { additionalProperties: false, $id: "SignIn" },
);
export type SignIn = Static<typeof SignIn>;

/** Who a credential speaks for, and what it may do. */
export const WhoAmI = Type.Object(
  { principal: Type.String(), scopes: Type.Array(Type.String()) },
  { additionalProperties: false, $id: "WhoAmI" },
);
export type WhoAmI = Static<typeof WhoAmI>;

/** `url` signs its first reader in: it is a credential. */
export const ConsoleLink = Type.Object({ url: Type.String() }, { additionalProperties: false, $id: "ConsoleLink" });
export type ConsoleLink = Static<typeof ConsoleLink>;
