/**
 * What all rules are made with.
 *
 * @module
 */

import type { LintFix, LintRule } from "./plugin_types.ts";
import { SourceFile } from "./source_file.ts";
import type { SyntaxNode } from "./syntax.ts";

/** What makes a rule. */
interface Definition {
  /** What it is for, in one sentence. */
  description: string;
  /** Whether it mends some of what it finds. */
  hasFix: boolean;
  /** Looks at a file, and reports. */
  check(file: SourceFile, report: (problem: Problem) => void): void;
}

/** A place where something is wrong. */
export interface Problem {
  node: SyntaxNode;
  /** What is wrong, and what to write instead. */
  message: string;
  /** The replacements that mend it, if the rule knows some. */
  fix?(): LintFix[];
}

/**
 * Makes a rule that looks at a file as a whole, when all of its nodes are known: what is declared at
 * the end counts at the start.
 */
export function defineRule({ description, hasFix, check }: Definition): LintRule {
  return {
    meta: {
      type: "problem",
      docs: { description },
      ...(hasFix ? { fixable: "code" } : {}),
      schema: [],
    },
    create(context) {
      const file = SourceFile.of(context);
      if (file === null) return {};
      const checkAll = () => {
        if (!file.meanings.hasLibrary) return;
        check(file, ({ node, ...rest }) => context.report({ node: node as never, ...rest }));
      };
      if (!file.claim()) return { "Program:exit": checkAll };
      return { "*": (node) => file.add(node as SyntaxNode), "Program:exit": checkAll };
    },
  };
}

/** A call as messages show it, without its arguments. */
export function show(file: SourceFile, node: SyntaxNode): string {
  if (node.type !== "CallExpression") return shorten(file.textOf(node));
  const callee = shorten(file.textOf(node.callee!));
  return node.arguments!.length === 0 ? `${callee}()` : `${callee}(…)`;
}

function shorten(text: string): string {
  const line = text.split("\n", 1)[0];
  return line === text && line.length <= 40 ? line : `${line.slice(0, 40)}…`;
}
