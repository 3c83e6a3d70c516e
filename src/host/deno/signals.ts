/**
 * Signals in Deno.
 *
 * @module
 */
import type { Signals } from "../signals.ts";

interface DenoHost {
  readonly build: { readonly os: string };
  addSignalListener(signal: string, listener: () => void): void;
  removeSignalListener(signal: string, listener: () => void): void;
  exit(code: number): void;
}

/*
 * Deno knows signals by name alone. To ask `node:os` for their numbers takes 30 ms the first time; a
 * test compares these with what it says.
 */
const SHARED = "HUP INT QUIT ILL TRAP ABRT";
const NUMBERS: Record<string, string> = {
  linux: `${SHARED} BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN
    TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS`,
  darwin: `${SHARED} EMT FPE KILL BUS SEGV SYS PIPE ALRM TERM URG STOP TSTP CONT CHLD TTIN
    TTOU IO XCPU XFSZ VTALRM PROF WINCH INFO USR1 USR2`,
  windows: "HUP INT QUIT - - - - - KILL - - - - - TERM - - - - - BREAK",
};
/** Second names. */
const ALIASES: Record<string, string> = {
  SIGIOT: "SIGABRT",
  SIGPOLL: "SIGIO",
  SIGUNUSED: "SIGSYS",
};

/** Deno's signals; `null` elsewhere. */
export function denoSignals(): Signals | null {
  const { Deno } = globalThis as { Deno?: DenoHost };
  if (typeof Deno?.addSignalListener !== "function") return null;
  return {
    numberOf(signal) {
      const names = (NUMBERS[Deno.build.os] ?? NUMBERS.linux).split(/\s+/);
      const at = signal.startsWith("SIG")
        ? names.indexOf((ALIASES[signal] ?? signal).slice("SIG".length))
        : -1;
      return at < 0 ? null : at + 1;
    },
    listen(signal, listener) {
      // Each listener is a function of its own: Deno takes the same one only once.
      const own = () => listener();
      Deno.addSignalListener(signal, own);
      return () => Deno.removeSignalListener(signal, own);
    },
    exit: (code) => Deno.exit(code),
  };
}
