// Which addresses a call on somebody's behalf may reach: public ones only (SSRF guard, P-13).
//
//   N1. The address that was judged is the address that is connected to: the name is resolved once.
//   N2. An address that cannot be read counts as private.

import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";

const privateRanges = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  privateRanges.addSubnet(network, prefix, "ipv4");
}
for (const [network, prefix] of [
  ["::", 96],
  ["::ffff:0:0:0", 96],
  ["64:ff9b::", 96],
  ["100::", 64],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const) {
  privateRanges.addSubnet(network, prefix, "ipv6");
}

/** True for anything that is not plainly a public address; IPv4 inside IPv6 is judged as IPv4. */
export function isPrivateAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return isPrivateAddress(mapped);
  const version = isIP(address);
  if (version === 0) return true;
  return privateRanges.check(address, version === 4 ? "ipv4" : "ipv6");
}

/** Names that never lead to a public place, whatever a resolver says. */
const INNER_NAMES = new Set(["localhost", "metadata", "metadata.google.internal"]);
const INNER_DOMAINS = [".localhost", ".local", ".internal"];

/**
 * True for a host of a URL that must not be called on somebody's behalf: an inner name, or an address that is not public.
 * Other names are judged by what they resolve to, at the moment of the call.
 */
export function isInnerHost(hostname: string): boolean {
  const name = hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.+$/, "");
  if (name === "" || INNER_NAMES.has(name)) return true;
  if (INNER_DOMAINS.some((domain) => name.endsWith(domain))) return true;
  return isIP(name) !== 0 && isPrivateAddress(name);
}

export type Resolved = { ok: true; address: string } | { ok: false; reason: "private" | "unknown_host" };

/** The address to connect to for a host name; a name with any private address is refused as a whole. */
export async function resolvePublic(host: string, allowPrivate: boolean): Promise<Resolved> {
  const bare = host.replace(/^\[|\]$/g, "");
  if (!allowPrivate && isInnerHost(host)) return { ok: false, reason: "private" };
  const addresses = isIP(bare)
    ? [bare]
    : await lookup(bare, { all: true })
        .then((all) => all.map((a) => a.address))
        .catch(() => []);
  const [first] = addresses;
  if (first === undefined) return { ok: false, reason: "unknown_host" };
  if (!allowPrivate && addresses.some(isPrivateAddress)) return { ok: false, reason: "private" };
  return { ok: true, address: first };
}
