// How a configuration names a secret: where it is found, never what it is.

import Type from "typebox";

const closed = { additionalProperties: false } as const;

export const SecretReference = Type.Union(
  [
    Type.Object({ env: Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_]*$" }) }, closed),
    Type.Object({ file: Type.String({ minLength: 1 }) }, closed),
  ],
  {
    "x-secret": true,
    "x-allowed": "a reference, {env: NAME} or {file: PATH}, never the secret itself",
    description: "Where the credential is found when it is needed: an environment variable or a file.",
  },
);
