/**
 * The plugin: all rules under one name.
 *
 * @module
 */

import { noAwaitCoroutine } from "./no_await_coroutine.ts";
import { noBareYield } from "./no_bare_yield.ts";
import { noFloatingCoroutine } from "./no_floating_coroutine.ts";
import { noSwallowedCancel } from "./no_swallowed_cancel.ts";
import { noYieldPromise } from "./no_yield_promise.ts";
import type { LintPlugin } from "./plugin_types.ts";

/**
 * A plugin for Deno's linter and for ESLint, with rules for what the compiler lets pass: a `catch`
 * that may swallow a cancellation, a coroutine that nobody runs, `yield` where `yield*` was meant,
 * `await` before a coroutine, and a promise without `until`.
 *
 * @example In deno.json
 * ```json
 * { "lint": { "plugins": ["../wasyncio/lint.ts"] } }
 * ```
 *
 * @example In eslint.config.js
 * ```js
 * import wasyncio from "wasyncio/lint";
 *
 * export default [wasyncio.configs.recommended];
 * ```
 */
const plugin: LintPlugin = {
  name: "wasyncio",
  meta: { name: "wasyncio" },
  rules: {
    "no-await-coroutine": noAwaitCoroutine,
    "no-bare-yield": noBareYield,
    "no-floating-coroutine": noFloatingCoroutine,
    "no-swallowed-cancel": noSwallowedCancel,
    "no-yield-promise": noYieldPromise,
  },
  configs: {
    recommended: {
      name: "wasyncio/recommended",
      plugins: {
        // ESLint wants the plugin itself, which is being made here.
        get wasyncio() {
          return plugin;
        },
      },
      rules: {
        "wasyncio/no-await-coroutine": "error",
        "wasyncio/no-bare-yield": "error",
        "wasyncio/no-floating-coroutine": "error",
        "wasyncio/no-swallowed-cancel": "error",
        "wasyncio/no-yield-promise": "error",
      },
    },
  },
};

export default plugin;
