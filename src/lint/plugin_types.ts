/**
 * What Deno's linter and ESLint have in common, as far as these rules use it. The types name the
 * members that are used and no more, so that whoever imports the plugin needs neither's types.
 *
 * @module
 */

/** One replacement of a part of the source text. */
export interface LintFix {
  /** Where the part begins and ends, in UTF-16 code units. */
  range: [number, number];
  /** What comes in its place. */
  text: string;
}

/** A place in a program where something is wrong. */
export interface LintProblem {
  /** The node of the syntax tree. Each linter has a type of its own for it; `never` suits all. */
  node: never;
  /** What is wrong, and what to write instead. */
  message: string;
  /** The replacements that mend it, if the rule knows some. */
  fix?(): LintFix[];
}

/** What the linter gives to a rule for one file. */
export interface LintContext {
  /** The file; ESLint knows files without a text, too, but not with rules like these. */
  readonly sourceCode: { readonly text?: string; readonly ast: unknown };
  /**
   * Tells the user.
   *
   * @param problem What is wrong, and where.
   */
  report(problem: LintProblem): void;
}

/** Which nodes a rule wants to see, and what it does then. */
export type LintVisitor = {
  /** Called with each node, parents first. */
  "*"?: (node: unknown) => void;
  /** Called when all have been seen. */
  "Program:exit"?: () => void;
};

/** A rule. Deno's linter ignores `meta`, which ESLint wants. */
export interface LintRule {
  /** What ESLint wants to know before it runs the rule. */
  readonly meta: {
    /** These rules are about mistakes, not about style. */
    readonly type: "problem";
    /** In one sentence, what the rule is for. */
    readonly docs: { readonly description: string };
    /** There if the rule can mend what it finds. */
    readonly fixable?: "code";
    /** The rules have no options. */
    readonly schema: [];
  };
  /**
   * Called once for each file.
   *
   * @param context The file, and how to tell the user of it.
   */
  create(context: LintContext): LintVisitor;
}

/** A plugin as both linters take it. */
export interface LintPlugin {
  /** What stands before the slash in the names of the rules. */
  readonly name: "wasyncio";
  /** The same for ESLint. */
  readonly meta: { readonly name: "wasyncio" };
  /** The rules, without what stands before the slash. */
  readonly rules: Record<LintRuleName, LintRule>;
  /** For ESLint: settings to start from. */
  readonly configs: {
    /** All rules, as errors. */
    readonly recommended: {
      /** What ESLint calls these settings in its reports. */
      readonly name: string;
      /** The plugin itself. */
      readonly plugins: Record<"wasyncio", Omit<LintPlugin, "configs">>;
      /** The rules, with what stands before the slash. */
      readonly rules: Record<`wasyncio/${LintRuleName}`, "error">;
    };
  };
}

/** The names of the rules. */
export type LintRuleName =
  | "no-await-coroutine"
  | "no-bare-yield"
  | "no-floating-coroutine"
  | "no-swallowed-cancel"
  | "no-yield-promise";
