/**
 * A plugin for Deno's linter and for ESLint that catches what types can't. The rules see syntax only:
 * they judge what a file declares itself, and the library's own names, and are silent about the rest.
 *
 * @module
 */

export { default } from "./src/lint/plugin.ts";
export type {
  LintContext,
  LintFix,
  LintPlugin,
  LintProblem,
  LintRule,
  LintRuleName,
  LintVisitor,
} from "./src/lint/plugin_types.ts";
