/**
 * Deno's WebSockets on the server's side.
 *
 * @module
 */
import type { Upgrade, UpgradeOptions } from "../websockets.ts";

declare const Deno: {
  upgradeWebSocket(
    request: object,
    options: { protocol?: string; idleTimeout: number },
  ): Upgrade;
};

/** Upgrades a request of `Deno.serve`'s. */
export function denoUpgrade(request: object, { protocol, idleTimeout }: UpgradeOptions): Upgrade {
  return Deno.upgradeWebSocket(request, { idleTimeout, ...protocol !== null && { protocol } });
}
