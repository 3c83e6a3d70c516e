/**
 * That the plugin is one for the compiler, too: for Deno's linter and for ESLint.
 *
 * @module
 */

import plugin from "../../lint.ts";
import type { ESLint, Linter } from "../unit/lint/eslint.ts";

Deno.test("the plugin is one of Deno's linter", () => {
  plugin satisfies Deno.lint.Plugin;
});

Deno.test("the plugin is one of ESLint", () => {
  plugin satisfies ESLint.Plugin;
  [plugin.configs.recommended] satisfies Linter.Config[];
});
