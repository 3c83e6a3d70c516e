import * as wasyncio from "/wasyncio.js";
import { report } from "/program.js";

const core = new URLSearchParams(location.search).get("core");
// A failure has to reach the page, which hears of errors but not of rejections.
report(wasyncio, core).then(postMessage, (error) => setTimeout(() => reportError(error)));
