/**
 * Checking what the functions have in common that connect, listen and start: ports, certificates, and how
 * much is kept for whoever is slow.
 *
 * @module
 */
import { checkNonEmptyText, checkWhole, describe } from "../check.ts";

const MAX_PORT = 65_535;

/** The largest number that systems take: it is an `int`. */
const MAX_BACKLOG = 2 ** 31 - 1;

/** How many bytes a message may have, unless a program says otherwise. */
export const DEFAULT_LIMIT = 65_536;

/**
 * Refuses what is no limit of a reader's.
 *
 * @throws {TypeError | RangeError} When it is no number, or none that can be one.
 */
export function checkLimit(limit: unknown = DEFAULT_LIMIT): number {
  return checkWhole(limit, "limit", 1);
}

/**
 * Refuses what is no port. Nobody listens at port 0; to listen there means any that is free.
 *
 * @throws {TypeError | RangeError} When it is no number, or none that can be one.
 */
export function checkPort(port: unknown, least: 0 | 1): number {
  return checkWhole(port, "port", least, MAX_PORT);
}

/**
 * How many connections may wait to be accepted; `null`, for the host's own number, if nobody says.
 *
 * @throws {TypeError | RangeError} When it is no number, or none that can be one.
 */
export function checkBacklog(backlog: unknown): number | null {
  return backlog === undefined ? null : checkWhole(backlog, "backlog", 1, MAX_BACKLOG);
}

/**
 * Refuses what has no certificate and no key, of which a server over TLS needs both.
 *
 * @throws {TypeError | RangeError} When it is no object, or one of the two is no text.
 */
export function checkCertificate(tls: unknown): { cert: string; key: string } {
  if (typeof tls !== "object" || tls === null) {
    throw new TypeError(`tls must be an object with cert and key, got ${describe(tls)}`);
  }
  const { cert, key } = tls as Record<string, unknown>;
  return { cert: checkNonEmptyText(cert, "tls.cert"), key: checkNonEmptyText(key, "tls.key") };
}
