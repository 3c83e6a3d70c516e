/**
 * The chart: a mark for each contender in each case, on a logarithmic scale. It is a picture in a page
 * of somebody else's, and follows what the reader's system says about light and dark.
 *
 * @module
 */
import { caseNames } from "../cases.ts";
import { type ContenderName, contenderNames, contenders, type Entry } from "../contenders.ts";
import type { Results } from "./results.ts";
import { digits } from "./table.ts";

const WIDTH = 960;
const LEFT = 210;
const RIGHT = 24;
const TOP = 104;
const ROW = 28;
const BOTTOM = 46;
const INK = "#222222";
const FAINT = "#666666";
/** Attributes have the colours for light; where it is dark, these go before them. */
const DARK = [
  ".ink, .native { fill: #e8e8e8 }",
  ".faint { fill: #9a9a9a }",
  ".paper { fill: #14171c }",
  ".stripe { fill: #1d2127 }",
  ".rule { stroke: #3a3f47 }",
  ".span { stroke: #6b727c }",
  ".mark { stroke: #14171c }",
].join(" ");
const FONT = "font-family=\"system-ui, 'Segoe UI', Helvetica, Arial, sans-serif\"";

/** Draws the chart. */
export function chart(results: Results): string {
  const rows = caseNames.filter((name) => results.cases.has(name));
  const shown = contenderNames.filter((contender) =>
    contenders[contender].mark !== undefined &&
    rows.some((name) => results.ns(contender, name) !== undefined)
  );
  const values = rows.flatMap((name) => shown.map((contender) => results.ns(contender, name)))
    .filter((ns) => ns !== undefined);
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.ceil(Math.log10(Math.max(...values)));
  const x = (ns: number) => LEFT + (Math.log10(ns) - low) / (high - low) * (WIDTH - LEFT - RIGHT);
  const bottom = TOP + rows.length * ROW;

  const parts = [
    text(16, 28, "Nanoseconds per operation", { size: 17, weight: 600 }),
    text(16, 48, "Logarithmic scale; further left is faster. For sleep_n, CPU time.", {
      color: FAINT,
    }),
    ...legend(shown),
  ];
  for (let i = 0; i < rows.length; i += 2) {
    parts.push(
      `<rect x="0" y="${
        TOP + i * ROW
      }" width="${WIDTH}" height="${ROW}" class="stripe" fill="#f4f4f4"/>`,
    );
  }
  for (let decade = low; decade <= high; decade++) {
    const at = x(10 ** decade).toFixed(1);
    parts.push(`<path d="M${at} ${TOP}V${bottom}" class="rule" stroke="#d0d0d0"/>`);
    parts.push(text(at, bottom + 20, unit(decade), { anchor: "middle", color: FAINT }));
  }
  rows.forEach((name, row) => {
    const y = TOP + row * ROW + ROW / 2;
    const found = shown.flatMap((contender) => {
      const ns = results.ns(contender, name);
      return ns === undefined ? [] : [{ contender, ns }];
    });
    const all = found.map(({ ns }) => x(ns));
    parts.push(text(16, y + 4, name));
    parts.push(text(LEFT - 16, y + 4, digits(results.ns("wasyncio", name)), {
      anchor: "end",
      color: contenders.wasyncio.color,
      weight: 600,
    }));
    parts.push(
      `<path d="M${Math.min(...all).toFixed(1)} ${y}H${Math.max(...all).toFixed(1)}" ` +
        `class="span" stroke="#b8b8b8"/>`,
    );
    // Ours and the baseline are drawn last, on top.
    found.sort((a, b) => depth(a.contender) - depth(b.contender));
    for (const { contender, ns } of found) {
      parts.push(
        mark(contender, x(ns), y, `${contenders[contender].label}: ${digits(ns)} ns`),
      );
    }
  });
  const { machine } = results;
  parts.push(
    text(
      16,
      bottom + 40,
      `${machine.cpu}, ${machine.cores} cores; Deno ${machine.deno}; ${machine.date}`,
      { color: FAINT, size: 11 },
    ),
  );
  const height = bottom + BOTTOM + 4;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" ` +
    `viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Nanoseconds per operation" ${FONT}>\n` +
    `<style>@media (prefers-color-scheme: dark) { ${DARK} }</style>\n` +
    `<rect width="100%" height="100%" class="paper" fill="#ffffff"/>\n${
      parts.join("\n")
    }\n</svg>\n`;
}

function depth(contender: ContenderName): number {
  return contender === "native" ? 2 : contender === "wasyncio" ? 1 : 0;
}

function legend(shown: readonly ContenderName[]): string[] {
  const parts: string[] = [];
  let at = 22;
  let y = 72;
  for (const contender of shown) {
    const { label } = contenders[contender];
    const width = 30 + label.length * 6.4;
    if (at + width > WIDTH) {
      at = 22;
      y += 18;
    }
    parts.push(mark(contender, at, y - 4), text(at + 12, y, label));
    at += width;
  }
  return parts;
}

interface TextStyle {
  size?: number;
  weight?: number;
  color?: string;
  anchor?: string;
}

function text(x: number | string, y: number, content: string, style: TextStyle = {}): string {
  const { size = 12, weight = 400, color = INK, anchor = "start" } = style;
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const name = color === INK ? "ink" : color === FAINT ? "faint" : "ours";
  return `<text class="${name}" x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${color}" ` +
    `text-anchor="${anchor}">${escaped}</text>`;
}

function mark(contender: ContenderName, x: number, y: number, title = ""): string {
  const { mark, color }: Entry = contenders[contender];
  const [cx, cy] = [x.toFixed(1), y.toFixed(1)];
  const paint = `class="mark ${contender}" fill="${color}" stroke="#ffffff"`;
  const shape = {
    circle: `<circle cx="${cx}" cy="${cy}" r="8" ${paint}>`,
    square: `<path d="M${cx} ${cy}m-5-5h10v10h-10z" ${paint}>`,
    diamond: `<path d="M${cx} ${cy}m0-6l6 6l-6 6l-6-6z" ${paint}>`,
    triangle: `<path d="M${cx} ${cy}m0-6l6 11h-12z" ${paint}>`,
  }[mark!];
  const tag = mark === "circle" ? "circle" : "path";
  return `${shape}<title>${title}</title></${tag}>`;
}

function unit(decade: number): string {
  const units = ["ns", "µs", "ms", "s"];
  const thousands = Math.max(0, Math.floor(decade / 3));
  return `${10 ** (decade - 3 * thousands)} ${units[thousands]}`;
}
