/**
 * The page that the test of the React component opens. The test finds a `find` in the page, which it
 * answers itself.
 *
 * @module
 */

// deno-lint-ignore-file no-import-prefix -- the same packages as the component has.
import { createElement, StrictMode } from "npm:react@19.3.1";
import { createRoot } from "npm:react-dom@19.3.1/client";
import { Search } from "../../../examples/components/search.tsx";

const root = createRoot(document.body.appendChild(document.createElement("main")));
root.render(createElement(StrictMode, null, createElement(Search, { find: globalThis.find })));
globalThis.unmount = () => root.unmount();
