/**
 * What Node's errors are as errno's names.
 *
 * @module
 */

/** Errors of a handshake: OpenSSL's reasons have names of their own that nothing else tells apart. */
const handshakeErrors = /* @__PURE__ */ new WeakSet<object>();

/** Has an error count as one of TLS, unless it is the operating system's. */
export function noteHandshakeError<T>(error: T): T {
  if (typeof error === "object" && error !== null) handshakeErrors.add(error);
  return error;
}

/** The errno's name of an error of Node's; `null` for one that isn't the operating system's. */
export function codeOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === "string") {
    // A name that can't be one.
    if (code === "EINVAL" && (error as { syscall?: string }).syscall === "getaddrinfo") {
      return "ENOTFOUND";
    }
    // The resolver's own, such as EAI_AGAIN where no name server answers.
    if (code.startsWith("EAI_")) return "ENOTFOUND";
    if (/^E[A-Z0-9]+$/.test(code)) return code;
    if (/^ERR_(?:SSL|TLS|OSSL)_/.test(code)) return "EPROTO";
    // The stream is gone, and its own error was told to whoever came first.
    if (/^ERR_STREAM_(?:DESTROYED|WRITE_AFTER_END|PREMATURE_CLOSE)$/.test(code)) return "EPIPE";
  }
  return handshakeErrors.has(Object(error)) ? "EPROTO" : null;
}
