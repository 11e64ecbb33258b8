// parley webhooks verify: the receiver's checks, on a request that was kept.

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { buffer } from "node:stream/consumers";
import { type Refusal, verifyWebhook } from "#protocol/webhook-signature.ts";
import type { Handler } from "../command.ts";
import { CommandError, exitCodes, UsageError } from "../failures.ts";
import type { Host } from "../host.ts";

const whys: Readonly<Record<Refusal, string>> = {
  unknown_algorithm: "the signature algorithm is none that receivers know",
  malformed_header: "a header that is needed is missing, or not well formed",
  stale_timestamp: "it was signed more than 5 minutes before or after it arrived (see --at)",
  signature_mismatch: "the signature is not that of this body under this secret",
  nonce_mismatch: "the nonce header is not that of this event",
  malformed_body: "the body is not an event",
};

export const verify: Handler = async ({ host, options, terminal, arguments: [file] }) => {
  const secretFile = options.text("secret-file");
  if (secretFile === undefined) throw new UsageError("--secret-file is needed: the file with the webhook's secret.");
  const nowMs = arrivalOf(options.text("at"), host);
  const secret = (await read(host, secretFile)).toString("utf8").trim();
  const input = file === undefined || file === "-" ? await buffer(host.stdin) : await read(host, file);
  const given = options.list("header");
  const { headers, rawBody } = given.length > 0 ? { headers: headersOf(given), rawBody: input } : splitRequest(input);
  const verdict = verifyWebhook({ secret, headers, rawBody, nowMs });
  const genuine = verdict.verdict === "accepted";
  if (options.flag("json")) {
    terminal.json(verdict.verdict === "refused" ? verdict : { verdict: verdict.verdict, nonce: verdict.nonce });
  } else if (verdict.verdict === "accepted") {
    terminal.out(`genuine: ${String(verdict.event.type)} of ${String(verdict.event.runId)}`);
  } else if (verdict.verdict === "refused") terminal.err(`Refused (${verdict.reason}): ${whys[verdict.reason]}.`);
  return genuine ? exitCodes.completed : exitCodes.failed;
};

async function read(host: Host, file: string): Promise<Buffer> {
  try {
    return await readFile(resolve(host.cwd, file));
  } catch (error) {
    throw new CommandError(`${file} cannot be read (${(error as { code?: string }).code}).`);
  }
}

function arrivalOf(at: string | undefined, host: Host): number {
  if (at === undefined) return host.wallMs();
  if (/^\d{1,12}$/.test(at)) return Number(at) * 1000;
  throw new UsageError(`--at must be a Unix time in seconds, not "${at}".`);
}

/** Head and body of a request; the body keeps its very bytes. A request line is taken for what it is. */
function splitRequest(input: Buffer): { headers: Record<string, string>; rawBody: Buffer } {
  const gap = /\r?\n\r?\n/.exec(input.toString("latin1"));
  if (!gap) throw new UsageError("There is no empty line between headers and body. Give the headers by --header.");
  const lines = input.subarray(0, gap.index).toString("latin1").split(/\r?\n/);
  const headers = lines.filter((line, at) => at > 0 || !/^[A-Z]+ \S+ HTTP\//.test(line));
  return { headers: headersOf(headers), rawBody: input.subarray(gap.index + gap[0].length) };
}

function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(":");
      if (colon < 1) throw new UsageError(`"${line.slice(0, 60)}" is no header: it needs NAME:VALUE.`);
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}
