/**
 * VitePress' own theme with the fonts of the system, and a few styles.
 *
 * @module
 */

import theme from "vitepress/theme-without-fonts";
import "./style.css";

export default theme;
