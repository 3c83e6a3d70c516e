// Runs in a process of its own, with --expose-gc: measures what waves of a scenario leave behind.

import { run } from "../../mod.ts";
import { VirtualClock } from "../../testing.ts";
