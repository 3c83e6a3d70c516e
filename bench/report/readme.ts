/**
 * The README's numbers: a few rows of `RESULTS.md`, between two marks.
 *
 * They are read from the text of that file, and not from what was measured, so that a test can see
 * whether the two say the same.
 *
 * @module
 */
import type { CaseName } from "../cases.ts";
import { type ContenderName, contenders, effectSettings } from "../contenders.ts";
import { digits, type Table } from "./table.ts";

const BEGIN = "<!-- numbers: deno task bench:report -->";
const END = "<!-- end of numbers -->";

/** Rows that tell most, in few words: what is done all the time, and what hosts have no quick way to do. */
const rows: Partial<Record<CaseName, string>> = {
  yield_100: "a switch among 100 tasks",
  gather: "a child of a `gather`",
  queue_bounded_64: "an item through a queue of 64 places",
  timeout_win: "a time limit that isn't hit",
  cancel_n: "a sleeping task made and cancelled",
};

/** Each column, and whose numbers it has, of which the least counts. */
const columns: readonly [head: string, of: readonly ContenderName[]][] = [
  ["wasyncio", ["wasyncio"]],
  ["TypeScript core", ["wasyncio-js"]],
  ["native promises", ["native"]],
  ["Effect", effectSettings],
  ["asyncio", ["asyncio"]],
  ["uvloop", ["uvloop"]],
];

/** The row of nanoseconds in `RESULTS.md`, by the head of each column. */
function rowOf(results: string, name: string): Map<string, string> {
  const [, table = ""] = results.split("\n## Nanoseconds per operation");
  const [head, ...body] = table.split("\n").filter((line) => line.startsWith("|")).map(cellsOf);
  const row = body.find(([first]) => first === `\`${name}\``) ?? [];
  return new Map(head.map((column, i) => [column, row[i] ?? ""]));
}

function cellsOf(line: string): string[] {
  return line.split("|").slice(1, -1).map((cell) => cell.trim());
}

/** What `RESULTS.md` says of the machine, up to a comma or a parenthesis. */
function fact(results: string, name: string): string {
  const line = results.split("\n").find((line) => line.startsWith(`| ${name} |`)) ?? "| | |";
  return cellsOf(line)[1].split(/, | \(V8/)[0];
}

/** Columns of one width, as `deno fmt` has them. */
function aligned(table: Table): string {
  const widths = table[0].map((_, i) => Math.max(...table.map((row) => row[i].length)));
  const line = (row: string[]) =>
    `| ${
      row.map((cell, i) => i > 0 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])).join(" | ")
    } |`;
  const rule = widths.map((width, i) => i > 0 ? `${"-".repeat(width - 1)}:` : "-".repeat(width));
  return [table[0], rule, ...table.slice(1)].map(line).join("\n");
}

/** The block between the marks, as the results have it. */
function block(results: string): string {
  const table = [["nanoseconds", ...columns.map(([head]) => head)]];
  for (const [name, label] of Object.entries(rows)) {
    const row = rowOf(results, name);
    // Wall-clock time stands before the CPU time.
    const ns = (contender: ContenderName) =>
      Number.parseFloat(row.get(contenders[contender].short)?.replaceAll(",", "") || "Infinity");
    const least = columns.map(([, of]) => Math.min(...of.map(ns)));
    table.push([label, ...least.map((ns) => ns === Infinity ? "" : digits(ns))]);
  }
  const where = `Deno ${fact(results, "Deno")}, ${fact(results, "CPU")}, ${fact(results, "date")}`;
  return `${aligned(table)}\n\n${where}; Effect at its fastest setting.`;
}

/** The README with the numbers of these results. */
export function withNumbers(readme: string, results: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`There is no ${BEGIN} and ${END} in the README`);
  return `${readme.slice(0, begin)}${BEGIN}\n\n${block(results)}\n\n${readme.slice(end)}`;
}
