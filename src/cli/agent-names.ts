// Names of agents as people write them.

/** `chief` → `host:chief`; an id with a scope stays as it is. */
export function agentId(name: string): string {
  return name.includes(":") ? name : `host:${name}`;
}

/** `host:chief` → `chief`, for reading. */
export function agentName(id: string): string {
  return id.replace(/^host:/, "");
}
