// What went wrong on the way to a provider: Node's and the HTTP client's error codes, in the port's words.

import { failure, GarbageError, type ModelFailure, type Service } from "./failures.ts";

/** The request never left: nothing listens, no such name, no way there, no trust in who answers. */
const UNSENT: Readonly<Record<string, (service: Service) => string>> = {
  ECONNREFUSED: ({ host }) => `Nothing answers at ${host}. Is the model's server running, and is the base URL right?`,
  ENOTFOUND: ({ host }) => `The name ${host} is not known. Check the base URL and this machine's network.`,
  EAI_AGAIN: ({ host }) => `The name ${host} could not be looked up. Check this machine's network.`,
  ENETUNREACH: ({ host }) => `There is no way to ${host} from here. Check this machine's network.`,
  EHOSTUNREACH: ({ host }) => `There is no way to ${host} from here. Check this machine's network.`,
  UND_ERR_CONNECT_TIMEOUT: ({ host }) =>
    `${host} did not take the connection in time. Check the network and the base URL.`,
  ETIMEDOUT: ({ host }) => `${host} did not take the connection in time. Check the network and the base URL.`,
};

/** Certificates that are not trusted, and servers that do not speak TLS. */
const UNTRUSTED = /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO)/;

/** `answering`: the answer had begun, so a code that else means "never sent" means "broken off". */
export function failureOnTheWay(error: unknown, service: Service, answering: boolean): ModelFailure {
  const causes = causesOf(error);
  const garbage = causes.find((cause) => cause instanceof GarbageError);
  if (garbage) return failure("garbage", garbage.message);
  for (const cause of answering ? [] : causes) {
    const say = isOnAnOpenLine(cause) ? undefined : whyUnsent(codeOf(cause));
    if (say) return failure("unreachable", say(service), { unbilled: true });
  }
  if (causes.some(isNotUnderstood)) {
    return failure("garbage", `What came from ${service.name} could not be understood. Trying again may help.`);
  }
  return failure(
    "broken-off",
    `The line to ${service.name} dropped before the answer was whole. Trying again may help.`,
  );
}

/** No JSON where JSON should be, or no HTTP at all. */
function isNotUnderstood(error: unknown): boolean {
  return error instanceof SyntaxError || codeOf(error).startsWith("HPE_");
}

function whyUnsent(code: string): ((service: Service) => string) | undefined {
  return UNSENT[code] ?? (UNTRUSTED.test(code) ? sayUntrusted : undefined);
}

/** TLS fails while it writes its first words: the line is open, and nothing of ours went over it. */
const HANDSHAKE = /wrong version number|packet length|handshake|unsupported protocol/i;

/** A connection that was made can time out as well: then something was sent. */
function isOnAnOpenLine(error: unknown): boolean {
  const { syscall = "", message = "" } = error as { syscall?: string; message?: string };
  return ["read", "write"].includes(syscall) && !HANDSHAKE.test(message);
}

function sayUntrusted({ host }: Service): string {
  return `No safe connection to ${host} was possible. Check http or https in the base URL, and the server's certificate.`;
}

/** The error, what caused it, and so on; the attempts at several addresses count as causes. */
function causesOf(error: unknown): unknown[] {
  const found: unknown[] = [];
  const open = [error];
  while (open.length > 0 && found.length < 16) {
    const next = open.shift();
    if (typeof next !== "object" || next === null || found.includes(next)) continue;
    found.push(next);
    if ("cause" in next) open.push(next.cause);
    if (next instanceof AggregateError) open.push(...next.errors);
  }
  return found;
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" ? code : "";
}
