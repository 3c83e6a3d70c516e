/**
 * Tables, and the numbers in them.
 *
 * @module
 */

/** Rows of cells; the first row is the head. */
export type Table = string[][];

/** Nanoseconds and the like, to three digits or so. */
export function digits(x: number | undefined): string {
  if (x === undefined) return "";
  return x < 100 ? x.toFixed(1) : Math.round(x).toLocaleString("en");
}

/** A factor, to two or three digits. */
export function factor(x: number): string {
  return `${x < 10 ? x.toFixed(1) : Math.round(x).toLocaleString("en")}×`;
}

/** Prints a table, its first column to the left and numbers to the right. */
export function print(table: Table): void {
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  for (const row of table) {
    const cells = row.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]));
    console.log(cells.join("  "));
  }
}
