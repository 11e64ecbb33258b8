// node:http and node:https, without what an import of theirs brings along: as ES modules their every export is read at
// once, and one of them loads Node's fetch (50 ms of a start, several MB) that nobody here uses.

export const nodeHttp = process.getBuiltinModule("node:http");
export const nodeHttps = process.getBuiltinModule("node:https");
