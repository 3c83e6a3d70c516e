/**
 * ESLint, and the parser for TypeScript that its users have. They stand here, with their exact
 * versions, and not in the import map, because nothing but these tests has a use for them.
 *
 * @module
 */

export { type ESLint, Linter } from "npm:eslint@10.15.0";
export { parser } from "npm:typescript-eslint@8.73.0";
