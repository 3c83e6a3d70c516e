/**
 * Names that begin with an underscore are the library's own: whoever uses it sees them neither in
 * its documentation nor in what an editor offers after a dot.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { output } from "./subprocess.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A name that a module exports, as `deno doc --json` describes it. */
interface Exported {
  name: string;
  declarations: {
    declarationKind: "export" | "private";
    kind: string;
    def?: { typeParams?: unknown[] };
  }[];
}

/** What is no name that a user could write, or none that the documentation lists. */
const NOT_LISTED = ["params", "typeParams", "location", "jsDoc"];

async function documentation(url: string): Promise<Exported[]> {
  const text = await output(Deno.execPath(), ["doc", "--json", url], { env: { NO_COLOR: "1" } });
  const { nodes } = JSON.parse(text) as { nodes: Record<string, { symbols: Exported[] }> };
  return Object.values(nodes).flatMap(({ symbols }) => symbols);
}

/**
 * Where the documentation shows a name with an underscore. It leaves out what is `private`, but
 * shows what is `protected` or marked with `@internal`.
 */
function* shown(node: Json, path: string): Generator<string> {
  if (node === null || typeof node !== "object") return;
  if (Array.isArray(node)) {
    for (const child of node) yield* shown(child, path);
    return;
  }
  if (node.accessibility === "private") return;
  const here = typeof node.name === "string" ? `${path}.${node.name}` : path;
  if (here !== path && `${node.name}`.startsWith("_")) yield here.slice(1);
  for (const [key, child] of Object.entries(node)) {
    if (!NOT_LISTED.includes(key)) yield* shown(child, here);
  }
}

/** A program that fails its type check where an editor would offer a name with an underscore. */
function probe(url: string, exported: Exported[]): string {
  const lines = exported.flatMap(({ name, declarations }) =>
    declarations.filter(({ declarationKind }) => declarationKind === "export").flatMap(
      ({ kind, def }) => {
        const value = `typeof module.${name}`;
        const any = def?.typeParams?.map(() => "any").join() ?? "";
        switch (kind) {
          case "class":
            return [`${value}`, `(${value})["prototype"]`];
          case "interface":
          case "typeAlias":
            return [`module.${name}${any === "" ? "" : `<${any}>`}`];
          default:
            return [value];
        }
      },
    )
  );
  return `
    import type * as module from ${JSON.stringify(url)};
    type Offered<T> = Extract<T extends unknown ? keyof T : never, \`_\${string}\`>;
    declare function expectNone<_Offered extends never>(): void;
    expectNone<Offered<typeof module>>();
    ${lines.map((type) => `expectNone<Offered<${type}>>();`).join("\n    ")}
  `;
}

/** What an editor would offer, as the complaints of the compiler. */
async function offered(url: string, exported: Exported[]): Promise<string[]> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, probe(url, exported));
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "--no-lock", "--no-config", file],
      env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    }).output();
    if (success) return [];
    const text = new TextDecoder().decode(stderr);
    const complaints = text.matchAll(/Type '(.*)' does not satisfy [^]*?Offered<(.*)>>\(\);/g);
    const found = Array.from(complaints, ([, names, type]) => `${type}: ${names}`);
    if (found.length === 0) throw new Error(text);
    return found;
  } finally {
    await Deno.remove(file);
  }
}

for (const door of Object.values(config.exports)) {
  const url = new URL(door, new URL("../../", import.meta.url)).href;

  Deno.test(`the documentation of ${door} shows no name with an underscore`, async () => {
    assertEquals([...shown(await documentation(url) as unknown as Json, "")], []);
  });

  Deno.test(`an editor offers no name with an underscore from ${door}`, async () => {
    assertEquals(await offered(url, await documentation(url)), []);
  });
}

const LEAKY = `
class Base { _inherited = 1; }
export class Leaky<T extends object> extends Base {
  declare given: T;
  private _private = 1;
  protected _protected = 1;
  /** @internal */
  _internal = 1;
  #hard = 1;
  static _static = 1;
  get _getter(): number { return this.#hard + this._private; }
  _method(_parameter: number): void {}
}
export interface Shape<_T> { _member: number; kept: _T }
export type Literal = { _literal: number } | { _other: string };
export const record = { _entry: 1 };
export function _exported(): void {}
export function tight(_parameter: number): void {}
`;

Deno.test("a name with an underscore would be found", async () => {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, LEAKY);
    const exported = await documentation(`file://${file}`);
    const members = ["_getter", "_internal", "_method"].map((name) => `Leaky.${name}`);
    assertEquals(
      [...shown(exported as unknown as Json, "")].sort(),
      [
        "Base._inherited",
        ...members,
        "Leaky._protected",
        "Leaky._static",
        "Literal._literal",
        "Literal._other",
        "Shape._member",
        "_exported",
        "record._entry",
      ].sort(),
    );
    const names = (await offered(`file://${file}`, exported)).join("\n").match(/"_\w+"/g) ?? [];
    assertEquals(
      names.sort(),
      [
        "_entry",
        "_exported",
        "_getter",
        "_inherited",
        "_internal",
        "_literal",
        "_member",
        "_method",
        "_other",
        "_static",
      ].map((name) => JSON.stringify(name)),
    );
  } finally {
    await Deno.remove(file);
  }
});
