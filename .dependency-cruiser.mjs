// The floors of the house (docs/architecture.md). An import may go down or stay in its room, never up.

const rooms = {
  protocol: [],
  ports: ["protocol"],
  engine: ["protocol", "ports"],
  platform: ["protocol", "ports"],
  store: ["protocol", "ports"],
  models: ["protocol", "ports"],
  runtime: ["protocol", "ports", "engine", "platform"],
  agent: ["protocol", "ports", "engine", "platform"],
  delivery: ["protocol", "ports", "platform"],
  app: ["protocol", "ports", "engine", "platform", "runtime", "agent", "delivery"],
  http: ["protocol", "ports", "engine", "platform", "runtime", "agent", "app"],
  cli: ["protocol", "ports"],
};

const roomRules = Object.entries(rooms).map(([room, below]) => ({
  name: `floor-of-${room}`,
  comment: `${room} may import ${below.length > 0 ? below.join(", ") : "nothing of ours"}.`,
  severity: "error",
  from: { path: `^src/${room}/` },
  to: { path: "^(src|bin|scripts|test|bench)/", pathNot: [room, ...below].map((name) => `^src/${name}/`) },
}));

/** Vendor libraries stay in the room that knows them. */
const vendors = {
  fastify: "^src/http/",
  pino: "^src/platform/",
  ajv: "^src/platform/",
  yaml: "^src/(models/scripted|platform|daemon|cli)/",
  croner: "^src/runtime/schedules/",
  re2js: "^src/(engine/expression|platform)/",
  openai: "^src/models/openai",
  "@anthropic-ai/sdk": "^src/models/anthropic",
};

const vendorRules = Object.entries(vendors).map(([library, home]) => ({
  name: `${library}-stays-in-its-room`,
  severity: "error",
  from: { path: "^src/", pathNot: home },
  to: { path: `node_modules/${library}/` },
}));

export default {
  forbidden: [
    ...roomRules,
    ...vendorRules,
    { name: "no-circles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "the-store-never-decides",
      comment: "A store keeps what was decided; it knows no rule of a run's life.",
      severity: "error",
      from: { path: "^src/(store|models)/" },
      to: { path: "^src/engine/" },
    },
    {
      name: "sqlite-stays-in-its-store",
      comment: "The lock of a home is the one other user of node:sqlite.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/(store/sqlite/|platform/lock)" },
      to: { path: "^(node:)?sqlite$" },
    },
    {
      name: "node-http-is-not-imported",
      comment: "As an ES module it brings Node's fetch into every start: take it from platform/node-http.ts.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(node:)?https?$", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "nobody-imports-the-daemon",
      severity: "error",
      from: { path: "^src/(?!daemon)" },
      to: { path: "^src/daemon" },
    },
    { name: "no-tests-in-code", severity: "error", from: { path: "^src/" }, to: { path: "^(test|bench)/" } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
  },
};
